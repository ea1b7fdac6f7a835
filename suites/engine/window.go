package engine

import "github.com/mbxcheck/mbxcheck/suites/rule"

// windowSize is how many exchanges wait to be put in order: recorders write an
// exchange when it completes, and no answer takes longer than 10 s, so this
// covers 100 requests a second. An event takes 640 bytes and its two moments 64, so that
// a full window, with room at its front, is 0.76 MB.
const windowSize = 1024

// window puts the halves of exchanges with exact instants in time order: a
// sorted list of moments over the events that wait. Recordings are nearly in
// order, so that a moment's place is near the end. It allocates no more once it
// has grown to its size.
//
//	len(events) <= windowSize, and each slot is one of three: free, spare (held), or
//	that of an event that waits, for its second half at the least
//	0 <= first <= len(moments), and moments[first:] are sorted: at most two for each
//	event that waits, the request's before the response's
type window struct {
	events  []waiting
	free    []int32 // slots of events
	held    bool    // the slot spareAt is neither free nor added
	spareAt int32
	moments []moment // sorted, from index first on
	first   int
}

// waiting is an event that waits, and the stream it is of, nil for a statement.
type waiting struct {
	rule.Event
	of *stream
}

// moment is one half of an event. Halves of one instant come in order of
// sequence: a request before its response, and exchanges as recorded.
type moment struct {
	at   int64 // nanoseconds since 1970
	seq  int64 // twice the number of the exchange, and one more for the second half
	turn int64 // in which the event came, whatever its number
	slot int32
}

func (m moment) isRequest() bool { return m.seq%2 == 0 }

func (m moment) before(o moment) bool {
	return m.at < o.at || m.at == o.at && m.seq < o.seq
}

// reset forgets all events but the spare one.
func (w *window) reset() {
	w.moments, w.first, w.free = w.moments[:0], 0, w.free[:0]
	for slot := range int32(len(w.events)) {
		if !w.held || slot != w.spareAt {
			w.free = append(w.free, slot)
		}
	}
}

func (w *window) empty() bool { return w.first == len(w.moments) }
func (w *window) full() bool  { return len(w.free) == 0 && len(w.events) == windowSize } // none of them spare

// before reports whether the earliest half that waits lies before an instant, in
// nanoseconds since 1970.
func (w *window) before(at int64) bool { return !w.empty() && w.moments[w.first].at < at }

// spare returns an event to be filled in, and added or not; the window must not
// be full.
func (w *window) spare() *rule.Event {
	if n := len(w.free); !w.held && n > 0 {
		w.spareAt, w.free = w.free[n-1], w.free[:n-1]
	} else if !w.held {
		w.spareAt = int32(len(w.events))
		w.events = append(w.events, waiting{})
	}
	w.held = true
	return &w.events[w.spareAt].Event
}

// add puts both halves of the spare event in, which came in a turn: the request at
// the instant that sentAt says, the response at that of receivedAt. Of a statement
// there is but the second.
func (w *window) add(of *stream, turn, sent int64) {
	slot := w.spareAt
	w.held = false
	ev := &w.events[slot]
	ev.of = of
	seq := 2 * int64(ev.At.Number)
	if !ev.Statement() {
		w.insert(moment{sent, seq, turn, slot})
	}
	w.insert(moment{max(sent, ev.Received.Earliest.UnixNano()), seq + 1, turn, slot})
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

// next returns the earliest half; the event stays valid until release.
func (w *window) next() (*waiting, moment) {
	m := w.moments[w.first]
	w.first++
	return &w.events[m.slot], m
}

// handOut offers, in order, all halves that wait of events that came before a turn,
// and leaves those where they are that are not taken.
func (w *window) handOut(before int64, take func(*waiting, moment) bool) {
	kept := w.moments[:w.first]
	for _, m := range w.moments[w.first:] {
		switch {
		case m.turn >= before || !take(&w.events[m.slot], m):
			kept = append(kept, m)
		case !m.isRequest():
			w.free = append(w.free, m.slot)
		}
	}
	w.moments = kept
}

// release frees the event of a half that next returned, once it is the response.
func (w *window) release(m moment) {
	if !m.isRequest() {
		w.free = append(w.free, m.slot)
	}
}
