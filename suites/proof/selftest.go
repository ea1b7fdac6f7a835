package proof

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// SelfTest proves that the rules can fail and that they keep silent: it reads
// the cases of each rule from testdata/<rule ID>/ in fsys and runs the plants.
//
// A case is a conversation (see package conversation) in a file named for what the
// rule must say of it: good.txt, into which the plant goes, and good-*.txt
// (pass), bad-*.txt (fail, each finding wanted
// in the text), inconclusive-*.txt and silent-*.txt (not exercised). All rules
// judge every case, and findings of any rule that the text does not want are
// problems too.
//
// The zero SelfTest is not useful; it is not safe for concurrent use.
type SelfTest struct {
	Rules   []*rule.Rule
	Cases   fs.FS
	Edition *edition.Edition

	// Counts of what was run, for the report.
	CasesRun, PlantsRun int

	problems []Problem
}

// Problem is one thing the self-test found wrong.
type Problem struct {
	Rule string // its ID, or a clause's
	Text string
}

func (p Problem) String() string { return p.Rule + ": " + p.Text }

// Run runs everything and returns what is wrong, nothing when all is well.
func (s *SelfTest) Run() []Problem {
	s.problems, s.CasesRun, s.PlantsRun = nil, 0, 0
	s.clauses()
	for _, r := range s.Rules {
		s.rule(r)
	}
	return s.problems
}

// RunRule runs the cases and the plant of one rule, which all rules judge, and
// returns what is wrong there. Of what Run tells of the rule it misses a check that
// breaks in a case of another rule; all else that is wrong with such a case is told
// of the rule whose case it is.
func (s *SelfTest) RunRule(id string) []Problem {
	s.problems, s.CasesRun, s.PlantsRun = nil, 0, 0
	for _, r := range s.Rules {
		if r.ID == id {
			s.rule(r)
		}
	}
	return s.problems
}

func (s *SelfTest) problem(id, format string, args ...any) {
	s.problems = append(s.problems, Problem{id, fmt.Sprintf(format, args...)})
}

// clauses demands a rule, or a written reason, for each clause.
func (s *SelfTest) clauses() {
	for _, c := range s.Edition.Clauses {
		judged := slices.ContainsFunc(s.Rules, func(r *rule.Rule) bool { return slices.Contains(r.Clauses, c.ID) })
		if !judged && c.Unchecked == "" {
			s.problem(c.ID, "expected a rule or a written reason, found neither")
		}
	}
}

// rule runs the cases and the plant of one rule, of which one that judges nothing has none.
func (s *SelfTest) rule(r *rule.Rule) {
	if !r.Judges() {
		return
	}
	files, err := fs.Glob(s.Cases, path.Join("testdata", r.ID, "*.txt"))
	if err != nil {
		s.problem(r.ID, "%v", err)
		return
	}
	seen := map[string]bool{}
	for _, file := range files {
		seen[s.runCase(r, file)] = true
	}
	for _, kind := range []string{"good", "bad"} {
		if !seen[kind] {
			s.problem(r.ID, "expected a %s case in testdata/%s, found none", kind, r.ID)
		}
	}
	if r.Plant == nil {
		s.problem(r.ID, "expected a plant, found none")
		return
	}
	s.plant(r, path.Join("testdata", r.ID, plantCase))
}

// plantCase is the case that a rule's plant is written for.
const plantCase = "good.txt"

var verdictOf = map[string]rule.Verdict{
	"good": rule.Pass, "bad": rule.Fail, "inconclusive": rule.Inconclusive, "silent": rule.NotExercised,
}

// runCase judges one case and returns its kind, "" for a file that is none.
func (s *SelfTest) runCase(r *rule.Rule, file string) string {
	kind, _, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".txt"), "-")
	want, ok := verdictOf[kind]
	if !ok {
		s.problem(r.ID, "%s: expected a name that begins with good, bad, inconclusive or silent", file)
		return ""
	}
	c, ok := s.parse(r, file)
	if !ok {
		return ""
	}
	s.CasesRun++
	t := s.judge(c)
	if of := of(t, r); of.Verdict() != want {
		s.problem(r.ID, "%s: expected the verdict %s, found %s%s", file, want, of.Verdict(), firstFinding(of))
	}
	s.compareWants(r, file, c, t)
	return kind
}

func (s *SelfTest) parse(r *rule.Rule, file string) (*conversation.Conversation, bool) {
	text, err := fs.ReadFile(s.Cases, file)
	if err != nil {
		s.problem(r.ID, "%v", err)
		return nil, false
	}
	c, err := conversation.Parse(s.Edition, file, string(text))
	if err != nil {
		s.problem(r.ID, "%v", err)
		return nil, false
	}
	return c, true
}

// compareWants holds findings and wants against each other, both ways.
func (s *SelfTest) compareWants(r *rule.Rule, file string, c *conversation.Conversation, t *rule.Tally) {
	wants := slices.Clone(c.Wants)
	for i := range t.Rules {
		for _, f := range t.Rules[i].Findings {
			at := slices.IndexFunc(wants, func(w conversation.Want) bool {
				return w.Rule == f.Rule && w.Exchange == f.At.Exchange && (w.Pointer == "" || w.Pointer == f.At.Pointer)
			})
			if at < 0 {
				s.problem(r.ID, "%s: found at exchange %d %s, which the case does not want: %s: %s (expected %s, saw %s)",
					file, f.At.Exchange, f.At.Pointer, f.Rule, f.Message, f.Expected, f.Seen)
				continue
			}
			wants = slices.Delete(wants, at, at+1)
		}
		if t.Rules[i].Error != "" {
			s.problem(t.Rules[i].ID, "%s: %s", file, t.Rules[i].Error)
		}
	}
	for _, w := range wants {
		s.problem(r.ID, "%s:%d: expected a finding of %s at exchange %d %s, found none", file, w.Line, w.Rule, w.Exchange, w.Pointer)
	}
}

// plant breaks the rule in a good case, and no other rule with it.
func (s *SelfTest) plant(r *rule.Rule, file string) {
	before, ok := s.parse(r, file)
	if !ok {
		return
	}
	planted, _ := s.parse(r, file)
	if err := plantInto(r, planted); err != nil {
		s.problem(r.ID, "%s: %v", file, err)
		return
	}
	s.PlantsRun++
	was, is := s.judge(before), s.judge(planted)
	for i, other := range s.Rules {
		a, b := was.Rules[i].Verdict(), is.Rules[i].Verdict()
		switch {
		case other == r && b != rule.Fail:
			s.problem(r.ID, "%s: the plant must make it fail, found %s", file, b)
		case other != r && b == rule.Fail && a != rule.Fail && !slices.Contains(r.AlsoBreaks, other.ID):
			s.problem(r.ID, "%s: the plant must break no other rule, but it breaks %s%s", file, other.ID, firstFinding(&is.Rules[i]))
		case slices.Contains(r.AlsoBreaks, other.ID) && b != rule.Fail:
			s.problem(r.ID, "%s: AlsoBreaks names %s, which the plant does not break", file, other.ID)
		}
	}
}

func plantInto(r *rule.Rule, c *conversation.Conversation) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the plant broke: %v", p)
		}
	}()
	r.Plant(c)
	return nil
}

// judge runs all rules over a conversation.
func (s *SelfTest) judge(c *conversation.Conversation) *rule.Tally {
	return engine.Judge(s.Rules, s.Edition, c.Exchanges)
}

// of is what was counted of a rule, which is one of those that judged.
func of(t *rule.Tally, r *rule.Rule) *rule.RuleTally {
	return &t.Rules[slices.IndexFunc(t.Rules, func(of rule.RuleTally) bool { return of.ID == r.ID })]
}

func firstFinding(t *rule.RuleTally) string {
	if len(t.Findings) == 0 {
		return ""
	}
	f := t.Findings[0]
	return fmt.Sprintf(" at exchange %d: %s (expected %s, saw %s)", f.At.Exchange, f.Message, f.Expected, f.Seen)
}

// Deafen returns the rules with one of them deaf: it hears everything and says
// nothing. A self-test that does not notice is worth nothing.
func Deafen(rules []*rule.Rule, id string) []*rule.Rule {
	out := slices.Clone(rules)
	for i, r := range out {
		if r.ID != id {
			continue
		}
		deaf := *r
		deaf.Check, deaf.Pair = nil, nil
		deaf.New = func() rule.Probe { return rule.Probe{} }
		out[i] = &deaf
	}
	return out
}
