package engine

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const twoPings = `>
GET https://api.binance.com/api/v1/ping HTTP/1.1

<
HTTP/1.1 200 OK

{}

>
GET https://api.binance.com/api/v1/time HTTP/1.1

<
HTTP/1.1 400 Bad Request

{"code":-1000,"msg":"x"}
`

// A check that panics is an error of that rule alone: the others go on, and so
// does the traffic.
func TestABrokenRuleBreaksNoOther(t *testing.T) {
	pass := func(c *rule.Trial, _ *traffic.Facts) { c.Pass() }
	rules := []*rule.Rule{
		{ID: "first", Check: pass},
		{ID: "broken-check", Check: func(*rule.Trial, *traffic.Facts) { panic("oh") }},
		{ID: "second", Check: pass},
		{ID: "broken-probe", New: func() rule.Probe {
			return rule.Probe{Request: func(*rule.Trial, *rule.Event) { panic("ah") }, Response: func(c *rule.Trial, _ *rule.Event) { c.Pass() }}
		}},
		{ID: "probe", New: func() rule.Probe { return rule.Probe{Response: func(c *rule.Trial, _ *rule.Event) { c.Pass() }} }},
	}
	c, err := conversation.Parse("case", twoPings)
	if err != nil {
		t.Fatal(err)
	}
	edition, _ := clause.EditionByID(clause.DefaultEdition)
	tally := Judge(rules, edition, c.Exchanges)
	for i, want := range []struct {
		verdict rule.Verdict
		passed  int64
	}{{rule.Pass, 2}, {rule.Broken, 0}, {rule.Pass, 2}, {rule.Broken, 0}, {rule.Pass, 2}} {
		r := &tally.Rules[i]
		if r.Verdict() != want.verdict || r.Passed != want.passed {
			t.Errorf("%s: expected %s with %d passes, found %s with %d", r.Rule.ID, want.verdict, want.passed, r.Verdict(), r.Passed)
		}
		if want.verdict == rule.Broken && !strings.Contains(r.Error, "case:1") {
			t.Errorf("%s: expected the error to say where, found %q", r.Rule.ID, r.Error)
		}
	}
}
