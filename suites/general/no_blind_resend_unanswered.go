package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-blind-resend-unanswered",
	Clauses: []string{"G10a"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A call that can act twice and was not answered is not sent again before its outcome has been looked up.",
		Why:     "The venue may have read the call before the connection broke: sent again, the order is placed, or the money withdrawn, twice.",
		Mend:    "Treat a dropped connection and a timeout behind a POST, PUT or DELETE as you treat a 504: look the call up first. See that no HTTP library retries such methods for you.",
		Reading: "The document speaks of answers, of 5XX and UNKNOWN; a call without any answer is no better known, hence a recommendation. So it is with a 2XX that broke off, whose caller may take it for a failure. Judged are losses that somebody saw, not gaps of a recording, and what a client sends again by itself. A resend with the same newClientOrderId is a resend, which the id mitigates: the venue refuses the second while the first order is open. A call that can't act twice is judged by no-blind-resend-idempotent. A read that a transport repeats on a kept connection that died is no resend.",
		Good:    "POST order: connection reset. GET order by origClientOrderId: not found. POST order again.",
		Bad:     "POST order: connection reset. POST order again.",
	},
	NotHere: "A recording does not tell an answer that was lost from one that was not recorded, nor what a program does from what its library does; it takes somebody who drives the client.",
	Scope:   rule.PerKey,
	Needs:   rule.NeedsCompany,
	New: func() rule.Probe {
		return resendProbe(func(e *rule.Event) bool {
			return e.Lost() != "" && (!e.Answered || e.Status/100 == 2) && e.Repetition != rule.RepetitionIdle
		})
	},
	Plant: func(c *conversation.Conversation) {
		c.Drop(c.Exchanges[1]) // the look-up between the two orders
	},
})
