package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// crowded is a tally in which rules failed very often, at two places each.
func crowded(rules, each int) *rule.Tally {
	t := &rule.Tally{Edition: edition.DefaultID, Traffic: rule.Traffic{Files: 1, Exchanges: int64(each)}}
	for n := range rules {
		one := *sorted
		one.ID = fmt.Sprintf("rows-ascend-%c%c", 'a'+n/26, 'a'+n%26)
		r := registered(one)
		rt := rule.RuleTally{ID: r.ID, Failed: int64(each)}
		for i := range each {
			pointer := fmt.Sprintf("/%d/time", i)
			if i%5 == 4 {
				pointer = fmt.Sprintf("/%d/id", i)
			}
			rt.Findings = append(rt.Findings, finding(r, "", "a greater key", "99", at("a.har", 10*i+1, i+1, pointer, "GET", "/api/v1/trades", 200)))
		}
		t.Rules = append(t.Rules, rt)
	}
	return t
}

// People are shown the first of each kind and told of the others; the bound is
// one of each kind, so that none hides another.
func TestFewOfAKind(t *testing.T) {
	for _, format := range []string{"text", "markdown"} {
		for _, c := range []struct{ ofAKind, times, ids int }{{3, 3, 3}, {1, 1, 1}, {0, 32, 8}} {
			out := string(written(t, format, &Report{Tally: crowded(1, 40), OfAKind: c.ofAKind}))
			if times, ids := strings.Count(out, "/time"), strings.Count(out, "/id"); times != c.times || ids != c.ids {
				t.Errorf("%s, %d of a kind: expected %d and %d findings, found %d and %d in\n%s", format, c.ofAKind, c.times, c.ids, times, ids, out)
			}
			more := fmt.Sprintf("and %d more; --max-findings 0 shows all", 40-c.times-c.ids)
			if strings.Contains(out, more) != (c.ofAKind > 0) {
				t.Errorf("%s, %d of a kind: %q is there %t in\n%s", format, c.ofAKind, more, c.ofAKind == 0, out)
			}
		}
	}
}

// A comment on GitHub that is too long is refused whole.
func TestMarkdownFitsAComment(t *testing.T) {
	for _, c := range []struct {
		rules, each int
		whole       bool
	}{{2, 3, true}, {60, 100, false}, {400, 1, false}} {
		out := written(t, "markdown", &Report{Tally: crowded(c.rules, c.each)})
		if len(out) > maxMarkdown {
			t.Errorf("%d rules: expected at most %d bytes, found %d", c.rules, maxMarkdown, len(out))
		}
		if whole := !strings.Contains(string(out), "more sections would be too much"); whole != c.whole {
			t.Errorf("%d rules: whole %t, expected %t", c.rules, whole, c.whole)
		}
		if !strings.Contains(string(out), fmt.Sprintf("%d rules failed", c.rules)) {
			t.Errorf("%d rules: the headline is not there", c.rules)
		}
	}
}

// GitHub shows ten annotations of a kind; what it would drop in silence is told.
func TestAnnotationsAreFew(t *testing.T) {
	tally := crowded(4, 30)
	tally.Rules[1].Rule().Level = clause.Should
	tally.Rules[2].Rule().Level = clause.Info
	out := string(written(t, "github", &Report{Tally: tally}))
	for kind, want := range map[string]int{"error": 10, "warning": 10, "notice": 10} {
		if n := strings.Count(out, "::"+kind+" "); n != want {
			t.Errorf("expected %d %ss, found %d in\n%s", want, kind, n, out)
		}
	}
	if !strings.Contains(out, "91 annotations more than GitHub shows.") {
		t.Errorf("expected what was left out to be counted, found\n%s", out)
	}
	for _, r := range []*rule.Rule{tally.Rules[0].Rule(), tally.Rules[3].Rule()} {
		if !strings.Contains(out, "::error file=a.har,line=1,title="+r.ID) {
			t.Errorf("expected the first finding of %s, found\n%s", r.ID, out)
		}
	}
	few := string(written(t, "github", &Report{Tally: crowded(1, 3)}))
	if strings.Contains(few, "more than GitHub shows") || strings.Count(few, "::error ") != 3 {
		t.Errorf("expected three errors and no more, found\n%s", few)
	}
}

// What the user left out is not told as traffic without an occasion.
func TestMutedRulesAreToldSo(t *testing.T) {
	tally := emptyTally()
	r := &Report{Tally: &rule.Tally{Rules: tally.Rules[3:]}, Verbose: true, Muted: []Muted{
		{jsonBody, "--skip"}, {sorted, "--party"}, {sortedToo, "--party"},
	}}
	for i := range r.Tally.Rules {
		r.Tally.Rules[i].Passed = 1
	}
	for format, want := range map[string][]string{
		"text":     {"left out by --skip\n", "left out by --party\n", "1 left out by --skip", "2 left out by --party"},
		"markdown": {"| left out by --skip |", "1 left out by --skip"},
		"json":     {`"by": "--party"`},
		"sarif":    {`"rows-ascend": "--party"`},
		"junit":    {`value="1 left out by --skip"`},
		"github":   {"2 left out by --party"},
	} {
		out := string(written(t, format, r))
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: expected %q in\n%s", format, w, out)
			}
		}
	}
	judgeSchema(t, reportSchema, "muted", written(t, "json", r))
	r.Muted = nil
	if out := string(written(t, "text", r)); strings.Contains(out, "left out by") {
		t.Errorf("nothing was left out, found\n%s", out)
	}
}
