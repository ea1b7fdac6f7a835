package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// ClauseTally is what the rules on one clause found together.
type ClauseTally struct {
	Clause clause.Clause
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
	for _, c := range clause.All() {
		if !slices.Contains(c.Editions, edition(t)) {
			continue
		}
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

// telling orders verdicts by how much they say about a clause.
func telling(v rule.Verdict) int {
	return slices.Index([]rule.Verdict{rule.NotExercised, rule.Pass, rule.Inconclusive, rule.Broken, rule.Fail}, v)
}

func (c *ClauseTally) add(t *rule.RuleTally) {
	c.Rules = append(c.Rules, t)
	c.Passed += t.Passed
	if binds(t.Rule().Level) {
		c.Failed += t.Failed
	} else {
		c.Told += t.Failed
	}
	c.Inconclusive += t.Inconclusive
	v := t.Verdict()
	if t.Failed > 0 {
		v = rule.Fail // also of a check that broke later: what it found stands
	}
	if telling(v) > telling(c.Verdict) {
		c.Verdict = v
	}
	if v == rule.Fail && (c.Level == "" || rule.Severity(t.Rule().Level) > rule.Severity(c.Level)) {
		c.Level = t.Rule().Level
	}
}

// mark is the clause's verdict in one column, with its colour; does is what
// violations of its level do.
func (c *ClauseTally) mark(does effect) (string, style) {
	return doubtfully(c.Verdict, does, c.Inconclusive)
}

// standing says in two or three words how a clause came off; does is what
// violations of its level do.
func (c *ClauseTally) standing(does effect) string {
	switch c.Verdict {
	case rule.Pass:
		if c.Inconclusive > 0 {
			return grouped(c.Passed) + " passed, " + grouped(c.Inconclusive) + " in doubt"
		}
		return grouped(c.Passed) + " passed"
	case rule.Fail:
		if does == warns {
			return plural(c.Failed, "warning", "warnings")
		}
		if c.Failed == 0 {
			return grouped(c.Told) + " told"
		}
		return grouped(c.Failed) + " failed"
	case rule.Inconclusive:
		return grouped(c.Inconclusive) + " inconclusive"
	case rule.Broken:
		return "check broke"
	}
	if c.Clause.Unchecked != "" {
		return "needs " + ways(c.Clause.Checks)
	}
	return "not exercised"
}

// ways names what it takes to see a clause: "pair or live".
func ways(checks []clause.Check) string {
	var names []string
	for _, c := range checks {
		names = append(names, string(c))
	}
	return strings.Join(names, " or ")
}

// doubt is a reason why occasions were not decided, and how often.
type doubt struct {
	why   string
	count int64
}

// doubts lists a rule's doubts, the commonest first.
func doubts(t *rule.RuleTally) []doubt {
	var all []doubt
	for _, why := range slices.Sorted(maps.Keys(t.Doubts)) {
		all = append(all, doubt{clean(why), t.Doubts.Of(why)})
	}
	slices.SortStableFunc(all, func(a, b doubt) int { return cmp.Compare(b.count, a.count) })
	return all
}
