package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "no-blind-resend-wapi",
	Clauses: []string{"G10a"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A state-changing /wapi/v3 call answered with a 5XX other than 504 is not sent again before its outcome has been looked up.",
		Why:     "The document promises UNKNOWN for 504 only, but an internal error does not say either that no money left.",
		Mend:    "Look the withdrawal up in the withdraw history (by withdrawOrderId, if you sent one) before you send it again.",
		Reading: "On /wapi the sentence names 504 alone, which no-blind-resend judges; the venue's other pages say the same of every 5XX, hence a recommendation.",
		Good:    "POST withdraw: 500. GET withdrawHistory: nothing. POST withdraw again.",
		Bad:     "POST withdraw: 500. POST withdraw again.",
	},
	Scope: rule.PerKey,
	Needs: rule.NeedsCompany,
	New: func() rule.Probe {
		return resendProbe(func(e *rule.Event) bool {
			return e.Status/100 == 5 && !leavesUnknown(e) && e.Repetition != rule.RepetitionIdle
		})
	},
	Plant: func(c *conversation.Conversation) {
		c.Drop(c.Exchanges[1])
	},
})
