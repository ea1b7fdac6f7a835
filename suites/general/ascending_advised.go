package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "ascending-advised",
	Clauses: []string{"G03"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Rows run oldest first also where nothing but the general sentence says so.",
		Why:     "A client that pages by the last row's time skips or repeats what stands out of order: fills go missing from its books.",
		Mend:    "Sort the rows by the key, oldest first; a client should sort them itself before it relies on their order.",
		Reading: "For these lists (open orders, deposits, withdrawals, transfers, the times of aggregate trades) the order follows from the document's sentence alone, and the venue's data is known to depart from it, so that a departure is a warning. Open orders compare within one symbol.",
		Good:    `GET /wapi/v3/depositHistory.html answered {"depositList":[{"insertTime":1563600000000,...},{"insertTime":1563610000000,...}],"success":true}`,
		Bad:     `GET /wapi/v3/depositHistory.html answered {"depositList":[{"insertTime":1563610000000,...},{"insertTime":1563600000000,...}],"success":true}`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasOrder(edition.Advise),
	Check: checkOrder(edition.Advise),
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), c.Instant(time.UnixMilli(1563610000000)), c.Instant(time.UnixMilli(1563590000000)))
	},
})
