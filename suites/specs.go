package suites

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Register adds the specs to the Ginkgo suite at hand: a container for each
// clause of the document, a spec for each rule. Call it before
// ginkgo.RunSpecs, from a test function or, below a Describe of one's own, from
// the container's body. It may be called several times, each below a Describe
// that tells its recordings, or its subject, from the others'.
//
// The recordings are read once, or the subject is met once, when the first of these
// specs is about to run, and not at all if none is. An interrupt, or the end of the
// suite's time, ends whatever was started for it. Specs bear labels for the party bound ("client",
// "server", "proxy"), the level ("must", "should", "may", "info") and the
// clauses ("G03"), and stand at their rules' file and line.
//
// The container is Ordered, so that the specs run in the document's order and
// ginkgo -p reads the recordings, or meets the subject, in one process only.
func Register(cfg Config) error {
	p, err := cfg.plan()
	if err != nil {
		return err
	}
	register(p)
	return nil
}

// specs is what the nodes of one registered tree share. Ginkgo runs the nodes
// of an Ordered container one after the other.
type specs struct {
	*plan
	met       // once the recordings were read, or the subject met
	told bool // what went wrong with that has been told
}

func register(p *plan) *specs {
	s := &specs{plan: p}
	title := fmt.Sprintf("General API Information, edition %s", p.how.Engine.Edition.ID)
	ginkgo.Describe(title, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		ginkgo.BeforeAll(s.meet)
		ginkgo.It(p.visit.claim, s.sound)
		for i := range p.how.Engine.Edition.Clauses {
			s.clause(&p.how.Engine.Edition.Clauses[i])
		}
	})
	return s
}

// meet has the recordings read, or the subject met, and judged.
func (s *specs) meet(ctx ginkgo.SpecContext) {
	s.met = *s.visit.meet(ctx)
	if ctx.Err() != nil {
		ginkgo.Fail(fmt.Sprintf("it was interrupted: %v", context.Cause(ctx)))
	}
}

// sound fails if something could not be read, the subject was not met as it was to
// be, or nothing was judged.
func (s *specs) sound() {
	s.told = true
	for _, note := range s.notes {
		ginkgo.AddReportEntry("note", inert.Lines(apart(note)), ginkgo.ReportEntryVisibilityAlways)
	}
	if problems := s.problems(); problems != "" {
		ginkgo.Fail(problems)
	}
	t := s.Tally.Traffic
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"recordings read", t.Files}, {"exchanges judged", t.Exchanges}, {"exchanges of other hosts", t.Skipped},
	} {
		ginkgo.AddReportEntry(c.name, c.n, ginkgo.ReportEntryVisibilityFailureOrVerbose)
	}
}

// clause builds the container of a clause, with a spec for each rule that it is
// the main clause of.
func (s *specs) clause(c *edition.Text) {
	var at []int
	for i, r := range s.how.Rules {
		if r.Clauses[0] == c.ID {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return // not asked for
	}
	line := types.NewCustomCodeLocation(fmt.Sprintf("General API Information, line %d", c.Line))
	ginkgo.Describe(c.ID+" "+c.Claim, line, func() {
		for _, i := range at {
			s.rule(i)
		}
	})
}

// rule builds the spec of the i-th rule.
func (s *specs) rule(i int) {
	r := s.how.Rules[i]
	ginkgo.It(r.ID+": "+r.Doc.Demands, labels(r.Party, r.LevelIn(s.how.Engine.Edition), r.Clauses...),
		placeOf(r), func() {
			if !s.told { // a filter left that spec out, and no filter makes a broken recording sound
				s.sound()
			}
			if !s.visit.binds(r) {
				ginkgo.Skip(fmt.Sprintf("not exercised: it binds the %s, of whom nothing is asked here", r.Party))
			}
			s.tell(s.tallyOf(r))
		})
}

// tallyOf is what a rule counted that the subject is judged by.
func (s *specs) tallyOf(r *rule.Rule) *rule.RuleTally {
	i := slices.IndexFunc(s.Tally.Rules, func(t rule.RuleTally) bool { return t.ID == r.ID })
	return &s.Tally.Rules[i]
}

// placeOf is where a rule stands, and its spec with it.
func placeOf(r *rule.Rule) types.CodeLocation {
	file, line := r.Source()
	return types.CodeLocation{FileName: file, LineNumber: line}
}

// tell turns what the rule counted into the spec's outcome.
func (s *specs) tell(t *rule.RuleTally) {
	at := placeOf(t.Rule())
	switch t.Verdict() {
	case rule.Pass:
		ginkgo.AddReportEntry("occasions on which it was kept", t.Passed, at, ginkgo.ReportEntryVisibilityFailureOrVerbose)
	case rule.Fail:
		text := violations(s.how.Engine.Edition, t)
		if rule.Severity(t.Level()) >= rule.Severity(s.FailOn) {
			ginkgo.Fail(text)
		}
		ginkgo.AddReportEntry("violations that fail nothing", text, at, ginkgo.ReportEntryVisibilityAlways)
		ginkgo.Skip(fmt.Sprintf("%s of a rule whose level is %s; %s fails", count(t.Failed, "violation"), t.Level(), s.FailOn))
	case rule.Broken:
		ginkgo.Fail("the check broke, which says nothing about the traffic: " + printable(t.Error))
	default:
		ginkgo.Skip(undecided(t))
	}
}

// labels of a spec. None holds a character of the filter language: clause and
// rule IDs, parties and levels are words.
func labels(p clause.Party, l clause.Level, clauses ...string) ginkgo.Labels {
	return append(ginkgo.Label(string(p), string(l)), clauses...)
}
