package rule

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var noon = time.Date(2019, 7, 20, 12, 0, 30, 0, time.UTC)

// told is an answer to a GET.
func told(status int, body string) *traffic.Exchange {
	return &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping"},
		Response: traffic.Response{Status: status, Body: []byte(body)},
	}
}

func withGaps(x *traffic.Exchange, g traffic.Gap) *traffic.Exchange {
	x.Gaps = g
	return x
}

// What an answer says: an error, data, or neither.
func TestWhatAnAnswerSays(t *testing.T) {
	const noStatus = traffic.GapStatus
	for _, c := range []struct {
		x             *traffic.Exchange
		isError, data bool
	}{
		{told(200, `{}`), false, true},
		{told(199, `{}`), false, false},
		{told(299, `[]`), false, true},
		{told(300, `{}`), false, false},
		{told(200, `{"code":-1121,"msg":"x"}`), true, false},
		{told(200, `{"code":-1121}`), false, true},
		{told(200, `{"code":"x","msg":"x"}`), false, true},
		{told(200, `{"code":0,"msg":"x"}`), false, true},
		{told(200, `{"code":1,"msg":"x"}`), true, false},
		{told(200, `{"code":200,"msg":"x"}`), false, true},
		{told(200, `{"code":201,"msg":"x"}`), true, false},
		{told(200, `{"success":false}`), true, false},
		{told(200, `{"success":true,"code":-1,"msg":"x"}`), false, true},
		{told(200, `{"success":"false"}`), false, true},
		{told(200, `<p>`), false, false},
		{withGaps(told(200, `{}`), traffic.GapTruncated), false, false},
		{told(399, `{}`), false, false},
		{told(400, `{"code":-1,"msg":"x"}`), true, false},
		{told(499, `{}`), false, false},
		{told(500, `{}`), false, false},
		{told(600, `{}`), false, false},
		{told(0, ``), false, false},
		{withGaps(told(200, `{}`), traffic.GapResponse), false, false},
		{withGaps(told(0, `[]`), noStatus), false, true},
		{withGaps(told(0, `{"a":1}`), noStatus), false, true},
		{withGaps(told(0, `"a"`), noStatus), false, false},
		{withGaps(told(0, `{"code":"x"}`), noStatus), false, false},
		{withGaps(told(0, `{"msg":"x"}`), noStatus), false, false},
		{withGaps(told(0, `{"message":"x"}`), noStatus), false, false},
		{withGaps(told(0, `{"message":"x","success":true}`), noStatus), false, true},
		{withGaps(told(0, `{"code":-1,"msg":"x"}`), noStatus), true, false},
		{withGaps(told(0, `[`), noStatus|traffic.GapTruncated), false, false},
	} {
		f := traffic.FactsOf(edition.Default().Dialect, c.x)
		if IsError(f) != c.isError || HasData(f) != c.data {
			t.Errorf("%d %s with gaps %d: expected error %t and data %t, found %t and %t",
				c.x.Response.Status, c.x.Response.Body, c.x.Gaps, c.isError, c.data, IsError(f), HasData(f))
		}
	}
}

// weighed is the family whose answers tell the weight used.
var weighed = edition.Default().Dialect.FamilyOf("/api/")

// A group of which nothing is named means all of it.
func TestOccasions(t *testing.T) {
	for _, c := range []struct {
		on, family, answer Occasion
		want               bool
	}{
		{0, OnOther, OnSilence, true}, {OnCodes, OnCodes, OnSilence, true}, {OnCodes, OnSuccessMarks, OnSuccess, false}, {OnSuccessMarks, OnCodes, OnSuccess, false}, {OnCodes | OnSuccessMarks, OnSuccessMarks, OnSuccess, true},
		{OnRefusal, OnTimeouts, OnRefusal, true}, {OnRefusal, OnTimeouts, OnFailure, false}, {OnCodes | OnRefusal, OnCodes, OnRefusal, true},
		{OnCodes | OnRefusal, OnCodes, OnSuccess, false}, {OnCodes | OnRefusal, OnOther, OnRefusal, false}, {OnDocumented, OnOther, OnSuccess, false},
		{OnCodes, OnDocumented | OnCodes | OnWeighed, OnSuccess, true}, {OnWeighed, OnDocumented | OnCodes, OnSuccess, false},
	} {
		if got := c.on.Hears(c.family, c.answer); got != c.want {
			t.Errorf("%b hears %b: expected %t, found %t", c.on, c.family|c.answer, c.want, got)
		}
	}
}

// Who waits, and who does not know: what an event says beside its status.
func TestWhatAnEventSays(t *testing.T) {
	for _, c := range []struct {
		e                Event
		trouble, unknown bool
	}{
		{Event{Answered: true, Status: 399}, false, false}, {Event{Answered: true, Status: 400}, true, false}, {Event{}, true, false},
		{Event{Answered: true, Status: 200, NoData: true}, true, false},
		{Event{Answered: true, Status: 200, Means: traffic.TimedOut}, true, true}, {Event{Answered: true, Status: 200, Means: traffic.UnexpectedResponse}, true, true},
		{Event{Answered: true, Status: 200, Means: traffic.TimedOut, Succeeded: true}, false, false}, {Event{Answered: true, Status: 200, Means: traffic.Busy}, false, false},
	} {
		if c.e.IsTrouble() != c.trouble || c.e.SaysUnknown() != c.unknown {
			t.Errorf("%+v: expected trouble %t and unknown %t, found %t and %t", c.e, c.trouble, c.unknown, c.e.IsTrouble(), c.e.SaysUnknown())
		}
	}
	for code, want := range map[traffic.Meaning]bool{traffic.TooManyOrders: true, traffic.TooManyRequests: false, 0: false} {
		if e := (Event{Means: code}); e.OrderLimited() != want {
			t.Errorf("%d: expected to be of an order limit: %t", code, want)
		}
	}
	for status, want := range map[int]bool{199: false, 200: true, 299: true, 300: false} {
		if e := (Event{Status: status}); e.Success() != want {
			t.Errorf("%d: expected success %t", status, want)
		}
	}
	own := &traffic.Annotation{Command: traffic.Command{ID: 7, Own: true}, Lost: traffic.LostReset, Experiment: traffic.Experiment{Name: "n"}, Told: traffic.Told{Outcome: traffic.OutcomeOK}}
	asked := &traffic.Annotation{Command: traffic.Command{ID: 7}}
	for _, c := range []struct {
		a         *traffic.Annotation
		commanded bool
		command   int64
	}{{nil, false, 0}, {own, false, 7}, {asked, true, 7}, {&traffic.Annotation{}, false, 0}} {
		if e := (Event{Annotation: c.a}); e.Commanded() != c.commanded || e.Command() != c.command {
			t.Errorf("%+v: expected commanded %t by %d, found %t by %d", c.a, c.commanded, c.command, e.Commanded(), e.Command())
		}
	}
	if e := (Event{Annotation: own}); e.Lost() != traffic.LostReset || e.Experiment().Name != "n" || e.Told().Outcome != traffic.OutcomeOK {
		t.Errorf("expected what is annotated, found %+v", e.Annotation)
	}
	if e := new(Event); e.Lost() != "" || e.Experiment().Name != "" || e.Told().Outcome != "" {
		t.Error("expected nothing of ordinary traffic")
	}
	for want, a := range map[bool]*traffic.Annotation{true: own, false: asked} {
		if e := (Event{Annotation: a}); e.Statement() != want {
			t.Errorf("%+v: expected to be a statement: %t", a, want)
		}
	}
	if new(Event).Statement() {
		t.Error("expected ordinary traffic to be no statement")
	}
}

// Whether a request came after an answer had left, by both ends or by who stood
// between.
func TestArrivedAndReadyAfter(t *testing.T) {
	left := traffic.Span{Earliest: noon, Latest: noon.Add(time.Second)}
	for _, c := range []struct {
		name           string
		e              Event
		arrived, ready bool
	}{
		{"sent later", Event{Sent: traffic.Exactly(noon.Add(2 * time.Second))}, true, false},
		{"sent at that instant", Event{Sent: traffic.Exactly(noon.Add(time.Second))}, false, false},
		{"seen to come later", Event{Sent: traffic.Exactly(noon), ArrivedAt: noon.Add(time.Millisecond)}, true, false},
		{"seen to come at that instant", Event{Sent: traffic.Exactly(noon), ArrivedAt: noon}, false, false},
		{"ready when it had left", Event{Ready: noon.Add(time.Second)}, false, true},
		{"ready before", Event{Ready: noon.Add(time.Second - 1)}, false, false},
		{"nobody knows", Event{}, false, false},
	} {
		if c.e.ArrivedAfter(left) != c.arrived || c.e.ReadyAfter(left) != c.ready {
			t.Errorf("%s: expected %t and %t, found %t and %t", c.name, c.arrived, c.ready, c.e.ArrivedAfter(left), c.e.ReadyAfter(left))
		}
		if c.e.ArrivedAfter(traffic.Span{}) || c.e.ReadyAfter(traffic.Span{}) {
			t.Errorf("%s: expected nothing to come after what nobody knows", c.name)
		}
	}
}

// What the answers to one IP show of its bans.
func TestBans(t *testing.T) {
	seconds := func(n int) traffic.Span { return traffic.Exactly(noon.Add(time.Duration(n) * time.Second)) }
	number := 0
	answer := func(at, status int, left int64) *Event {
		number++
		return &Event{At: traffic.Position{Number: number}, Answered: true, Status: status, Maker: traffic.MakerVenue, Sent: seconds(at - 1), Received: seconds(at), RetryAfterSec: left}
	}
	var b Bans
	b.hear(answer(0, 200, -1))
	b.hear(answer(10, 418, 120))
	if !b.Began || b.Now.At.Number != 2 || b.Served != 1 || b.Now.Shortest() != 120*time.Second {
		t.Fatalf("expected a ban to begin, found %+v", b)
	}
	if longest, bounded := b.Now.Longest(); !bounded || longest != 131*time.Second {
		t.Errorf("expected it to last 131 s at the most, since the last request was served, found %s, %t", longest, bounded)
	}
	b.hear(answer(20, 418, 110))
	b.hear(answer(30, 418, 200)) // made longer
	b.hear(answer(232, 418, 5))  // within the tolerance of its end
	if b.Began || b.Now.At.Number != 2 || b.Before.At.Number != 0 {
		t.Errorf("expected it to go on, found %+v", b)
	}
	if end := seconds(237); b.Now.End != end {
		t.Errorf("expected its end as the last answer told it, %v, found %v", end, b.Now.End)
	}
	b.hear(answer(240, 418, 300)) // more than the tolerance behind its end
	if !b.Began || b.Now.At.Number != 6 || b.Before.At.Number != 2 {
		t.Errorf("expected another ban behind the end, found %+v", b)
	}
	b.hear(answer(250, 399, -1))
	b.hear(answer(260, 418, 280)) // served in between
	if !b.Began || b.Served != 2 || b.Now.Free != seconds(249) {
		t.Errorf("expected another ban after a request was served, found %+v", b)
	}
	b.hear(answer(265, 400, -1))
	if b.Served != 2 || b.Began {
		t.Errorf("expected a refusal to be no service, found %+v", b)
	}
	b.hear(answer(267, 429, 60))
	if b.Began || b.Now.Free != seconds(249) {
		t.Errorf("expected a wait to be no ban, found %+v", b)
	}
	kept := b
	for name, e := range map[string]*Event{
		"no answer": {Status: 418, Received: seconds(270), RetryAfterSec: 9}, "an intermediary's": {Answered: true, Status: 418, Maker: traffic.MakerIntermediary, Received: seconds(270), RetryAfterSec: 9},
		"no instant": {Answered: true, Status: 418, RetryAfterSec: 9}, "no end": {Answered: true, Status: 418, RetryAfterSec: -1, Received: seconds(270)},
	} {
		if b.hear(e); b != kept {
			t.Errorf("%s: expected it to say nothing, found %+v", name, b)
		}
	}
	if longest, bounded := (&Ban{}).Longest(); bounded || longest != 0 {
		t.Errorf("expected no bound where no request before was seen, found %s, %t", longest, bounded)
	}
	for late, another := range map[time.Duration]bool{BanTolerance: false, BanTolerance + time.Millisecond: true} {
		var two Bans
		two.hear(answer(0, 418, 10))
		next := answer(0, 418, 10)
		next.Received = seconds(10).Shift(late)
		if two.hear(next); two.Began != another {
			t.Errorf("%s behind the end of a ban: expected another: %t, found %+v", late, another, two)
		}
	}
}

func TestBanLeft(t *testing.T) {
	for _, c := range []struct {
		e    Event
		want time.Duration
		ok   bool
	}{
		{Event{RetryAfterSec: 0}, 0, true}, {Event{RetryAfterSec: 5}, 5 * time.Second, true}, {Event{RetryAfterSec: 1 << 60}, LongestWait, true},
		{Event{RetryAfterSec: -1}, 0, false}, {Event{RetryAfterSec: -1, BannedUntil: noon}, 0, false}, {Event{RetryAfterSec: -1, Date: noon}, 0, false},
		{Event{RetryAfterSec: -1, BannedUntil: noon.Add(time.Minute), Date: noon}, time.Minute, true},
	} {
		if got, ok := BanLeft(&c.e); got != c.want || ok != c.ok {
			t.Errorf("%+v: expected %s, %t, found %s, %t", c.e, c.want, c.ok, got, ok)
		}
	}
}

// What two neighbouring answers show of the counter.
func TestWeightSteps(t *testing.T) {
	counted := func(at int, used int64) *Event {
		when := noon.Truncate(time.Minute).Add(time.Duration(at) * time.Second)
		return &Event{Family: weighed, Maker: traffic.MakerVenue, UsedWeight: used, OwnWeight: 3, Date: when, Timed: true,
			Sent: traffic.Exactly(when.Add(-time.Millisecond)), Received: traffic.Exactly(when)}
	}
	step := func(a, b *Event) (WeightStep, bool) {
		var s stepper
		if _, has := s.next(a); has {
			t.Error("expected the first answer to make no step")
		}
		return s.next(b)
	}
	for _, c := range []struct {
		name    string
		a, b    int
		same    bool
		minutes int64
	}{
		{"inside a minute", 10, 20, true, 0}, {"from its edge", 2, 20, true, 0}, {"before its edge", 1, 20, false, 0},
		{"to its edge", 10, 57, true, 0}, {"at its edge", 10, 58, false, 0}, {"over its turn", 10, 70, false, 1}, {"over three", 10, 190, false, 3},
	} {
		got, ok := step(counted(c.a, 5), counted(c.b, 8))
		if want := (WeightStep{Prev: 5, Next: 8, Own: 3, SameMinute: c.same, Sequential: true, Minutes: c.minutes}); !ok || got != want {
			t.Errorf("%s: expected %+v, found %+v, %t", c.name, want, got, ok)
		}
	}
	for name, change := range map[string]func(e *Event){
		"another family": func(e *Event) { e.Family = traffic.Family{Number: 3} }, "an intermediary": func(e *Event) { e.Maker = traffic.MakerIntermediary },
		"no counter": func(e *Event) { e.UsedWeight = -1 }, "a stored answer": func(e *Event) { e.CacheHit = true }, "no Date": func(e *Event) { e.Date = time.Time{} },
	} {
		e := counted(20, 8)
		if change(e); true {
			if got, ok := step(counted(10, 5), e); ok {
				t.Errorf("%s: expected no step, found %+v", name, got)
			}
		}
	}
	zero := counted(20, 0)
	if got, ok := step(counted(10, 5), zero); !ok || got.Next != 0 {
		t.Errorf("expected a counter of 0 to count, found %+v, %t", got, ok)
	}
	overlapping := counted(20, 8)
	overlapping.Sent = traffic.Exactly(noon.Add(-time.Hour))
	if got, _ := step(counted(10, 5), overlapping); got.Sequential {
		t.Error("expected a request sent before the answer to be no sequence")
	}
	back := counted(20, 8)
	back.Date = back.Date.Add(-11 * time.Second)
	if got, _ := step(counted(10, 5), back); got.Sequential {
		t.Error("expected a Date that falls to be no sequence")
	}
	for late, still := range map[time.Duration]bool{ClockStep: false, ClockStep + 1: true} {
		frozen := counted(10, 8)
		frozen.Received = traffic.Exactly(frozen.Date.Add(late))
		got, _ := step(counted(10, 5), frozen)
		if got.SameMinute == still {
			t.Errorf("a Date that stood still for %s: expected it to tell a minute: %t, found %+v", late, !still, got)
		}
		frozen.Timed = false
		if got, _ := step(counted(10, 5), frozen); !got.SameMinute {
			t.Errorf("expected a Date to tell the minute where it is the only clock, found %+v", got)
		}
	}
	var s stepper
	between := counted(40, 7)
	between.Sent = traffic.Exactly(noon.Add(-10 * time.Second))
	s.next(counted(10, 5))
	s.next(counted(30, 6))
	if got, _ := s.next(between); got.Sequential {
		t.Errorf("expected a request sent before the answer at hand to be no sequence, found %+v", got)
	}
	s = stepper{}
	s.next(counted(30, 5))
	s.next(counted(10, 6)) // came earlier: the latest arrival counts
	if got, _ := s.next(counted(20, 7)); got.Sequential {
		t.Errorf("expected a request sent before the latest arrival to be no sequence, found %+v", got)
	}
}

// What was under way beside an answer of trouble.
func TestCompany(t *testing.T) {
	at := func(n int) traffic.Span { return traffic.Exactly(noon.Add(time.Duration(n) * time.Second)) }
	event := func(number, sent, received int) *Event {
		return &Event{At: traffic.Position{Number: number}, Sent: at(sent), Received: at(received)}
	}
	var alone company
	alone.asked(event(1, 0, 1))
	alone.answered(event(1, 0, 1), true)
	alone.asked(event(2, 2, 3))
	if alone.of(1) {
		t.Error("expected nothing beside the only request")
	}
	if !alone.of(9) {
		t.Error("expected company of what nobody remembers")
	}
	var two company
	two.asked(event(1, 0, 5))
	two.asked(event(2, 1, 3))
	two.answered(event(2, 1, 3), true)
	two.answered(event(1, 0, 5), true)
	if !two.of(2) || two.of(1) {
		t.Errorf("expected the second to have the first beside it, and the first nothing any more, found %t and %t", two.of(2), two.of(1))
	}
	two.asked(event(3, 9, 10))
	if !two.of(2) {
		t.Error("expected what was beside an answer to stay so")
	}
	var later company
	later.asked(event(1, 0, 5))
	later.answered(event(1, 0, 5), true)
	later.asked(event(2, 5, 6)) // at the instant of the answer: it may have been under way
	if !later.of(1) {
		t.Error("expected what may have been under way to count")
	}
	var ready company
	ready.asked(event(1, 0, 5))
	ready.answered(event(1, 0, 5), true)
	next := event(2, 5, 6)
	next.Ready = at(5).Latest
	if ready.asked(next); ready.of(1) {
		t.Error("expected a connection that was free after the answer to show that it was not under way")
	}
	var many company
	for n := range companyKept + 1 {
		many.asked(event(n+1, 2*n, 2*n+1))
		many.answered(event(n+1, 2*n, 2*n+1), n != 3)
	}
	if many.of(1) || many.of(2) || !many.of(4) || many.of(companyKept+1) {
		t.Error("expected sixteen answers of trouble to be remembered, and no others")
	}
	many.asked(event(50, 100, 101))
	many.answered(event(50, 100, 101), true)
	many.asked(event(51, 102, 103))
	if !many.of(1) || many.of(2) {
		t.Error("expected the oldest to be forgotten for one more")
	}
	var lost company
	lost.answered(event(1, 0, 1), false)
	lost.asked(event(2, 2, 3))
	if lost.answered(event(2, 2, 3), true); lost.of(2) {
		t.Error("expected an answer without a request to take nothing away")
	}
}
