package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// shortestWatch is how long somebody must have watched a driven client after
// an answer for its silence to mean that it does not send again: most clients
// that do wait less than a second, the slowest defaults two.
const shortestWatch = 2 * time.Second

// isOwn reports a request that a driven client sent by itself.
func isOwn(e *rule.Event) bool { return e.Annotation != nil && e.Annotation.Command.Own }

// isSupportCall reports a request that asks for nothing but how the venue is.
func isSupportCall(e *rule.Event) bool { return e.Endpoint != nil && e.Endpoint.Support }

// follows reports whether a request was surely sent after an answer had
// arrived. What a driven client sends by itself is sent upon something, so that
// it follows an answer of the same instant too: in virtual time a resend takes
// none. An order that it places by itself on a connection which was free for it,
// or opened, after the answer is placed upon the answer.
func follows(e *rule.Event, arrived traffic.Span) bool {
	return arrived.Before(e.Sent) ||
		isOwn(e) && arrived.Known() && (e.Sent.Exact() && !e.Sent.Before(arrived) || e.StateChanging && e.ReadyAfter(arrived))
}

// sentAgain reports whether a call that changes state, and is the same as one
// that was answered, is surely no parallel call but the same sent again. Its
// connection was opened, or free to carry it, after the answer had been handed
// over: so much shows of a client that is seen whole, and that had nothing else
// under way then. Another part of it, that had not read the answer yet, may have
// decided upon another call, or upon the same where several make the same; the
// same order, begun after the answer to it by a client that did one thing at a
// time, is a second try.
func sentAgain(c *rule.Trial, e *rule.Event, at traffic.Position, answered traffic.Span) bool {
	return e.StateChanging && e.CompleteHistory && e.ReadyAfter(answered) && !c.Beside(at)
}

// onTheWire is why a request that does not surely follow an answer is not
// judged: a box between client and venue sees neither leave the client.
const onTheWire = "the request may have been on the wire when the answer arrived"

// bodyUnread is why a request is not taken for another one sent again.
const bodyUnread = "the body, which tells one call from another, was not recorded or is no form"

// isWatched reports the statement that ends a watch.
func isWatched(e *rule.Event) bool { return e.Told().Outcome == traffic.OutcomeWatched }

// longWatched reports whether a watch went on for long enough after an answer.
func longWatched(e *rule.Event, since traffic.Span) bool {
	return since.Known() && !e.Received.Earliest.Before(since.Latest.Add(shortestWatch))
}

// shortWatch is why a client that was not watched for long enough is not
// judged.
const shortWatch = "the watch ended too soon after the answer"

// answersKept bounds the commands under way that are remembered for one
// client: the widest burst of a scenario has some tens.
const answersKept = 64

// answer is what a driven client's command was answered last, where that was
// trouble.
type answer struct {
	command  int64
	at       traffic.Position
	received traffic.Span
	business uint64
	status   int
	code     int64
	means    traffic.Meaning
	waitSec  int64 // of Retry-After, -1 for none
	lost     traffic.Lost
	call     unknown // for look-ups
	changes  bool    // the call changes state
	unknown  bool    // the answer leaves its outcome UNKNOWN
	cancels  bool
	noData   bool
	again    bool // the same was sent again, and was not refused
	other    bool // the client sent something else by itself, but for support calls
	lookup   traffic.Position
	absent   bool // the look-up was refused
}

// answers follows what the commands of a driven client were answered. Of
// ordinary traffic it remembers nothing.
type answers struct {
	kept []answer
}

// next takes a request.
func (s *answers) next(c *rule.Trial, e *rule.Event) {
	id := e.Command()
	if id == 0 {
		return
	}
	for i := range s.kept {
		a := &s.kept[i]
		switch {
		case a.command != id || a.at.Number == e.At.Number:
		case a.business == e.Business:
			a.again = true
		case !isOwn(e) || isSupportCall(e):
		default:
			a.other = true
			if a.changes && a.call.lookOf(c, e) == lookWhole {
				a.lookup, a.absent = e.At, false
			}
		}
	}
}

// trouble takes an answer that is.
func (s *answers) trouble(c *rule.Trial, e *rule.Event) {
	id := e.Command()
	if id == 0 {
		return
	}
	at := -1
	for i := range s.kept {
		switch a := &s.kept[i]; {
		case a.command != id:
		case a.business == e.Business:
			at = i
		case a.lookup.Number == e.At.Number && a.lookup.Number != 0:
			a.absent = true
		}
	}
	switch {
	case at < 0 && isOwn(e):
		return // it was no call that the command needs
	case at < 0 && len(s.kept) == answersKept:
		copy(s.kept, s.kept[1:])
		at = answersKept - 1
	case at < 0:
		s.kept = append(s.kept, answer{})
		at = len(s.kept) - 1
	}
	s.kept[at] = answer{
		command: id, at: e.At, received: e.Received, business: e.Business,
		status: e.Status, code: e.Code, means: e.Means, waitSec: e.RetryAfterSec, lost: e.Lost(), noData: e.NoData,
		call: unknownOf(c, e), changes: changesState(c, e), unknown: leavesUnknown(e), cancels: e.Method == "DELETE",
	}
}

// told takes the statement of a command and returns the trouble it was answered
// with last, if nothing better came of it.
func (s *answers) told(e *rule.Event) (last answer, ok bool) {
	id, kept := e.Command(), s.kept[:0]
	for _, a := range s.kept {
		switch {
		case a.command != id || id == 0:
			kept = append(kept, a)
		case !a.again && (!ok || last.received.Before(a.received)):
			last, ok = a, true
		}
	}
	s.kept = kept
	return last, ok
}
