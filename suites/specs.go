package suites

import (
	"context"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Register adds the specs to the Ginkgo suite at hand: a container for each
// clause of the document, a spec for each rule. Call it before
// ginkgo.RunSpecs, from a test function or, below a Describe of one's own, from
// the container's body. It may be called several times, each below a Describe
// that tells its recordings from the others'.
//
// The recordings are read once, when the first of these specs is about to run,
// and not at all if none is. Specs bear labels for the party bound ("client",
// "server", "proxy"), the level ("must", "should", "may", "info") and the
// clauses ("G03"), and stand at their rules' file and line.
//
// The container is Ordered, so that the specs run in the document's order and
// ginkgo -p reads the recordings in one process only.
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
	judge.Result      // once the recordings were read
	told         bool // what could not be read has been told
}

func register(p *plan) *specs {
	s := &specs{plan: p}
	title := fmt.Sprintf("General API Information, edition %s", p.how.Engine.Edition.ID)
	ginkgo.Describe(title, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		ginkgo.BeforeAll(s.read)
		ginkgo.It("reads the recordings", s.readable)
		for i := range p.how.Engine.Edition.Clauses {
			s.clause(&p.how.Engine.Edition.Clauses[i])
		}
	})
	return s
}

// read has the recordings judged.
func (s *specs) read(ctx ginkgo.SpecContext) {
	found, err := judge.Paths(ctx, s.Paths, s.how)
	if found != nil {
		s.Result = *found
	}
	if err != nil {
		ginkgo.Fail(fmt.Sprintf("reading was interrupted: %v", context.Cause(ctx)))
	}
}

// readable fails if something could not be read, or nothing was judged.
func (s *specs) readable() {
	s.told = true
	if problems := readingProblems(&s.Result); problems != "" {
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
				s.readable()
			}
			s.tell(&s.Tally.Rules[i])
		})
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
