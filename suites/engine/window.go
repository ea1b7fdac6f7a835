package engine

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// windowSize is how many exchanges wait to be put in order: recorders write an
// exchange when it completes, and no answer takes longer than 10 s, so this
// covers 100 requests a second. At 400 bytes an event it costs half a megabyte.
const windowSize = 1024

// window puts the halves of exchanges with exact instants in time order: a
// sorted list of moments over the events that wait. Recordings are nearly in
// order, so that a moment's place is near the end. It allocates no more once it
// has grown to its size.
type window struct {
	events  []rule.Event
	free    []int32 // slots of events
	held    bool    // the slot spareAt is neither free nor added
	spareAt int32
	moments []moment // sorted, from index first on
	first   int
	last    moment // the one handed out last
	started bool
}

// moment is one half of an event. Halves of one instant come in order of
// sequence: a request before its response, and exchanges as recorded.
type moment struct {
	at   int64 // nanoseconds since 1970
	seq  int64
	slot int32
}

func (m moment) before(o moment) bool {
	return m.at < o.at || m.at == o.at && m.seq < o.seq
}

// reset forgets all events but the spare one.
func (w *window) reset() {
	w.moments, w.first, w.started, w.free = w.moments[:0], 0, false, w.free[:0]
	for slot := range int32(len(w.events)) {
		if !w.held || slot != w.spareAt {
			w.free = append(w.free, slot)
		}
	}
}

func (w *window) empty() bool { return w.first == len(w.moments) }
func (w *window) full() bool  { return len(w.free) == 0 && !w.held && len(w.events) == windowSize }

// late reports whether an instant, in nanoseconds since 1970, lies before what was already handed out.
func (w *window) late(at int64) bool { return w.started && at < w.last.at }

// spare returns an event to be filled in, and added or not; the window must not
// be full.
func (w *window) spare() *rule.Event {
	if n := len(w.free); !w.held && n > 0 {
		w.spareAt, w.free = w.free[n-1], w.free[:n-1]
	} else if !w.held {
		w.spareAt = int32(len(w.events))
		w.events = append(w.events, rule.Event{})
	}
	w.held = true
	return &w.events[w.spareAt]
}

// add puts both halves of the spare event in.
func (w *window) add() {
	slot := w.spareAt
	w.held = false
	ev := &w.events[slot]
	seq := 2 * int64(ev.At.Number)
	w.insert(moment{sentAt(ev), seq, slot})
	w.insert(moment{receivedAt(ev), seq + 1, slot})
}

func (w *window) insert(m moment) {
	if w.first >= windowSize { // make room at the front, once for many
		w.moments = w.moments[:copy(w.moments, w.moments[w.first:])]
		w.first = 0
	}
	at := len(w.moments)
	for at > w.first && m.before(w.moments[at-1]) {
		at--
	}
	w.moments = append(w.moments, m)
	copy(w.moments[at+1:], w.moments[at:])
	w.moments[at] = m
}

// next returns the earliest half; it stays valid until release.
func (w *window) next() (ev *rule.Event, isRequest bool) {
	m := w.moments[w.first]
	w.first++
	w.last, w.started = m, true
	return &w.events[m.slot], m.seq%2 == 0
}

// handOut hands out, in order, all halves that wait of a client's events with
// numbers below another, and leaves those of others where they are.
func (w *window) handOut(client uint64, below int, hear func(ev *rule.Event, isRequest bool)) {
	kept := w.moments[:w.first]
	for _, m := range w.moments[w.first:] {
		ev := &w.events[m.slot]
		if ev.Client != client || ev.At.Number >= below {
			kept = append(kept, m)
			continue
		}
		isRequest := m.seq%2 == 0
		if hear(ev, isRequest); !isRequest {
			w.free = append(w.free, m.slot)
		}
	}
	w.moments = kept
}

// release frees the event that next returned once its response was handed out.
func (w *window) release(isRequest bool) {
	if !isRequest {
		w.free = append(w.free, w.last.slot)
	}
}

const (
	// episodeGap is the silence behind which the next exchange of a recording
	// that keeps only Dates is another episode: cassettes are appended to on
	// other days, from other machines.
	episodeGap = time.Hour

	// disorder is how far Dates may step back between neighbours without a
	// cut: answers to requests in flight together arrive in any order, within
	// the venue's processing timeout.
	disorder = 10 * time.Second
)

// fileClock follows the clocks of a recording: the Dates where it holds no
// instants of its own, and how far its instants are from the Dates at the least,
// where it does.
type fileClock struct {
	last time.Time
	lead time.Duration
}

// steps reports whether the recorder's clock was set back between the event
// before and this one: its instants then put what comes before what was. A
// clock set forward keeps the order, and Dates that stand still while the clock
// goes on are a mock's.
func (c *fileClock) steps(ev *rule.Event) bool {
	if ev.Date.IsZero() || ev.CacheHit || ev.Maker != traffic.MakerVenue {
		return false
	}
	first, step := c.last.IsZero(), ev.Received.Latest.Sub(ev.Date)-c.lead
	c.last, c.lead = ev.Date, ev.Received.Latest.Sub(ev.Date)
	if ev.Sent.Known() { // the Date was made at some time between the two, of a slow body long before its end
		c.lead = ev.Sent.Earliest.Sub(ev.Date)
	}
	return !first && step < -rule.ClockStep
}

// jumps reports whether the event belongs to another episode than the one
// before it, by its Date or, without one, by when the recorder says it came.
func (c *fileClock) jumps(ev *rule.Event) bool {
	at := ev.Date
	if at.IsZero() {
		at = ev.Received.Latest
	}
	if at.IsZero() {
		return false
	}
	last := c.last
	c.last = at
	if last.IsZero() {
		return false
	}
	step := at.Sub(last)
	return step > episodeGap || step < -disorder
}
