package rule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// key is text that is masked wherever it stands.
var key = strings.Repeat("vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv", 2)

// asked is a bench, and the tally of a rule that is asked on it.
func asked(r Rule) (*Bench, *RuleTally) {
	b := NewBench(Trial{Edition: edition.Default(), Reference: true}, mask.New(), Bounds{Findings: 9})
	return b, &RuleTally{ID: r.ID, level: r.LevelIn(edition.Default())}
}

var serverRule = Rule{ID: "r", Party: clause.Server, Level: clause.Must, Doc: Doc{Demands: "Answer.", Mend: "Mend it."}}

// eventAt is the first half of an exchange in a file.
func eventAt(number int) *Event {
	return &Event{At: traffic.Position{File: "a.har", Line: 7, Number: number}, Method: "GET", Path: "/api/v1/ping", Host: "api.binance.com", Status: 429, Sent: traffic.Exactly(noon)}
}

// What a rule says is counted, and a reason with it.
func TestWhatARuleSays(t *testing.T) {
	b, tally := asked(serverRule)
	b.Event(eventAt(3), nil)
	c := b.For(&Asked{&serverRule, tally})
	if c.Edition != edition.Default() || !c.Reference || c.GatewayCounts || c.Mend() != "Mend it." || b.Asked().Tally != tally {
		t.Errorf("expected the bench's options and the rule's words, found %+v", c)
	}
	c.Pass()
	c.Pass()
	c.Inconclusive("why")
	c.Fail(Report{Seen: "x"})
	if tally.Passed != 2 || tally.Inconclusive != 1 || tally.Failed != 1 || tally.Doubts.Of("why") != 1 || len(tally.Findings) != 1 || tally.Alike(&tally.Findings[0]) != 1 {
		t.Errorf("expected 2 kept, 1 undecided and 1 broken, found %+v", tally)
	}
}

// A finding says what the rule says, and where; what is left out is the rule's own.
func TestWhatAFindingSays(t *testing.T) {
	here := Where{File: "a.har", Line: 7, Exchange: 3, Time: noon, Method: "GET", Path: "/api/v1/ping", Status: 429}
	for _, c := range []struct {
		name   string
		report Report
		want   Finding
	}{
		{"nothing", Report{}, Finding{Message: "Answer.", Hint: "Mend it.", At: here}},
		{"all of it", Report{Message: "m", Expected: "e", Seen: "s", Hint: "h", Pointer: "/0"}, Finding{Message: "m", Expected: "e", Seen: "s", Hint: "h",
			At: Where{File: "a.har", Line: 7, Exchange: 3, Time: noon, Method: "GET", Path: "/api/v1/ping", Status: 429, Pointer: "/0"}}},
		{"a key in all of it", Report{Message: key, Expected: key, Seen: key, Hint: key, Pointer: "/" + key}, Finding{Message: mask.Text(key), Expected: mask.Text(key), Seen: mask.Text(key), Hint: mask.Text(key),
			At: Where{File: "a.har", Line: 7, Exchange: 3, Time: noon, Method: "GET", Path: "/api/v1/ping", Status: 429, Pointer: mask.Text("/" + key)}}},
		{"another place", Report{At: traffic.Position{File: "b.har", Line: 2, Number: 1}}, Finding{Message: "Answer.", Hint: "Mend it.",
			At: Where{File: "b.har", Line: 2, Exchange: 1, Time: noon, Method: "GET", Path: "/api/v1/ping", Status: 429}}},
		{"another exchange", Report{At: traffic.Position{File: "b.har", Line: 2, Number: 1}, Method: "POST", Path: "/" + key, Time: noon.Add(1)}, Finding{Message: "Answer.", Hint: "Mend it.",
			At: Where{File: "b.har", Line: 2, Exchange: 1, Time: noon.Add(1), Method: "POST", Path: mask.Text("/" + key)}}},
		{"a method without a place", Report{Method: "POST", Path: "/x"}, Finding{Message: "Answer.", Hint: "Mend it.", At: here}},
	} {
		b, tally := asked(serverRule)
		b.Event(eventAt(3), nil)
		b.For(&Asked{&serverRule, tally}).Fail(c.report)
		c.want.Rule, c.want.kind = tally.ID, tally.Findings[0].kind
		if got := tally.Findings[0]; got != c.want {
			t.Errorf("%s: expected\n%+v, found\n%+v", c.name, c.want, got)
		}
	}
	if got := mask.Text(key); got == key || Mask(key) != got {
		t.Errorf("expected a key to be masked, found %s", got)
	}
}

// An exchange shows as much as its events do of where it is, and a panic says so.
func TestWhereAnExchangeIs(t *testing.T) {
	x := told(418, "{}")
	x.At, x.Sent = traffic.Position{File: "c.har", Line: 4, Number: 2}, traffic.Exactly(noon)
	ep := new(edition.Endpoint)
	b, tally := asked(serverRule)
	b.Exchange(traffic.FactsOf(edition.Default().Dialect, x), ep, 5)
	c := b.For(&Asked{&serverRule, tally})
	if want := (Where{File: "c.har", Line: 4, Exchange: 2, Time: noon, Method: "GET", Path: "/api/v1/ping", Status: 418}); c.where() != want || c.Endpoint != ep || c.OwnWeight != 5 {
		t.Errorf("expected %+v, found %+v, endpoint %v, weight %d", want, c.where(), c.Endpoint, c.OwnWeight)
	}
	b.Blame("boom " + key)
	if want := "the check broke at c.har:4 (exchange 2): boom " + mask.Text(key); tally.Error != want {
		t.Errorf("expected %q, found %q", want, tally.Error)
	}
	e := eventAt(3)
	e.Endpoint, e.OwnWeight = ep, 6
	if b.Event(e, nil); c.where().Exchange != 3 || c.Endpoint != ep || c.OwnWeight != 6 {
		t.Errorf("expected the event to take the exchange's place, found %+v", c)
	}
	if b.Exchange(traffic.FactsOf(edition.Default().Dialect, x), nil, -1); c.where().Exchange != 2 || c.Endpoint != nil || c.OwnWeight != -1 {
		t.Errorf("expected the exchange to take the event's place, found %+v", c)
	}
	x.Request.Method = strings.Repeat("M", maxNameLen+1)
	if b.Exchange(traffic.FactsOf(edition.Default().Dialect, x), nil, -1); len(c.where().Method) > maxNameLen {
		t.Errorf("expected %d bytes of a method, found %d", maxNameLen, len(c.where().Method))
	}
}

// What is no violation of anybody is told as undecided: another venue's answer,
// and of a server's duty what somebody edited.
func TestWhatIsNobodysFault(t *testing.T) {
	client, info := serverRule, serverRule
	client.Party, info.Level = clause.Client, clause.Info
	for _, c := range []struct {
		name   string
		rule   Rule
		host   string
		edited bool
		why    string
	}{
		{"the venue's", serverRule, "api.binance.com", false, ""},
		{"a lookalike's", serverRule, "dex.binance.org", false, "the host is another venue's, which only looks alike"},
		{"a lookalike's, and a client's duty", client, "dex.binance.org", false, "the host is another venue's, which only looks alike"},
		{"a lookalike's, and nobody's duty", info, "dex.binance.org", false, ""},
		{"edited", serverRule, "api.binance.com", true, "the body is not as long as Content-Length says: the answer was edited, or decoded by the recorder"},
		{"edited, and a client's duty", client, "api.binance.com", true, ""},
	} {
		x := told(200, "{}")
		x.Request.URL = "https://" + c.host + "/api/v1/ping"
		if c.edited {
			x.Response.Header = traffic.Header{{Name: "Content-Length", Value: "9"}}
		}
		for what, lay := range map[string]func(*Bench){
			"exchange": func(b *Bench) { b.Exchange(traffic.FactsOf(edition.Default().Dialect, x), nil, -1) },
			"event":    func(b *Bench) { b.Event(&Event{Host: c.host, EditedBody: c.edited}, nil) },
		} {
			b, tally := asked(c.rule)
			lay(b)
			b.For(&Asked{&c.rule, tally}).Fail(Report{})
			if decided := c.why == ""; (tally.Failed == 1) != decided || (tally.Inconclusive == 1) == decided || tally.Doubts.Of(c.why) == 1 == decided || len(tally.Findings) == 1 != decided {
				t.Errorf("%s, %s: expected to be undecided for %q, found %+v", c.name, what, c.why, tally)
			}
		}
	}
}

// The instant that stands for a span.
func TestMiddleOfASpan(t *testing.T) {
	until := func(d time.Duration) traffic.Span { return traffic.Span{Earliest: noon, Latest: noon.Add(d)} }
	for _, c := range []struct {
		name string
		span traffic.Span
		want time.Time
	}{
		{"nobody knows", traffic.Span{}, time.Time{}},
		{"an instant", traffic.Exactly(noon), noon},
		{"a watcher's", until(time.Second - 1), noon.Add(time.Second - 1)},
		{"a Date's", until(time.Second), noon},
		{"a Date and a flight before it", until(11 * time.Second), noon.Add(10 * time.Second)},
	} {
		if got := middle(c.span); !got.Equal(c.want) {
			t.Errorf("%s: expected %v, found %v", c.name, c.want, got)
		}
	}
}

// A bench hides the secrets that it knows, and keeps no more than it is told.
func TestBenchKeepsItsBounds(t *testing.T) {
	b := NewBench(Trial{Edition: edition.Default()}, mask.New("correct-horse-battery"), Bounds{Findings: 1})
	tally := &RuleTally{ID: serverRule.ID}
	for n := range 2 {
		b.Event(eventAt(n+1), nil)
		b.For(&Asked{&serverRule, tally}).Fail(Report{Seen: "a correct-horse-battery staple"})
	}
	if tally.Failed != 2 || len(tally.Findings) != 1 || strings.Contains(tally.Findings[0].Seen, "horse") {
		t.Errorf("expected one of two findings without the secret, found %+v", tally)
	}
}

// What a finding shows of text is cut by who masks it.
func TestExcerpts(t *testing.T) {
	b, tally := asked(serverRule)
	c := b.For(&Asked{&serverRule, tally})
	if text, more := c.Excerpt("abcdef", 3); text != "abc" || !more {
		t.Errorf("expected three bytes and more, found %q, %t", text, more)
	}
	if text, more := c.Excerpt("abc", 3); text != "abc" || more {
		t.Errorf("expected all of it, found %q, %t", text, more)
	}
	if got := c.Masked(key); got != mask.Text(key) {
		t.Errorf("expected a key to be masked, found %q", got)
	}
}

// What the exchanges of a client show is there for the rules, and no longer than
// it holds.
func TestEvidenceIsHandedOn(t *testing.T) {
	const all = NeedsBans | NeedsWeightSteps | NeedsCompany
	shown := NewEvidence(all)
	needy := serverRule
	needy.Needs = all
	b, tally := asked(needy)
	counted := func(number, at int, used int64) *Event {
		when := noon.Add(time.Duration(at) * time.Second)
		return &Event{At: traffic.Position{Number: number}, Answered: true, Status: 200, Family: weighed, Maker: traffic.MakerVenue, UsedWeight: used, Date: when,
			Sent: traffic.Exactly(when), Received: traffic.Exactly(when.Add(time.Millisecond)), RetryAfterSec: -1}
	}
	hear := func(ev *Event) *Trial {
		shown.Request(ev)
		shown.Response(ev)
		b.Event(ev, shown)
		return b.For(&Asked{&needy, tally})
	}
	if _, ok := hear(counted(1, 0, 5)).WeightStep(); ok {
		t.Error("expected no step at the first answer")
	}
	if step, ok := hear(counted(2, 1, 7)).WeightStep(); !ok || step.Prev != 5 || step.Next != 7 {
		t.Errorf("expected a step from 5 to 7, found %+v, %t", step, ok)
	}
	banned := counted(3, 2, 9)
	banned.Status, banned.RetryAfterSec = 418, 60
	c := hear(banned)
	if bans := c.Bans(); !bans.Began || bans.Now.At.Number != 3 || bans.Served != 2 {
		t.Errorf("expected a ban to begin, found %+v", bans)
	}
	if c.Beside(banned.At) {
		t.Error("expected nothing beside the only request")
	}
	none := counted(4, 3, 11)
	none.Answered, none.Status = false, 0
	if _, ok := hear(none).WeightStep(); ok {
		t.Error("expected no step where there is no answer")
	}
	if !b.For(&Asked{&needy, tally}).Beside(none.At) {
		t.Error("expected an answer that nobody knows of to be no answer of trouble")
	}
	lost := counted(5, 4, 13)
	lost.Answered, lost.Status, lost.Annotation = false, 0, &traffic.Annotation{Lost: traffic.LostReset}
	if c := hear(lost); c.Beside(lost.At) || c.Bans().Began {
		t.Error("expected an answer that was seen to be lost to be one of trouble, and no ban")
	}
	if _, ok := b.For(&Asked{&needy, tally}).WeightStep(); ok {
		t.Error("expected no step where the answer was lost")
	}
	fine := counted(6, 5, 15)
	if c := hear(fine); !c.Beside(fine.At) {
		t.Error("expected an answer without trouble not to be remembered")
	}
	for n := range 3 {
		shown.Request(counted(7+n, 10, 0))
	}
	shown.Response(none) // one of the three that were under way has no answer
	refused := counted(8, 11, 16)
	refused.Status = 429
	if shown.Response(refused); !b.For(&Asked{&needy, tally}).Beside(refused.At) {
		t.Error("expected the third to be under way beside the second")
	}
	last := counted(9, 12, 17)
	last.Status = 429
	if shown.Response(last); b.For(&Asked{&needy, tally}).Beside(last.At) {
		t.Error("expected nothing beside the last, since all others were answered")
	}
}

// A tally that is taken is the caller's, and the next counts anew for the same
// rules in the same place.
func TestTakenTallies(t *testing.T) {
	rules := []*Rule{{ID: "a"}, {ID: "b"}}
	tally := NewTally(&edition.Edition{ID: "e"}, rules, Bounds{Findings: 2, OfAKind: 1})
	if tally.Edition != "e" || len(tally.Rules) != 2 || tally.Rules[0].ID != rules[0].ID || tally.Rules[1].ID != rules[1].ID {
		t.Fatalf("expected an empty tally of two rules, found %+v", tally)
	}
	at := &tally.Rules[1]
	at.Passed = 5
	tally.UnknownRoute([]byte("GET /x"))
	tally.UnknownRoute([]byte("GET /x"))
	tally.PassOver("f")
	tally.Traffic.Exchanges = 9
	taken := tally.Take()
	if taken.Rules[1].Passed != 5 || taken.Edition != "e" || taken.Traffic.Exchanges != 9 || taken.Traffic.Unknown != 2 || taken.UnknownRoutes.Counts.Of("GET /x") != 2 || taken.Traffic.Unrecognised != 1 || taken.PassedOver.Counts.Of("f") != 1 {
		t.Errorf("expected all that was counted, found %+v", taken)
	}
	if want := NewTally(&edition.Edition{ID: "e"}, rules, Bounds{Findings: 2, OfAKind: 1}); !reflect.DeepEqual(tally, want) || at != &tally.Rules[1] {
		t.Errorf("expected to count anew in the same place, found %+v", tally)
	}
	at.Passed = 1
	if taken.Rules[1].Passed != 5 {
		t.Error("expected what was taken to stay")
	}
	tally.UnknownRoute([]byte("GET /y"))
	if tally.Merge(taken); tally.UnknownRoutes.Counts.Of("GET /x") != 2 || tally.UnknownRoutes.Counts.Of("GET /y") != 1 || tally.Traffic.Unknown != 3 {
		t.Errorf("expected the routes of both, found %+v", tally.UnknownRoutes)
	}
}

// A route that is known is counted without a copy of its name.
func TestKnownRoutesAreCountedInPlace(t *testing.T) {
	tally, route := NewTally(&edition.Edition{ID: "e"}, nil, Bounds{}), []byte("GET /api/v9/some/where/else")
	tally.UnknownRoute(route)
	if n := testing.AllocsPerRun(100, func() { tally.UnknownRoute(route) }); n != 0 {
		t.Errorf("expected no allocation for a known route, found %v", n)
	}
}

func TestNoEditionHoldsNoRule(t *testing.T) {
	if rules := All(nil); len(rules) != 0 {
		t.Errorf("expected no rule of no edition, found %d", len(rules))
	}
}

// Of each kind no more are kept than are asked for, the first, and no more in all;
// zero is all.
func TestBoundsOfFindings(t *testing.T) {
	for _, c := range []struct {
		limit Bounds
		want  string
	}{
		{Bounds{}, "1a 2a 3a 4a 5b 6b"}, {Bounds{OfAKind: 2}, "1a 2a 5b 6b"}, {Bounds{OfAKind: 1}, "1a 5b"}, {Bounds{Findings: 1}, "1a"}, {Bounds{Findings: 3, OfAKind: 2}, "1a 2a 5b"},
		{Bounds{Findings: 5}, "1a 2a 3a 5b 6b"}, {Bounds{Findings: 6}, "1a 2a 3a 4a 5b 6b"},
	} {
		for _, order := range [][]int{{1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}, {3, 6, 1, 5, 2, 4}} {
			var tally RuleTally
			for _, n := range order {
				f := findingAt(n, "/a", "")
				if n > 4 {
					f = findingAt(n, "/b", "")
				}
				tally.keep(f, c.limit)
			}
			var got []string
			for _, f := range tally.Findings {
				got = append(got, string(rune('0'+f.At.Exchange))+strings.TrimPrefix(f.At.Path, "/"))
			}
			if len(tally.kept) > len(tally.Findings) {
				t.Errorf("%+v: expected kinds of which nothing is kept to be forgotten, found %v", c.limit, tally.kept)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v in the order %v: expected %s, found %s", c.limit, order, c.want, strings.Join(got, " "))
			}
		}
	}
}

// A rule that asks for what it doesn't declare breaks whoever else needs it, and
// what nobody needs is not made.
func TestEvidenceIsDeclared(t *testing.T) {
	b, tally := asked(serverRule)
	b.Event(&Event{}, NewEvidence(NeedsBans|NeedsWeightSteps|NeedsCompany))
	for name, ask := range map[string]func(*Trial){
		"NeedsBans":        func(c *Trial) { c.Bans() },
		"NeedsWeightSteps": func(c *Trial) { c.WeightStep() },
		"NeedsCompany":     func(c *Trial) { c.Beside(traffic.Position{}) },
	} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, name) {
					t.Errorf("expected the rule to be told of %s, found %s", name, p)
				}
			}()
			ask(b.For(&Asked{&serverRule, tally}))
		}()
	}
	none := NewEvidence(0)
	none.Request(&Event{})
	none.Response(&Event{Answered: true})
	if *none != (Evidence{}) {
		t.Errorf("expected nothing to be made, found %+v", none)
	}
}

// A rule that asks for evidence it does not declare breaks, whichever else it
// declares.
func TestEachEvidenceIsDeclared(t *testing.T) {
	for name, c := range map[string]struct {
		needs Needs
		ask   func(*Trial)
	}{
		"NeedsBans": {NeedsBans, func(c *Trial) { c.Bans() }}, "NeedsWeightSteps": {NeedsWeightSteps, func(c *Trial) { c.WeightStep() }}, "NeedsCompany": {NeedsCompany, func(c *Trial) { c.Beside(traffic.Position{}) }},
	} {
		asks := func(needs Needs) (said string) {
			defer func() {
				if p := recover(); p != nil {
					said = p.(string)
				}
			}()
			r := serverRule
			r.Needs = needs
			b, tally := asked(r)
			b.Event(eventAt(1), NewEvidence(NeedsBans|NeedsWeightSteps|NeedsCompany))
			c.ask(b.For(&Asked{&r, tally}))
			return ""
		}
		if said := asks(c.needs); said != "" {
			t.Errorf("%s: expected to be answered, found %s", name, said)
		}
		if want, said := "rule r: expected Needs to have "+name+", which the rule asks for", asks((NeedsBans|NeedsWeightSteps|NeedsCompany)&^c.needs); said != want {
			t.Errorf("%s: expected %q, found %q", name, want, said)
		}
	}
}

// What was counted of a part of a recording stands behind what is before it.
func TestTalliesOfParts(t *testing.T) {
	tally := NewTally(&edition.Edition{ID: "e"}, []*Rule{{ID: "a"}, {ID: "b"}}, Bounds{})
	tally.Rules[1].keep(findingAt(3, "/x", ""), Bounds{})
	tally.Rules[1].keep(findingAt(5, "/x", ""), Bounds{})
	if tally.Behind(10); tally.Rules[1].Findings[0].At.Exchange != 13 || tally.Rules[1].Findings[1].At.Exchange != 15 {
		t.Errorf("expected the thirteenth and fifteenth exchange, found %+v", tally.Rules[1].Findings)
	}
	if tally.Broke() {
		t.Error("expected nothing to have broken")
	}
	if tally.Rules[1].Error = "x"; !tally.Broke() {
		t.Error("expected a check to have broken")
	}
}
