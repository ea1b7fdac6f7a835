package cassettes

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// corpusDir holds other people's recordings, where there are any to be had.
const corpusDir = "../../shared/corpus"

// corpusFormats says what each repository's files are; "" is none of ours.
var corpusFormats = map[string]string{
	"coingecko+cryptoexchange":         "Ruby VCR",
	"Jim-na+crypto-expert-api":         "Ruby VCR",
	"dvcrn+binance.ex":                 "ExVCR",
	"iloveitaly+crypto-index-fund-bot": "vcrpy",
	"mwlang+binance":                   "Crystal VCR",
	"thrasher-corp+gocryptotrader":     "gocryptotrader mock",
	"FerrianTitus+alterra-agmc":        "Postman",
	"bmoscon+cryptofeed":               "cryptofeed",
	"ayatkyo+alterra-agmc":             "Postman",
	"harisfi+alterra-agmc":             "Postman",
	"ymanshur+alterra-agmc":            "Postman",
}

func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpusDir); err != nil {
		t.Skip("no corpus: ", err)
	}
	counts := map[string]int{}
	for f, err := range Files([]string{corpusDir}) {
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(corpusDir, f.Path)
		repo, _, _ := strings.Cut(rel, string(filepath.Separator))
		want := corpusFormats[repo]
		rec, err := Open(f.Path)
		switch {
		case errors.Is(err, ErrUnrecognised):
			if want != "" && strings.Contains(rel, "cassette") && !emptyList(f.Path) {
				t.Errorf("%s: %v", rel, err)
			}
			counts["unrecognised"]++
			continue
		case err != nil:
			t.Errorf("%s: %v", rel, err)
			continue
		case rec.Format != want:
			t.Errorf("%s: taken for %s, want %q", rel, rec.Format, want)
		}
		n := 0
		for x, err := range rec.Exchanges() {
			if err != nil {
				t.Errorf("%s: %v", rel, err)
				continue
			}
			n++
			counts[rec.Format]++
			plausible(t, rel, x)
		}
		if n == 0 {
			t.Errorf("%s: no exchanges", rel)
		}
		rec.Close()
	}
	t.Log(counts)
	for _, name := range []string{"Ruby VCR", "vcrpy", "ExVCR", "Crystal VCR", "gocryptotrader mock"} {
		if counts[name] == 0 {
			t.Errorf("no %s exchange in the corpus", name)
		}
	}
}

// emptyList reports whether a file is an ExVCR cassette without exchanges,
// which nothing tells from any other empty list.
func emptyList(path string) bool {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text)) == "[]"
}

// plausible demands what every real exchange of the corpus has.
func plausible(t *testing.T, file string, x *traffic.Exchange) {
	t.Helper()
	at := x.At
	switch x.Request.Method {
	case "GET", "POST", "PUT", "DELETE":
	default:
		t.Errorf("%s:%d: method %q", file, at.Line, x.Request.Method)
	}
	if !strings.Contains(x.Request.URL, "/") || at.Line == 0 || at.Number == 0 {
		t.Errorf("%s:%d: URL %q, number %d", file, at.Line, x.Request.URL, at.Number)
	}
	if x.Gaps.Has(traffic.GapResponse) {
		return
	}
	if x.Gaps.Has(traffic.GapStatus) != (x.Response.Status == 0) {
		t.Errorf("%s:%d: status %d, gaps %b", file, at.Line, x.Response.Status, x.Gaps)
	}
	if x.Response.Status != 0 && x.Response.Status < 200 || x.Response.Status > 599 {
		t.Errorf("%s:%d: status %d", file, at.Line, x.Response.Status)
	}
	if x.Gaps.Has(traffic.GapUndecoded) || x.Gaps.Has(traffic.GapTruncated) {
		t.Errorf("%s:%d: gaps %b", file, at.Line, x.Gaps)
	}
	if kind, _ := x.Response.Header.Get("Content-Type"); strings.Contains(kind, "json") && len(x.Response.Body) > 0 {
		if c := x.Response.Body[0]; c != '{' && c != '[' {
			t.Errorf("%s:%d: JSON body begins with %q", file, at.Line, c)
		}
	}
}
