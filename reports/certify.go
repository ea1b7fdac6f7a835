package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// The longest texts of a certificate, in characters, as its schema has them.
const (
	maxName     = 200  // names, versions, configurations
	maxSentence = 1000 // messages, what was expected and seen
	maxArgument = 1000 // one argument of the command
	maxArgs     = 200
	maxLine     = 4000 // a command line
)

// NewCertificate makes the certificate of r.Target, whose run ended at the
// date. It reads of r the tally, the target, the scenarios, the evidence and
// the version. It fails if the report has no target, or one of no known
// profile.
func NewCertificate(r *Report, date time.Time) (*Certificate, error) {
	if r.Target == nil {
		return nil, fmt.Errorf("reports: expected a target to certify, found none")
	}
	profile, ok := clause.ProfileByID(r.Target.Profile)
	if !ok {
		return nil, fmt.Errorf("reports: expected a profile, found %q", r.Target.Profile)
	}
	c := &Certificate{
		Schema: certificateSchema, Implementation: implementation(r.Target), Contact: bounded(r.Target.Contact, maxName),
		Profile: profile.ID, Edition: bounded(edition(r.Tally), maxName), Date: date.UTC().Truncate(time.Second),
		Tool:    Tool{"mbxcheck", bounded(r.version(), maxName), "sha256:" + rule.Digest(edition(r.Tally))},
		Command: arguments(r.Target.Command), Mode: r.Target.Mode, Reached: r.Target.Reached,
		Clauses: []ClauseResult{}, Scenarios: []ScenarioResult{}, Reproduce: bounded(r.Target.Reproduce, maxLine),
	}
	for _, d := range duties(r.Tally) {
		c.Clauses = append(c.Clauses, clauseResult(d, profile, r.Evidence))
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

func arguments(command []string) []string {
	all := []string{}
	for _, arg := range command[:min(len(command), maxArgs)] {
		all = append(all, bounded(arg, maxArgument))
	}
	return all
}

// bounded makes text fit for a certificate: masked, on one line, and of so many
// characters at the most.
func bounded(s string, most int) string {
	s = clean(rule.Mask(s))
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

func clauseResult(d duty, p clause.Profile, evidence map[string]Evidence) ClauseResult {
	v := d.verdict(binding)
	c := ClauseResult{
		ID: d.clause.ID, Claim: bounded(d.clause.Claim, maxSentence), Level: d.clause.Level,
		Verdict: v.Verdict, Broken: v.Broken,
		Needed: slices.ContainsFunc(p.Needs, func(n clause.Need) bool { return n.Clause == d.clause.ID }),
		Grades: d.grades(),
	}
	for _, t := range d.rules {
		c.Rules = append(c.Rules, RuleResult{
			ID: t.Rule.ID, Level: t.Rule.Level, Grade: t.Rule.Grade(), Verdict: resultOf(heard(t)),
			Passed: t.Passed, Failed: t.Failed, Inconclusive: t.Inconclusive,
		})
	}
	if t := d.strongest(); t != nil {
		c.Finding = firstFinding(t)
		if e := evidence[t.Rule.ID]; below(e.Cassette) && rule.Mask(e.Cassette) == e.Cassette {
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
	return &FirstFinding{t.Rule.ID, bounded(message(f), maxSentence), bounded(f.Expected, maxSentence), bounded(f.Seen, maxSentence)}
}

func scenarioResult(s Scenario) ScenarioResult {
	r := ScenarioResult{
		Name: bounded(cmp.Or(s.Name, "unnamed"), maxName), Place: s.Place, Outcome: s.Outcome,
		Note: bounded(s.Note, maxSentence), Verdict: resultOf(rule.NotExercised), Clauses: []ScenarioClause{},
	}
	worst := rule.NotExercised
	for _, d := range duties(s.Tally) {
		v, g := d.worst(binding), d.verdict(binding)
		if v == rule.NotExercised {
			continue
		}
		r.Clauses = append(r.Clauses, ScenarioClause{d.clause.ID, g.Verdict, g.Broken})
		if telling(v) > telling(worst) {
			worst, r.Verdict = v, g.Verdict
		}
	}
	return r
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

// reasonsOf says why a certificate is refused: each MUST that was broken,
// whatever the profile, then what the profile needs and was not seen.
func reasonsOf(r *Report, p clause.Profile) []Reason {
	var all []Reason
	whole := duties(r.Tally)
	for _, d := range whole {
		if t := d.strongest(); t != nil && t.Rule.Level == clause.Must {
			why := clean(t.Rule.Doc.Demands) + " It failed " + tallied(t) + "."
			all = append(all, Reason{Clause: d.clause.ID, Kind: BecauseFailed, Why: bounded(why, maxSentence)})
		}
	}
	for _, n := range p.Needs {
		at := whole
		if n.Place != "" {
			at = duties(talliedAt(r, n.Place))
		}
		if reason, missed := missing(n, at); missed {
			all = append(all, reason)
		}
	}
	return all
}

// talliedAt merges the tallies of the scenarios of a place.
func talliedAt(r *Report, place string) *rule.Tally {
	t := &rule.Tally{Edition: r.Tally.Edition}
	for i := range r.Tally.Rules {
		t.Rules = append(t.Rules, rule.RuleTally{Rule: r.Tally.Rules[i].Rule})
	}
	for _, s := range r.Scenarios {
		if s.Place == place && s.Tally != nil && len(s.Tally.Rules) == len(t.Rules) {
			t.Merge(s.Tally)
		}
	}
	return t
}

// missing says what a profile's need lacks. Only a MUST is needed: a SHOULD
// that nobody saw refuses nothing. What failed is a reason already.
func missing(n clause.Need, at []duty) (Reason, bool) {
	i := slices.IndexFunc(at, func(d duty) bool { return d.clause.ID == n.Clause })
	if i < 0 || at[i].clause.Level != clause.Must {
		return Reason{}, false
	}
	obeys, tells := at[i].worst(required), at[i].worst(graded(rule.Tells))
	because := func(kind ReasonKind, why string) (Reason, bool) {
		return Reason{n.Clause, kind, n.Place, bounded(why, maxSentence)}, true
	}
	switch {
	case obeys == rule.Pass || obeys == rule.Fail:
		return Reason{}, false
	case obeys == rule.Inconclusive:
		return because(BecauseInconclusive, "The evidence decided none of the occasions: "+at[i].doubts()+".")
	case obeys == rule.Broken || tells == rule.Broken:
		return because(BecauseBroken, "A check broke: "+at[i].errors()+".")
	case tells == rule.Pass: // it sends nothing by itself, and who decides was told
		return Reason{}, false
	case tells == rule.Fail:
		return because(BecauseHidden, "The client sends nothing by itself and does not tell its caller, so that nobody can keep the clause.")
	case n.Unless != "":
		return Reason{}, false
	}
	return because(BecauseNotExercised, "The client gave no occasion. "+n.Why)
}

// duty is a clause with the rules on clients that judge it.
type duty struct {
	clause clause.Clause
	rules  []*rule.RuleTally // in the tally's order
}

// duties lists what binds clients: the clauses, in the document's order, that
// have a rule of level must or should for clients in the tally. The rules on
// servers judge the test venue, which is not what is certified. A rule on
// clients counts for its main clause and for others that bind clients.
func duties(t *rule.Tally) []duty {
	var all []duty
	if t == nil {
		return nil
	}
	for _, c := range Clauses(t) {
		d := duty{clause: c.Clause}
		binds := false
		for _, r := range c.Rules {
			if r.Rule.Party == clause.Client && (c.Clause.Party == clause.Client || r.Rule.Clauses[0] == c.Clause.ID) {
				d.rules = append(d.rules, r)
				binds = binds || binding(r.Rule)
			}
		}
		if binds {
			all = append(all, d)
		}
	}
	return all
}

func binding(r *rule.Rule) bool { return binds(r.Level) }

// required chooses what a need is met by: a SHOULD that was kept is no evidence
// for the MUST beside it.
func required(r *rule.Rule) bool { return r.Grade() == rule.Obeys && r.Level == clause.Must }

// graded chooses the rules of a grade.
func graded(g rule.Grade) func(*rule.Rule) bool {
	return func(r *rule.Rule) bool { return r.Grade() == g }
}

// heard is a rule's verdict; what it found stands though its check broke later.
func heard(t *rule.RuleTally) rule.Verdict {
	if t.Failed > 0 {
		return rule.Fail
	}
	return t.Verdict()
}

// worst is the most telling verdict of the rules chosen.
func (d duty) worst(chosen func(*rule.Rule) bool) rule.Verdict {
	v := rule.NotExercised
	for _, t := range d.rules {
		if h := heard(t); chosen(t.Rule) && telling(h) > telling(v) {
			v = h
		}
	}
	return v
}

// verdict is worst with the level of the strongest rule that failed.
func (d duty) verdict(chosen func(*rule.Rule) bool) GradeResult {
	g := GradeResult{Verdict: resultOf(d.worst(chosen))}
	for _, t := range d.rules {
		l := t.Rule.Level
		if chosen(t.Rule) && heard(t) == rule.Fail && (g.Broken == "" || rule.Severity(l) > rule.Severity(g.Broken)) {
			g.Broken = l
		}
	}
	return g
}

func (d duty) grades() Grades {
	of := func(g rule.Grade) *GradeResult {
		if !slices.ContainsFunc(d.rules, func(t *rule.RuleTally) bool { return graded(g)(t.Rule) }) {
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
		if t.Failed > 0 && binding(t.Rule) && (found == nil || rule.Severity(t.Rule.Level) > rule.Severity(found.Rule.Level)) {
			found = t
		}
	}
	return found
}

func (d duty) doubts() string {
	var all []string
	for _, t := range d.rules {
		if text := reasons(t); text != "" {
			all = append(all, text)
		}
	}
	return cmp.Or(strings.Join(all, "; "), "no reason was given")
}

func (d duty) errors() string {
	var all []string
	for _, t := range d.rules {
		if t.Error != "" {
			all = append(all, t.Rule.ID+": "+clean(t.Error))
		}
	}
	return strings.Join(all, "; ")
}
