package general

import (
	"slices"
	"testing"
)

// What is settled makes room for a new call before any that is open does.
func TestRecentGivesUpTheOldestOpenCall(t *testing.T) {
	type call struct {
		n       int
		settled bool
	}
	settled := func(c *call) bool { return c.settled }
	var r recent[call]
	for n := range recentKept {
		if _, full := r.follow(call{n: n}, settled); full {
			t.Fatalf("expected room for %d calls, found none for call %d", recentKept, n)
		}
	}
	r[3].settled = true
	if _, full := r.follow(call{n: 100}, settled); full {
		t.Error("expected the settled call to make room, found an open one given up")
	}
	if old, full := r.follow(call{n: 101}, settled); !full || old.n != 0 {
		t.Errorf("expected the oldest, call 0, to be given up, found call %d, %t", old.n, full)
	}
	if len(r) != recentKept || r[0].n != 1 || slices.ContainsFunc(r, func(c call) bool { return c.n == 3 }) {
		t.Errorf("expected calls 1 to 101 without 3, found %v", r)
	}
}
