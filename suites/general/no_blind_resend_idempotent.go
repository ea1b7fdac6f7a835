package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-blind-resend-idempotent",
	Clauses: []string{"G10a"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A call that can't act twice, such as the cancel of one named order, is not sent again either before its UNKNOWN outcome has been looked up.",
		Why:     "The second cancel of an order that is gone is refused with -2011, and a program that takes its word believes that the order was never cancelled, or was filled.",
		Mend:    "After a 5XX or a lost answer ask for the order (GET order by orderId or origClientOrderId): its status says whether the cancel was carried out.",
		Reading: "The document treats a 5XX alike whatever the call, but sending such a call again costs nobody money: idempotent methods may be repeated (RFC 9110 section 9.2.2), hence a recommendation. Which calls can't act twice is told by route (the member repetition of schemas/endpoints.json): cancels and amendments that name an order or an order list. A cancel that names none cancels what was placed since, and is no-blind-resend's to judge. On a route that the catalogue does not know a DELETE that names an order counts. Any 5XX, code -1006 or -1007, and a loss that somebody saw leave the outcome UNKNOWN.",
		Good:    "DELETE order 28: 504. GET order 28: NEW. DELETE order 28 again.",
		Bad:     "DELETE order 28: 504. DELETE order 28 again.",
	},
	Scope: rule.PerKey,
	Needs: rule.NeedsCompany,
	New: func() rule.Probe {
		return resendProbe(func(e *rule.Event) bool {
			return e.Repetition == rule.RepetitionIdle &&
				(e.Status/100 == 5 || e.SaysUnknown() || !e.Answered) // of which somebody saw that it was lost
		})
	},
	Plant: func(c *conversation.Conversation) {
		c.Drop(c.Exchanges[1]) // the look-up between the two cancels
	},
})
