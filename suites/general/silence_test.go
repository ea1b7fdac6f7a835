package general

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Where a silence rests on how the document is read, and not on what the client
// was told, the finding says so.
func TestSilenceByReadingIsSaid(t *testing.T) {
	const reading = "as the document is read where Retry-After is missing"
	byReading := map[string]bool{"bad-next-minute.txt": true, "bad-one-second-early.txt": false}
	dirs := map[string]string{"bad-next-minute.txt": "waits-without-header", "bad-one-second-early.txt": "back-off-after-429"}
	for _, c := range all(t) {
		file := c.Exchanges[0].At.File
		dir, name := file[:strings.LastIndexByte(file, '/')+1], file[strings.LastIndexByte(file, '/')+1:]
		want, ok := byReading[name]
		if !ok || !strings.HasSuffix(dir, dirs[name]+"/") {
			continue
		}
		for at, finding := range failures(engine.Judge(rule.All(edition.Default()), edition.Default(), c.Exchanges)) {
			if !strings.HasPrefix(at, dirs[name]+" ") {
				continue
			}
			delete(byReading, name)
			if strings.Contains(finding, reading) != want {
				t.Errorf("%s: expected the reading to be told: %t, found %q", file, want, finding)
			}
		}
	}
	if len(byReading) > 0 {
		t.Errorf("expected findings in these cases, found none: %v", byReading)
	}
}

// A user who says that the limits are a gateway's of his own has clients held to
// its 429s.
func TestGatewayCounts(t *testing.T) {
	for _, c := range all(t) {
		if !strings.HasSuffix(c.Exchanges[0].At.File, "back-off-after-429/inconclusive-own-gateway.txt") {
			continue
		}
		for counts, want := range map[bool]rule.Verdict{false: rule.Inconclusive, true: rule.Fail} {
			rules := slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.ID != "back-off-after-429" })
			e := engine.New(rules, engine.Options{Edition: edition.Default(), GatewayCounts: counts})
			e.Begin()
			for _, x := range c.Exchanges {
				e.Observe(x)
			}
			e.End()
			if v := e.Tally().Rules[0].Verdict(); v != want {
				t.Errorf("gateway counts %t: expected %s, found %s", counts, want, v)
			}
		}
		return
	}
	t.Error("expected the case of a gateway, found none")
}

// What was told is broken by a request surely sent after it arrived, and before its
// end by more than timers are off.
func TestToldIsBroken(t *testing.T) {
	refused := traffic.Position{Number: 1}
	for _, c := range []struct {
		name string
		told told
		sent time.Duration
		want bool
	}{
		{"well inside", told{began: at(0), end: at(time.Minute), at: refused}, time.Second, true},
		{"as it arrived", told{began: at(0), end: at(time.Minute), at: refused}, 0, false},
		{"just too early", told{began: at(0), end: at(time.Minute), at: refused}, time.Minute - earliness - 1, true},
		{"no earlier than timers are off", told{began: at(0), end: at(time.Minute), at: refused}, time.Minute - earliness, false},
		{"somebody's", told{began: at(0), end: at(time.Minute), at: refused, anyone: true}, time.Second, false},
		{"nothing told", told{began: at(0), end: at(time.Minute)}, time.Second, false},
	} {
		if got := c.told.broken(&rule.Event{Sent: at(c.sent)}); got != c.want {
			t.Errorf("%s: expected to be broken: %t, found %t", c.name, c.want, got)
		}
	}
}

// A wait is known where its beginning and its end are.
func TestKnownWaits(t *testing.T) {
	for _, c := range []struct {
		w    wait
		want bool
	}{{wait{}, false}, {wait{began: at(0)}, false}, {wait{end: at(0)}, false}, {wait{began: at(0), end: at(1)}, true}} {
		if got := c.w.known(); got != c.want {
			t.Errorf("%+v: expected to be known: %t, found %t", c.w, c.want, got)
		}
	}
}

// By two Dates, each a second wide, a wait was over or not; without both nobody can
// say so, nor where a request's own instants are not known.
func TestOverByTheVenuesClock(t *testing.T) {
	w := wait{at: traffic.Position{Number: 1}, began: at(0), end: at(10 * time.Second), date: lost}
	later := func(d time.Duration) *rule.Event {
		return &rule.Event{Sent: at(time.Second), Received: at(time.Second), Date: lost.Add(d), Exact: true}
	}
	drifting := later(11 * time.Second)
	drifting.Sent, drifting.Received = at(9400*time.Millisecond), at(9450*time.Millisecond)
	drifted := *drifting
	drifted.Received = at(9451 * time.Millisecond)
	setBack := later(9 * time.Second)
	setBack.Sent, setBack.Received = at(6400*time.Millisecond), at(6450*time.Millisecond)
	hardly := *setBack
	hardly.Received = at(7 * time.Second)
	just := w
	just.end = at(10*time.Second + earliness)
	longer := w
	longer.end = at(10*time.Second + earliness + 1)
	undated, vague := w, later(time.Minute)
	undated.date, vague.Exact = time.Time{}, false
	without := later(0)
	without.Date = time.Time{}
	for _, c := range []struct {
		name string
		w    wait
		e    *rule.Event
		want bool
	}{
		{"over by more than the width of a Date", w, later(11 * time.Second), true},
		{"perhaps over, the clock set back by more than two Dates' widths", w, later(9 * time.Second), true},
		{"over by the width of a Date, but for which the clocks agree", w, drifting, true},
		{"over by no more, as long as the request took", w, &drifted, false},
		{"the clock set back by a little more than two Dates' widths", w, setBack, true},
		{"the clock set back by no more", w, &hardly, false},
		{"perhaps just over", just, later(9 * time.Second), true},
		{"not even perhaps", longer, later(9 * time.Second), false},
		{"not over", w, later(8 * time.Second), false},
		{"at once", w, later(time.Second), false},
		{"the refusal bears no Date", undated, later(time.Minute), false},
		{"the answer bears no Date", w, without, false},
		{"no instants of its own", w, vague, false},
	} {
		if told := c.w.told(); told.overByVenue(c.e) != c.want {
			t.Errorf("%s: expected to be over: %t, found %t", c.name, c.want, !c.want)
		}
	}
}

// Of two refusals the one that lasts longer is what a client must wait for, and what
// the one before had told is kept while that lasts.
func TestWaitOfAFurtherRefusal(t *testing.T) {
	refusal := func(number int, began, end time.Duration) wait {
		return wait{at: traffic.Position{Number: number}, began: at(began), end: at(end), due: lost.Add(end)}
	}
	word := refusal(2, 2, 0)
	word.end, word.due = traffic.Span{}, time.Time{}
	somebodys, lasting, firstWord, orders := refusal(1, 0, 100), refusal(1, 10, 20), word, refusal(2, 2, 200)
	perhapsLonger := refusal(1, 0, 100)
	perhapsLonger.longer = true
	somebodys.anyone, lasting.before, firstWord.at.Number, orders.orders = true, told{at: traffic.Position{Number: 7}, end: at(50)}, 1, 9
	for _, c := range []struct {
		name          string
		w, next       wait
		anyone        bool
		number        int // of the refusal whose wait it is then
		end           time.Duration
		before        int // the number of the one before, 0 for none
		longer, known bool
	}{
		{"the first", wait{}, refusal(1, 0, 100), false, 1, 100, 0, false, true},
		{"a longer one", refusal(1, 0, 100), refusal(2, 2, 200), false, 2, 200, 1, false, true},
		{"a shorter one", refusal(1, 0, 100), refusal(2, 2, 50), false, 1, 100, 0, false, true},
		{"a shorter one that is surely meant", somebodys, refusal(2, 2, 50), false, 1, 100, 2, false, true},
		{"a shorter one that perhaps is", somebodys, refusal(2, 2, 50), true, 1, 100, 0, false, true},
		{"one when the first is over", refusal(1, 0, 100), refusal(2, 100, 200), false, 2, 200, 0, false, true},
		{"one behind two", lasting, refusal(2, 15, 200), false, 2, 200, 7, false, true},
		{"one behind two, of which the first is over", lasting, refusal(2, 50, 200), false, 2, 200, 0, false, true},
		{"one whose end nobody can read", refusal(1, 0, 100), word, false, 1, 100, 0, true, true},
		{"one behind such a one", firstWord, refusal(2, 3, 100), false, 2, 100, 0, true, true},
		{"a longer one behind such a one", perhapsLonger, refusal(3, 3, 200), false, 3, 200, 1, true, true},
		{"two such", firstWord, word, false, 2, 0, 0, false, false},
		{"one for orders", refusal(1, 0, 100), orders, false, 2, 200, 0, false, true},
	} {
		w := c.w
		w.follow(c.next, c.anyone)
		if w.at.Number != c.number || w.known() != c.known || w.known() && w.end != at(c.end) || w.before.at.Number != c.before || w.longer != c.longer {
			t.Errorf("%s: expected the wait of %d to %s, behind %d, perhaps longer %t, found that of %d to %s, behind %d, %t",
				c.name, c.number, at(c.end).Latest, c.before, c.longer, w.at.Number, w.end.Latest, w.before.at.Number, w.longer)
		}
	}
}

// Silence is due until all that was told is over, but of what was perhaps told by
// nobody whom it concerns no request is too early.
func TestWaitsOutlastEachOther(t *testing.T) {
	between := func(a, b time.Duration) traffic.Span {
		return traffic.Span{Earliest: lost.Add(a), Latest: lost.Add(b)}
	}
	for _, c := range []struct {
		name         string
		before, next wait
		end          traffic.Span
		due          time.Duration
	}{
		{"the same", wait{end: between(5, 9), due: lost.Add(9)}, wait{end: between(5, 9), due: lost.Add(9)}, between(5, 9), 9},
		{"told less exactly", wait{end: between(3, 12), due: lost.Add(12)}, wait{end: between(5, 9), due: lost.Add(9)}, between(5, 12), 12},
		{"told more exactly", wait{end: between(6, 8), due: lost.Add(8)}, wait{end: between(5, 9), due: lost.Add(9)}, between(6, 9), 9},
		{"told more exactly, perhaps by nobody", wait{end: between(6, 10), due: lost.Add(10), anyone: true}, wait{end: between(5, 9), due: lost.Add(9)}, between(5, 10), 10},
		{"nothing told", wait{}, wait{end: between(5, 9), due: lost.Add(9)}, between(5, 9), 9},
	} {
		if c.next.outlast(&c.before); c.next.end != c.end || !c.next.due.Equal(lost.Add(c.due)) {
			t.Errorf("%s: expected an end at %v, due %s, found %v, %s", c.name, c.end, lost.Add(c.due), c.next.end, c.next.due)
		}
	}
}

// How long a refusal forbids to send, by its field, its message or, without either,
// the venue's minute.
func TestWaitsOfRefusals(t *testing.T) {
	const sec, ms = time.Second, time.Millisecond
	between := func(a, b time.Duration) traffic.Span {
		return traffic.Span{Earliest: lost.Add(a), Latest: lost.Add(b)}
	}
	after := func(n int64) func(*rule.Event) {
		return func(e *rule.Event) { e.RetryAfterSec, e.HasRetryAfter = n, true }
	}
	until := func(d time.Duration) func(*rule.Event) {
		return func(e *rule.Event) { e.RetryAfterAt, e.HasRetryAfter = lost.Add(d), true }
	}
	banned := func(d time.Duration) func(*rule.Event) {
		return func(e *rule.Event) { e.Status, e.BannedUntil = 418, lost.Add(d) }
	}
	ban := func(e *rule.Event) { e.Status = 418 }
	undated := func(e *rule.Event) { e.Date = time.Time{} }
	notReceived := func(e *rule.Event) { e.Received = traffic.Span{} }
	notSent := func(e *rule.Event) { e.Sent = traffic.Span{} }
	vaguely := func(e *rule.Event) { e.Received = between(0, sec) }
	arrived := func(e *rule.Event) { e.ArrivedAt = lost }
	word := func(e *rule.Event) { e.HasRetryAfter = true }
	unseen := func(e *rule.Event) { e.HeadersSeen = false }
	type changes []func(*rule.Event)
	none := traffic.Span{}
	for _, c := range []struct {
		name   string
		event  changes
		end    traffic.Span
		due    time.Duration // -1: nobody knows
		minute bool
	}{
		{"seconds", changes{after(10)}, between(10*sec, 10*sec), 10 * sec, false},
		{"no second", changes{after(0)}, between(0, 0), 0, false},
		{"more seconds than anybody waits", changes{after(1 << 40)}, between(rule.LongestWait, rule.LongestWait), rule.LongestWait, false},
		{"seconds from nobody knows when", changes{after(10), notReceived}, none, -1, false},
		{"a date", changes{until(20 * sec)}, between(18950*ms, 20*sec), 20 * sec, false},
		{"a date, by who stood between", changes{until(20 * sec), arrived}, between(19*sec, 20*sec), 20 * sec, false},
		{"a date, the request being sent nobody knows when", changes{until(20 * sec), notSent}, between(19*sec, 20*sec), 20 * sec, false},
		{"a date that was over", changes{until(-5 * sec)}, between(0, 0), 0, false},
		{"a date later than anybody waits", changes{until(rule.LongestWait + sec), arrived}, between(rule.LongestWait-sec, rule.LongestWait), rule.LongestWait, false},
		{"a date, without the venue's", changes{until(20 * sec), undated}, none, -1, false},
		{"a date, the answer having come nobody knows when", changes{until(20 * sec), notReceived}, none, -1, false},
		{"a word", changes{word}, none, -1, false},
		{"nothing", nil, between(48950*ms, 50*sec), 50 * sec, true},
		{"nothing, the answer having come nobody knows when", changes{notReceived}, none, -1, false},
		{"nothing that was recorded", changes{unseen}, none, -1, false},
		{"nothing of a ban", changes{ban}, none, -1, false},
		{"a message", changes{banned(120 * sec)}, between(118950*ms, 120*sec), 120 * sec, false},
		{"a message that is later by as much as both are rounded", changes{after(120), banned(121*sec + rule.BanTolerance), arrived}, between(120*sec, 120*sec), 120 * sec, false},
		{"a message that is later by more", changes{after(120), banned(121*sec + rule.BanTolerance + ms), arrived}, between(120*sec, 121*sec+rule.BanTolerance+ms), 121*sec + rule.BanTolerance + ms, false},
		{"a message that is later by nobody knows how much", changes{after(120), banned(150 * sec), undated, vaguely}, between(120*sec, 121*sec), 120 * sec, false},
		{"a message that is earlier", changes{after(120), banned(100 * sec), arrived}, between(99*sec, 120*sec), 120 * sec, false},
		{"a message that is earlier by nobody knows how much", changes{after(120), banned(100 * sec), undated}, between(100*sec, 120*sec), 120 * sec, false},
		{"a message that was over", changes{after(120), banned(-5 * sec)}, between(0, 120*sec), 120 * sec, false},
		{"a message of another clock", changes{after(120), banned(-5 * sec), undated}, between(120*sec, 120*sec), 120 * sec, false},
	} {
		e := &rule.Event{Status: 429, Sent: at(-50 * ms), Received: at(0), Date: lost, HeadersSeen: true, RetryAfterSec: -1}
		for _, change := range c.event {
			change(e)
		}
		due := time.Time{}
		if c.due >= 0 {
			due = lost.Add(c.due)
		}
		if w := waitOf(e); w.end != c.end || !w.due.Equal(due) || w.minute != c.minute {
			t.Errorf("%s: expected an end at %v, due %s, by the minute %t, found %v, %s, %t", c.name, c.end, due, c.minute, w.end, w.due, w.minute)
		}
	}
}
