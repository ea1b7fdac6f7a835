package engine

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// The window hands out halves in time order, whatever order they came in.
func TestWindowOrders(t *testing.T) {
	start := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	var w window
	for range 3 { // reused after reset
		w.reset()
		for i := range windowSize {
			at := start.Add(time.Duration(r.IntN(1e9)))
			ev := w.spare()
			*ev = rule.Event{At: traffic.Position{Number: i + 1}, Sent: traffic.Exactly(at), Received: traffic.Exactly(at.Add(time.Duration(r.IntN(1e9))))}
			w.add()
		}
		if !w.full() {
			t.Fatal("expected a full window")
		}
		last, halves := time.Time{}, map[int]int{}
		for !w.empty() {
			ev, isRequest := w.next()
			at := ev.Received.Earliest
			if isRequest {
				at = ev.Sent.Earliest
			} else if halves[ev.At.Number] != 1 {
				t.Fatalf("event %d: expected its request before its response", ev.At.Number)
			}
			halves[ev.At.Number]++
			if at.Before(last) {
				t.Fatalf("expected %v or later, found %v", last, at)
			}
			last = at
			w.release(isRequest)
		}
		if len(halves) != windowSize {
			t.Fatalf("expected %d events, found %d", windowSize, len(halves))
		}
		if !w.late(start.UnixNano()) || w.late(last.UnixNano()) {
			t.Error("expected what lies before the last half to be late, and nothing else")
		}
	}
}

// The spare event stays what it is while others are handed out or forgotten.
func TestWindowKeepsItsSpareEvent(t *testing.T) {
	var w window
	add := func(number int) {
		*w.spare() = rule.Event{At: traffic.Position{Number: number}}
		w.add()
	}
	add(1)
	add(2)
	ev := w.spare()
	ev.At.Number = 3
	for !w.empty() {
		_, isRequest := w.next()
		w.release(isRequest)
	}
	w.reset()
	if w.spare() != ev {
		t.Error("expected the same spare event after others were forgotten, found another")
	}
	w.add()
	for n := 4; !w.full(); n++ {
		add(n)
	}
	seen := map[int]bool{}
	for !w.empty() {
		ev, isRequest := w.next()
		seen[ev.At.Number] = true
		w.release(isRequest)
	}
	if len(seen) != windowSize || !seen[3] || seen[1] {
		t.Errorf("expected the %d events added since, found %d", windowSize, len(seen))
	}
}

func TestFileClockCutsEpisodes(t *testing.T) {
	day := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		step time.Duration
		want bool
	}{{0, false}, {time.Minute, false}, {-5 * time.Second, false}, {-time.Minute, true}, {episodeGap, false}, {24 * time.Hour, true}, {-24 * time.Hour, true}} {
		var c fileClock
		c.jumps(&rule.Event{Date: day})
		if got := c.jumps(&rule.Event{Date: day.Add(tc.step)}); got != tc.want {
			t.Errorf("a step of %v: expected a cut %v, found %v", tc.step, tc.want, got)
		}
	}
}
