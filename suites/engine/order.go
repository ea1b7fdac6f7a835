package engine

import (
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Order puts the events of a recording in the order of time, each client's by
// itself: it holds all that has to know the order of a file. Each client's events
// are a stream of their own, which is cut into episodes where its clock can't be
// followed; what another client's clock does is nothing to it.
//
//	hear hears of each client the halves of its events in the order of time,
//	and those of one episode behind those of the episode before
//	falls holds events that wait in the window, and none once it is decided
//	0 <= disordered <= pairs <= read
type Order struct {
	hear  func(ev *rule.Event, isRequest bool)
	count *rule.Traffic // what is late, and cut

	window   window
	turn     int64 // in which the event at hand comes
	streams  recent[stream]
	episodes int64 // how many there were so far, of all streams

	read              int // exchanges with instants of the recording
	pairs, disordered int // of neighbours in it, see clock.back
	falls             []fall
}

// stream is what is known of one client at one venue.
type stream struct {
	client, address uint64 // see rule.Event

	episode int64
	behind  bool // a proxy: it is a client of the venue, and tells nobody of anything
	torn    bool // it was cut: what is left doesn't show all that came before

	heard    bool // something was handed out
	handed   bool // something of the episode was, the last at this instant
	handedAt int64
	since    int64 // statements of turns before this one were told, or are not to be

	clock clock
}

// fall is where a client's instants fall back: at the event that came in that turn.
type fall struct {
	of   *stream
	turn int64
}

// NewOrder makes an order that has hear hear the events, of which it must keep
// nothing, and counts in count what is late and what was cut.
func NewOrder(count *rule.Traffic, hear func(ev *rule.Event, isRequest bool)) *Order {
	return &Order{hear: hear, count: count}
}

// Begin begins a recording: what was not handed out of the one before is forgotten.
func (o *Order) Begin() {
	o.window.reset()
	o.streams.reset()
	o.read, o.pairs, o.disordered, o.falls = 0, 0, 0, o.falls[:0]
}

// Put takes the next event of the recording.
func (o *Order) Put(ev *rule.Event) {
	*o.spare() = *ev
	o.place()
}

// spare returns an event to be filled in and then placed, or not.
func (o *Order) spare() *rule.Event { return o.window.spare() }

// place takes the spare event for the next of the recording.
func (o *Order) place() {
	o.turn++
	switch ev := o.spare(); {
	case ev.LeftOut:
		return
	case ev.Statement():
		if o.late(ev) {
			o.count.Late++
			return
		}
		o.read++
		o.window.add(nil, o.turn, sentAt(ev))
	case !ev.Exact:
		o.undated(ev)
		return
	default:
		o.dated(ev)
	}
	if o.read >= windowSize {
		o.decide(nil)
	}
	for o.window.full() {
		o.next()
	}
}

// undated hands out an event without instants of its own: that a recording has it
// behind another is all there is to tell when it happened.
func (o *Order) undated(ev *rule.Event) {
	s := o.stream(ev)
	o.drain(s)
	switch {
	case ev.Alone:
		o.cut(s)
	case s.clock.jumps(ev):
		o.tear(s)
		s.clock = clock{}
		s.clock.jumps(ev) // the first behind the cut: the next may jump again
	}
	o.deliver(s, ev, true)
	o.deliver(s, ev, false)
	if ev.Alone {
		o.cut(s)
		s.clock = clock{}
	}
}

// dated puts an event among those that wait.
func (o *Order) dated(ev *rule.Event) {
	s, sent := o.stream(ev), sentAt(ev)
	o.read++
	switch {
	case s.late(sent) || s.clock.steps(ev):
		o.drain(s)
		o.tear(s)
		s.clock = clock{}
		s.clock.steps(ev) // the first behind the cut: the next may step back again
		o.fell(s, ev, sent)
	case o.fell(s, ev, sent):
		o.falls = append(o.falls, fall{s, o.turn})
	}
	o.window.add(s, o.turn, sent)
}

// fell reports whether a client's instants fall back at an event, and counts by how
// many the recording keeps an order.
func (o *Order) fell(s *stream, ev *rule.Event, sent int64) bool {
	isPair, back := s.clock.back(ev, sent)
	if isPair {
		o.pairs++
	}
	if back > 0 {
		o.disordered++
	}
	return back >= setBack
}

// ordered reports whether the recording, as far as it was read, keeps an order but
// for a few places.
func (o *Order) ordered() bool { return o.pairs >= orderedPairs*o.disordered }

// decide acts upon what was found of a client's clock that fell back, or with nil of
// all, where the recording keeps an order: what the client's recording holds before is
// heard first, and all its sequences end there.
func (o *Order) decide(of *stream) {
	for i, ordered := 0, o.ordered(); i < len(o.falls); {
		at := o.falls[i]
		if of != nil && at.of != of {
			i++
			continue
		}
		o.falls = slices.Delete(o.falls, i, i+1)
		if ordered {
			o.handOut(at.of, at.turn)
			o.tear(at.of)
		}
	}
}

// drain hands out all that waits of a client, whose clock alone is decided upon.
func (o *Order) drain(s *stream) {
	o.decide(s)
	o.handOut(s, o.turn)
}

// Advance says that nothing that happened earlier than t is still to come, so that
// what waits before it is handed out. Before it is known whether the clock of some
// client fell back nobody knows what comes first, and all waits: until the end, or
// until windowSize exchanges of the recording were read.
func (o *Order) Advance(t time.Time) {
	if len(o.falls) > 0 {
		return
	}
	for at := t.UnixNano(); o.window.before(at); {
		o.next()
	}
}

// End hands out all that waits.
func (o *Order) End() {
	o.decide(nil)
	for !o.window.empty() {
		o.next()
	}
}

// next hands out the earliest half that waits.
func (o *Order) next() {
	ev, m := o.window.next()
	if ev.of == nil {
		o.tell(&ev.Event, func(of *stream) bool { return of.since <= m.turn })
	} else {
		o.hand(ev, m)
	}
	o.window.release(m)
}

// handOut hands out what waits of a client's events that came before a turn.
// Statements wait on for what other streams the client may have.
func (o *Order) handOut(s *stream, before int64) {
	if !o.window.empty() {
		o.window.handOut(before, func(ev *waiting, m moment) bool {
			switch ev.of {
			case nil:
				o.tell(&ev.Event, func(of *stream) bool { return of == s && s.since <= m.turn })
			case s:
				o.hand(ev, m)
				return true
			}
			return false
		})
	}
	s.since = before
}

// hand hands out a half that waited.
func (o *Order) hand(ev *waiting, m moment) {
	ev.of.handed, ev.of.handedAt = true, m.at
	o.deliver(ev.of, &ev.Event, m.isRequest())
}

// deliver has one half of an event of a stream heard, as of its episode.
func (o *Order) deliver(s *stream, ev *rule.Event, isRequest bool) {
	s.heard = true
	ev.Episode, ev.CompleteHistory = s.episode, ev.CompleteHistory && !s.torn
	o.hear(ev, isRequest)
}

// tell has a statement heard by streams of the client that it is of.
func (o *Order) tell(ev *rule.Event, by func(*stream) bool) {
	address := o.speaker(ev)
	all := address == 0 && ev.Told().Outcome == traffic.OutcomeWatched // who watches says it, of all that is recorded
	for s := range o.speakers {
		if s.heard && (all || s.address == address) && by(s) {
			ev.Client, ev.Episode = s.client, s.episode
			o.hear(ev, false)
		}
	}
}

// speaker returns the address of the client whose statement it is, 0 where nobody
// knows. One that names none is of the only client that was heard so far.
func (o *Order) speaker(ev *rule.Event) (address uint64) {
	if ev.Address != 0 {
		return ev.Address
	}
	for s := range o.speakers {
		switch {
		case !s.heard:
		case address != 0 && s.address != address:
			return 0
		default:
			address = s.address
		}
	}
	return address
}

// speakers yields the streams of those who may make statements.
func (o *Order) speakers(yield func(*stream) bool) {
	for s := range o.streams.all {
		if !s.behind && !yield(s) {
			return
		}
	}
}

// late reports a statement that was made before what was already handed out of the
// client that may have made it.
func (o *Order) late(ev *rule.Event) bool {
	at := receivedAt(ev)
	for s := range o.speakers {
		if s.late(at) && (ev.Address == 0 || ev.Address == s.address) {
			return true
		}
	}
	return false
}

// stream returns the event's, which is a new one when its client is first met.
func (o *Order) stream(ev *rule.Event) *stream {
	s, isNew := o.streams.of(ev.Client)
	if isNew {
		*s = stream{client: ev.Client, address: ev.Address, behind: ev.Annotation.Side() == traffic.Behind, torn: o.streams.forgot}
		o.cut(s)
	}
	return s
}

// late reports whether an instant, in nanoseconds since 1970, lies before what was
// already handed out.
func (s *stream) late(at int64) bool { return s.handed && at < s.handedAt }

// tear cuts a stream in two where time jumps.
func (o *Order) tear(s *stream) {
	o.cut(s)
	s.torn = true
	o.count.Cuts++
}

// cut begins another episode of a stream.
func (o *Order) cut(s *stream) {
	o.episodes++
	s.episode, s.handed = o.episodes, false
}
