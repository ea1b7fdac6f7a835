package cassettes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// numbered is an exchange that its query tells from others.
func numbered(n int) *traffic.Exchange {
	at := time.Date(2019, 7, 20, 10, 0, n, 0, time.UTC)
	return &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: fmt.Sprintf("https://api.binance.com/api/v1/depth?symbol=LTCBTC&limit=%d", n)},
		Response: traffic.Response{Status: 200, Body: []byte("{}")},
		Sent:     traffic.Exactly(at), Received: traffic.Exactly(at.Add(time.Second)),
	}
}

// read returns the queries of all files that fit the pattern, file by file.
func read(t *testing.T, pattern string) (files []string, queries []string) {
	t.Helper()
	for f, err := range (Options{}).Files([]string{filepath.Dir(pattern)}) {
		if err != nil {
			t.Fatal(err)
		}
		if ok, _ := filepath.Match(pattern, f.Path); !ok {
			continue
		}
		files = append(files, filepath.Base(f.Path))
		for rec, err := range f.Recordings(Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			for x, err := range rec.Exchanges() {
				if err != nil {
					t.Fatal(err)
				}
				queries = append(queries, strings.Clone(x.Request.URL[strings.LastIndexByte(x.Request.URL, '=')+1:]))
			}
		}
	}
	return files, queries
}

// TestRotates: what is added stands in the files, each once and in order, whatever the
// format; each file is readable while the next is written.
func TestRotates(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"ndjson", "har", "yaml"} {
		for name, by := range map[string]Rotation{"by size": {Bytes: 3000}, "by age": {Age: 10 * time.Second}, "never": {}} {
			t.Run(ending+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				p, err := CreateRotated(filepath.Join(dir, "all[1]."+ending), nil, by)
				if err != nil {
					t.Fatal(err)
				}
				now := time.Now()
				p.clock = func() time.Time { return now }
				var want []string
				for n := range 50 {
					now = now.Add(time.Second)
					if err := p.Add(numbered(n)); err != nil {
						t.Fatal(err)
					}
					want = append(want, fmt.Sprint(n))
					if n == 30 {
						if _, got := read(t, filepath.Join(dir, "all*."+ending)); strings.Join(got, " ") != strings.Join(want, " ") {
							t.Errorf("expected what was added so far, found %q", got)
						}
					}
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
				files, got := read(t, filepath.Join(dir, "all*."+ending))
				if strings.Join(got, " ") != strings.Join(want, " ") {
					t.Errorf("expected %q, found %q", want, got)
				}
				if rotates := by != (Rotation{}); rotates != (len(files) > 3) || rotates != strings.Contains(files[0], "-000001.") {
					t.Errorf("expected several files only where it is to rotate, found %q", files)
				}
				var index Index
				text, err := os.ReadFile(filepath.Join(dir, "all[1].index.json"))
				if err != nil || json.Unmarshal(text, &index) != nil {
					t.Fatal(err, string(text))
				}
				if index.Seen != 50 || index.Written != 50 || !index.Complete || len(index.Files) != len(files) || p.Count() != 50 {
					t.Errorf("expected 50 of 50 in %d files, found %s", len(files), text)
				}
			})
		}
	}
}

// Two recordings of one name would be taken for one.
func TestRotatesIntoNothingElse(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "all.ndjson")
	p, err := CreateRotated(name, nil, Rotation{Bytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := CreateRotated(name, nil, Rotation{Bytes: 1}); err == nil || !strings.Contains(err.Error(), "all-000001.ndjson") {
		t.Errorf("expected to hear of the file that is there, found %v", err)
	}
	if _, err := CreateRotated(filepath.Join(t.TempDir(), "x.txt"), nil, Rotation{Bytes: 1}); err == nil {
		t.Error("expected an ending that is a format's")
	}
}

// TestRotatesWhereItCan: a file that can't be made loses what comes until one can, and the
// end says how much.
func TestRotatesWhereItCan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "all.ndjson")
	p, err := CreateRotated(name, nil, Rotation{Bytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	blocked := partName(name, 2)
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	for n, fails := range []bool{false, true, false, false} { // the second failure is counted only
		if err := p.Add(numbered(n)); (err != nil) != fails {
			t.Errorf("exchange %d: expected to fail: %t, found %v", n, fails, err)
		}
		if n == 2 {
			if err := os.Remove(blocked); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "2 exchanges were left out") || p.Count() != 2 {
		t.Errorf("expected two of four to be left out, found %v and %d", err, p.Count())
	}
}

// TestIndexIsNotWritten: no exchange is left out because the index can't be written, and
// it is told in the end.
func TestIndexIsNotWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := CreateRotated(filepath.Join(dir, "all.ndjson"), nil, Rotation{Bytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(dir, "all.index.json")
	if err := os.Remove(index); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(index, 0o700); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if err := p.Add(numbered(n)); err != nil {
			t.Errorf("exchange %d: %v", n, err)
		}
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "index") {
		t.Errorf("expected to hear of the index, found %v", err)
	}
	if _, got := read(t, filepath.Join(dir, "all*.ndjson")); p.Count() != 5 || len(got) != 5 {
		t.Errorf("expected 5 exchanges, found %d counted and %q", p.Count(), got)
	}
}
