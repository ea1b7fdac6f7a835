package cassettes

import (
	"bytes"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestReadingAllocatesNothing compares what reading few exchanges and many
// allocates: the difference is what exchanges cost once the memory has grown.
func TestReadingAllocatesNothing(t *testing.T) {
	for _, name := range []string{"HAR", "NDJSON", "go-vcr"} {
		t.Run(name, func(t *testing.T) {
			allocs := func(n int) float64 {
				var text bytes.Buffer
				entries(&text, name, n)
				return testing.AllocsPerRun(3, func() {
					rec, err := OpenInput(formattest.Input(text.Bytes(), name))
					if err != nil {
						t.Fatal(err)
					}
					for _, err := range rec.Exchanges() {
						if err != nil {
							t.Fatal(err)
						}
					}
				})
			}
			const few, many = 1000, 3000
			if a, b := allocs(few), allocs(many); b-a > 5 {
				t.Errorf("expected no allocation for %d more exchanges, found %v", many-few, b-a)
			}
		})
	}
}
