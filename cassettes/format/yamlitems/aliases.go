package yamlitems

import (
	"errors"
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// An alias stands for all that its anchor holds, however short it is written: a
// list of "*a" is as many interactions, each to be judged. Following one copies
// nothing, so it is time that must be bounded, and with it the text that would
// stand there if each alias were written out. Within an item that needs no
// bound of its own: it is one exchange, of which each part is bounded.

// errAliases is what a text that grows too large fails with.
var errAliases = errors.New("too large with its aliases written out")

// writtenOut measures documents of one text with their aliases written out.
type writtenOut struct {
	allowed  int64
	err      error
	sum      int64
	anchored map[*yaml.Node]int64
}

// newWrittenOut allows a text of so many bytes to grow so many times, and
// always to the size beneath which no growth does harm.
func newWrittenOut(bytes int, times int64) *writtenOut {
	allowed := int64(math.MaxInt64)
	if size := int64(bytes); size <= allowed/times {
		allowed = size * times
	}
	return &writtenOut{
		allowed: max(allowed, format.RatioFreeBytes),
		err:     fmt.Errorf("%w: more than %d times its %d bytes (limit aliases)", errAliases, times, bytes),
	}
}

// add counts a document, whose nodes are of the library's making, and returns an
// error when there are too many bytes.
func (w *writtenOut) add(doc *yaml.Node) error {
	if w.sum = plus(w.sum, w.size(doc)); w.sum > w.allowed {
		return w.err
	}
	return nil
}

// size returns the bytes of a value and what is in it, of each at least one.
func (w *writtenOut) size(n *yaml.Node) int64 {
	if n.Kind == yaml.AliasNode {
		return w.anchored[n.Alias] // which stood before it, or around it
	}
	if n.Anchor != "" {
		if w.anchored == nil {
			w.anchored = map[*yaml.Node]int64{}
		}
		w.anchored[n] = math.MaxInt64 // to an alias within itself
	}
	size := int64(len(n.Value)) + 1
	for _, c := range n.Content {
		size = plus(size, w.size(c))
	}
	if n.Anchor != "" {
		w.anchored[n] = size
	}
	return size
}

// plus adds what is not negative, up to the largest number.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
