package clause_test

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
)

func TestProfilesNeedClausesOfTheDocument(t *testing.T) {
	for _, p := range clause.Profiles() {
		if got, ok := clause.ProfileByID(p.ID); !ok || got.ID != p.ID || p.Summary == "" || len(p.Needs) == 0 {
			t.Errorf("%s: found %q, %t, %d needs", p.ID, got.ID, ok, len(p.Needs))
		}
		seen := map[string]bool{}
		for _, n := range p.Needs {
			if c, ok := clause.ByID(n.Clause); !ok || c.Party != clause.Client {
				t.Errorf("%s needs %s: expected a clause that binds clients", p.ID, n.Clause)
			}
			if key := n.Clause + n.Place; seen[key] {
				t.Errorf("%s needs %s at %q twice", p.ID, n.Clause, n.Place)
			} else {
				seen[key] = true
			}
			if !strings.HasSuffix(n.Why, ".") || strings.HasSuffix(n.Unless, ".") {
				t.Errorf("%s needs %s: expected a sentence why, and half a one unless: %q, %q", p.ID, n.Clause, n.Why, n.Unless)
			}
		}
	}
	if _, ok := clause.ProfileByID("gambling"); ok {
		t.Error("expected no such profile")
	}
}

// TestAllNeedsWhatAnyProfileNeeds: who is certified for all is certified for
// each.
func TestAllNeedsWhatAnyProfileNeeds(t *testing.T) {
	all, _ := clause.ProfileByID("all")
	has := map[[2]string]bool{}
	for _, n := range all.Needs {
		has[[2]string{n.Clause, n.Place}] = true
	}
	for _, p := range clause.Profiles() {
		for _, n := range p.Needs {
			if !has[[2]string{n.Clause, n.Place}] {
				t.Errorf("%s needs %s at %q, all does not", p.ID, n.Clause, n.Place)
			}
		}
	}
}
