package certificate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// ClauseTally is what the rules on one clause found together.
type ClauseTally struct {
	Clause edition.Text
	Rules  []*rule.RuleTally // those that judge it, in the tally's order

	// Verdict is the most telling of the rules' verdicts: one that fails, then
	// one that broke, then one that the evidence does not decide, before a
	// pass. A clause passes only if each of its rules that met an occasion
	// passes; without rules it is not exercised.
	Verdict rule.Verdict

	// Level is that of the strongest rule that failed, "" if none did: a
	// clause told by an info rule is not one broken.
	Level clause.Level

	// Occasions, summed over the rules. Told are those that broke a rule of
	// level may or info, which breaks nothing of the clause.
	Passed, Failed, Told, Inconclusive int64
}

// Clauses sums a tally up by clause: all clauses of the tally's edition (of the
// default one if it names none), in document order. The rules' tallies are
// shared with t.
func Clauses(t *rule.Tally) []ClauseTally {
	var all []ClauseTally
	for _, c := range Edition(t).Clauses {
		ct := ClauseTally{Clause: c}
		for i := range t.Rules {
			if slices.Contains(t.Rules[i].Rule().Clauses, c.ID) {
				ct.add(&t.Rules[i])
			}
		}
		all = append(all, ct)
	}
	return all
}

func (c *ClauseTally) add(t *rule.RuleTally) {
	c.Rules = append(c.Rules, t)
	c.Passed += t.Passed
	if Binds(t.Level()) {
		c.Failed += t.Failed
	} else {
		c.Told += t.Failed
	}
	c.Inconclusive += t.Inconclusive
	v := heard(t)
	if v.Telling() > c.Verdict.Telling() {
		c.Verdict = v
	}
	if v == rule.Fail && (c.Level == "" || rule.Severity(t.Level()) > rule.Severity(c.Level)) {
		c.Level = t.Level()
	}
}

// Doubt is a reason why occasions were not decided, and how often.
type Doubt struct {
	Why   string `json:"why"`
	Count int64  `json:"count"`
}

// Doubts lists a rule's doubts, the commonest first.
func Doubts(t *rule.RuleTally) []Doubt {
	var all []Doubt
	for _, why := range slices.Sorted(maps.Keys(t.Doubts)) {
		all = append(all, Doubt{inert.Value(why), t.Doubts.Of(why)})
	}
	slices.SortStableFunc(all, func(a, b Doubt) int { return cmp.Compare(b.Count, a.Count) })
	return all
}

// Reasons is a rule's doubts on one line: "the clock is too coarse (3)".
func Reasons(t *rule.RuleTally) string {
	return strings.Join(wording.Each(Doubts(t), func(d Doubt) string { return fmt.Sprintf("%s (%s)", d.Why, wording.Grouped(d.Count)) }), "; ")
}

// Edition is the one that a tally was held against; of one that this program does not
// have nothing is known but its ID.
func Edition(t *rule.Tally) *edition.Edition {
	id := cmp.Or(inert.Value(t.Edition), edition.DefaultID)
	if e, ok := edition.ByID(id); ok {
		return e
	}
	return &edition.Edition{ID: id}
}

// Failed says how many occasions of a rule failed: "2 of 814".
func Failed(t *rule.RuleTally) string {
	return wording.Grouped(t.Failed) + " of " + wording.Grouped(t.Decided())
}

// Binds reports whether a rule of the level, when it fails, fails anything:
// "may" and "info" are told and break nothing.
func Binds(l clause.Level) bool { return rule.Severity(l) >= rule.Severity(clause.Should) }
