package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "errors-on-any-endpoint",
	Clauses: []string{"G11b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A client copes with an error payload from every route, those that answer with arrays included.",
		Why:     "A client that indexes into the answer without looking crashes, or takes an empty book for the market, at the moment the venue is in trouble and orders stand open.",
		Mend:    "Look at the status first, then decode {code, msg}, or {success, msg} on /wapi, before the data, whatever the status; do it in one place for all routes.",
		Reading: "That any endpoint can answer with an error binds those who read the answers: the client must expect it from each. Judged are driven clients: one that was answered with an error of either shape, a page or cut JSON, with any status, and did not send the call again, must tell its caller of an error, whichever. A state-changing call whose 2XX broke off may be told as done, and is left undecided then, as is a cancel that is told as done when there was nothing to cancel.",
		Good:    "klines answered 400 with an error payload; the client reports the code and goes on",
		Bad:     "klines answered 400 with an error payload; the client breaks on a missing row, or takes it for no candles",
	},
	NotHere: "What a client makes of an answer happens inside it; it shows only to somebody who drives it and answers each route with an error.",
	Scope:   rule.PerIP,
	New:     newErrorsOnAnyEndpoint,
	Plant: func(c *conversation.Conversation) {
		lastTold(c).Annotation.Told = traffic.Told{Outcome: traffic.OutcomeOK}
	},
})

// TypeCrash is the type of the error that is told in the place of a client
// which broke before it could tell one itself.
const TypeCrash = "crash"

// longestThought is how long a client may take to tell its caller of a refusal
// that the same request must meet again. Nothing is left to do for it but to
// tell; the answers of drivers come within milliseconds.
const longestThought = 10 * time.Second

func newErrorsOnAnyEndpoint() rule.Probe {
	var s answers
	return rule.Probe{
		Next:    s.next,
		Trouble: s.trouble,
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				for i := range s.kept {
					judgeUntold(c, e, &s.kept[i])
				}
				s = answers{}
			} else if last, ok := s.told(e); ok {
				judgeErrorTold(c, last, e)
			}
		},
	}
}

func judgeErrorTold(c *rule.Trial, last answer, e *rule.Event) {
	t := e.Told()
	switch {
	case last.lost != "" && last.status == 0: // there was no payload to read
	case t.Outcome == traffic.OutcomeUnsupported:
	case t.Type == TypeCrash:
		failErrorTold(c, last, "the client broke before it told anything")
	case t.Outcome != traffic.OutcomeOK:
		c.Pass()
	case last.other: // it got the answer in another way
	case last.changes && last.status/100 == 2 && last.lost != "":
		c.Inconclusive("the status said that it was done, and what came of the body was no error")
	case last.cancels && last.means == traffic.CancelRejected:
		c.Inconclusive("there was nothing to cancel, which is what the caller wanted")
	default:
		failErrorTold(c, last, "the call is told as done")
	}
}

// judgeUntold judges a command that nothing was told of until the watch ended.
func judgeUntold(c *rule.Trial, e *rule.Event, last *answer) {
	switch {
	case last.again || last.other || last.lost != "" || last.status == 429 || last.status == 418: // the client is still at it
	case mustMeetAgain(c.Edition.Dialect, last.code) && !e.Received.Earliest.Before(last.received.Latest.Add(longestThought)):
		failErrorTold(c, *last, "nothing, until the watch ended at "+clock(e.Received.Earliest))
	default:
		c.Inconclusive("the client had not told its caller anything when the watch ended")
	}
}

func failErrorTold(c *rule.Trial, last answer, seen string) {
	c.Fail(rule.Report{
		Message:  fmt.Sprintf("The caller is not told of the error that exchange %d answered with %s.", last.at.Number, last.what()),
		Expected: "an error",
		Seen:     seen,
	})
}

// what says what the answer was.
func (a *answer) what() string {
	switch {
	case a.code != 0:
		return fmt.Sprintf("status %d and code %d", a.status, a.code)
	case a.noData:
		return fmt.Sprintf("status %d and no data", a.status)
	}
	return fmt.Sprintf("status %d", a.status)
}
