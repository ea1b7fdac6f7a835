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
	ID:      "no-identical-resend",
	Clauses: []string{"G05b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A request refused as malformed is changed before it is sent again.",
		Why:     "The same request gets the same answer; each attempt spends weight, and a loop of them ends in a 429 and a ban.",
		Mend:    "Do not retry on a 4XX: show the code and message to the caller, and mend the parameter it names.",
		Reading: "Compared are method, path and parameters, of timestamp and signature only whether they are there and how long: their values change with each attempt. Judged are refusals that the same request must meet again: codes -1100 to -1199, -1014, -1020 and -2014. Refusals that depend on a clock, a balance or an order's state (-1021, -2010, -2011, -2013, ...) may be tried again. A poll is no resend: a GET that was answered before, refused once, and comes again no sooner than half its pace allows, or one that is then answered and goes on at that pace; the second refusal in a row ends that. Runs of a test are no resends either: a success of the same route in between ends the comparison, and what comes again after more than an hour, or, in a recording that keeps no instants, after more than a minute, may be another run's and is inconclusive.",
		Good:    "400 {\"code\":-1121,...} for symbol=BTCUSD, then symbol=BTCUSDT",
		Bad:     "400 {\"code\":-1121,...} for symbol=BTCUSD, then symbol=BTCUSD again",
	},
	Scope: rule.PerKey,
	New:   newIdenticalResend,
	Plant: func(c *conversation.Conversation) {
		next := c.Last()
		c.Drop(next)
		c.Resend(c.WithStatus(400), next.Sent.Earliest)
	},
})

// oneRun is the silence behind which a request in one recording may be another
// run's, which knows nothing of the refusal: test suites append to cassettes.
// Those of recorders that keep no instants of their own are made by tests, whose
// requests follow each other within seconds.
const (
	oneRun     = time.Hour
	oneTestRun = time.Minute
)

// anotherRun reports whether a request came so long after an answer that it may
// be another run's.
func anotherRun(e *rule.Event, answer traffic.Span) bool {
	if !answer.Known() {
		return false
	}
	gap := e.Sent.Earliest.Sub(answer.Latest)
	return gap > oneRun || !e.Exact && gap > oneTestRun
}

// otherRun is why it is not judged.
const otherRun = "the request came again so much later that it may be another run's"

// newIdenticalResend is PerKey: the same request with another key is another's.
func newIdenticalResend() rule.Probe {
	var s refusals
	return rule.Probe{
		Next: s.next, Response: s.answered, Trouble: s.refused,
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				s.each(func(r *refusal) { r.watched(c, e) })
				s.kept = nil
			}
		},
		End: func(c *rule.Trial) {
			s.each(func(r *refusal) { r.ended(c) })
			s.kept = nil
		},
	}
}

// refusals are the requests of one client that were refused as malformed.
type refusals struct {
	kept  recent[refusal]
	polls polls
}

// refusal is one of them. A request that came again and may be a poll is kept
// until its answer, and what follows that, tells.
type refusal struct {
	logical      uint64
	signing      uint64
	method, path string
	sent         time.Time // or when it arrived, where whoever stood between saw that: a pace is told by like instants
	received     traffic.Span
	at           traffic.Position // Number 0: none
	code         int64
	settled      bool // the client went on with something else, or a doubt is told: silence keeps nothing more
	doubted      bool // it may have been sent again

	pace   time.Duration // at which the request had been sent with success; 0 for unknown
	struck bool          // another refusal came right before this one

	again    traffic.Position // the request that came again; Number 0: none
	gap      time.Duration    // how long after the refused one
	againAt  time.Time
	answered bool // with success
}

func (s *refusals) each(do func(*refusal)) {
	for i := range s.kept {
		if r := &s.kept[i]; r.at.Number != 0 {
			do(r)
		}
	}
}

func (s *refusals) next(c *rule.Trial, e *rule.Event) {
	s.each(func(r *refusal) {
		if r.at.Number != e.At.Number {
			r.judge(c, e)
		}
	})
}

// refused takes a refusal.
func (s *refusals) refused(c *rule.Trial, e *rule.Event) {
	if e.Status/100 != 4 || !e.Family.Known() || e.Maker == traffic.MakerIntermediary || !mustMeetAgain(c.Edition.Dialect, e.Code) {
		return
	}
	r := refusal{
		logical: e.Logical, signing: e.Signing, method: e.Method, path: e.Path, received: e.Received, at: e.At, code: e.Code,
		sent: e.Sent.Latest, pace: s.polls.pace(e),
	}
	s.each(func(before *refusal) {
		if before.doubted && before.logical == r.logical { // the doubt goes on: that was its answer
			r.settled, r.doubted = true, true
		}
		if before.again.Number == e.At.Number {
			r.struck = true
			before.refusedAgain(c)
		}
	})
	s.kept.follow(r, func(r *refusal) bool { return r.at.Number == 0 })
}

// answered takes a success: it ends the comparison with requests of the same
// route, which another run of a test may send as it did before.
func (s *refusals) answered(_ *rule.Trial, e *rule.Event) {
	if !e.Succeeded {
		return
	}
	s.polls.success(e)
	s.each(func(r *refusal) {
		switch {
		case r.again.Number == e.At.Number:
			r.answered = true
		case r.path == e.Path && r.method == e.Method && (r.logical != e.Logical || r.signing != e.Signing) && follows(e, r.received):
			r.at.Number = 0
		}
	})
}

func (r *refusal) judge(c *rule.Trial, e *rule.Event) {
	same := r.logical == e.Logical && r.signing == e.Signing
	switch {
	case e.Exact && e.Sent.Before(r.received): // it was on the wire when the refusal arrived
	case e.Commanded(): // its caller's doing
	case r.again.Number != 0:
		r.follow(c, e, same)
	case e.Blurred && same:
		c.Inconclusive(bodyUnread)
		r.at.Number = 0
	case e.Exact && !follows(e, r.received):
		if same && !r.doubted {
			c.Inconclusive(onTheWire)
			r.settled, r.doubted = true, true
		}
	case same && anotherRun(e, r.received):
		c.Inconclusive(otherRun)
		r.at.Number = 0
	case same && !r.struck && e.Method == "GET" && e.Exact && !isOwn(e):
		r.come(e)
	case same:
		r.come(e)
		r.fail(c)
	case !r.settled && !isOwn(e): // what a driven client does beside it shows nothing yet
		c.Pass()
		r.settled = true
	}
}

// come notes the request that came again.
func (r *refusal) come(e *rule.Event) {
	r.again, r.gap, r.againAt = e.At, e.Sent.Latest.Sub(r.sent), e.Sent.Latest
}

// onTime reports a request that came again no sooner than half the pace of a
// poll allows.
func (r *refusal) onTime() bool { return r.pace > 0 && 2*r.gap >= r.pace }

// refusedAgain tells of a request that came again, and was refused again. A
// poll's first is forgiven.
func (r *refusal) refusedAgain(c *rule.Trial) {
	if r.onTime() {
		c.Pass()
		r.at.Number = 0
		return
	}
	r.fail(c)
}

// follow takes what comes after a request that came again: the next like it, at
// a like pace, shows a poll, and its missing a resend.
func (r *refusal) follow(c *rule.Trial, e *rule.Event, same bool) {
	switch since := e.Sent.Latest.Sub(r.againAt); {
	case e.At.Number == r.again.Number:
	case r.onTime() && r.answered:
		c.Pass()
		r.at.Number = 0
	case same && 2*since >= r.gap && since <= 2*r.gap && r.answered:
		c.Pass()
		r.at.Number = 0
	case same && 2*since >= r.gap && since <= 2*r.gap: // neither answered nor refused: the next tells
		r.again, r.againAt = e.At, e.Sent.Latest
	case same || since > 2*r.gap:
		r.fail(c)
	}
}

func (r *refusal) fail(c *rule.Trial) {
	c.Fail(rule.Report{
		Message:  fmt.Sprintf("The request that exchange %d refused with code %d was sent again unchanged.", r.at.Number, r.code),
		Expected: "another request, or none",
		Seen:     "the same method, path and parameters",
		At:       r.again, Method: r.method, Path: r.path, Time: r.againAt,
	})
	r.at.Number = 0
}

// watched ends the watch over a client that has not sent the request again by
// itself, or once.
func (r *refusal) watched(c *rule.Trial, e *rule.Event) {
	switch {
	case r.onTime():
		c.Pass()
	case r.again.Number != 0 && e.Received.Earliest.Sub(r.againAt) > 2*r.gap:
		r.fail(c)
	case r.again.Number != 0:
		c.Inconclusive(shortWatch)
	case r.settled:
	case longWatched(e, r.received):
		c.Pass()
	default:
		c.Inconclusive(shortWatch)
	}
}

// ended ends the recording.
func (r *refusal) ended(c *rule.Trial) {
	switch {
	case r.again.Number == 0:
	case r.onTime():
		c.Pass()
	default:
		c.Inconclusive("the recording ends before it shows whether the request that came again was a poll")
	}
}

// pollsKept is how many requests are remembered as polls: a power of two. What
// falls out is told by what follows it.
const pollsKept = 64

// polls remembers when requests were last sent with success, by their
// fingerprint; of two in one place the later is kept.
type polls [pollsKept]struct {
	logical uint64
	sent    int64 // nanoseconds since 1970
}

func (p *polls) success(e *rule.Event) {
	if e.Method == "GET" && e.Exact {
		at := &p[e.Logical%pollsKept]
		at.logical, at.sent = e.Logical, e.Sent.Latest.UnixNano()
	}
}

// pace is how long before this request it was sent with success; 0 for unknown.
func (p *polls) pace(e *rule.Event) time.Duration {
	if at := &p[e.Logical%pollsKept]; at.logical == e.Logical && e.Exact {
		return max(time.Duration(e.Sent.Latest.UnixNano()-at.sent), 0)
	}
	return 0
}

// mustMeetAgain reports a code that the same request is bound to meet again.
func mustMeetAgain(d *traffic.Dialect, code int64) bool {
	return d.Chapters.Request.Has(code) || slices.Contains(d.Chapters.Lasting, code)
}
