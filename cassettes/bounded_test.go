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
		rec, err := OpenReader(r, "long")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for x, err := range rec.Exchanges() {
			if x != nil {
				t.Errorf("%s: an exchange", name)
			}
			got = append(got, fmt.Sprint(err))
		}
		if len(got) != 1 || !strings.Contains(got[0], "67108864 bytes") || rec.Format != name {
			t.Errorf("%s: %s %q", name, rec.Format, got)
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
