package cassettes

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// inParts reads a recording as several cores do, each part of up to so many bytes,
// and gives up after so many parts.
func inParts(r *Recording, size, most int) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		parts := r.Parts()
		parts.size = size
		entries, broken, numbers := int64(0), int64(0), 0
		for {
			part := parts.Next(nil)
			if part == nil {
				break
			}
			var all []*traffic.Exchange
			var errs []error
			for x, err := range part.Exchanges() {
				if errs = append(errs, err); err == nil {
					x = x.Clone()
					x.At.Number += numbers
				} else {
					broken++
				}
				all = append(all, x)
			}
			if most--; most < 0 || !parts.Allow(entries+int64(len(all)), broken) {
				later := parts.Next(nil) // as another core may have taken it
				left := []*Part{part}
				if later != nil {
					left = append(left, later)
				}
				for _, err := range errs {
					if err != nil {
						broken-- // it is read again
					}
				}
				parts.Rest(left, numbers, entries, broken)(yield)
				return
			}
			for i, x := range all {
				if !yield(x, errs[i]) {
					return
				}
			}
			entries += int64(len(all))
			numbers += part.Numbers()
		}
		parts.Rest(nil, numbers, entries, broken)(yield)
	}
}

func listed(xs iter.Seq2[*traffic.Exchange, error]) (all []string) {
	for x, err := range xs {
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, fmt.Sprint(x.At, x.Request.Method, x.Request.URL, x.Gaps, x.Sent, x.Response.Status, x.Response.Header, string(x.Response.Body)))
	}
	return all
}

// cuttable are recordings of lines. ENTRY stands for an entry.
var cuttable = map[string]struct {
	form           string // its entries, and what stands around them
	between, entry string
	entryBytes     int64 // the limit; 0 for the default
}{
	"NDJSON":                 {"ENTRIES\n", "\n", `{"sent":"2019-07-20T10:00:00.NNNZ","request":{"method":"GET","url":"/NNN"},"response":{"status":200,"body":"{\"n\":NNN}"}}`, 0},
	"NDJSON with odd lines":  {"\ufeffENTRIES", "\r\n", "{\"request\":{\"method\":\"GET\",\"url\":\"/NNN\"}}\n\n \t\n{\"request\":7}\n\ufeff{}\n  {\"request\":{\"method\":\"GET\",\"url\":\"/NNN\"}}\n{", 0},
	"NDJSON with long lines": {"ENTRIES", "\n", "{\"request\":{\"method\":\"GET\",\"url\":\"/NNN\"}}\n{\"request\":{\"method\":\"GET\",\"url\":\"/NNN" + strings.Repeat("a", 100) + "\"}}", 100},
}

// TestPartsAreTheWhole is the law of cutting: wherever a recording is cut, and
// whether it can be or not, what is read is the same.
func TestPartsAreTheWhole(t *testing.T) {
	for name, c := range cuttable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 4))
			for _, n := range []int{1, 2, 3, 40} {
				var entries []string
				for i := range n {
					entries = append(entries, strings.ReplaceAll(c.entry, "NNN", fmt.Sprintf("%03d", i)))
				}
				text := strings.ReplaceAll(c.form, "ENTRIES", strings.Join(entries, c.between))
				want := listed(open(t, text, c.entryBytes).Exchanges())
				for range 25 {
					size := 1 + r.IntN(len(text))
					if got := listed(inParts(open(t, text, c.entryBytes), size, r.IntN(20))); !slices.Equal(got, want) {
						t.Fatalf("%d entries in parts of %d bytes: expected\n%s\nfound\n%s", n, size, strings.Join(want, "\n"), strings.Join(got, "\n"))
					}
				}
			}
		})
	}
}

// TestPartsAreCut: the law holds for recordings that are cut, too.
func TestPartsAreCut(t *testing.T) {
	c := cuttable["NDJSON"]
	text := strings.ReplaceAll(c.form, "ENTRIES", strings.TrimSuffix(strings.Repeat(strings.ReplaceAll(c.entry, "NNN", "001")+c.between, 50), c.between))
	parts := open(t, text, c.entryBytes).Parts()
	parts.size = 1000
	n, entries := 0, 0
	for part := parts.Next(nil); part != nil; part = parts.Next(part) {
		n++
		for _, err := range part.Exchanges() {
			if entries++; err != nil {
				t.Errorf("part %d: expected exchanges, found %v", n, err)
			}
		}
	}
	if n < 5 || entries < 40 {
		t.Errorf("expected most of 50 entries in parts, found %d in %d", entries, n)
	}
}

// TestWholeInOnePiece: what does not consist of lines that stand alone is not cut.
func TestWholeInOnePiece(t *testing.T) {
	for _, path := range []string{"har/testdata/browser.har", "govcr/testdata/v3.yaml"} {
		rec, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Parts() != nil {
			t.Errorf("%s: expected no parts", path)
		}
		rec.Close()
	}
}

func open(t *testing.T, text string, entryBytes int64) *Recording {
	limits := format.DefaultLimits()
	if entryBytes > 0 {
		limits.EntryBytes = entryBytes
	}
	rec, err := OpenInput(format.FromStream(strings.NewReader(text), "x", limits))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}
