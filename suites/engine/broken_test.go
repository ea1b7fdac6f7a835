package engine

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
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
	c, err := conversation.Parse(edition.Default(), "case", twoPings)
	if err != nil {
		t.Fatal(err)
	}
	edition := edition.Default()
	tally := Judge(rules, edition, c.Exchanges)
	for i, want := range []struct {
		verdict rule.Verdict
		passed  int64
	}{{rule.Pass, 2}, {rule.Broken, 0}, {rule.Pass, 2}, {rule.Broken, 0}, {rule.Pass, 2}} {
		r := &tally.Rules[i]
		if r.Verdict() != want.verdict || r.Passed != want.passed {
			t.Errorf("%s: expected %s with %d passes, found %s with %d", r.ID, want.verdict, want.passed, r.Verdict(), r.Passed)
		}
		if want.verdict == rule.Broken && !strings.Contains(r.Error, "case:1") {
			t.Errorf("%s: expected the error to say where, found %q", r.ID, r.Error)
		}
	}
}

// Whoever broke is asked no more, of no client, while those behind it go on; what a
// client told is told of where it was told.
func TestWhoBrokeIsAskedNoMore(t *testing.T) {
	checked, made, asked := 0, 0, 0
	rules := []*rule.Rule{
		{ID: "check", Check: func(*rule.Trial, *traffic.Facts) { checked++; panic("oh") }},
		{ID: "check-behind", Check: func(c *rule.Trial, _ *traffic.Facts) { c.Pass() }},
		{ID: "before", New: func() rule.Probe { return rule.Probe{Request: func(c *rule.Trial, _ *rule.Event) { c.Pass() }} }},
		{ID: "probe", New: func() rule.Probe {
			made++
			return rule.Probe{Request: func(*rule.Trial, *rule.Event) { asked++; panic("ah") }}
		}},
		{ID: "behind", New: func() rule.Probe {
			return rule.Probe{Request: func(c *rule.Trial, _ *rule.Event) { c.Pass() }, Told: func(c *rule.Trial, _ *rule.Event) { c.Fail(rule.Report{}) }}
		}},
	}
	tally := Judge(rules, edition.Default(), []*traffic.Exchange{timed(1, 0, 1), timed(2, 2, 3), dated(3, 4, ofClient("b")), statement(4, 5, 6, ofClient("b")), timed(5, 7, 8)})
	if checked != 1 || made != 1 || asked != 1 {
		t.Errorf("expected who broke to be asked once, found %d checks, %d probes and %d requests", checked, made, asked)
	}
	for _, r := range tally.Rules[1:3] {
		if r.Passed != 4 {
			t.Errorf("%s: expected each exchange to be heard once, found %d", r.ID, r.Passed)
		}
	}
	r := &tally.Rules[4]
	if r.Passed != 4 || r.Failed != 1 || r.Findings[0].At.Exchange != 4 || r.Findings[0].At.Method != "command" {
		t.Errorf("expected four requests to be heard, and one probe to be told, found %+v", r)
	}
}

// What is counted behind Take does not depend on what broke before: the rule is asked
// again, of the endpoints that it was asked of and of others.
func TestWhoBrokeIsAskedAgainBehindTake(t *testing.T) {
	c, err := conversation.Parse(edition.Default(), "case", twoPings)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	f := New([]*rule.Rule{{ID: "r", Check: func(c *rule.Trial, _ *traffic.Facts) {
		if asked++; asked == 2 {
			panic("oh")
		}
		c.Pass()
	}}}, Options{})
	of := func(paths ...int) *rule.RuleTally {
		for _, i := range paths {
			f.Observe(c.Exchanges[i])
		}
		return &f.Take().Rules[0]
	}
	if r := of(0, 0, 0, 1); r.Error == "" || r.Passed != 1 {
		t.Errorf("expected it to break and to be asked no more, found %+v", r)
	}
	if r := of(0, 1); r.Error != "" || r.Passed != 2 {
		t.Errorf("expected it to be asked of both, found %+v", r)
	}
}
