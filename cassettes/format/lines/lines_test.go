package lines

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// limit lies above the Reader's buffer, so that long lines are tried as well.
const limit = 300_000

func limits() format.Limits {
	l := format.DefaultLimits()
	l.EntryBytes = limit
	return l
}

func TestEach(t *testing.T) {
	long, tooLong := strings.Repeat("a", limit-1), strings.Repeat("b", limit+1)
	text := "\ufeffone\r\n\n \t\nskip\n" + long + "\n" + tooLong + "\nlast"
	for name, in := range map[string]format.Input{
		"whole":      format.FromStream(strings.NewReader(text), "f", limits()),
		"bytes":      format.FromStream(iotest.OneByteReader(strings.NewReader(text)), "f", limits()),
		"data error": format.FromStream(iotest.DataErrReader(strings.NewReader(text)), "f", limits()),
		"in memory":  format.FromText([]byte(text), "f", limits()),
	} {
		var got []string
		b := format.NewBuilder(in)
		for x, err := range Each(in, b, func(text []byte, line int) (*traffic.Exchange, error) {
			if string(text) == "skip" {
				return nil, nil
			}
			b.X.Client = string(text)
			return &b.X, nil
		}) {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, fmt.Sprint(x.At.Number, " ", x.At.Line, " ", len(x.Client), x.Client[:1]))
		}
		want := "1 1 3o|3 5 299999a|f:6: expected a line: it exceeds 300000 bytes (limit entry-bytes)|5 7 4l"
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s: %s, want %s", name, s, want)
		}
	}
}

func TestBrokenStream(t *testing.T) {
	broken := errors.New("broken")
	in := format.FromStream(io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(broken)), "f", limits())
	n := 0
	for x, err := range Each(in, format.NewBuilder(in), func([]byte, int) (*traffic.Exchange, error) { return &traffic.Exchange{}, nil }) {
		n++
		if (x == nil) != (n == 2) || x == nil && !errors.Is(err, broken) {
			t.Errorf("%d: %v, %v", n, x, err)
		}
	}
	if n != 2 {
		t.Errorf("%d yields", n)
	}
}
