package engine

import (
	"cmp"
	"slices"
	"time"
	"unsafe"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

const (
	// hopGrace is how long after its last answer a hop waits for more: as long as an
	// answer of the venue takes at the longest (10 s), for a request that was sent
	// again at once, three times over, for those that wait before they do.
	hopGrace = 30 * time.Second

	// maxHops is how many hops wait at the most: at the hundred requests a second that
	// the window is made for, those of the grace, and a third more.
	maxHops = 4096

	// maxHopBytes bounds what they hold together: 16 KB for each, which is many times
	// an order and its answer on both sides, or fifty answers of exchangeInfo.
	maxHopBytes = 64 << 20

	// besideText is what an exchange takes of its own beside the bytes of its messages,
	// and besideField what a header field does, which is two strings.
	besideText, besideField = 1 << 9, int(unsafe.Sizeof(traffic.Field{}))

	// maxBehind is how many exchanges behind one in front are held: who sends again
	// so often was told long before.
	maxBehind = 64
)

// Why a hop is left undecided, whatever its rules would say.
const (
	hopEvicted  = "more was held than there is room for, and this request, or its other side, had to make room before it was whole: record both sides with their times, or judge shorter recordings"
	hopTwice    = "several exchanges in front bear the ID of one hop"
	hopTooMany  = "more exchanges behind bear the ID of one hop than are held"
	hopWasEnded = "it bears the ID of a hop that was judged long before"
	hopMissed   = "part of the recording could not be read"
)

// Joiner is the part of an engine that hears hops: it holds the exchanges of both
// sides of a proxy that Front copied (rule.Event.Copy) until nothing more can belong
// to them, in whichever order they come, and has each judged then as a whole. It is
// not safe for concurrent use.
//
// A hop is whole at the end of the recording, when Advance says that its grace is
// over, or when others need its place and the recording itself has gone on for
// that long. One that has to make room before is inconclusive.
//
//	len(open) == len(waiting) <= maxHops, bytes <= maxHopBytes, between calls
//	waiting are in the order in which their first exchange came
type Joiner struct {
	front    *Front // that scans exchanges, asks rules and counts
	open     map[uint64]*hop
	waiting  []*hop
	bytes    int
	latest   time.Time        // that any hop ended but furthest, whose clock may be wrong
	ahead    time.Time        // that furthest ended
	furthest uint64           // the ID of the hop that ended last
	heard    int              // exchanges
	missed   bool             // something could not be read
	ended    recent[struct{}] // IDs of hops that were judged before the end
	evicted  recent[struct{}] // of those that were not whole then
}

// hop is what is held of one.
type hop struct {
	id     uint64
	front  *traffic.Exchange
	behind []*traffic.Exchange
	bytes  int       // they take
	judged bool      // some side is of a host that is judged
	vague  bool      // of some side nobody knows when it ended
	ended  time.Time // the last of those of which it is known
	last   int       // of the exchanges that the joiner heard
	why    string    // it can't be decided, "" if it can
}

// NewJoiner makes a joiner for the rules.
func NewJoiner(rules []*rule.Rule, opts Options) *Joiner {
	return newJoiner(NewFront(rules, opts))
}

func newJoiner(front *Front) *Joiner { return &Joiner{front: front, open: map[uint64]*hop{}} }

// Tally returns the outcome so far; it is complete after End.
func (j *Joiner) Tally() *rule.Tally { return j.front.tally }

// Begin begins a recording: IDs of hops are of one recording.
func (j *Joiner) Begin() {
	clear(j.open)
	clear(j.waiting) // whose exchanges would be held by what is behind its end
	j.waiting, j.bytes, j.missed = j.waiting[:0], 0, false
	j.latest, j.ahead, j.furthest, j.heard = time.Time{}, time.Time{}, 0, 0
	j.ended.reset()
	j.evicted.reset()
}

// Missed says that something could not be read here. It may have been of any hop that is
// open, or of one that comes: they are in doubt until the next recording begins.
func (j *Joiner) Missed() { j.missed = true }

// Hear takes the copy that the event of an exchange has, if any. It is the joiner's
// from then on, and stands where the event does.
func (j *Joiner) Hear(ev *rule.Event) {
	x := ev.Copy
	if x == nil {
		return
	}
	ev.Copy, x.At = nil, ev.At
	h := j.of(x.Annotation.Hop.ID)
	was := h.bytes
	h.add(x, ev.LeftOut)
	j.bytes += h.bytes - was
	j.heard++
	h.last = j.heard
	j.pass(h)
	for len(j.waiting) > maxHops || j.bytes > maxHopBytes {
		j.makeRoom()
	}
}

// pass has the recording go on to where the hop ended: one that is ahead of all others
// shows nothing yet.
func (j *Joiner) pass(h *hop) {
	at := h.ended
	if at.After(j.ahead) {
		was := j.ahead
		j.ahead = at
		if h.id == j.furthest {
			return
		}
		at, j.furthest = was, h.id
	} else if h.id == j.furthest {
		return
	}
	if at.After(j.latest) {
		j.latest = at
	}
}

// of returns the open hop of an ID, which is a new one when it is first met.
func (j *Joiner) of(id uint64) *hop {
	h := j.open[id]
	if h == nil {
		h = &hop{id: id}
		if j.ended.has(id) {
			h.why = hopWasEnded
		}
		j.open[id] = h
		j.waiting = append(j.waiting, h)
	}
	return h
}

// add holds one more exchange of the hop.
func (h *hop) add(x *traffic.Exchange, leftOut bool) {
	h.judged = h.judged || !leftOut
	switch at := endOf(x); {
	case at.IsZero():
		h.vague = true
	case at.After(h.ended):
		h.ended = at
	}
	switch {
	case x.Annotation.Side() == traffic.Front && h.front == nil:
		h.front = x
	case x.Annotation.Side() == traffic.Front:
		h.why = hopTwice
		return
	case len(h.behind) == maxBehind:
		h.why = hopTooMany
		return
	default:
		h.behind = append(h.behind, x)
	}
	h.bytes += x.Size() + besideText + besideField*(len(x.Request.Header)+len(x.Response.Header))
}

// endOf is when an exchange ended at the latest, as its recorder says, or if nothing
// is known to have come when it began; zero where that is not known.
func endOf(x *traffic.Exchange) time.Time {
	if x.Received.Known() {
		return x.Received.Latest
	}
	if x.Sent.Known() {
		return x.Sent.Latest.Add(x.Duration)
	}
	return time.Time{}
}

// wholeAt reports whether nothing more can belong to the hop once nothing before t is
// to come.
func (h *hop) wholeAt(t time.Time) bool { return !h.vague && !h.ended.Add(hopGrace).After(t) }

// isWhole reports whether nothing more is expected of a hop that waits longest. One whose
// side in front is not there is not whole, however long it waits: recorders write an
// exchange when it ends, and that one may go on. One of which nobody knows when it ended
// is, with both sides, when as many exchanges came since as hops are held.
func (j *Joiner) isWhole(h *hop) bool {
	if h.vague {
		return h.front != nil && len(h.behind) > 0 && j.heard-h.last >= maxHops
	}
	return h.front != nil && h.wholeAt(j.latest)
}

// makeRoom ends the hop that waits longest.
func (j *Joiner) makeRoom() {
	h := j.waiting[0]
	j.waiting = slices.Delete(j.waiting, 0, 1)
	if !j.isWhole(h) {
		h.why = cmp.Or(h.why, hopEvicted)
		j.evicted.of(h.id)
	}
	j.ended.of(h.id)
	j.end(h)
}

// Advance says that nothing that was sent earlier than t is still to come: hops that
// are whole then are judged at once.
func (j *Joiner) Advance(t time.Time) {
	j.waiting = slices.DeleteFunc(j.waiting, func(h *hop) bool {
		is := h.wholeAt(t)
		if is {
			j.ended.of(h.id)
			j.end(h)
		}
		return is
	})
}

// End has all that waits judged: nothing more comes of any hop.
func (j *Joiner) End() {
	for _, h := range j.waiting {
		j.end(h)
	}
	j.Begin()
}

// end has a hop judged and forgets it. Where nobody knows any more which hops were
// evicted, the side that it lacks may have been of one.
func (j *Joiner) end(h *hop) {
	if j.missed {
		h.why = cmp.Or(h.why, hopMissed)
	}
	if h.why == "" && j.evicted.forgot && (h.front == nil || len(h.behind) == 0) {
		h.why = hopEvicted
	}
	delete(j.open, h.id)
	j.bytes -= h.bytes
	if h.judged {
		j.front.relay(h)
	}
}

// relay is a hop at hand, and the memory that those after it use again.
type relay struct {
	rule.Relay
	facts []*traffic.Facts
	used  int                        // of facts
	why   string                     // it can't be decided, "" if it can
	rules []listener[*traffic.Facts] // that judge pairs
	asked []listener[*traffic.Facts] // of them, those that listen
}

// relays are the rules that judge both sides of a proxy.
func (e *Front) relays() (list []listener[*traffic.Facts]) {
	for i := range e.asked {
		a := &e.asked[i]
		if a.Rule.Pair != nil {
			list = append(list, listener[*traffic.Facts]{a, func(t *rule.Trial, _ *traffic.Facts) {
				if e.hop.why != "" {
					t.Inconclusive(e.hop.why)
					return
				}
				a.Rule.Pair(t, &e.hop.Relay)
			}})
		}
	}
	return list
}

// relay has the rules judge a hop.
func (e *Front) relay(h *hop) {
	r := &e.hop
	r.used, r.why, r.Front, r.Behind = 0, h.why, nil, r.Behind[:0]
	slices.SortFunc(h.behind, inOrderSent(h.behind))
	var of *edition.Endpoint
	if h.front != nil {
		r.Front, of = e.scan(h.front)
	}
	for i, x := range h.behind {
		f, ep := e.scan(x)
		if r.Behind = append(r.Behind, f); r.Front == nil && i == 0 {
			of = ep
		}
	}
	first := r.First()
	r.asked = r.asked[:0]
	for _, l := range r.rules {
		if only := l.asked.Rule.Only; l.asked.Tally.Error == "" && (only == nil || of != nil && only(of)) {
			r.asked = append(r.asked, l)
		}
	}
	e.bench.Relay(&r.Relay, of, weight.Recorded(first, of))
	e.check(r.asked, first)
	r.forget()
}

// forget lets go of the hop's exchanges, which are many times what is used again.
func (r *relay) forget() {
	for _, f := range r.facts[:r.used] {
		*f = traffic.Facts{}
	}
	r.Front = nil
	clear(r.Behind)
}

// scan makes facts of an exchange that hold until the next relay.
func (e *Front) scan(x *traffic.Exchange) (*traffic.Facts, *edition.Endpoint) {
	r := &e.hop
	if r.used == len(r.facts) {
		r.facts = append(r.facts, new(traffic.Facts))
	}
	f := r.facts[r.used]
	r.used++
	f.ScanRequest(e.words, x)
	ep := e.known.Lookup(x.Request.Method, f.Path)
	f.ScanResponse(e.plan(f, ep))
	return f, ep
}

// inOrderSent compares exchanges by when they were sent, or where that is not known of
// one of them by where they stand.
func inOrderSent(all []*traffic.Exchange) func(a, b *traffic.Exchange) int {
	known := !slices.ContainsFunc(all, func(x *traffic.Exchange) bool { return !x.Sent.Known() })
	return func(a, b *traffic.Exchange) int {
		if order := a.Sent.Latest.Compare(b.Sent.Latest); known && order != 0 {
			return order
		}
		return cmp.Compare(a.At.Number, b.At.Number)
	}
}
