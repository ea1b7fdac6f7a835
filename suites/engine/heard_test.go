package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// heardBy is a rule whose probes write down what they hear, one after another: who
// hears (A is the first probe), the half and the exchange's number. Halves are asked
// (!: of a complete history), answered (+: the weight's step is known), trouble
// (*: something was under way beside it), next, told, tried, and the end, with how many were served.
func heardBy(lines *[]string, scope rule.Scope, party clause.Party) *rule.Rule {
	probes := 0
	return &rule.Rule{ID: "hears", Scope: scope, Party: party, Needs: rule.NeedsBans | rule.NeedsWeightSteps | rule.NeedsCompany, New: func() rule.Probe {
		probes++
		who := string(rune('A' + probes - 1))
		say := func(half string) func(*rule.Trial, *rule.Event) {
			return func(c *rule.Trial, e *rule.Event) {
				mark := ""
				if half == "asked" && e.CompleteHistory {
					mark = "!"
				}
				if half == "trouble" && c.Beside(e.At) {
					mark = "*"
				}
				if _, ok := c.WeightStep(); half == "answered" && ok {
					mark = "+"
				}
				*lines = append(*lines, fmt.Sprintf("%s:%s%d%s", who, half, e.At.Number, mark))
			}
		}
		return rule.Probe{
			Request: say("asked"), Response: say("answered"), Trouble: say("trouble"), Next: say("next"), Told: say("told"), Tried: say("tried"),
			End: func(c *rule.Trial) { *lines = append(*lines, fmt.Sprintf("%s:end-of-%d", who, c.Bans().Served)) },
		}
	}}
}

// timed is an exchange that its recorder timed, in seconds after noon.
func timed(number int, sent, received float64, change ...func(*traffic.Exchange)) *traffic.Exchange {
	after := func(s float64) traffic.Span {
		return traffic.Exactly(noon.Add(time.Duration(s * float64(time.Second))))
	}
	x := told(200, `{}`)
	x.At, x.Sent, x.Received = traffic.Position{File: "f", Line: number, Number: number}, after(sent), after(received)
	for _, do := range change {
		do(x)
	}
	return x
}

// dated is an exchange of which Date alone says when it was, in seconds after noon.
func dated(number int, date float64, change ...func(*traffic.Exchange)) *traffic.Exchange {
	x := timed(number, 0, 0, change...)
	x.Sent, x.Received = traffic.Span{}, traffic.Span{}
	withDate(date)(x)
	return x
}

func withDate(date float64) func(*traffic.Exchange) {
	at := noon.Add(time.Duration(date * float64(time.Second)))
	return field("Date", at.Format("Mon, 02 Jan 2006 15:04:05 GMT"))
}

func status(n int) func(*traffic.Exchange) {
	return func(x *traffic.Exchange) { x.Response.Status = n }
}

func lost(x *traffic.Exchange) {
	x.Response, x.Annotation = traffic.Response{}, &traffic.Annotation{Lost: traffic.LostReset}
}

func tries(x *traffic.Exchange) {
	x.Annotation = &traffic.Annotation{Experiment: traffic.Experiment{Name: "n"}}
}

func example(x *traffic.Exchange) { x.Gaps |= traffic.GapOrder }

func complete(x *traffic.Exchange) { x.CompleteHistory = true }

func ofClient(name string) func(*traffic.Exchange) {
	return func(x *traffic.Exchange) { x.Client = name }
}

func field(name, value string) func(*traffic.Exchange) {
	return func(x *traffic.Exchange) {
		h := &x.Response.Header
		if name == "X-MBX-APIKEY" {
			h = &x.Request.Header
		}
		*h = append(*h, traffic.Field{Name: name, Value: value})
	}
}

func counted(used string) func(*traffic.Exchange) { return field("X-MBX-USED-WEIGHT", used) }

func to(url string) func(*traffic.Exchange) { return func(x *traffic.Exchange) { x.Request.URL = url } }

// statement is what a driven client told its caller.
func statement(number int, sent, received float64, change ...func(*traffic.Exchange)) *traffic.Exchange {
	x := timed(number, sent, received, change...)
	x.Request, x.Response = traffic.Request{}, traffic.Response{}
	x.Annotation = &traffic.Annotation{Told: traffic.Told{Outcome: traffic.OutcomeOK}, Command: traffic.Command{ID: 1, Op: "ping"}}
	return x
}

// withoutSpan takes the instant of one end out.
func withoutSpan(x *traffic.Exchange, sent bool) *traffic.Exchange {
	if sent {
		x.Sent = traffic.Span{}
	} else {
		x.Received = traffic.Span{}
	}
	return x
}

// inOrder joins what was heard. Several probes end in no order: it puts one in.
func inOrder(lines []string) string {
	isEnd := func(l string) bool { return strings.Contains(l, ":end") }
	for from := 0; from < len(lines); from++ {
		to := from
		for to < len(lines) && isEnd(lines[to]) {
			to++
		}
		if slices.Sort(lines[from:to]); to > from {
			from = to
		}
	}
	return strings.Join(lines, " ")
}

// each makes exchanges of a second each, one after another.
func each(from, n int, at float64, change ...func(*traffic.Exchange)) (list []*traffic.Exchange) {
	for i := range n {
		list = append(list, timed(from+i, at+float64(i), at+float64(i)+0.5, change...))
	}
	return list
}

// What probes hear of a recording, in which order, and where its sequences end.
func TestWhatProbesHear(t *testing.T) {
	const hour = 3600
	for _, c := range []struct {
		name       string
		recording  []*traffic.Exchange
		want       string
		cuts, late int64
	}{
		{"in the order of time", []*traffic.Exchange{timed(1, 0, 10), timed(2, 1, 2)}, "A:asked1 A:asked2 A:answered2 A:answered1 A:end-of-2", 0, 0},
		{"as it was sent, though it ended later", []*traffic.Exchange{timed(1, 5, 6), timed(2, 1, 7)}, "A:asked2 A:asked1 A:answered1 A:answered2 A:end-of-2", 0, 0},
		{"at one instant", []*traffic.Exchange{timed(1, 0, 1), timed(2, 1, 1), timed(3, 1, 2)}, "A:asked1 A:answered1 A:asked2 A:answered2 A:asked3 A:answered3 A:end-of-3", 0, 0},
		{"of Dates alone, as recorded", []*traffic.Exchange{dated(1, 5), dated(2, 0)}, "A:asked1 A:answered1 A:asked2 A:answered2 A:end-of-2", 0, 0},
		{"of another day", []*traffic.Exchange{dated(1, 0, complete), dated(2, 2*hour, complete)}, "A:asked1! A:answered1 A:end-of-1 B:asked2 B:answered2 B:end-of-1", 1, 0},
		{"of examples", []*traffic.Exchange{dated(1, 0, example), dated(2, 2*hour, example)}, "A:asked1 A:answered1 A:end-of-1 B:asked2 B:answered2 B:end-of-1", 0, 0},
		{"of an example among others", []*traffic.Exchange{dated(1, 0), dated(2, 0, example), dated(3, 0)},
			"A:asked1 A:answered1 A:end-of-1 B:asked2 B:answered2 B:end-of-1 C:asked3 C:answered3 C:end-of-1", 0, 0},
		{"of examples that were timed", []*traffic.Exchange{timed(1, 0, 1, example), timed(2, 2, 3, example)}, "A:asked1 A:answered1 A:asked2 A:answered2 A:end-of-2", 0, 0},
		{"of Dates among instants", []*traffic.Exchange{timed(1, 0, 10), dated(2, 0), timed(3, 12, 13)}, "A:asked1 A:answered1 A:asked2 A:answered2 A:asked3 A:answered3 A:end-of-3", 0, 0},
		{"of what comes too late", []*traffic.Exchange{timed(1, 100, 101, complete), dated(2, 101), timed(3, 0, 1, complete)},
			"A:asked1! A:answered1 A:asked2 A:answered2 A:end-of-2 B:asked3 B:answered3 B:end-of-1", 1, 0},
		{"of a clock that was set back against the Dates", []*traffic.Exchange{timed(1, 100, 101, withDate(100)), timed(2, 50, 51, withDate(103))},
			"A:asked1 A:answered1 A:end-of-1 B:asked2 B:answered2 B:end-of-1", 1, 0},
		{"of no answer", []*traffic.Exchange{timed(1, 0, 1, status(0)), timed(2, 2, 3)}, "A:asked1 A:asked2 A:answered2 A:end-of-1", 0, 0},
		{"of an answer that was lost", []*traffic.Exchange{timed(1, 0, 1, lost), timed(2, 2, 3)}, "A:asked1 A:trouble1 A:asked2 A:next2 A:answered2 A:end-of-1", 0, 0},
		{"of a refusal beside what is under way", []*traffic.Exchange{timed(1, 0, 10), timed(2, 1, 2, status(429))}, "A:asked1 A:asked2 A:answered2 A:trouble2* A:answered1 A:end-of-1", 0, 0},
		{"of a refusal behind what nobody answered", []*traffic.Exchange{timed(1, 0, 1, status(0)), timed(2, 2, 3, status(429))}, "A:asked1 A:asked2 A:answered2 A:trouble2 A:end-of-0", 0, 0},
		{"of a refusal", []*traffic.Exchange{timed(1, 0, 1, status(429)), timed(2, 2, 3)}, "A:asked1 A:answered1 A:trouble1 A:asked2 A:next2 A:answered2 A:end-of-1", 0, 0},
		{"of what a client tells", []*traffic.Exchange{timed(1, 0, 1), statement(2, 0, 2), timed(3, 3, 4)}, "A:asked1 A:answered1 A:told2 A:asked3 A:answered3 A:end-of-2", 0, 0},
		{"of what a client tells before anything", []*traffic.Exchange{statement(1, 0, 2), timed(2, 3, 4)}, "A:asked2 A:answered2 A:end-of-1", 0, 0},
		{"of what a client tells too late", []*traffic.Exchange{timed(1, 5, 6), dated(2, 6), statement(3, 0, 5), timed(4, 10, 11)},
			"A:asked1 A:answered1 A:asked2 A:answered2 A:asked4 A:answered4 A:end-of-3", 0, 1},
		{"of what a client tells nobody knows when", []*traffic.Exchange{timed(1, 0, 1), withoutSpan(statement(2, 2, 3), true), withoutSpan(statement(3, 4, 5), false)}, "A:asked1 A:answered1 A:end-of-1", 0, 0},
		{"of an experiment", []*traffic.Exchange{timed(1, 0, 1, tries), timed(2, 2, 3)}, "A:asked1 A:answered1 A:tried1 A:asked2 A:answered2 A:end-of-2", 0, 0},
		{"of two clients", []*traffic.Exchange{timed(1, 0, 1, ofClient("a"), status(429)), timed(2, 2, 3, ofClient("b")), timed(3, 4, 5, ofClient("a"))},
			"A:asked1 A:answered1 A:trouble1 B:asked2 B:answered2 A:asked3 A:next3 A:answered3 A:end-of-1 B:end-of-1", 0, 0},
		{"at two venues", []*traffic.Exchange{timed(1, 0, 1), timed(2, 2, 3, to("https://api.binance.us/api/v1/ping")), timed(3, 4, 5, to("https://api1.binance.com/api/v1/ping"))},
			"A:asked1 A:answered1 B:asked2 B:answered2 A:asked3 A:answered3 A:end-of-2 B:end-of-1", 0, 0},
		{"of the used weight", []*traffic.Exchange{timed(1, 0, 1, counted("3"), withDate(1)), timed(2, 2, 3, counted("4"), withDate(3)), timed(3, 4, 5)}, "A:asked1 A:answered1 A:asked2 A:answered2+ A:asked3 A:answered3 A:end-of-3", 0, 0},
	} {
		var lines []string
		e := New([]*rule.Rule{heardBy(&lines, rule.PerIP, clause.Server)}, Options{})
		e.Begin()
		for _, x := range c.recording {
			e.Observe(x)
		}
		e.End()
		if got := inOrder(lines); got != c.want {
			t.Errorf("%s: expected\n%s, found\n%s", c.name, c.want, got)
		}
		if tally := e.Tally(); tally.Traffic.Cuts != c.cuts || tally.Traffic.Late != c.late || tally.Rules[0].Error != "" {
			t.Errorf("%s: expected %d cuts and %d late, found %d and %d, %s", c.name, c.cuts, c.late, tally.Traffic.Cuts, tally.Traffic.Late, tally.Rules[0].Error)
		}
	}
}

// Whose clock was set back: what its recording holds before is heard first, and its
// sequences end there; those of others go on.
func TestClocksThatWereSetBack(t *testing.T) {
	back := func(by float64, change ...func(*traffic.Exchange)) []*traffic.Exchange { // the tenth was sent and answered before the ninth
		change = append(change, ofClient("a"), complete)
		return append(each(1, 9, 100, change...), timed(10, 108-by, 108.5-by, change...))
	}
	nine := ""
	for n := range 9 {
		nine += fmt.Sprintf("A:asked%d! A:answered%d ", n+1, n+1)
	}
	for _, c := range []struct {
		name      string
		recording []*traffic.Exchange
		want      string
		cuts      int64
	}{
		{"by a second", back(1), nine + "A:end-of-9 B:asked10 B:answered10 B:end-of-1", 1},
		{"by less", back(0.999), strings.Replace(nine, "A:answered8 ", "A:asked10! A:answered8 A:answered10 ", 1) + "A:end-of-10", 0},
		{"in one half alone", append(each(1, 9, 100, ofClient("a"), complete), timed(10, 105.7, 108.6, ofClient("a"), complete)), "", 0},
		{"in a recording of no order", append(each(1, 8, 100), timed(9, 95, 95.5), timed(10, 90, 90.5)), "", 0},
		{"of fewer exchanges than tell an order", append(each(1, 7, 100), timed(8, 95, 95.5)), "", 0},
		{"of a log that several write", back(1, func(x *traffic.Exchange) { x.Gaps |= traffic.GapRequestHeader }), "", 0},
		{"by who was not answered", append(each(1, 9, 100), withoutSpan(timed(10, 104, 105, status(0)), false)), "", 0},
		{"in its end alone", append(each(1, 8, 100), timed(9, 108, 120), timed(10, 109, 110)), "", 0},
		{"behind some of one instant", append(slices.Concat(each(1, 1, 100), each(2, 1, 100), each(3, 1, 100), each(4, 1, 100), each(5, 1, 100), each(6, 1, 100), each(7, 1, 100), each(8, 1, 100)), timed(9, 95, 95.2)), "", 1},
		{"twice, by the Dates", []*traffic.Exchange{timed(1, 100, 100.1, withDate(100)), timed(2, 90, 90.1, withDate(101)), timed(3, 80, 80.1, withDate(102))}, "", 2},
		{"of just as many", append(each(1, 8, 100), timed(9, 105, 105.2)), "", 1},
	} {
		var lines []string
		tally := Judge([]*rule.Rule{heardBy(&lines, rule.PerIP, clause.Server)}, edition.Default(), c.recording)
		if got := inOrder(lines); c.want != "" && got != c.want {
			t.Errorf("%s: expected\n%s, found\n%s", c.name, c.want, got)
		}
		if tally.Traffic.Cuts != c.cuts {
			t.Errorf("%s: expected %d cuts, found %d: %s", c.name, c.cuts, tally.Traffic.Cuts, inOrder(lines))
		}
	}
}

// A clock that was set back is one client's: what others heard goes on, in order.
func TestClockOfOneOfTwoClients(t *testing.T) {
	var lines []string
	recording := append(each(1, 9, 100, ofClient("a"), status(429), complete), timed(10, 99, 120, ofClient("b"), complete), timed(11, 104, 104.5, ofClient("a"), complete), timed(12, 121, 122, ofClient("b"), complete))
	tally := Judge([]*rule.Rule{heardBy(&lines, rule.PerIP, clause.Server)}, edition.Default(), recording)
	of := map[string][]string{}
	for _, l := range lines {
		of[l[:1]] = append(of[l[:1]], l[2:])
	}
	const a = "asked1! answered1 trouble1 asked2! next2"
	if first := strings.Join(of["A"], " "); !strings.HasPrefix(first, a) || !strings.HasSuffix(first, "answered9 trouble9 end-of-0") || len(of["A"]) != 9*4 {
		t.Errorf("expected all nine of the first client to be heard and to end, found %s", first)
	}
	if next := strings.Join(of["B"], " ") + ", " + strings.Join(of["C"], " "); next != "asked11 answered11 end-of-1, asked10! answered10 asked12! answered12 end-of-2" && next != "asked10! answered10 asked12! answered12 end-of-2, asked11 answered11 end-of-1" {
		t.Errorf("expected the first to begin anew, without its history, and the second to go on, found %s", next)
	}
	if tally.Traffic.Cuts != 1 {
		t.Errorf("expected one cut, found %d", tally.Traffic.Cuts)
	}
}

// Each key has probes of its own, which know what their client does.
func TestProbesOfKeys(t *testing.T) {
	key := func(k string) func(*traffic.Exchange) { return field("X-MBX-APIKEY", k) }
	var lines []string
	Judge([]*rule.Rule{heardBy(&lines, rule.PerKey, clause.Server)}, edition.Default(), []*traffic.Exchange{
		timed(1, 0, 1, key("one"), status(429), ofClient("a")), timed(2, 2, 3, key("two"), ofClient("a")), timed(3, 4, 5, key("one"), ofClient("a")), timed(4, 6, 7, key("one"), ofClient("b")), statement(5, 7, 8, ofClient("a")),
	})
	const want = "A:asked1 A:answered1 A:trouble1 B:asked2 B:answered2 A:asked3 A:next3 A:answered3 C:asked4 C:answered4 A:told5 B:told5 A:end-of-2 B:end-of-2 C:end-of-1"
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasSuffix(l, "told5") })
	if slices.Sort(lines[at : at+2]); inOrder(lines) != want {
		t.Errorf("expected\n%s, found\n%s", want, inOrder(lines))
	}
	lines = nil
	Judge([]*rule.Rule{heardBy(&lines, rule.PerKey, clause.Server)}, edition.Default(), []*traffic.Exchange{
		dated(1, 0, key("one"), ofClient("a")), dated(2, 9000, key("two"), ofClient("a")), statement(3, 9001, 9002, ofClient("a")),
	})
	if got := inOrder(lines); strings.Count(got, "told3") != 1 || !strings.Contains(got, "B:told3") {
		t.Errorf("expected what is said behind a cut to be told to those of the episode alone, found %s", got)
	}
}

// What a key's probe says of the first request behind a cut is said of that request.
func TestProbesOfKeysBehindACut(t *testing.T) {
	says := &rule.Rule{ID: "says", Scope: rule.PerKey, Party: clause.Client, New: func() rule.Probe {
		return rule.Probe{Request: func(c *rule.Trial, e *rule.Event) { c.Fail(rule.Report{Message: "m"}) }, End: func(*rule.Trial) {}}
	}}
	tally := Judge([]*rule.Rule{says}, edition.Default(), []*traffic.Exchange{dated(1, 0), dated(2, 9000)})
	var at []int
	for _, f := range tally.Rules[0].Findings {
		at = append(at, f.At.Exchange)
	}
	if !slices.Equal(at, []int{1, 2}) || tally.Traffic.Cuts != 1 {
		t.Errorf("expected a finding in each of two exchanges with a cut between them, found them in %v, %d cuts", at, tally.Traffic.Cuts)
	}
}

// Recordings have nothing to do with each other, and are counted.
func TestRecordingsInTurn(t *testing.T) {
	var lines []string
	e := New([]*rule.Rule{heardBy(&lines, rule.PerIP, clause.Server)}, Options{Edition: &edition.Edition{ID: "e", Dialect: edition.Default().Dialect}})
	for range 2 {
		e.Begin()
		for _, x := range append(each(1, 9, 100, complete), timed(10, 103, 103.5, complete), dated(11, 9000, complete), timed(12, 9002, 9003, complete)) {
			e.Observe(x)
		}
		e.End()
	}
	whole := inOrder(lines)
	if tally := e.Tally(); tally.Traffic.Files != 2 || tally.Traffic.Exchanges != 24 || tally.Edition != "e" || tally.Traffic.Cuts != 2 {
		t.Errorf("expected two recordings of twelve exchanges, each cut once, found %+v", tally.Traffic)
	}
	if n := strings.Count(whole, "asked1! "); n != 2 {
		t.Errorf("expected the second recording to begin as the first did, found %s", whole)
	}
	if n := strings.Count(whole, "asked12 "); n != 2 {
		t.Errorf("expected no complete history behind a cut, found %s", whole)
	}
	lines = nil
	e.Begin()
	e.Observe(timed(1, 0, 1))
	e.Observe(timed(2, 2, 3))
	e.Begin() // without an end: what waits is forgotten
	e.Observe(timed(1, 4, 5))
	e.Begin()
	e.Observe(dated(1, 0)) // long before the last of those before
	if e.End(); e.Tally().Traffic.Cuts != 2 || strings.Contains(inOrder(lines), "2") || !strings.Contains(inOrder(lines), "asked1") {
		t.Errorf("expected the recording at hand alone, found %s", inOrder(lines))
	}
}

// More exchanges than wait at once are heard in order all the same, and the first
// before the last was read.
func TestMoreThanWait(t *testing.T) {
	var lines []string
	e := New([]*rule.Rule{heardBy(&lines, rule.PerIP, clause.Server)}, Options{})
	e.Begin()
	for _, x := range each(1, 3*windowSize, 0) {
		e.Observe(x)
	}
	if n := len(lines); n != 2*(3*windowSize-windowSize)+2 && n != 2*(3*windowSize-windowSize)+1 {
		t.Errorf("expected all but the last %d to be heard at once, found %d halves", windowSize, n)
	}
	if n := len(e.order.window.moments); n > 4*windowSize {
		t.Errorf("expected room for those that wait alone, found %d halves", n)
	}
	e.End()
	for i := range 3 * windowSize {
		if lines[2*i] != fmt.Sprintf("A:asked%d", i+1) || lines[2*i+1] != fmt.Sprintf("A:answered%d", i+1) {
			t.Fatalf("exchange %d: found %s and %s", i+1, lines[2*i], lines[2*i+1])
		}
	}
}

// What probes hear is no memory of the reader's, who writes over it.
func TestEventsKeepNoMemory(t *testing.T) {
	var buffer []byte
	view := func(s string) string {
		at := len(buffer)
		buffer = append(buffer, s...)
		return unsafe.String(&buffer[at], len(s))
	}
	for _, made := range []func() *traffic.Exchange{
		func() *traffic.Exchange {
			return timed(1, 0, 1, to(view("https://own.example:8443/api/v9/none")), func(x *traffic.Exchange) { x.Request.Method, x.At.File = view("OPTIONS"), view("own.har") })
		},
		func() *traffic.Exchange {
			x := statement(1, 0, 1)
			x.At.File, x.Annotation.Command.Op = view("own.har"), view("getTime")
			return x
		},
	} {
		buffer = make([]byte, 0, 1000)
		var got []string
		note := func(_ *rule.Trial, e *rule.Event) { got = append(got, e.At.File, e.Method, e.Host, e.Path) }
		e := New([]*rule.Rule{{ID: "r", New: func() rule.Probe { return rule.Probe{Response: note, Told: note} }}}, Options{})
		e.Begin()
		e.Observe(timed(2, 0, 0.5))
		e.Observe(made())
		for i := range buffer {
			buffer[i] = '!'
		}
		e.End()
		text := strings.Join(got, " ")
		if want := []string{"f GET api.binance.com /api/v1/ping own.har OPTIONS own.example /api/v9/none", "f GET api.binance.com /api/v1/ping own.har command  getTime"}; !slices.Contains(want, text) {
			t.Errorf("expected one of %q, found %q", want, text)
		}
	}
}

// A rule hears of its endpoints alone; what nobody knows is counted, but for what is
// tried on purpose, of which the rules that bind a client hear nothing.
func TestWhoIsAsked(t *testing.T) {
	passes := func(r rule.Rule) *rule.Rule {
		r.Check = func(c *rule.Trial, _ *traffic.Facts) { c.Pass() }
		return &r
	}
	var heard []string
	rules := []*rule.Rule{
		passes(rule.Rule{ID: "all", Party: clause.Server}), passes(rule.Rule{ID: "client", Party: clause.Client}),
		passes(rule.Rule{ID: "only", Party: clause.Server, Only: func(ep *edition.Endpoint) bool { return ep.Path == "/api/v1/ping" }}),
		passes(rule.Rule{ID: "refusals", Party: clause.Server, On: rule.OnRefusal}), passes(rule.Rule{ID: "wapi", Party: clause.Server, On: rule.OnSuccessMarks}),
		heardBy(&heard, rule.PerIP, clause.Client),
	}
	for _, c := range []struct {
		name    string
		x       *traffic.Exchange
		want    string
		unknown int64
	}{
		{"one of the route", timed(1, 0, 1), "all client only", 0},
		{"of another route", timed(1, 0, 1, to("https://api.binance.com/api/v1/time")), "all client", 0},
		{"of a route that nobody knows", timed(1, 0, 1, to("https://api.binance.com/api/v1/none")), "all client", 1},
		{"of such a route of another family", timed(1, 0, 1, to("https://api.binance.com/wapi/v9/none.html")), "all client wapi", 1},
		{"a refusal", timed(1, 0, 1, status(400)), "all client only refusals", 0},
		{"what is tried", timed(1, 0, 1, tries), "all only", 0},
		{"what is tried where nobody knows the route", timed(1, 0, 1, tries, to("https://api.binance.com/api/v1/none")), "all", 0},
		{"what is told", statement(1, 0, 1), "", 0},
	} {
		heard = nil
		tally := Judge(rules, edition.Default(), []*traffic.Exchange{c.x})
		var got []string
		for _, r := range tally.Rules {
			if r.Passed > 0 {
				got = append(got, r.ID)
			}
		}
		if tally.Traffic.Files != 1 {
			t.Errorf("%s: expected one recording, found %d", c.name, tally.Traffic.Files)
		}
		if strings.Join(got, " ") != c.want || tally.Traffic.Unknown != c.unknown {
			t.Errorf("%s: expected %q to be asked and %d unknown, found %q and %d", c.name, c.want, c.unknown, strings.Join(got, " "), tally.Traffic.Unknown)
		}
		if isHeard := slices.ContainsFunc(heard, func(l string) bool { return strings.Contains(l, "asked") }); isHeard != strings.Contains(c.want, "client") {
			t.Errorf("%s: expected the client's rule to hear: %t, found %v", c.name, !isHeard, heard)
		}
	}
}

// Rules are told of an exchange what the catalogue says of it, and what it weighs.
func TestWhatRulesAreTold(t *testing.T) {
	var got []string
	note := func(c *rule.Trial) {
		id := "none"
		if c.Endpoint != nil {
			id = c.Endpoint.Path
		}
		got = append(got, fmt.Sprint(id, " ", c.OwnWeight, " ", c.GatewayCounts, c.Reference))
	}
	e := New([]*rule.Rule{
		{ID: "check", Check: func(c *rule.Trial, _ *traffic.Facts) { note(c) }},
		{ID: "probe", New: func() rule.Probe { return rule.Probe{Response: func(c *rule.Trial, _ *rule.Event) { note(c) }} }},
	}, Options{GatewayCounts: true})
	e.Begin()
	e.Observe(timed(1, 0, 1, to("https://api.binance.com/api/v1/exchangeInfo"), withDate(0)))
	e.Observe(timed(2, 2, 3, to("https://api.binance.com/api/v1/none"), withDate(2)))
	e.End()
	if want := "/api/v1/exchangeInfo 1 true false, none -1 true false, /api/v1/exchangeInfo 1 true false, none -1 true false"; strings.Join(got, ", ") != want {
		t.Errorf("expected %s, found %s", want, strings.Join(got, ", "))
	}
}

// Exchanges of other hosts are counted and not judged, whichever came before.
func TestHostsInTurn(t *testing.T) {
	hosts, err := rule.NewHosts([]string{"api.binance.com", "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	e := New(nil, Options{Hosts: hosts})
	e.Begin()
	judged := int64(0)
	for i, c := range []struct {
		url  string
		gap  traffic.Gap
		want bool
	}{
		{"https://api.binance.com/api/v1/ping", 0, true}, {"https://api.binance.us/api/v1/ping", 0, false}, {"http://127.0.0.1:8080/api/v1/ping", 0, true}, {"http://127.0.0.1:8081/api/v1/ping", 0, false},
		{"http://127.0.0.1:8080/api/v1/ping", 0, true}, {"https://host/api/v1/ping", 0, false}, {"https://host/api/v1/ping", traffic.GapHost, true}, {"https://host/index.html", traffic.GapHost, false},
		{"https://host/api/v1/ping", traffic.GapHost, true}, {"https://host/api/v1/ping", 0, false}, {"/api/v1/ping", 0, true}, {"/index.html", 0, false}, {"/api/v1/ping", 0, true},
	} {
		x := told(200, `{}`)
		x.Request.URL, x.Gaps = c.url, c.gap
		e.Observe(x)
		if c.want {
			judged++
		}
		if n := e.Tally().Traffic.Exchanges; n != judged {
			t.Fatalf("exchange %d, %s: expected to be judged: %t, found %d of %d", i, c.url, c.want, n, judged)
		}
	}
	if h := e.Tally().LeftOut.Of("host"); h.Exchanges != 3 || h.API != 2 {
		t.Errorf("expected three exchanges of the host, two of them of the API, found %+v", h)
	}
	fresh := New(nil, Options{Hosts: hosts})
	if fresh.Observe(&traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "/api/v1/ping"}}); fresh.Tally().Traffic.Exchanges != 1 {
		t.Error("expected the first exchange to be judged by its path, where it has no host")
	}
}
