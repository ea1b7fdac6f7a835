package rubyvcr

import (
	"bytes"
	"os"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// The samples called recorded are written by the recorder itself, see
// ../format/formattest/recorders.
func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// TestJSONIsYAML reads the JSON that the recorder wrote as what it also is, and
// must find the same.
func TestJSONIsYAML(t *testing.T) {
	text, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var got, want bytes.Buffer
	for x, err := range cassette.ReadJSON(formattest.Input(text, "sample")) {
		if err != nil {
			t.Fatal(err)
		}
		x.At.Line = 0 // YAML's nodes begin elsewhere on a line
		formattest.Dump(&got, x)
	}
	for x, err := range cassette.ReadYAML(formattest.Input(text, "sample")) {
		if err != nil {
			t.Fatal(err)
		}
		x.At.Line = 0
		formattest.Dump(&want, x)
	}
	if got.String() != want.String() {
		t.Errorf("as JSON:\n%s\nas YAML:\n%s", &got, &want)
	}
}
