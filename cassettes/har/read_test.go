package har

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// TestNoContent tells a body that was not recorded from one that had no bytes.
func TestNoContent(t *testing.T) {
	for response, kept := range map[string]bool{
		`{"status":200}`:                                           false,
		`{"status":200,"content":{}}`:                              false,
		`{"status":200,"content":{"size":-1}}`:                     false,
		`{"status":200,"content":{"size":2}}`:                      false,
		`{"status":200,"content":{"size":0},"bodySize":2}`:         false,
		`{"status":200,"content":{"size":0}}`:                      true,
		`{"status":200,"content":{"size":0,"text":""}}`:            true,
		`{"status":200,"content":{"text":"{}"},"bodySize":-1}`:     true,
		`{"status":200,"content":{"size":2,"text":"{}"}}`:          true,
		`{"status":200,"content":{"size":0},"bodySize":-1,"_x":0}`: true,
	} {
		text := `{"log":{"entries":[{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":` + response + `}]}}`
		for x, err := range read(formattest.Input(text, "sample")) {
			if err != nil || x.Gaps.Has(traffic.GapResponseBody) == kept {
				t.Errorf("%s: expected a body kept %t, found gaps %b, %v", response, kept, x.Gaps, err)
			}
		}
	}
}
