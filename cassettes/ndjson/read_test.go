package ndjson

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// A first line that is broken is an error of NDJSON, at its column; JSON over
// several lines stays what it is.
func TestBrokenFirstLine(t *testing.T) {
	whole := `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}` + "\n"
	for _, c := range []struct {
		text string
		is   bool
	}{
		{`{"request": {"method": "GET", oops` + "\n" + whole, true},
		{`{"request": {"method": "GET"` + "\n" + whole, true},
		{`{"request": {"method": "GET", oops` + "\n", true},
		{"{\"request\": {\n\"method\": \"GET\"\n}}\n", false},
		{"{\"request\": {\n\"method\": oops\n}}\n", false},
		{`{"requests": [oops` + "\n" + whole, false},
	} {
		if is, lacks := sniff([]byte(c.text)); is != c.is {
			t.Errorf("%q: NDJSON %t, expected %t (%s)", c.text, is, c.is, lacks)
		}
	}
}
