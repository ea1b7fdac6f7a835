package rule_test

import (
	"regexp"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"

	_ "github.com/mbxcheck/mbxcheck/suites/general"
)

func TestGradeFollowsFromTheID(t *testing.T) {
	for id, want := range map[string]rule.Grade{
		"back-off-after-429": rule.Obeys,
		"tells-rate-limit":   rule.Tells,
		"guards-ban":         rule.Guards,
		"tellsome":           rule.Obeys,
		"":                   rule.Obeys,
	} {
		if got := (&rule.Rule{ID: id}).Grade(); got != want {
			t.Errorf("%q: expected %s, found %s", id, want, got)
		}
	}
}

func TestDigestNamesTheRules(t *testing.T) {
	seed, other := rule.Digest(edition.Default()), rule.Digest(&edition.Edition{ID: "no such edition"})
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(seed) || seed != rule.Digest(edition.Default()) {
		t.Errorf("expected one SHA-256, found %q", seed)
	}
	if seed == other {
		t.Error("expected an edition without rules to have another digest")
	}
}
