package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
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
			w.add(nil, int64(i+1), sentAt(ev))
		}
		if !w.full() {
			t.Fatal("expected a full window")
		}
		last, halves := time.Time{}, map[int]int{}
		for !w.empty() {
			ev, m := w.next()
			at := ev.Received.Earliest
			if m.isRequest() {
				at = ev.Sent.Earliest
			} else if halves[ev.At.Number] != 1 {
				t.Fatalf("event %d: expected its request before its response", ev.At.Number)
			}
			halves[ev.At.Number]++
			if at.Before(last) {
				t.Fatalf("expected %v or later, found %v", last, at)
			}
			last = at
			w.release(m)
		}
		if len(halves) != windowSize {
			t.Fatalf("expected %d events, found %d", windowSize, len(halves))
		}
	}
}

// The spare event stays what it is while others are handed out or forgotten.
func TestWindowKeepsItsSpareEvent(t *testing.T) {
	var w window
	add := func(number int) {
		*w.spare() = rule.Event{At: traffic.Position{Number: number}}
		w.add(nil, int64(number), 0)
	}
	add(1)
	add(2)
	ev := w.spare()
	ev.At.Number = 3
	for !w.empty() {
		_, m := w.next()
		w.release(m)
	}
	w.reset()
	if w.spare() != ev {
		t.Error("expected the same spare event after others were forgotten, found another")
	}
	w.add(nil, 3, 0)
	for n := 4; !w.full(); n++ {
		add(n)
	}
	seen := map[int]bool{}
	for !w.empty() {
		ev, m := w.next()
		seen[ev.At.Number] = true
		w.release(m)
	}
	if len(seen) != windowSize || !seen[3] || seen[1] {
		t.Errorf("expected the %d events added since, found %d", windowSize, len(seen))
	}
}

// Halves of one instant come in order of their exchanges' numbers, and a request
// before its answer, whoever was put in first.
func TestWindowOrdersOneInstant(t *testing.T) {
	var w window
	for turn, number := range []int{3, 1, 2} {
		ev := w.spare()
		if w.spare() != ev {
			t.Error("expected one spare event until it is added, found another")
		}
		*ev = rule.Event{At: traffic.Position{Number: number}, Sent: traffic.Exactly(noon), Received: traffic.Exactly(noon)}
		w.add(nil, int64(turn), noon.UnixNano())
	}
	var heard []string
	for !w.empty() {
		ev, m := w.next()
		heard = append(heard, fmt.Sprint(ev.At.Number, m.isRequest()))
		w.release(m)
	}
	if got := strings.Join(heard, " "); got != "1 true 1 false 2 true 2 false 3 true 3 false" || len(w.free) != 3 {
		t.Errorf("expected the order of numbers, and room for three, found %s and %d", got, len(w.free))
	}
}
