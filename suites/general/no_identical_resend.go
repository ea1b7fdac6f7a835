package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:       "no-identical-resend",
	Clauses:  []string{"G05b"},
	Party:    clause.Client,
	Level:    clause.Should,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "A request refused as malformed is changed before it is sent again.",
		Why:     "The same request gets the same answer; each attempt spends weight, and a loop of them ends in a 429 and a ban.",
		Mend:    "Do not retry on a 4XX: show the code and message to the caller, and mend the parameter it names.",
		Reading: "Compared are method, path and parameters without timestamp, signature and recvWindow. Judged are refusals that the same request must meet again: codes -1100 to -1199, -1014, -1020 and -2014. Refusals that depend on a clock, a balance or an order's state (-1021, -2010, -2011, -2013, ...) may be tried again. What comes again after more than an hour may be another run's and is inconclusive.",
		Good:    "400 {\"code\":-1121,...} for symbol=BTCUSD, then symbol=BTCUSDT",
		Bad:     "400 {\"code\":-1121,...} for symbol=BTCUSD, then symbol=BTCUSD again",
	},
	Scope: rule.PerKey,
	New:   newIdenticalResend,
	Plant: func(c *rule.Conversation) {
		next := c.Last()
		c.Drop(next)
		c.Resend(c.WithStatus(400), next.Sent.Earliest)
	},
})

// refusalsKept bounds the refusals remembered for one client: a resend comes
// soon after its refusal if it comes at all, and a client that collects more
// refusals than this in flight breaks other rules.
const refusalsKept = 8

// oneRun is the silence behind which a request in one recording may be another
// run's, which knows nothing of the refusal: test suites append to cassettes.
const oneRun = time.Hour

type refusal struct {
	logical  uint64
	received traffic.Span
	at       traffic.Position // Number 0: none
	code     int64
	passed   bool // the client went on with something else
}

func newIdenticalResend() rule.Probe {
	var kept [refusalsKept]refusal
	n := 0
	return rule.Probe{
		Next: func(c *rule.Case, e *rule.Event) {
			for i := range min(n, refusalsKept) {
				if r := &kept[i]; r.at.Number != 0 && r.at.Number != e.At.Number {
					r.judge(c, e)
				}
			}
		},
		Told: func(c *rule.Case, e *rule.Event) {
			if isWatched(e) {
				for i := range min(n, refusalsKept) {
					kept[i].watched(c, e)
				}
				n = 0
			}
		},
		Trouble: func(_ *rule.Case, e *rule.Event) {
			if e.Status/100 == 4 && e.Family != traffic.FamilyOther && e.Maker != traffic.MakerIntermediary && mustMeetAgain(e.Code) {
				kept[n%refusalsKept] = refusal{logical: e.Logical, received: e.Received, at: e.At, code: e.Code}
				n++
			}
		},
	}
}

func (r *refusal) judge(c *rule.Case, e *rule.Event) {
	switch {
	case e.Exact && e.Sent.Before(r.received):
		return // it was on the wire when the refusal arrived
	case e.Commanded():
		return // its caller's doing
	case e.Blurred && r.logical == e.Logical:
		c.Inconclusive(bodyUnread)
		r.at.Number = 0
	case e.Exact && !follows(e, r.received):
		if r.logical == e.Logical {
			c.Inconclusive(onTheWire)
			r.at.Number = 0
		}
	case r.logical == e.Logical && e.Sent.Known() && r.received.Known() && e.Sent.Earliest.Sub(r.received.Latest) > oneRun:
		c.Inconclusive("the request came again after more than an hour, maybe of another run")
		r.at.Number = 0
	case r.logical == e.Logical:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The request that exchange %d refused with code %d was sent again unchanged.", r.at.Number, r.code),
			Expected: "another request, or none",
			Seen:     "the same method, path and parameters",
		})
		r.at.Number = 0
	case !r.passed && !isOwn(e): // what a driven client does beside it shows nothing yet
		c.Pass()
		r.passed = true
	}
}

// watched ends the watch over a driven client that has not sent the request
// again by itself.
func (r *refusal) watched(c *rule.Case, e *rule.Event) {
	switch {
	case r.at.Number == 0 || r.passed:
	case longWatched(e, r.received):
		c.Pass()
	default:
		c.Inconclusive(shortWatch)
	}
}

// mustMeetAgain reports a code that the same request is bound to meet again.
func mustMeetAgain(code int64) bool {
	return code <= -1100 && code > -1200 || code == -1014 || code == -1020 || code == -2014
}
