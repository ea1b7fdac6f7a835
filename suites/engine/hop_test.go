package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// in is a change that says on which side an exchange stands of which hop.
func in(id uint64, side traffic.Side) func(*traffic.Exchange) {
	return func(x *traffic.Exchange) {
		x.Annotation = &traffic.Annotation{Hop: traffic.Hop{ID: id, Side: side}}
	}
}

func front(id uint64) func(*traffic.Exchange)  { return in(id, traffic.Front) }
func behind(id uint64) func(*traffic.Exchange) { return in(id, traffic.Behind) }

// untimed takes the instants out.
func untimed(x *traffic.Exchange) { x.Sent, x.Received = traffic.Span{}, traffic.Span{} }

// pairs is a rule that writes down the relays it judges: the status in front, or a
// dash, and those behind, each with the host that its facts have.
func pairs(lines *[]string) *rule.Rule {
	return &rule.Rule{ID: "pairs", Party: clause.Proxy, Pair: func(c *rule.Trial, r *rule.Relay) {
		line := "-"
		if r.Front != nil {
			line = fmt.Sprint(r.Front.Response.Status)
		}
		for _, f := range r.Behind {
			line += fmt.Sprintf(" %d@%s", f.Response.Status, strings.TrimSuffix(f.Host, ".binance.com"))
		}
		*lines = append(*lines, line)
		c.Pass()
	}}
}

// joined has a recording judged, and returns the relays in order and why others are
// in doubt.
func joined(xs []*traffic.Exchange, opts Options) (lines []string, doubts rule.Counts[int64]) {
	e := New([]*rule.Rule{pairs(&lines)}, opts)
	e.Begin()
	for _, x := range xs {
		e.Observe(x)
	}
	e.End()
	slices.Sort(lines)
	return lines, e.Tally().Rules[0].Doubts
}

// What belongs together, in whichever order the recording has it.
func TestHopsAreJoined(t *testing.T) {
	elsewhere := func(host string) func(*traffic.Exchange) { return to("https://" + host + "/api/v1/ping") }
	for name, test := range map[string]struct {
		xs     []*traffic.Exchange
		want   []string
		doubts string
	}{
		"one behind":    {[]*traffic.Exchange{timed(1, 0, 2, front(1)), timed(2, 0.5, 1, behind(1))}, []string{"200 200@api"}, ""},
		"none behind":   {[]*traffic.Exchange{timed(1, 0, 2, front(1), status(429))}, []string{"429"}, ""},
		"none in front": {[]*traffic.Exchange{timed(1, 0, 2, behind(1)), timed(2, 0, 2)}, []string{"- 200@api"}, ""},
		"in the order sent": {[]*traffic.Exchange{timed(1, 0, 9, front(1)), timed(2, 5, 6, behind(1), status(500)), timed(3, 3, 4, behind(1), status(502)), timed(4, 10, 11, behind(1))},
			[]string{"200 502@api 500@api 200@api"}, ""},
		"by number where one has no instants": {[]*traffic.Exchange{timed(1, 0, 9, front(1)), timed(2, 5, 6, behind(1), status(500)), timed(3, 3, 4, behind(1), status(502), untimed)},
			[]string{"200 500@api 502@api"}, ""},
		"each with its own": {[]*traffic.Exchange{timed(1, 0, 4, front(1), status(201)), timed(2, 0, 5, front(2), status(202)), timed(3, 1, 2, behind(2), status(204)), timed(4, 1, 3, behind(1), status(203))},
			[]string{"201 203@api", "202 204@api"}, ""},
		"to two hosts":     {[]*traffic.Exchange{timed(1, 0, 9, front(1)), timed(2, 1, 2, behind(1), elsewhere("api1.binance.com")), timed(3, 3, 4, behind(1))}, []string{"200 200@api1 200@api"}, ""},
		"one of them ours": {[]*traffic.Exchange{timed(1, 0, 9, front(1), elsewhere("127.0.0.1:8080")), timed(2, 1, 2, behind(1))}, []string{"200 200@api"}, ""},
		"none ours":        {[]*traffic.Exchange{timed(1, 0, 9, front(1), elsewhere("127.0.0.1:8080")), timed(2, 1, 2, behind(1), elsewhere("kraken.example"))}, nil, ""},
		"two in front":     {[]*traffic.Exchange{timed(1, 0, 9, front(1)), timed(2, 1, 2, behind(1)), timed(3, 4, 9, front(1)), timed(4, 0, 9, front(2))}, []string{"200"}, hopTwice},
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{Hosts: rule.HostsOf(edition.Default())}
			r := rand.New(rand.NewPCG(1, 2))
			for range 12 {
				lines, doubts := joined(test.xs, opts)
				if !slices.Equal(lines, test.want) || len(doubts) > 0 != (test.doubts != "") || doubts.Of(test.doubts) > 1 {
					t.Fatalf("expected %q and the doubt %q, found %q and %v", test.want, test.doubts, lines, doubts)
				}
				r.Shuffle(len(test.xs), func(i, j int) { test.xs[i], test.xs[j] = test.xs[j], test.xs[i] })
			}
		})
	}
}

// many is a recording of n hops a second apart, each whole, without the sides that
// are left out.
func many(n int, leaveOut ...int) (xs []*traffic.Exchange) {
	for i := range n {
		at := float64(i)
		pair := []*traffic.Exchange{timed(2*i+1, at+0.1, at+0.2, behind(uint64(i+1))), timed(2*i+2, at, at+0.3, front(uint64(i+1)))}
		for side, x := range pair {
			if !slices.Contains(leaveOut, 2*i+side+1) {
				xs = append(xs, x)
			}
		}
	}
	return xs
}

// changed has all that was recorded changed.
func changed(xs []*traffic.Exchange, change func(*traffic.Exchange)) []*traffic.Exchange {
	for _, x := range xs {
		change(x)
	}
	return xs
}

// atNoon has all that was recorded happen at one instant.
func atNoon(xs []*traffic.Exchange) []*traffic.Exchange {
	for _, x := range xs {
		x.Sent, x.Received = traffic.Exactly(noon), traffic.Exactly(noon)
	}
	return xs
}

// What can't be held is in doubt, and what was whole before is judged.
func TestHopsThatMakeRoom(t *testing.T) {
	const over = maxHops + 100
	for name, test := range map[string]struct {
		xs     []*traffic.Exchange
		judged int
		doubts map[string]int64
	}{
		"all fit":               {many(maxHops), maxHops, nil},
		"whole ones are judged": {many(over), over, nil},
		"none behind":           {many(over, 1), over, nil},
		"none in front yet":     {many(over, 2), over - 1, map[string]int64{hopEvicted: 1}},
		"in front too late":     {append(many(over, 2), timed(2*over, 0, 0.3, front(1))), over - 1, map[string]int64{hopEvicted: 1, hopWasEnded: 1}},
		"behind too late":       {append(many(over, 1), timed(2*over, 0, 0.3, behind(1))), over, map[string]int64{hopWasEnded: 1}},
		"without instants":      {append([]*traffic.Exchange{timed(0, 0, 0, front(over+1), untimed)}, many(over)...), over, map[string]int64{hopEvicted: 1}},
		"one after another":     {changed(many(over), untimed), over, nil},
		"one far ahead":         {append([]*traffic.Exchange{timed(0, 0, 1e9, front(over+1))}, atNoon(many(over))...), maxHops, map[string]int64{hopEvicted: 101}},
	} {
		lines, doubts := joined(test.xs, Options{})
		if len(lines) != test.judged || doubts.String() != fmt.Sprint(test.doubts) {
			t.Errorf("%s: expected %d judged and %v, found %d and %v", name, test.judged, test.doubts, len(lines), doubts)
		}
	}
}

// What could not be read may have been of any hop that was open, or of one that came
// later, in that recording.
func TestHopsOfBrokenRecordings(t *testing.T) {
	for missed, want := range map[int]string{0: "0", 1: "0", 2: "0", maxHops*2 + 8: "4"} {
		var lines []string
		e := New([]*rule.Rule{pairs(&lines)}, Options{})
		e.Begin()
		xs := many(maxHops + 4)
		for i := range len(xs) + 1 {
			if i == missed {
				e.Missed()
			}
			if i < len(xs) {
				e.Observe(xs[i])
			}
		}
		e.End()
		doubts := e.Tally().Rules[0].Doubts
		if fmt.Sprint(len(lines)) != want || doubts.Of(hopMissed) != int64(maxHops+4-len(lines)) {
			t.Errorf("missed before %d: expected %s judged and all others in doubt, found %d and %v", missed, want, len(lines), doubts)
		}
		e.Begin()
		e.Observe(timed(1, 0, 1, front(1)))
		if e.End(); fmt.Sprint(len(lines)-1) != want {
			t.Errorf("missed before %d: expected the next recording to be judged, found %q", missed, lines)
		}
	}
}

// What is forgotten when a recording ends: all exchanges, those of the hop that was
// judged last with them.
func TestHopsAreForgotten(t *testing.T) {
	e := New([]*rule.Rule{pairs(new([]string))}, Options{})
	e.Begin()
	for _, x := range many(9) {
		e.Observe(x)
	}
	e.End()
	for _, h := range e.hops.waiting[:9] {
		if h != nil {
			t.Error("expected no hop to be held, found one")
		}
	}
	for _, f := range e.front.hop.facts {
		if f.Exchange != nil || f.Params != nil {
			t.Errorf("expected no exchange to be held, found %s", f.Request.URL)
		}
	}
}

// Header fields count although they have no text, and so do bodies.
func TestWhatHopsTake(t *testing.T) {
	e := New([]*rule.Rule{pairs(new([]string))}, Options{})
	e.Begin()
	const fields, most = 1 << 16, maxHopBytes >> 16 / 32
	for i := range 2 * most {
		x := timed(i+1, 0, 1, behind(uint64(i+1)))
		x.Request.Header, x.Response.Header = make(traffic.Header, fields/2), make(traffic.Header, fields/2)
		e.Observe(x)
	}
	if n := len(e.hops.waiting); n >= most || n < most-2 || e.hops.bytes > maxHopBytes {
		t.Errorf("expected at most %d bytes of %d exchanges, found %d of %d", maxHopBytes, most, e.hops.bytes, n)
	}
}

// Bytes are bounded, too, and what one request of a client may have behind it.
func TestHopsTooLargeToHold(t *testing.T) {
	large := field("X-Large", strings.Repeat("x", maxHopBytes/3))
	lines, doubts := joined([]*traffic.Exchange{
		timed(1, 0, 1, front(1), large), timed(2, 0, 1, front(2), large), timed(3, 0, 1, front(3), large), timed(4, 0, 1, front(4), status(418)),
	}, Options{})
	if len(lines) != 3 || doubts.Of(hopEvicted) != 1 {
		t.Errorf("expected the first to make room, found %v and %v", lines, doubts)
	}
	for n, want := range map[int]int64{maxBehind: 0, maxBehind + 1: 1, maxBehind + 9: 1} {
		xs := []*traffic.Exchange{timed(1, 0, 1, front(1))}
		for i := range n {
			xs = append(xs, timed(2+i, 0, 1, behind(1)))
		}
		if lines, doubts := joined(xs, Options{}); doubts.Of(hopTooMany) != want || int64(len(lines)) != 1-want {
			t.Errorf("%d behind: expected %d in doubt, found %v and %v", n, want, lines, doubts)
		}
	}
}

// Where nobody knows any more which hops were evicted, what lacks a side is in doubt.
func TestForgottenEvictions(t *testing.T) {
	const n = 4 * maxHops
	xs := append(atNoon(many(n)), timed(2*n+1, 0, 0, front(n+1)), timed(2*n+2, 0, 0, behind(n+2)))
	lines, doubts := joined(xs, Options{})
	if want := int64(n + 2 - (maxHops - 2)); doubts.Of(hopEvicted) != want || len(lines) != maxHops-2 {
		t.Errorf("expected %d in doubt, found %d judged and %v", want, len(lines), doubts)
	}
}

// A hop is judged once its grace is over, and not before: what the proxy sends again
// when the client was answered counts.
func TestHopsAreJudgedInTime(t *testing.T) {
	var lines []string
	e := New([]*rule.Rule{pairs(&lines)}, Options{})
	e.Begin()
	e.Observe(timed(1, 0.5, 1, behind(1), status(504)))
	e.Observe(timed(2, 0, 2, front(1), status(504)))
	e.Observe(timed(3, 0, 0, front(2), untimed))
	after := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	grace := hopGrace.Seconds()
	e.Advance(after(2 + grace - 0.1))
	e.Observe(timed(4, 20, 21, behind(1)))
	if e.Advance(after(2 + grace)); len(lines) > 0 {
		t.Errorf("expected to wait for what was sent last, found %q", lines)
	}
	if e.Advance(after(21 + grace)); !slices.Equal(lines, []string{"504 504@api 200@api"}) {
		t.Errorf("expected the first to be judged, found %q", lines)
	}
	e.Observe(timed(5, 60, 61, behind(1)))
	if e.End(); len(lines) != 2 || e.Tally().Rules[0].Doubts.Of(hopWasEnded) != 1 {
		t.Errorf("expected the second to be judged at the end, and what is late to be in doubt, found %q %v", lines, e.Tally().Rules[0].Doubts)
	}
	e.Begin()
	e.Observe(timed(1, 0, 1, front(1), status(418)))
	if e.End(); len(lines) != 3 || lines[2] != "418" {
		t.Errorf("expected hops of another recording to be others, found %q", lines)
	}
}

// Copies that several fronts made come to what one engine makes of the recording, and
// so does a joiner that stands alone.
func TestHopsOfSeveralFronts(t *testing.T) {
	xs := []*traffic.Exchange{timed(1, 0, 2, front(1)), timed(2, 0.5, 1, behind(1)), timed(3, 4, 5, behind(2), to("https://kraken.example/")), timed(4, 4, 6, front(2), status(400))}
	opts := Options{Hosts: rule.HostsOf(edition.Default())}
	whole, _ := joined(xs, opts)
	var lines, alone []string
	e, j := New([]*rule.Rule{pairs(&lines)}, opts), NewJoiner([]*rule.Rule{pairs(&alone)}, opts)
	fronts := []*Front{NewFront([]*rule.Rule{pairs(&lines)}, opts), NewFront([]*rule.Rule{pairs(&lines)}, opts)}
	e.Begin()
	for i, x := range xs {
		var ev rule.Event
		if fronts[i%2].Read(x, &ev) {
			again := ev
			again.Copy = ev.Copy.Clone()
			j.Hear(&again)
			e.Hear(&ev)
		}
		x.Reset() // as a reader does, whose memory it is
	}
	e.End()
	j.End()
	if !slices.Equal(lines, whole) || !slices.Equal(alone, whole) || j.Tally().Rules[0].Passed != 2 || e.Tally().Rules[0].Passed != 2 {
		t.Errorf("expected %q, found %q and %q", whole, lines, alone)
	}
}

// A rule hears of the endpoints that it names alone, a finding stands at the exchange
// that it names, and a check that breaks breaks no other.
func TestRulesOfHops(t *testing.T) {
	var lines []string
	only := pairs(&lines)
	only.Only = func(ep *edition.Endpoint) bool { return ep.Path == "/api/v1/time" }
	fails := &rule.Rule{ID: "fails", Party: clause.Proxy, Level: clause.Must, Pair: func(c *rule.Trial, r *rule.Relay) {
		c.Fail(rule.Report{})
		c.Fail(rule.Report{Side: r.Behind[0]})
	}}
	breaks := &rule.Rule{ID: "breaks", Party: clause.Proxy, Pair: func(*rule.Trial, *rule.Relay) { panic("oh") }}
	e := New([]*rule.Rule{breaks, fails, only}, Options{})
	e.Begin()
	for i, path := range []string{"ping", "time"} {
		id := uint64(i + 1)
		e.Observe(timed(10*i+1, 0, 2, front(id), to("http://localhost:1/api/v1/"+path)))
		e.Observe(timed(10*i+2, 0.5, 1, behind(id), to("https://api.binance.com/api/v1/"+path)))
	}
	e.Observe(timed(21, 0, 2, front(3), to("https://api.binance.org/api/v1/ping")))
	e.Observe(timed(22, 0, 2, behind(3), to("https://dex.binance.org/api/v1/ping")))
	e.End()
	tally := e.Tally()
	var at []int
	for _, f := range tally.Rules[1].Findings {
		at = append(at, f.At.Exchange)
	}
	if !slices.Equal(at, []int{1, 2, 11, 12}) || tally.Rules[1].Inconclusive != 2 {
		t.Errorf("expected findings on both sides, and a look-alike in doubt, found %v and %v", at, tally.Rules[1].Doubts)
	}
	if !strings.Contains(tally.Rules[0].Error, "oh") || tally.Rules[1].Error != "" || len(lines) != 1 {
		t.Errorf("expected one rule to break and another to hear of one endpoint, found %q and %q", tally.Rules[0].Error, lines)
	}
}

// Who hears of which side, exchanges and sequences alike; each side has its own clients,
// and what a client tells its caller is not the proxy's.
func TestWhoHearsWhichSide(t *testing.T) {
	for _, test := range []struct {
		party clause.Party
		side  traffic.Side
		hears bool
	}{
		{clause.Client, traffic.Alone, true}, {clause.Server, traffic.Alone, true}, {clause.Proxy, traffic.Alone, true},
		{clause.Client, traffic.Front, true}, {clause.Server, traffic.Front, false}, {clause.Proxy, traffic.Front, false},
		{clause.Client, traffic.Behind, false}, {clause.Server, traffic.Behind, true}, {clause.Proxy, traffic.Behind, true},
	} {
		var checked, heard []string
		check := &rule.Rule{ID: "check", Party: test.party, Check: func(*rule.Trial, *traffic.Facts) { checked = append(checked, "x") }}
		rules := []*rule.Rule{check, heardBy(&heard, rule.PerIP, test.party), heardBy(&heard, rule.PerKey, test.party)}
		e := New(rules, Options{})
		e.Begin()
		e.Observe(timed(1, 0, 1, in(1, test.side), status(418)))
		e.Observe(statement(2, 2, 3))
		e.End()
		told := slices.ContainsFunc(heard, func(line string) bool { return strings.Contains(line, "told") })
		if hears := len(checked) == 1; hears != test.hears || (len(heard) > 0) != test.hears || told != (test.hears && test.side != traffic.Behind) {
			t.Errorf("%s of %v: expected to hear: %t, found %v and %v", test.party, test.side, test.hears, checked, heard)
		}
	}
	var heard []string
	e := New([]*rule.Rule{heardBy(&heard, rule.PerIP, clause.Client), heardBy(&heard, rule.PerIP, clause.Server)}, Options{})
	e.Begin()
	e.Observe(timed(1, 0, 1, front(1)))
	e.Observe(timed(2, 0, 1, behind(1)))
	e.Observe(timed(3, 2, 3, func(x *traffic.Exchange) { front(2)(x); x.Annotation.Experiment.Name = "tried" }))
	e.End()
	slices.Sort(heard)
	if got, want := strings.Join(heard, " "), "A:answered1 A:answered2 A:asked1 A:asked2 A:end-of-1 A:end-of-2"; got != want {
		t.Errorf("expected each side to be heard by its own, as %s, found %s", want, got)
	}
	if n := e.Tally().Traffic.Exchanges; n != 3 {
		t.Errorf("expected both sides to be counted, found %d", n)
	}
}
