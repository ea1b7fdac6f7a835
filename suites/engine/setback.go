package engine

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// setBack is how far both halves of an exchange lie at the least before those of
// the exchange that its client's recording has before it, where the recorder's
// clock was set back between the two. Threads that write what they timed a little
// earlier come late by less, on a machine so busy that it makes them wait, too.
const setBack = int64(time.Second)

// orderedPairs is how many pairs of neighbours there must be for each that is out
// of order, by however little. Of a list that somebody sorted otherwise, or that has
// the newest first, half of the pairs or all are, and instants alone say what came
// first: nine exchanges by chance have but one such pair in one case of 700.
const orderedPairs = 8

// setBacks finds where a client's recorder had its clock set back. A recording
// that is kept in the order in which exchanges were sent has none that was sent
// before its neighbour, one in the order in which they ended none that ended
// before it. Where one does both, in a recording that else keeps an order, what
// stands behind happened later, whatever the instants say.
type setBacks struct {
	before  map[uint64]*neighbour
	last    *neighbour
	lastKey uint64

	pairs, disordered int
	pending           []fall // not acted upon until more of the recording was read
}

// neighbour is when the exchange before was sent and answered.
type neighbour struct{ sent, received int64 }

// fall is where a client's instants fall back: at the exchange of that number.
type fall struct {
	client uint64
	number int
}

// cut forgets what was before, and not how far the recording keeps an order.
func (s *setBacks) cut() {
	clear(s.before)
	s.last, s.pending = nil, s.pending[:0]
}

// see takes the next exchange of a recording and reports whether it fell back.
func (s *setBacks) see(ev *rule.Event) bool {
	if ev.Loose || !ev.Received.Known() {
		return false
	}
	received := ev.Received.Latest.UnixNano()
	sent := sentAt(ev)
	n := s.of(ev.Client)
	before := *n
	*n = neighbour{sent, received}
	if before == (neighbour{}) {
		return false
	}
	s.pairs++
	back := min(before.sent-sent, before.received-received)
	if back > 0 {
		s.disordered++
	}
	return back >= setBack
}

// of returns a client's neighbour, the zero one for a client not met before. Of
// more clients than maxScopes the ones before are forgotten.
func (s *setBacks) of(client uint64) *neighbour {
	if s.last != nil && s.lastKey == client {
		return s.last
	}
	n := s.before[client]
	if n == nil {
		if s.before == nil || len(s.before) >= maxScopes {
			s.before = make(map[uint64]*neighbour)
		}
		n = new(neighbour)
		s.before[client] = n
	}
	s.lastKey, s.last = client, n
	return n
}

// ordered reports whether the recording, as far as it was read, keeps an order but
// for a few places.
func (s *setBacks) ordered() bool { return s.pairs >= orderedPairs*s.disordered }

// isLoose reports an exchange of a recording that has no order of its own: of
// examples, or a log, which several processes write, each some of its lines at
// once.
func isLoose(f *traffic.Facts) bool {
	return f.Gaps&(traffic.GapOrder|traffic.GapRequestHeader) != 0
}

// cutSetBacks acts upon what was found of clocks set back before anything more is
// handed out: what a client's recording holds before is heard first, and all its
// sequences end there.
func (e *Engine) cutSetBacks() {
	pending := e.setBacks.pending
	e.setBacks.pending = pending[:0]
	if !e.setBacks.ordered() {
		return
	}
	for _, at := range pending {
		e.window.handOut(at.client, at.number, e.deliver)
		e.cutClient(at.client)
		e.tally.Traffic.Cuts++
	}
}

// cutClient ends the sequences of one client.
func (e *Engine) cutClient(client uint64) {
	e.torn = true
	for i := range e.scopes {
		for who := range e.scopes[i].all {
			if who.client == client {
				e.bench.Event(&e.nothing, who.shown)
				e.heard(who.end, &e.nothing)
			}
		}
		e.scopes[i].forget(client)
	}
}
