package rule

import "time"

// windowSize is how many exchanges wait to be put in order: recorders write an
// exchange when it completes, and no answer takes longer than 10 s, so this
// covers 100 requests a second. At 400 bytes an event it costs half a megabyte.
const windowSize = 1024

// window puts the halves of exchanges with exact instants in time order: a heap
// of moments over the events
// that wait. It allocates no more once it has grown to its size.
type window struct {
	events  []Event
	free    []int32
	moments []moment // a binary heap, earliest first
	last    moment   // the one handed out last
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

func (w *window) reset() {
	w.events, w.free, w.moments, w.started = w.events[:0], w.free[:0], w.moments[:0], false
}

func (w *window) empty() bool { return len(w.moments) == 0 }
func (w *window) full() bool  { return len(w.free) == 0 && len(w.events) == windowSize }

// late reports whether t lies before what was already handed out.
func (w *window) late(t time.Time) bool {
	return w.started && t.UnixNano() < w.last.at
}

// add puts both halves of an event in; the window must not be full.
func (w *window) add(ev *Event) {
	slot := int32(len(w.events))
	if n := len(w.free); n > 0 {
		slot, w.free = w.free[n-1], w.free[:n-1]
		w.events[slot] = *ev
	} else {
		w.events = append(w.events, *ev)
	}
	seq := 2 * int64(ev.At.Number)
	w.push(moment{ev.Sent.Earliest.UnixNano(), seq, slot})
	w.push(moment{ev.Received.Latest.UnixNano(), seq + 1, slot})
}

// next returns the earliest half; it stays valid until release.
func (w *window) next() (ev *Event, isRequest bool) {
	m := w.pop()
	w.last, w.started = m, true
	return &w.events[m.slot], m.seq%2 == 0
}

// release frees the event that next returned once its response was handed out.
func (w *window) release(isRequest bool) {
	if !isRequest {
		w.free = append(w.free, w.last.slot)
	}
}

func (w *window) push(m moment) {
	h := append(w.moments, m)
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	w.moments = h
}

func (w *window) pop() moment {
	h := w.moments
	top := h[0]
	n := len(h) - 1
	h[0] = h[n]
	h = h[:n]
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	w.moments = h
	return top
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

// fileClock follows the Dates of a recording that holds no instants of its own.
type fileClock struct{ last time.Time }

// jumps reports whether the event belongs to another episode than the one
// before it.
func (c *fileClock) jumps(ev *Event) bool {
	if ev.Date.IsZero() {
		return false
	}
	last := c.last
	c.last = ev.Date
	if last.IsZero() {
		return false
	}
	step := ev.Date.Sub(last)
	return step > episodeGap || step < -disorder
}
