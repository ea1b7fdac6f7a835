package cassettes

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func TestParseTarget(t *testing.T) {
	for s, want := range map[string]Target{
		"GET /api/v1/exchangeInfo":                     {"GET", "/api/v1/exchangeInfo"},
		"POST https://api.binance.us/api/v3/order?a=b": {"POST", "https://api.binance.us/api/v3/order?a=b"},
		"/api/v1/exchangeInfo":                         {},
		"get /api/v1/exchangeInfo":                     {},
		"GET api/v1/exchangeInfo":                      {},
		"GET  /api/v1/exchangeInfo":                    {},
		"GET /api/v1/exchangeInfo HTTP/1.1":            {},
		"GET":                                          {},
		"":                                             {},
	} {
		got, err := ParseTarget(s)
		if got != want || (err == nil) != (want.Method != "") {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}

func TestBareBody(t *testing.T) {
	unsaid := traffic.GapStatus | traffic.GapRequestHeader | traffic.GapResponseHeader | traffic.GapFiltered
	for _, c := range []struct {
		method, url, body string
		wantURL, wantErr  string
		gaps              traffic.Gap
	}{
		{"GET", "/api/v1/ping", "{}\n", "/api/v1/ping", "", unsaid | traffic.GapHost},
		{"GET", "https://api.binance.us/api/v1/ping", "{}", "https://api.binance.us/api/v1/ping", "", unsaid},
		{"POST", "/api/v3/order", `{"symbol":"LT`, "/api/v3/order", "", unsaid | traffic.GapHost | traffic.GapRequestBody | traffic.GapTruncated},
		{"GET", "/api/v1/ping", "", "", "saved:1: expected the body of a response: the file is empty", 0},
		{"GET", "/api/v1/ping", strings.Repeat(" ", 101), "", "saved:1: expected the body of a response: it exceeds 100 bytes (limit entry-bytes)", 0},
	} {
		limits := format.DefaultLimits()
		limits.EntryBytes = 100
		in := format.FromStream(strings.NewReader(c.body), "saved", limits)
		n := 0
		for x, err := range (Target{c.method, c.url}).format().Read(in) {
			n++
			switch {
			case err != nil:
				if err.Error() != c.wantErr {
					t.Errorf("%s: %v", c.url, err)
				}
			case x.Request.URL != c.wantURL || x.Request.Method != c.method || x.Gaps != c.gaps || string(x.Response.Body) != c.body || x.Response.Status != 0:
				t.Errorf("%s: %+v", c.url, x)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d exchanges", c.url, n)
		}
	}
}

// TestParseTargetSaysWhatWasMeant looks at what a person is told.
func TestParseTargetSaysWhatWasMeant(t *testing.T) {
	for s, want := range map[string]string{
		"get /api/v1/ping":                         "GET /api/v1/ping",
		"GET api/v1/ping":                          "GET /api/v1/ping",
		" GET  /api/v1/ping ":                      "GET /api/v1/ping",
		"/api/v1/ping?x=y":                         "GET /api/v1/ping?x=y",
		"https://api.binance.us/api/v1/ping":       "GET https://api.binance.us/api/v1/ping",
		"post https://api.binance.us/api/v3/order": "POST https://api.binance.us/api/v3/order",
		"GET /api/v1/ping HTTP/1.1":                "",
		"GET":                                      "",
		"":                                         "",
	} {
		_, err := ParseTarget(s)
		_, meant, _ := strings.Cut(err.Error(), "did you mean '")
		if strings.TrimSuffix(meant, "'?") != want {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestAsRecording refuses recordings where bodies are expected: judged as
// bodies they would break what they never had to keep.
func TestAsRecording(t *testing.T) {
	o := Options{As: &Target{"GET", "/api/v1/exchangeInfo"}}
	for f, err := range o.Files([]string{sample}) {
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range f.Recordings(o) {
			if err == nil || errors.Is(err, ErrUnrecognised) || !strings.Contains(err.Error(), "sample.ndjson:1: expected the bare body of a response, found a recording (NDJSON), which is judged without --as") {
				t.Errorf("%v, %v", rec, err)
			}
		}
	}
}

// TestAs opens a compressed body.
func TestAs(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`{"symbols":[]}`))
	z.Close()
	path := filepath.Join(dir, "body.gz")
	if err := os.WriteFile(path, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Options{As: &Target{"GET", "/api/v1/exchangeInfo"}}
	for f, err := range o.Files([]string{dir}) {
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range f.Recordings(o) {
			if err != nil {
				t.Fatal(err)
			}
			for x, err := range rec.Exchanges() {
				if err != nil || string(x.Response.Body) != `{"symbols":[]}` || rec.Format != "bare body" {
					t.Errorf("%s: %+v, %v", rec.Format, x, err)
				}
				return
			}
		}
	}
	t.Error("no exchange")
}

func TestCorpusBodies(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpusDir, "_exchangeInfo", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("no corpus: ", err)
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		in := format.FromStream(f, path, format.DefaultLimits())
		for x, err := range (Target{"GET", "/api/v1/exchangeInfo"}).format().Read(in) {
			if err != nil || x.Gaps.Has(traffic.GapTruncated) || len(x.Response.Body) == 0 {
				t.Errorf("%s: %v, %v", path, x, err)
			}
		}
		f.Close()
	}
}
