package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:       "back-off-after-429",
	Clauses:  []string{"L08"},
	Party:    clause.Client,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "After a 429 the client sends nothing until Retry-After has passed.",
		Why:     "The venue bans the IP of a client that goes on: 2 minutes the first time, up to 3 days for those who repeat it.",
		Mend:    "On a 429, stop every request of the IP for Retry-After seconds counted from the response's arrival; without the field, until the next minute of the venue's clock.",
		Reading: "\"As an API\" is read as \"as an API client\". A request on the wire when the 429 arrived is innocent, and so is one that comes at most 50 ms early. Without Retry-After the wait lasts to the next minute of the response's Date. A 429 for too many orders (code -1015) forbids orders only. What a 418 forbids is judged by silence-during-ban.",
		Good:    "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:03",
		Bad:     "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:01",
	},
	Scope: rule.PerIP,
	New:   func() rule.Probe { return silenceAfter(429) },
	Plant: func(c *rule.Conversation) {
		refused := c.WithStatus(429)
		c.Last().Sent = refused.Received.Shift(500 * time.Millisecond)
		c.Last().Received = refused.Received.Shift(550 * time.Millisecond)
	},
})

// earliness is how much before its end a wait may be left: timers and the
// clocks of recorders are that coarse. Real clients overshoot by 1 to 230 ms.
const earliness = 50 * time.Millisecond

// wait is a time in which a client must be silent.
type wait struct {
	began      traffic.Span // when the refusal arrived
	end        traffic.Span
	at         traffic.Position
	orders     bool // only orders are refused
	retryAfter int64
}

// silenceAfter makes the probe for a status that tells a client to be silent:
// 429 and 418 differ in nothing else.
func silenceAfter(status int) rule.Probe {
	var w wait
	return rule.Probe{
		Request: func(c *rule.Case, e *rule.Event) {
			if w.at.Number != 0 && e.At.Number != w.at.Number {
				w.judge(c, e)
			}
		},
		Response: func(c *rule.Case, e *rule.Event) {
			if e.Status != status || e.Maker == traffic.MakerIntermediary {
				return
			}
			if next := waitOf(e); w.at.Number == 0 || !next.end.Before(w.end) {
				w = next
			}
		},
	}
}

// waitOf reads how long a refusal forbids to send. Retry-After counts from the
// response's arrival (RFC 9110 section 10.2.3).
func waitOf(e *rule.Event) wait {
	w := wait{began: e.Received, at: e.At, orders: e.OrderLimited(), retryAfter: e.RetryAfterSec}
	switch {
	case e.RetryAfterSec >= 0:
		// Ten years is beyond any clock here and keeps the sum in range.
		w.end = e.Received.Shift(time.Duration(min(e.RetryAfterSec, 10*365*86400)) * time.Second)
	case !e.BannedUntil.IsZero():
		w.end = traffic.Exactly(e.BannedUntil)
	case e.Status == 429 && !e.Date.IsZero() && e.Received.Known():
		// The venue's minute by its own Date; arrival stands for the client's
		// clock, whose skew is then no fault of the client's.
		left := e.Date.Truncate(time.Minute).Add(time.Minute).Sub(e.Date) - traffic.DateWidth
		w.end = e.Received.Shift(left)
	case e.Status == 429 && e.Received.Known():
		minute := e.Received.Earliest.Truncate(time.Minute).Add(time.Minute)
		w.end = traffic.Exactly(minute)
	}
	return w
}

func (w *wait) judge(c *rule.Case, e *rule.Event) {
	switch {
	case w.orders && (!e.StateChanging || e.Endpoint == nil || e.Endpoint.OrderCount == 0):
		return // an order limit forbids no other call
	case !e.Sent.Known() || !w.began.Known() || !w.end.Known():
		c.Inconclusive("the recording does not say when the request was sent or how long the wait lasts")
	case e.Sent.Before(w.began):
		return // it was on the wire when the refusal arrived
	case !e.Sent.Latest.Add(earliness).Before(w.end.Earliest):
		if w.end.Before(e.Sent) || !e.Sent.Earliest.Before(w.end.Latest.Add(-earliness)) {
			c.Pass()
			*w = wait{}
			return
		}
		c.Inconclusive("the clock is too coarse to tell whether the wait was over")
	case !w.began.Before(e.Sent):
		c.Inconclusive("the request may have been on the wire when the refusal arrived")
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("A request was sent although exchange %d had told the client to wait.", w.at.Number),
			Expected: fmt.Sprintf("silence until %s", clock(w.end.Earliest)),
			Seen:     fmt.Sprintf("a request at %s, %s too early", clock(e.Sent.Latest), w.end.Earliest.Sub(e.Sent.Latest).Round(time.Millisecond)),
			Pointer:  "",
		})
	}
}

// clock writes an instant as reports do, RFC 3339 in UTC to the millisecond.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
