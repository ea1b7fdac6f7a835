package rule

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func findingAt(exchange int, path, pointer string) Finding {
	return Finding{At: Where{File: "a.har", Exchange: exchange, Method: "GET", Path: path, Pointer: pointer}}
}

func TestKinds(t *testing.T) {
	f := findingAt(1, "/api/v1/klines", "/17/0")
	for _, c := range []struct {
		other Finding
		same  bool
	}{
		{findingAt(9, "/api/v1/klines", "/3/12"), true},
		{findingAt(9, "/api/v3/klines", "/3/12"), false}, // another call
		{findingAt(9, "/api/v1/klines", "/3/time"), false},
		{findingAt(9, "/api/v1/klines", "/3"), false},
		{findingAt(9, "/api/v1/klines/17", "/0"), false},
	} {
		if same := f.Kind() == c.other.Kind(); same != c.same {
			t.Errorf("%v and %v: one kind %t, expected %t", f.At, c.other.At, same, c.same)
		}
	}
}

// One kind that fills the limit does not hide the others that come after it.
func TestEachKindIsKept(t *testing.T) {
	const most = 10
	limit := Bounds{Findings: most}
	var tally RuleTally
	for i := range 500 {
		tally.keep(findingAt(i+1, "/api/v1/klines", ""), limit)
	}
	for i := range 4 {
		tally.keep(findingAt(600+i, "/api/v1/depth", ""), limit)
	}
	of := map[string]int{}
	for _, f := range tally.Findings {
		of[f.At.Path]++
	}
	if of["/api/v1/klines"] != most-firstOfAKind || of["/api/v1/depth"] != firstOfAKind {
		t.Errorf("expected %d and %d of the kinds, found %v", most-firstOfAKind, firstOfAKind, of)
	}
}

// Whichever engine met which finding, the same are kept and counted.
func TestKindsMergeInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 400 {
		limit := Bounds{12, n % 4}
		var one RuleTally
		shards := make([]RuleTally, 3)
		alike := map[string]int64{}
		for _, i := range rnd.Perm(60) {
			f := findingAt(i+1, fmt.Sprintf("/api/v1/call%d", i*i%(1+rnd.IntN(9))), "")
			alike[f.At.Path]++
			for _, t := range []*RuleTally{&one, &shards[rnd.IntN(len(shards))]} {
				t.Kinds.add(f.Kind(), 1)
				t.keep(f, limit)
			}
		}
		var merged RuleTally
		for _, i := range rnd.Perm(len(shards)) {
			merged.merge(&shards[i], limit)
		}
		if len(one.Findings) != len(merged.Findings) {
			t.Fatalf("expected %d findings, found %d", len(one.Findings), len(merged.Findings))
		}
		for i := range one.Findings {
			if a, b := one.Findings[i], merged.Findings[i]; a.At != b.At || one.Alike(&a) != merged.Alike(&b) || one.Alike(&a) != alike[a.At.Path] {
				t.Fatalf("finding %d: expected %v (%d alike), found %v (%d alike)", i, a.At, one.Alike(&a), b.At, merged.Alike(&b))
			}
		}
	}
}

// Beyond the bound kinds are not counted at all, whatever order they came in.
func TestTooManyKinds(t *testing.T) {
	var tally, other RuleTally
	f := findingAt(1, "/call-0-x", "")
	for i := range maxKinds + 1 {
		if n := tally.Alike(&f); n != int64(min(i, 1)) {
			t.Fatalf("%d kinds: expected each to be counted, found %d", i, n)
		}
		f := findingAt(i+1, fmt.Sprintf("/call-%d-x", i), "")
		tally.Kinds.add(f.Kind(), 1)
	}
	if tally.Kinds.add(f.Kind(), 1); tally.Alike(&f) != 0 {
		t.Errorf("expected none to be counted beyond %d, found %d", maxKinds, tally.Alike(&f))
	}
	other.Kinds.add(f.Kind(), 1)
	other.merge(&tally, Bounds{1, 0})
	if n := other.Alike(&f); n != 0 {
		t.Errorf("expected no count, found %d", n)
	}
}
