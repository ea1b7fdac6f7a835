package general

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/proof"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func selfTest(rules []*rule.Rule) *proof.SelfTest {
	edition := edition.Default()
	return &proof.SelfTest{Rules: rules, Cases: Cases, Edition: edition}
}

func TestRulesKeepTheirCases(t *testing.T) {
	s := selfTest(rule.All(edition.Default()))
	for _, p := range s.Run() {
		t.Error(p)
	}
	t.Logf("%d rules, %d cases, %d plants", len(s.Rules), s.CasesRun, s.PlantsRun)
}

// A self-test that does not notice a deaf rule proves nothing.
func TestSelfTestNoticesEveryDeafRule(t *testing.T) {
	rules := rule.All(edition.Default())
	for _, r := range rules {
		if !r.Judges() {
			continue
		}
		if !noticed(selfTest(proof.Deafen(rules, r.ID)).RunRule(r.ID), r.ID) {
			t.Errorf("%s: the self-test did not notice that the rule is deaf", r.ID)
		}
	}
}

func noticed(problems []proof.Problem, id string) bool {
	for _, p := range problems {
		if p.Rule == id && strings.Contains(p.Text, "expected") {
			return true
		}
	}
	return false
}
