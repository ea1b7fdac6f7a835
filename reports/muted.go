package reports

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// mutedParts count the rules left out: "5 left out by --skip".
func (r *Report) mutedParts() []string {
	var flags []string
	n := map[string]int64{}
	for _, m := range r.Muted {
		if n[m.By]++; n[m.By] == 1 {
			flags = append(flags, m.By)
		}
	}
	slices.Sort(flags)
	return wording.Each(flags, func(flag string) string { return wording.Grouped(n[flag]) + " left out by " + flag })
}

// leftOut names the flag that left a rule out, by the rule.
func (r *Report) leftOut() map[string]string {
	if len(r.Muted) == 0 {
		return nil
	}
	by := map[string]string{}
	for _, m := range r.Muted {
		by[m.Rule.ID] = m.By
	}
	return by
}

// standing says how a clause came off. One that no rule was asked about for
// the user's sake is told so: it is another matter than traffic without an
// occasion.
func (r *Report) standing(c *certificate.ClauseTally) string {
	if c.Verdict == rule.NotExercised && len(c.Rules) == 0 {
		for _, m := range r.Muted {
			if slices.Contains(m.Rule.Clauses, c.Clause.ID) {
				return "left out by " + m.By
			}
		}
	}
	return clauseStanding(c, r.effect(c.Level))
}
