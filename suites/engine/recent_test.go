package engine

import "testing"

// TestRecentForgetsTheLongestUnmet meets more keys than are kept, one of them
// again and again: that one is never forgotten.
func TestRecentForgetsTheLongestUnmet(t *testing.T) {
	var r recent[bool]
	is := func(key uint64) *bool {
		v, _ := r.of(key)
		return v
	}
	*is(1), *is(2) = true, true
	for key := range uint64(5 * maxRecent) {
		is(key + 10)
		if key%(maxRecent/2) == 0 && !*is(1) {
			t.Fatalf("the key that is met again was forgotten behind %d others", key)
		}
		if n := len(r.newer) + len(r.older); n > 2*maxRecent {
			t.Fatalf("expected %d keys at most, found %d", 2*maxRecent, n)
		}
	}
	if *is(2) || !r.forgot {
		t.Error("a key that was not met again was kept, or it is not told that some were forgotten")
	}
	n := 0
	for range r.all {
		n++
	}
	if n != len(r.newer)+len(r.older) {
		t.Errorf("expected all of %d keys, found %d", len(r.newer)+len(r.older), n)
	}
	if r.reset(); len(r.newer)+len(r.older) != 0 || r.forgot {
		t.Error("expected nothing to be known of what was before")
	}
	if _, isNew := r.of(1); !isNew {
		t.Error("expected a key to be new once all were forgotten")
	}
}
