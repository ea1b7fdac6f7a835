package suites_test

import (
	"slices"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestWatchedNeeds: a need is kept from watched programs if and only if no rule
// on clients judges it by requests alone.
func TestWatchedNeeds(t *testing.T) {
	for _, p := range clause.Profiles() {
		for _, n := range p.Needs {
			seen := slices.ContainsFunc(rule.All(edition.Default()), func(r *rule.Rule) bool {
				return r.NotHere == "" && r.Party == clause.Client && (r.LevelIn(edition.Default()) == clause.Must || r.LevelIn(edition.Default()) == clause.Should) && slices.Contains(r.Clauses, n.Clause)
			})
			if n.AskedOf(false) != seen {
				t.Errorf("%s: watched programs are asked for %s: %t, and their requests show it: %t", p.ID, n.Clause, n.AskedOf(false), seen)
			}
		}
	}
}

// TestNeedsCanBeMet: a need without a rule refuses every client.
func TestNeedsCanBeMet(t *testing.T) {
	rules := rule.All(edition.Default())
	for _, p := range clause.Profiles() {
		for _, n := range p.Needs {
			judges := slices.ContainsFunc(rules, func(r *rule.Rule) bool {
				return r.Party == clause.Client && (r.LevelIn(edition.Default()) == clause.Must || r.LevelIn(edition.Default()) == clause.Should) && slices.Contains(r.Clauses, n.Clause)
			})
			if !judges {
				t.Errorf("%s needs %s, which no rule on clients judges", p.ID, n.Clause)
			}
		}
	}
}
