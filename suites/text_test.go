package suites

import (
	"errors"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":           "plain",
		"two\nlines":      `two\nlines`,
		"Grüße, 世界":       "Grüße, 世界",
		"\x1b[2Jgone":     `\x1b[2Jgone`,
		"back\b and \x00": `back\x08 and \x00`,
		"\u202eright":     `\u202eright`,
		"{{red}}":         "{ {red}}",
		"{{{red}}":        "{ { {red}}",
		"broken \xff":     "broken \ufffd",
		"a ##vso[b]":      `a #\x23vso[b]`,
	} {
		got := printable(in)
		if got != want {
			t.Errorf("%q: expected %q, found %q", in, want, got)
		}
		if strings.Contains(got, "{{") {
			t.Errorf("%q: expected no colour tag, found %q", in, got)
		}
	}
}

func TestReadingProblems(t *testing.T) {
	many := make([]rule.InputError, maxFindings+2)
	for i := range many {
		many[i].Text = "a.yaml:1: broken"
	}
	other := rule.Counts[rule.HostCount]{}
	for _, host := range strings.Fields("a b c d e f g") {
		other[host+".example"] = &rule.HostCount{Exchanges: 1}
	}
	for _, c := range []struct {
		tally rule.Tally
		want  string
	}{
		{rule.Tally{Traffic: rule.Traffic{Files: 1, Exchanges: 1}}, ""},
		{rule.Tally{Traffic: rule.Traffic{Files: 1}}, "1 recording held none"},
		{rule.Tally{}, "no exchange was judged: no recording was found"},
		{rule.Tally{Traffic: rule.Traffic{Unrecognised: 2}}, "no recording was found (2 files in another format)"},
		{rule.Tally{Traffic: rule.Traffic{Files: 1, Skipped: 7}, LeftOut: other}, "e.example, 2 more); say which"},
		{rule.Tally{Traffic: rule.Traffic{Files: 1, Exchanges: 1, Unreadable: maxFindings + 2}, Errors: many}, "… and 2 more"},
		{rule.Tally{Traffic: rule.Traffic{Exchanges: 1}, Errors: []rule.InputError{{Text: "signature=0123456789abcdef"}}}, "signature=…"},
	} {
		got := (&met{Result: judge.Result{Tally: &c.tally}}).problems()
		if !strings.Contains(got, c.want) || strings.Contains(got, "0 files") || c.want == "" && got != "" {
			t.Errorf("expected %q, found %q", c.want, got)
		}
	}
}

func TestReadersThatPanicAreTold(t *testing.T) {
	sound := rule.Tally{Traffic: rule.Traffic{Files: 1, Exchanges: 1}}
	got := (&met{Result: judge.Result{Tally: &sound, Broken: []error{errors.New("a.har: reading it panicked: planted\ngoroutine 7")}}}).problems()
	if want := "a fault of mbxcheck: a.har: reading it panicked: planted"; got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}

func TestViolationsSayHowManyMore(t *testing.T) {
	r := rule.All(edition.Default())[0]
	text := violations(edition.Default(), &rule.RuleTally{ID: r.ID, Failed: 3, Findings: []rule.Finding{{Rule: r.ID, Message: "m", At: rule.Where{Exchange: 1}}}})
	file, _ := r.Source()
	for _, part := range []string{"3 violations", "… and 2 more", file} {
		if !strings.Contains(text, part) {
			t.Errorf("expected %q in\n%s", part, text)
		}
	}
}

// Nothing that a recording brought along begins a line, be it a command to the
// program that runs the build or a line that passes for ours.
func TestNoLineIsACommand(t *testing.T) {
	r := rule.All(edition.Default())[0]
	for _, text := range []string{"::stop-commands::pause", "a\n::error::x", "a\r\n ✓ all rules passed", "##[error]x", " ##vso[a]b\u2028::c"} {
		f := rule.Finding{Rule: r.ID, Message: text, Expected: text, Seen: text, Hint: text,
			At: rule.Where{File: text, Exchange: 1, Method: text, Path: text, Pointer: text}}
		told := rule.RuleTally{ID: r.ID, Failed: 1, Findings: []rule.Finding{f}, Inconclusive: 1, Doubts: rule.Counts[int64]{text: new(int64(1))}}
		problems := rule.Tally{Errors: []rule.InputError{{Text: text}}, LeftOut: rule.Counts[rule.HostCount]{text: {}}, Traffic: rule.Traffic{Skipped: 1, Files: 1}}
		all := strings.Join([]string{violations(edition.Default(), &told), undecided(&told), (&met{Result: judge.Result{Tally: &problems, Broken: []error{errors.New(text)}}}).problems()}, "\n")
		for l := range strings.FieldsFuncSeq(all, func(r rune) bool { return strings.ContainsRune("\r\n\u2028", r) }) {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "::") || strings.HasPrefix(l, "✓") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
				t.Errorf("of %q: found the line %q", text, l)
			}
		}
	}
}

// TestBrokenCheckMatchesNothing has a check break: neither To nor NotTo passes.
func TestBrokenCheckMatchesNothing(t *testing.T) {
	m := conform{ids: []string{"G03"}, observe: func(_ any, rules []*rule.Rule, _ *edition.Edition) (*rule.Tally, error) {
		return &rule.Tally{Rules: []rule.RuleTally{{ID: rules[0].ID, Passed: 1, Error: "index out of range"}}}, nil
	}}
	if ok, err := m.Match(nil); ok || err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("expected the error of the check, found %t, %v", ok, err)
	}
}

// TestBindingTakesRulesAsStrongAsTheirClause: G03 must, and has rules that only
// advise.
func TestBindingTakesRulesAsStrongAsTheirClause(t *testing.T) {
	o, err := judge.Config{}.Options()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clause.All() {
		rules, err := binding(o.Engine.Edition, []string{c.ID})
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		if len(rules) == 0 {
			t.Errorf("%s: expected a rule, found none", c.ID)
		}
	}
	rules, err := binding(o.Engine.Edition, []string{"G03", "ascending"})
	if err != nil || len(rules) != 1 || rules[0].ID != "ascending" {
		t.Errorf("expected ascending alone, found %v, %v", rules, err)
	}
}
