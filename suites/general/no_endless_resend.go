package general

import (
	"fmt"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-endless-resend",
	Clauses: []string{"G05b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A refusal that waiting does not mend is not met again and again: a timestamp that is too old, an order that is gone.",
		Why:     "A timestamp only grows older, and an order that is filled or cancelled does not come back: the loop spends weight until it ends in a 429 and a ban, and the program waits for what never comes.",
		Mend:    "After a -1021 ask for the time (GET time), set the offset of the clock and sign anew. After a -2011 or -2013 ask once what became of the order (GET order, allOrders), and then let go of it.",
		Reading: "Judged are -1021 with the very same timestamp and recvWindow sent again, once being enough, and the same call refused six times with -2011 (cancel rejected), -2013 (no such order) or -2026 (order archived) and then sent a seventh: such a refusal may pass when an order has just been placed and not reached every server of the venue, and retries that libraries have by default end after three to five. A timestamp written otherwise, its fraction mended for one, is a change. One that the venue says is ahead of its clock may be taken later, and says nothing. Who asks for an order of unknown outcome until it is found does as G10b wants. Calls under way together count once. An answer of another kind, a pause of more than ten minutes, or another run of a test begins the count anew.",
		Good:    "400 {\"code\":-1021,...} for timestamp=1563616800000, then timestamp=1563616831000",
		Bad:     "400 {\"code\":-1021,...} for timestamp=1563616800000, then the same timestamp again",
	},
	Scope: rule.PerKey,
	New:   newEndlessResend,
	Plant: func(c *conversation.Conversation) {
		next := c.Last()
		c.Drop(next)
		c.Resend(c.WithStatus(400), next.Sent.Earliest)
	},
})

// goneTries is how often a call may be refused because its order is gone: once,
// and five times more by a library that tries again.
const goneTries = 6

// goneLoop is the longest pause of a loop: a program that asks no more often than
// every ten minutes looks whether something has changed, and spends nothing.
const goneLoop = 10 * time.Minute

// futile is a call that was refused and, sent again, is refused again.
type futile struct {
	at       traffic.Position // of the last refusal; Number 0: none
	received traffic.Span
	call     uint64 // Business
	stamp    uint64
	code     int64
	means    traffic.Meaning
	count    int
	signing  uint64
	settled  bool // the client went on with something else, or a doubt is told: nothing more keeps it
}

// futiles are those of one client.
type futiles struct {
	kept recent[futile]
	lost recent[uint64] // client ids of orders whose outcome is unknown: who asks for one until it is there does as the document says
}

func newEndlessResend() rule.Probe {
	var s futiles
	return rule.Probe{
		Next: s.next, Response: s.answered, Trouble: s.refused,
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				s.each(func(r *futile) { r.watched(c, e) })
				s.kept = nil
			}
		},
	}
}

func (s *futiles) each(do func(*futile)) {
	for i := range s.kept {
		if r := &s.kept[i]; r.at.Number != 0 {
			do(r)
		}
	}
}

// isGone reports that a code says of an order that it is not, or no more, there.
func isGone(m traffic.Meaning) bool {
	return m == traffic.CancelRejected || m == traffic.NoSuchOrder || m == traffic.OrderArchived
}

// refused takes a refusal.
func (s *futiles) refused(c *rule.Trial, e *rule.Event) {
	if e.ClientID != 0 && changesState(c, e) && (leavesUnknown(e) || e.Lost() != "") {
		s.lost.follow(e.ClientID, func(*uint64) bool { return false })
	}
	if e.Method == "GET" && slices.Contains(s.lost, e.OrderRef) {
		return
	}
	old := e.Means == traffic.BadTimestamp && !e.Ahead && e.Stamp != 0
	if e.Status/100 != 4 || e.Maker == traffic.MakerIntermediary || !old && !isGone(e.Means) || e.Blurred {
		return
	}
	r := futile{at: e.At, received: e.Received, call: e.Business, stamp: e.Stamp, signing: e.Signing, code: e.Code, means: e.Means, count: 1}
	known := false
	s.each(func(before *futile) {
		if before.call != r.call {
			return
		}
		if known = true; before.code == r.code {
			r.count, r.settled = before.count, before.settled
			if !e.Exact || follows(e, before.received) || e.ReadyAfter(before.received) {
				r.count++ // a try; one under way beside the refusal is none
			}
			if r.stamp == before.stamp && r.signing == before.signing && old { // sent after the first, it is sent again
				r.received = before.received
			}
		}
		*before = r
	})
	if !known {
		s.kept.follow(r, func(r *futile) bool { return r.at.Number == 0 })
	}
}

// answered takes an answer of another kind to the same call.
func (s *futiles) answered(_ *rule.Trial, e *rule.Event) {
	s.each(func(r *futile) {
		if r.call == e.Business && r.code != e.Code {
			r.at.Number = 0
		}
	})
}

func (s *futiles) next(c *rule.Trial, e *rule.Event) {
	s.each(func(r *futile) {
		if r.at.Number != e.At.Number {
			r.judge(c, e)
		}
	})
}

func (r *futile) judge(c *rule.Trial, e *rule.Event) {
	switch same := r.call == e.Business; {
	case e.Commanded(), e.Exact && e.Sent.Before(r.received): // its caller's doing, or on the wire when the refusal arrived
	case !same:
		if !r.settled && !isOwn(e) {
			c.Pass()
			r.settled = true
		}
	case anotherRun(e, r.received), e.Exact && e.Sent.Earliest.Sub(r.received.Latest) > goneLoop:
		r.at.Number = 0
	case r.means == traffic.BadTimestamp && (r.stamp != e.Stamp || r.signing != e.Signing):
		if !r.settled {
			c.Pass()
		}
		r.at.Number = 0
	case r.means != traffic.BadTimestamp && r.count < goneTries:
	case e.Exact && !follows(e, r.received) && !e.ReadyAfter(r.received):
		c.Inconclusive(onTheWire)
		r.settled = true
	case r.means == traffic.BadTimestamp:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The request that exchange %d refused with code %d was sent again with the same timestamp.", r.at.Number, r.code),
			Cause:    "same timestamp",
			Expected: "a timestamp of its own time, by the venue's clock",
			Seen:     "the same timestamp, and nothing else changed",
		})
		r.at.Number = 0
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The call that exchange %d refused with code %d was sent again after %d such refusals.", r.at.Number, r.code, r.count),
			Cause:    "order gone",
			Expected: fmt.Sprintf("at most %d tries for an order that is gone", goneTries),
			Seen:     fmt.Sprintf("the same %s %s once more", e.Method, e.Path),
		})
		r.at.Number = 0
	}
}

// watched ends the watch over a client that has not sent the call again by
// itself, or not too often.
func (r *futile) watched(c *rule.Trial, e *rule.Event) {
	switch {
	case r.settled:
	case longWatched(e, r.received):
		c.Pass()
	default:
		c.Inconclusive(shortWatch)
	}
}
