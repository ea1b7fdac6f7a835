package certificate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// duty is a clause with the rules on clients that judge it.
type duty struct {
	clause edition.Text
	rules  []*rule.RuleTally // in the tally's order
}

// duties lists what binds clients: the clauses, in the document's order, that
// have a rule of level must or should for clients in the tally. The rules on
// servers judge the test venue, which is not what is certified. A rule on
// clients counts for its main clause and for others that bind clients. Where all
// rules are on proxies a proxy is certified, and it is the same with those.
func duties(t *rule.Tally) []duty {
	var all []duty
	if t == nil {
		return nil
	}
	party := clause.Client
	if len(t.Rules) > 0 && !slices.ContainsFunc(t.Rules, func(r rule.RuleTally) bool { return r.Rule().Party != clause.Proxy }) {
		party = clause.Proxy
	}
	for _, c := range Clauses(t) {
		d := duty{clause: c.Clause}
		binds := false
		for _, r := range c.Rules {
			if r.Rule().Party == party && (c.Clause.Party == party || r.Rule().Clauses[0] == c.Clause.ID) {
				d.rules = append(d.rules, r)
				binds = binds || binding(r)
			}
		}
		if binds {
			all = append(all, d)
		}
	}
	return all
}

func binding(t *rule.RuleTally) bool { return Binds(t.Level()) }

// required chooses what a need is met by: a SHOULD that was kept is no evidence
// for the MUST beside it.
func required(t *rule.RuleTally) bool {
	return t.Rule().Grade() == rule.Obeys && t.Level() == clause.Must
}

// graded chooses the rules of a grade.
func graded(g rule.Grade) func(*rule.RuleTally) bool {
	return func(t *rule.RuleTally) bool { return t.Rule().Grade() == g }
}

// heard is a rule's verdict; what it found stands though its check broke later.
func heard(t *rule.RuleTally) rule.Verdict {
	if t.Failed > 0 {
		return rule.Fail
	}
	return t.Verdict()
}

// worst is the most telling verdict of the rules chosen.
func (d duty) worst(chosen func(*rule.RuleTally) bool) rule.Verdict {
	v := rule.NotExercised
	for _, t := range d.rules {
		if h := heard(t); chosen(t) && h.Telling() > v.Telling() {
			v = h
		}
	}
	return v
}

// verdict is worst with the level of the strongest rule that failed, and with
// how many occasions were not decided.
func (d duty) verdict(chosen func(*rule.RuleTally) bool) GradeResult {
	g := GradeResult{Verdict: resultOf(d.worst(chosen)), InDoubt: d.inDoubt(chosen)}
	for _, t := range d.rules {
		l := t.Level()
		if chosen(t) && heard(t) == rule.Fail && (g.Broken == "" || rule.Severity(l) > rule.Severity(g.Broken)) {
			g.Broken = l
		}
	}
	return g
}

// inDoubt counts the occasions of the rules chosen that were not decided.
func (d duty) inDoubt(chosen func(*rule.RuleTally) bool) int64 {
	var n int64
	for _, t := range d.rules {
		if chosen(t) {
			n += t.Inconclusive
		}
	}
	return n
}

// clean reports a duty that the rules chosen saw kept, and never in doubt.
func (d duty) clean(chosen func(*rule.RuleTally) bool) bool {
	return d.worst(chosen) == rule.Pass && d.inDoubt(chosen) == 0
}

func (d duty) grades() Grades {
	of := func(g rule.Grade) *GradeResult {
		if !slices.ContainsFunc(d.rules, func(t *rule.RuleTally) bool { return graded(g)(t) }) {
			return nil
		}
		v := d.verdict(graded(g))
		return &v
	}
	return Grades{of(rule.Obeys), of(rule.Tells), of(rule.Guards)}
}

// strongest is the binding rule that failed with the highest level, the first
// of them; nil when none did.
func (d duty) strongest() *rule.RuleTally {
	var found *rule.RuleTally
	for _, t := range d.rules {
		if t.Failed > 0 && binding(t) && (found == nil || rule.Severity(t.Level()) > rule.Severity(found.Level())) {
			found = t
		}
	}
	return found
}

// doubts says why occasions of the rules chosen were not decided.
func (d duty) doubts(chosen func(*rule.RuleTally) bool) string {
	var all []string
	for _, t := range d.rules {
		if text := Reasons(t); text != "" && chosen(t) && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return cmp.Or(strings.Join(all, "; "), "no reason was given")
}

func (d duty) errors() string {
	var all []string
	for _, t := range d.rules {
		if t.Error != "" {
			all = append(all, t.ID+": "+inert.Value(t.Error))
		}
	}
	return strings.Join(all, "; ")
}
