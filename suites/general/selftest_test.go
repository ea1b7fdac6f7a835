package general

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func TestRulesKeepTheirCases(t *testing.T) {
	edition, _ := clause.EditionByID(clause.DefaultEdition)
	s := rule.SelfTest{Rules: rule.All(edition.ID), Cases: Cases, Edition: edition}
	for _, p := range s.Run() {
		t.Error(p)
	}
	t.Logf("%d rules, %d cases, %d plants", len(s.Rules), s.CasesRun, s.PlantsRun)
}
