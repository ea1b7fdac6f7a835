package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// refusedAt is a refusal of a command that arrives so long after the start.
func refusedAt(number int, arrives time.Duration, seconds int64, change ...func(*rule.Event)) *rule.Event {
	e := served(number, 1, 5, false)
	e.Sent, e.Received, e.Status = at(arrives-time.Millisecond), at(arrives), 429
	e.RetryAfterSec, e.HasRetryAfter, e.HeadersSeen = seconds, true, true
	for _, c := range change {
		c(e)
	}
	return e
}

// A silence that is still due when a further refusal comes goes on to the end that
// is later, and in doubt behind one that nobody can read.
func TestSilenceThatIsGuarded(t *testing.T) {
	const sec = time.Second
	nobodys := func(e *rule.Event) { e.Annotation = nil }
	failed := func(e *rule.Event) { e.Status = 503 }
	boxes := func(e *rule.Event) { e.Maker = traffic.MakerIntermediary }
	orders := func(e *rule.Event) { e.Means = traffic.TooManyOrders }
	ban := func(e *rule.Event) { e.Status = 418 }
	const word = -1
	for _, c := range []struct {
		name       string
		refusals   []*rule.Event
		number     int // of the refusal whose end it is, 0 for no silence
		status     int
		began, end time.Duration // end -1: nobody knows
		longer     bool
	}{
		{"one", []*rule.Event{refusedAt(1, 0, 3)}, 1, 429, 0, 3 * sec, false},
		{"a ban", []*rule.Event{refusedAt(1, 0, 120, ban)}, 1, 418, 0, 120 * sec, false},
		{"a longer one", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, sec, 10, ban)}, 2, 418, 0, 11 * sec, false},
		{"a shorter one", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, sec, 1)}, 1, 429, 0, 3 * sec, false},
		{"as the first ends", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, 3*sec, 3)}, 2, 429, 0, 6 * sec, false},
		{"when the first has ended", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, 3*sec+1, 3)}, 2, 429, 3*sec + 1, 6*sec + 1, false},
		{"a word", []*rule.Event{refusedAt(1, 0, word)}, 1, 429, 0, -1, false},
		{"a word behind seconds", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, sec, word)}, 1, 429, 0, 3 * sec, true},
		{"seconds behind a word", []*rule.Event{refusedAt(1, 0, word), refusedAt(2, sec, 3)}, 2, 429, 0, 4 * sec, true},
		{"seconds behind a word behind seconds", []*rule.Event{refusedAt(1, 0, 3), refusedAt(2, sec, word), refusedAt(3, 2*sec, 3)}, 3, 429, 0, 5 * sec, true},
		{"nobody's", []*rule.Event{refusedAt(1, 0, 3, nobodys)}, 0, 0, 0, 0, false},
		{"a failure", []*rule.Event{refusedAt(1, 0, 3, failed)}, 0, 0, 0, 0, false},
		{"a box's", []*rule.Event{refusedAt(1, 0, 3, boxes)}, 0, 0, 0, 0, false},
		{"of orders", []*rule.Event{refusedAt(1, 0, 3, orders)}, 0, 0, 0, 0, false},
	} {
		var g guard
		for _, e := range c.refusals {
			g.refused(nil, e)
		}
		s := &g.silence
		end := traffic.Span{}
		if c.end >= 0 {
			end = at(c.end)
		}
		if c.number == 0 {
			if *s != (wait{}) {
				t.Errorf("%s: expected no silence, found one that exchange %d asks for", c.name, s.at.Number)
			}
			continue
		}
		if s.at.Number != c.number || s.status != c.status || s.began != at(c.began) || s.end != end || s.due != end.Latest || s.longer != c.longer {
			t.Errorf("%s: expected a silence by the %d of exchange %d from %v to %v, perhaps longer %t, found that by the %d of %d from %v to %v, due %v, %t",
				c.name, c.status, c.number, at(c.began), end, c.longer, s.status, s.at.Number, s.began, s.end, s.due, s.longer)
		}
	}
}

// A request is inside a silence where it surely is, and outside where it surely is
// that.
func TestRequestsInsideASilence(t *testing.T) {
	const ms = time.Millisecond
	until := at(3 * time.Second)
	silence := wait{at: traffic.Position{Number: 1}, began: at(0), end: until, due: until.Latest}
	longer, endless := silence, silence
	longer.longer, endless.end, endless.due = true, traffic.Span{}, time.Time{}
	by := func(own bool, sent time.Duration) *rule.Event {
		e := served(2, 1, 5, own)
		e.Sent = at(sent)
		return e
	}
	for _, c := range []struct {
		name            string
		silence         wait
		e               *rule.Event
		kept            bool
		inside, perhaps bool
	}{
		{"inside", silence, by(false, time.Second), true, true, false},
		{"as the refusal came", silence, by(false, 0), true, false, true},
		{"before it came", silence, by(false, -1), false, false, false},
		{"just too early", silence, by(false, 3*time.Second-earliness-ms), true, true, false},
		{"no earlier than timers are off", silence, by(false, 3*time.Second-earliness), true, false, false},
		{"over, perhaps", longer, by(false, 4*time.Second), true, false, true},
		{"inside what may be longer", longer, by(false, time.Second), true, true, false},
		{"until nobody knows when", endless, by(false, time.Second), true, false, true},
		{"of the client's own", silence, by(true, time.Second), false, false, false},
		{"no silence", wait{}, by(false, time.Second), false, false, false},
	} {
		g := guard{silence: c.silence}
		g.request(nil, c.e)
		switch {
		case len(g.sent) == 0:
			if c.kept {
				t.Errorf("%s: expected the request to be kept, found none", c.name)
			}
		case !c.kept || g.sent[0].inside != c.inside || g.sent[0].perhaps != c.perhaps:
			t.Errorf("%s: expected kept %t, inside %t, perhaps %t, found inside %t, perhaps %t", c.name, c.kept, c.inside, c.perhaps, g.sent[0].inside, g.sent[0].perhaps)
		}
	}
	g := guard{silence: silence}
	for n := range answersKept + 1 {
		e := by(false, time.Second)
		e.Annotation.Command.ID = int64(n + 1)
		g.request(nil, e)
	}
	if _, any := g.take(1); any || len(g.sent) != answersKept {
		t.Errorf("expected the oldest of %d requests to be given up, found it among %d", answersKept+1, len(g.sent))
	}
	if s, any := g.take(2); !any || s.command != 2 || len(g.sent) != answersKept-1 {
		t.Errorf("expected the second to be kept until it is taken, found %t, %d, and %d others", any, s.command, len(g.sent))
	}
}
