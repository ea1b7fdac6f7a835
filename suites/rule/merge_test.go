package rule

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// occurrence is one thing that a pass counts.
type occurrence func(*Tally)

// anyOccurrence makes one, of few names or of more than the bounds keep.
func anyOccurrence(r *rand.Rand, many int) occurrence {
	name := fmt.Sprintf("n%04d", r.IntN(many))
	at := r.IntN(2)
	kinds := 9
	if many > 1000 {
		kinds = 15 // more findings than all else
	}
	switch r.IntN(kinds) {
	case 0:
		return func(t *Tally) { t.LeaveOut(name, at == 0) }
	case 1:
		return func(t *Tally) { t.UnknownRoute([]byte(name)) }
	case 2:
		return func(t *Tally) { t.PassOver(name) }
	case 3:
		e := NewInputError(name, r.IntN(20), fmt.Errorf("%s:%d: expected }", name, r.IntN(99)))
		return func(t *Tally) { t.NotRead(1, e) }
	case 4:
		return func(t *Tally) { t.Rules[at].Inconclusive++; t.Rules[at].doubt(name, 1) }
	case 5:
		return func(t *Tally) { t.Rules[at].Passed++; t.Traffic.Artefacts[NoHost]++ }
	case 6:
		if r.IntN(5) > 0 {
			return func(t *Tally) { t.Traffic.Cuts++ }
		}
		return func(t *Tally) {
			if e := &t.Rules[at].Error; *e == "" || *e > name {
				*e = name
			}
		}
	}
	// Several may fall in one place, and differ in anything, or in nothing.
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	f := Finding{
		Message: pick("m", "n"), Expected: pick("e", "f"), Seen: pick("s", "t"), Hint: pick("h", "i"),
		At: Where{File: pick("a.har", "b.har"), Line: r.IntN(2), Exchange: r.IntN(many), Pointer: fmt.Sprintf("/%d/%s", r.IntN(3), pick("id", "time")),
			Method: pick("GET", "PUT"), Path: "/" + pick("a", name, name), Status: r.IntN(2), Time: time.Unix(int64(r.IntN(2)), 0).UTC()},
	}
	return func(t *Tally) {
		f.Rule = t.Rules[at].ID
		t.Rules[at].Failed++
		t.Rules[at].Kinds.add(f.Kind(), 1)
		t.Rules[at].keep(f, t.Bounds)
	}
}

// mergedInAnyOrder merges tallies, two at a time, any two at any time, some of them
// after they were written and read.
func mergedInAnyOrder(t *testing.T, r *rand.Rand, parts []*Tally) *Tally {
	for len(parts) > 1 {
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if r.IntN(2) == 0 {
			again := new(Tally)
			if err := json.Unmarshal(written(t, parts[0]), again); err != nil {
				t.Fatal(err)
			}
			parts[0] = again
		}
		parts[0].Merge(parts[1])
		parts = append(parts[:1], parts[2:]...)
	}
	return parts[0]
}

func written(t *testing.T, tally *Tally) []byte {
	t.Helper()
	text, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMergeIsOfAnyOrder is the law of merging: however a pass is divided and in
// whichever order its parts are merged, two at a time, the bytes are those of the
// whole, within the bounds and beyond them.
func TestMergeIsOfAnyOrder(t *testing.T) {
	rules := []*Rule{{ID: "r"}, {ID: "s"}}
	beyond := map[string]bool{}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 11))
		bounds := Bounds{[]int{0, 1, 4, 30}[r.IntN(4)], r.IntN(5)}
		many := []int{8, 40, 1500, 1500}[r.IntN(4)]
		whole, parts := NewTally(&edition.Edition{ID: "e"}, rules, bounds), make([]*Tally, 1+r.IntN(6))
		for i := range parts {
			parts[i] = NewTally(&edition.Edition{ID: "e"}, rules, bounds)
		}
		for range 4 * many {
			o := anyOccurrence(r, many)
			o(whole)
			o(parts[r.IntN(len(parts))])
		}
		beyond["names"] = beyond["names"] || whole.UnknownRoutes.More
		beyond["kinds"] = beyond["kinds"] || whole.Rules[0].Kinds.Many
		beyond["findings"] = beyond["findings"] || int(whole.Rules[0].Failed) > len(whole.Rules[0].Findings)
		want, got := written(t, whole), written(t, mergedInAnyOrder(t, r, parts))
		if string(want) != string(got) {
			t.Fatalf("seed %d, bounds %+v, %d parts: expected\n%.2000s\nfound\n%.2000s", seed, bounds, len(parts), want, got)
		}
	}
	if len(beyond) != 3 || !beyond["names"] || !beyond["kinds"] || !beyond["findings"] {
		t.Errorf("expected some to go beyond each bound, found %v", beyond)
	}
}

// Tallies of another pass are not merged.
func TestTalliesThatDoNotFit(t *testing.T) {
	a, b := &Rule{ID: "a"}, &Rule{ID: "b"}
	one := NewTally(&edition.Edition{ID: "e"}, []*Rule{a, b}, Bounds{1, 2})
	for want, other := range map[string]*Tally{
		"expected a tally of edition e":        NewTally(&edition.Edition{ID: "f"}, []*Rule{a, b}, Bounds{1, 2}),
		"found edition e within {Findings:1":   NewTally(&edition.Edition{ID: "e"}, []*Rule{a, b}, Bounds{1, 3}),
		"expected a tally of 2 rules, found 1": NewTally(&edition.Edition{ID: "e"}, []*Rule{a}, Bounds{1, 2}),
		"expected the rule a, found b":         NewTally(&edition.Edition{ID: "e"}, []*Rule{b, a}, Bounds{1, 2}),
	} {
		if err := one.Fits(other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected %q, found %v", want, err)
		}
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), want) {
					t.Errorf("expected a panic with %q, found %v", want, p)
				}
			}()
			one.Merge(other)
		}()
	}
	if err := one.Fits(NewTally(&edition.Edition{ID: "e"}, []*Rule{a, b}, Bounds{1, 2})); err != nil {
		t.Errorf("expected a tally of the same pass to fit, found %v", err)
	}
}

// BenchmarkTally prints what it takes to merge, write and read a tally of 10,000
// findings.
func BenchmarkTally(b *testing.B) {
	r := Rule{ID: "r"}
	all := NewTally(&edition.Edition{ID: "e"}, []*Rule{&r}, Bounds{})
	for i := range 10_000 {
		f := Finding{Rule: "r", Message: "Rows with an age run oldest first, newest last.", Expected: "a greater key after 101", Seen: "99", Hint: "Sort the rows by the key.",
			At: Where{File: fmt.Sprintf("recordings/%03d.har", i/100), Line: 10 * i, Exchange: i%100 + 1, Pointer: fmt.Sprintf("/%d/id", i%500), Time: time.Unix(1563616800+int64(i), 0).UTC(), Method: "GET", Path: "/api/v1/trades", Status: 200}}
		all.Rules[0].Failed++
		all.Rules[0].Kinds.add(f.Kind(), 1)
		all.Rules[0].keep(f, Bounds{})
	}
	text, err := json.Marshal(all)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Merge", func(b *testing.B) {
		for b.Loop() {
			all.Empty().Merge(all)
		}
	})
	b.Run("Marshal", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := json.Marshal(all); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Unmarshal", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := json.Unmarshal(text, new(Tally)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
