package rule

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// The names kept beyond the bound are the first in order, with all their
// counts, whoever met them when.
func TestNamedInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	names := 3 * maxNamed
	var want Named
	for i := range maxNamed {
		want.add(fmt.Sprintf("route-%05d", i), 2)
	}
	for range 5 {
		parts := make([]Named, 3)
		for range 2 {
			for _, i := range rnd.Perm(names) {
				parts[rnd.IntN(len(parts))].add(fmt.Sprintf("route-%05d", i), 1)
			}
		}
		var whole Named
		for _, i := range rnd.Perm(len(parts)) {
			whole.merge(&parts[i])
		}
		if !reflect.DeepEqual(whole.Counts, want.Counts) || !whole.More {
			t.Fatalf("expected the first %d names twice each and more, found %d, more %t", maxNamed, len(whole.Counts), whole.More)
		}
	}
}

// There are more names than are kept where there are in one of two parts.
func TestNamedTellsOfMore(t *testing.T) {
	for _, c := range [][3]bool{{true, false, true}, {false, true, true}, {false, false, false}, {true, true, true}} {
		a, b := Named{More: c[0]}, Named{More: c[1], Counts: Counts[int64]{"a": new(int64(1))}}
		if a.merge(&b); a.More != c[2] || a.Counts.Of("a") != 1 {
			t.Errorf("%v: found %+v", c, a)
		}
	}
}

// A recording of ever new names costs no memory beyond the bound.
func TestNamedBeyondTheBoundKeepsNothing(t *testing.T) {
	var m Named
	for i := range maxNamed {
		m.add(fmt.Sprintf("route-%05d", i), 1)
	}
	later := "route-99999"
	if n := testing.AllocsPerRun(100, func() { m.add(later, 1) }); n != 0 || len(m.Counts) != maxNamed || !m.More {
		t.Errorf("expected no allocation, %d names and more, found %v, %d, %t", maxNamed, n, len(m.Counts), m.More)
	}
}
