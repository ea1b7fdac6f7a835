package certificate

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// The longest texts of a certificate, in characters, as its schema has them.
const (
	maxName     = 200  // names, versions, configurations
	maxSentence = 1000 // messages, what was expected and seen
	maxArgument = 1000 // one argument of the command
	maxArgs     = 200
	maxLine     = 4000 // a command line
)

// New decides upon the certificate of a run that ended at the date. It fails if
// the target has no known profile.
func New(r *Run, date time.Time) (*Certificate, error) {
	profile, ok := clause.ProfileByID(r.Target.Profile)
	if !ok {
		return nil, fmt.Errorf("certificate: expected a profile, found %q", r.Target.Profile)
	}
	t := &r.Target
	c := &Certificate{
		Schema: schema, Implementation: implementation(t), Contact: bounded(t.Contact, maxName),
		Profile: profile.ID, Edition: bounded(Edition(r.Tally).ID, maxName), Date: date.UTC().Truncate(time.Second),
		Tool:    Tool{"mbxcheck", bounded(cmp.Or(r.Version, "unknown"), maxName), "sha256:" + rule.Digest(Edition(r.Tally))},
		Command: arguments(t.Command), Mode: t.Mode, Reached: t.Reached,
		LeftOut: leftOut(t), NotAsked: notAsked(r, profile),
		Clauses: []ClauseResult{}, Scenarios: []ScenarioResult{}, Reproduce: bounded(t.Reproduce, maxLine),
	}
	for _, d := range duties(r.Tally) {
		one := clauseResult(d, r.Evidence)
		one.Needed = slices.ContainsFunc(profile.Needs, func(n clause.Need) bool {
			return n.Clause == d.clause.ID && n.AskedOf(t.Mode != Observe)
		})
		c.Clauses = append(c.Clauses, one)
	}
	for _, s := range r.Scenarios {
		c.Scenarios = append(c.Scenarios, scenarioResult(s))
	}
	c.Reasons = reasonsOf(r, profile)
	c.Verdict = Certified
	if len(c.Reasons) > 0 {
		c.Verdict = Refused
	}
	c.count(r.Tally)
	return c, nil
}

func implementation(t *Target) Implementation {
	return Implementation{
		Name: bounded(cmp.Or(t.Name, "unknown"), maxName), Version: bounded(cmp.Or(t.Version, "unknown"), maxName),
		Configuration: bounded(cmp.Or(t.Configuration, "default"), maxName), Language: bounded(t.Language, maxName),
	}
}

func leftOut(t *Target) []LeftOut {
	var all []LeftOut
	for _, l := range t.LeftOut {
		all = append(all, LeftOut{l.Profile, bounded(l.Why, maxSentence)})
	}
	return all
}

func arguments(command []string) []string {
	return wording.Each(command[:min(len(command), maxArgs)], func(arg string) string { return bounded(arg, maxArgument) })
}

// bounded makes text fit for a certificate: masked, on one line, and of so many
// characters at the most.
func bounded(s string, most int) string {
	s = inert.Value(rule.Mask(s))
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == most {
			return s[:i] + "…"
		}
	}
	return s
}

func clauseResult(d duty, evidence map[string]Evidence) ClauseResult {
	v := d.verdict(binding)
	c := ClauseResult{
		ID: d.clause.ID, Claim: bounded(d.clause.Claim, maxSentence), Level: d.clause.Level,
		Verdict: v.Verdict, Broken: v.Broken, InDoubt: v.InDoubt,
		Grades: d.grades(),
	}
	if v.InDoubt > 0 {
		c.Doubts = bounded(d.doubts(binding), maxSentence)
	}
	for _, t := range d.rules {
		c.Rules = append(c.Rules, RuleResult{
			ID: t.ID, Level: t.Level(), Grade: t.Rule().Grade(), Verdict: resultOf(heard(t)),
			Passed: t.Passed, Failed: t.Failed, Inconclusive: t.Inconclusive,
		})
	}
	if t := d.strongest(); t != nil {
		c.Finding = firstFinding(t)
		if e := evidence[t.ID]; below(e.Cassette) && rule.Mask(e.Cassette) == e.Cassette {
			c.Evidence = e.Cassette
		}
	}
	return c
}

// firstFinding is nil when the tally was told to keep none.
func firstFinding(t *rule.RuleTally) *FirstFinding {
	if len(t.Findings) == 0 {
		return nil
	}
	f := &t.Findings[0]
	return &FirstFinding{t.ID, bounded(f.Sentence(), maxSentence), bounded(f.Expected, maxSentence), bounded(f.Seen, maxSentence)}
}

func scenarioResult(s Scenario) ScenarioResult {
	whole := duties(s.Tally)
	r := ScenarioResult{
		Name: bounded(cmp.Or(s.Name, "unnamed"), maxName), Place: s.Place, Outcome: s.Outcome,
		Note: bounded(s.Note, maxSentence), WatchedMs: s.Watched.Milliseconds(), Unfinished: bounded(s.Unfinished, maxSentence),
		Verdict: resultOf(verdictOf(s.Outcome, whole)), Clauses: []ScenarioClause{},
	}
	for _, d := range whole {
		g := d.verdict(binding)
		if g.Verdict == resultOf(rule.NotExercised) {
			continue
		}
		c := ScenarioClause{ID: d.clause.ID, Verdict: g.Verdict, Broken: g.Broken, InDoubt: g.InDoubt}
		if g.InDoubt > 0 {
			c.Why = bounded(d.doubts(binding), maxSentence)
		}
		r.Clauses = append(r.Clauses, c)
	}
	return r
}

// verdictOf is a scenario in one word. What a client keeps beside the way, in a
// scenario that it did not come to, is no pass of that, and what leaves anything
// in doubt has not passed.
func verdictOf(o Outcome, whole []duty) rule.Verdict {
	worst, inDoubt := rule.NotExercised, int64(0)
	for _, d := range whole {
		inDoubt += d.inDoubt(binding)
		if v := d.worst(binding); v.Telling() > worst.Telling() {
			worst = v
		}
	}
	switch {
	case worst == rule.Pass && o != Played:
		return rule.NotExercised
	case worst == rule.Pass && inDoubt > 0:
		return rule.Inconclusive
	}
	return worst
}

func (c *Certificate) count(t *rule.Tally) {
	c.Counts = Counts{Exchanges: t.Traffic.Exchanges, Scenarios: int64(len(c.Scenarios)), Clauses: int64(len(c.Clauses))}
	for i := range c.Clauses {
		switch c.Clauses[i].Verdict {
		case resultOf(rule.Pass):
			c.Counts.Passed++
		case resultOf(rule.Fail):
			c.Counts.Failed++
		case resultOf(rule.Inconclusive):
			c.Counts.Inconclusive++
		case resultOf(rule.Broken):
			c.Counts.Errors++
		default:
			c.Counts.NotExercised++
		}
	}
}
