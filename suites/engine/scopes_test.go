package engine

import "testing"

// TestScopesForgetTheLongestUnmet meets more keys than are kept, one of them
// again and again: that one is never forgotten.
func TestScopesForgetTheLongestUnmet(t *testing.T) {
	var s scopes
	s.of(1, 0, nil, nil).troubled = true
	s.of(2, 0, nil, nil).troubled = true
	for key := range uint64(5 * maxScopes) {
		s.of(key+10, 0, nil, nil)
		if key%(maxScopes/2) == 0 && !s.of(1, 0, nil, nil).troubled {
			t.Fatalf("the key that is met again was forgotten behind %d others", key)
		}
		if n := len(s.byKey) + len(s.older); n > 2*maxScopes {
			t.Fatalf("expected %d scopes at most, found %d", 2*maxScopes, n)
		}
	}
	if s.of(2, 0, nil, nil).troubled {
		t.Error("a key that was not met again was kept")
	}
	n := 0
	for range s.all {
		n++
	}
	if n != len(s.byKey)+len(s.older) {
		t.Errorf("expected all of %d scopes, found %d", len(s.byKey)+len(s.older), n)
	}
	if s.reset(); len(s.byKey)+len(s.older) != 0 {
		t.Error("a new episode knows the scopes of the one before")
	}
}
