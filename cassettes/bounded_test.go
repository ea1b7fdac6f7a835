package cassettes

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestMemory reads recordings of many times the memory that reading may hold.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name      string
		exchanges int
	}{{"HAR", 10_000}, {"NDJSON", 10_000}, {"go-vcr", 3_000}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "long")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			entries(f, c.name, c.exchanges)
			size, _ := f.Seek(0, io.SeekCurrent)
			f.Close()
			rec, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer rec.Close()
			before, most, n := live(), uint64(0), 0
			for _, err := range rec.Exchanges() {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n%(c.exchanges/5) == 0 {
					most = max(most, live())
				}
			}
			held := int64(most) - int64(before)
			t.Logf("%d exchanges in %d bytes, holding %d", n, size, held)
			if n != c.exchanges || held > size/4 || held > 2<<20 {
				t.Errorf("%d exchanges, holding %d bytes", n, held)
			}
		})
	}
}

// live returns the bytes on the heap that something points to.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestLongEntry gives each format an entry beyond the limit.
func TestLongEntry(t *testing.T) {
	t.Parallel()
	endless := func(head, tail string) io.Reader {
		return io.MultiReader(strings.NewReader(head), io.LimitReader(letters{}, format.MaxEntryBytes+1<<20), strings.NewReader(tail))
	}
	for name, r := range map[string]io.Reader{
		"HAR":    endless(`{"log":{"entries":[{"comment":"`, `"}]}}`),
		"ExVCR":  endless(`[{"response":{"type":"ok","body":"`, `"}}]`),
		"NDJSON": endless(`{"request":{"url":"`, `"}}`+"\n"),
		"go-vcr": endless("version: 2\ninteractions:\n- request:\n    url: ", "\n"),

		"Betamax":             endless(`{"http_interactions":[{"request":{"body":"`, `"}}]}`),
		"Crystal VCR":         endless("request:\n  method: GET\n  uri: ", "\n"),
		"gocryptotrader mock": endless(`{"routes":{"/api/v1/ping":{"GET":[{"data":"`, `"}]}}}`),
		"PHP-VCR":             endless("-\n  request:\n    method: GET\n    url: ", "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, err := OpenInput(format.FromStream(r, "long", format.DefaultLimits()))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for x, err := range rec.Exchanges() {
				if x != nil {
					t.Error("an exchange")
				}
				got = append(got, fmt.Sprint(err))
			}
			if len(got) != 1 || !strings.Contains(got[0], "67108864 bytes") || rec.Format != name {
				t.Errorf("%s %q", rec.Format, got)
			}
		})
	}
}

// TestDepth nests one entry deeper than it may, and reads those around it.
func TestDepth(t *testing.T) {
	const ping = `"method":"GET","url":"https://api.binance.com/api/v1/ping"`
	for name, c := range map[string]struct {
		text  string // with a mark in the place of what is nested
		outer int    // levels around it
	}{
		"HAR":    {`{"log":{"entries":[{"request":{` + ping + `}},{"request":{` + ping + `,"_x":@}},{"request":{` + ping + `}}]}}`, 5},
		"NDJSON": {`{"request":{` + ping + `}}` + "\n" + `{"request":{` + ping + `,"_x":@}}` + "\n" + `{"request":{` + ping + `}}` + "\n", 2},
		"ExVCR": {`[{"request":{` + ping + `},"response":{"status_code":200}},{"request":{` + ping + `},"response":{"x":@}},` +
			`{"request":{` + ping + `},"response":{"status_code":200}}]`, 3},
		"gocryptotrader mock": {`{"routes":{"/api/v1/ping":{"GET":[{"data":{},"queryString":"","bodyParams":"","headers":{}},` +
			`{"data":@,"queryString":"","bodyParams":"","headers":{}}]}}}`, 5},
		"go-vcr": {"version: 2\ninteractions:\n- request: {" + ping + "}\n- request: {" + ping + ", x: @}\n- request: {" + ping + "}\n", 4},
	} {
		for _, deep := range []bool{false, true} {
			levels := format.MaxDepth - c.outer
			if deep {
				levels++
			}
			text := strings.Replace(c.text, "@", strings.Repeat("[", levels)+strings.Repeat("]", levels), 1)
			rec, err := OpenInput(formattest.Input(text, "deep"))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			exchanges, errs := 0, []string{}
			for x, err := range rec.Exchanges() {
				if x != nil {
					exchanges++
				} else {
					errs = append(errs, err.Error())
				}
			}
			all := strings.Count(text, `"url"`) + strings.Count(text, `"queryString"`)
			switch {
			case rec.Format != name:
				t.Errorf("%s: taken for %s", name, rec.Format)
			case !deep && (exchanges != all || len(errs) > 0):
				t.Errorf("%s: expected %d exchanges, found %d, %q", name, all, exchanges, errs)
			case deep && (exchanges != all-1 || len(errs) != 1 || !strings.Contains(errs[0], "limit depth")):
				t.Errorf("%s: expected %d exchanges and an error of the limit, found %d, %q", name, all-1, exchanges, errs)
			}
		}
	}
}

// letters is an endless text.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
