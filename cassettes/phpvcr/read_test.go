package phpvcr

import (
	"bytes"
	"os"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// The samples called dumped are written by the dumpers that PHP-VCR uses, see
// ../format/formattest/recorders.
func TestRead(t *testing.T) { formattest.Golden(t, Format) }

func TestReadCut(t *testing.T) { formattest.Cut(t, Format) }

func FuzzRead(f *testing.F) { formattest.Fuzz(f, Format) }

// TestStorages holds that what stands in either storage is read alike.
func TestStorages(t *testing.T) {
	var dumps [2]bytes.Buffer
	for i, name := range []string{"testdata/dumped.yml", "testdata/dumped.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for x, err := range read(bytes.NewReader(text), "sample") {
			if err != nil {
				t.Fatal(err)
			}
			x.At.Line = 0
			formattest.Dump(&dumps[i], x)
		}
	}
	if dumps[0].String() != dumps[1].String() || dumps[0].Len() == 0 {
		t.Errorf("YAML:\n%s\nJSON:\n%s", &dumps[0], &dumps[1])
	}
}
