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
		for x, err := range cassette.Read(formattest.Input(text, "sample")) {
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

// TestSharedBody reads entries that an anchor makes share one body, which
// is undone for each.
func TestSharedBody(t *testing.T) {
	const text = `-
    request: &request {method: GET, url: 'https://api.binance.com/api/v1/ping'}
    response: &response
        status: {code: '200'}
        headers: {Content-Type: application/x-gzip}
        body: e30=
-
    request: *request
    response: *response
-
    request: *request
    response: *response
`
	n := 0
	for x, err := range cassette.Read(formattest.Input(text, "sample")) {
		if n++; err != nil || string(x.Response.Body) != "{}" {
			t.Errorf("entry %d: expected the body {}, found %+v, %v", n, x, err)
		}
	}
	if n != 3 {
		t.Errorf("expected 3 entries, found %d", n)
	}
}
