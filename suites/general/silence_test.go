package general

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
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
		for at, finding := range failures(engine.Judge(rule.All(clause.DefaultEdition), edition(t), c.Exchanges)) {
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
			rules := slices.DeleteFunc(rule.All(clause.DefaultEdition), func(r *rule.Rule) bool { return r.ID != "back-off-after-429" })
			e := engine.New(rules, engine.Options{Edition: edition(t), GatewayCounts: counts})
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
		if got := c.w.overByVenue(c.e); got != c.want {
			t.Errorf("%s: expected to be over: %t, found %t", c.name, c.want, got)
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
