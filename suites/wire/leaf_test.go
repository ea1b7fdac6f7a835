package wire

import (
	"testing"
	"time"
)

// TestLeafIsMadeAnew before it ceases to hold, as long as its authority does.
func TestLeafIsMadeAnew(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := NewKeptAuthority(now, []string{"a.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, 22 * time.Hour, 23*time.Hour + time.Minute, 48 * time.Hour, keptLife - time.Minute} {
		leaf, err := a.leafAt("A.example", now.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		if x := leaf.Leaf; now.Add(at).After(x.NotAfter) || x.NotAfter.After(a.Ends()) {
			t.Errorf("after %s: expected a certificate that holds, found one until %s", at, x.NotAfter)
		}
	}
	if _, err := a.leafAt("b.example", now); err == nil || len(a.leaves) != 1 {
		t.Errorf("expected none for a host that was not named, found %d, %v", len(a.leaves), err)
	}
}
