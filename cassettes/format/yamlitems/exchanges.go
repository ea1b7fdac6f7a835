package yamlitems

import (
	"iter"
	"math"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Exchanges turns the items of a recording, or its documents, into exchanges,
// each filled in by fill and valid until the next. A broken item is yielded as
// its error, and the reading goes on behind it.
func Exchanges(in format.Input, items iter.Seq2[Value, error], fill func(*format.Builder, Value) error) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		b := format.NewBuilder(in)
		for item, err := range items {
			b.Begin(item.Line())
			if err == nil {
				err = fill(b, item)
			}
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			b.Finish()
			if item.Last() {
				b.Expect(math.MaxInt64) // a body that breaks off there was cut with the file
			}
			if !yield(&b.X, nil) {
				return
			}
		}
	}
}
