package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "ascending-contradicted",
	Clauses: []string{"G03"},
	Party:   clause.Server,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Rows run oldest first even in the lists that the venue's own pages show newest first.",
		Why:     "A client that trusts the general sentence here reads these histories backwards: its first page is the latest, not the earliest.",
		Mend:    "Sort the rows by the key before use; do not take the general sentence's word for these lists.",
		Reading: "The sentence allows no exception, yet the venue's own examples and later pages show these lists (margin histories, dividends, dust conversions) newest first. That contradiction is told, not held against anybody.",
		Good:    `GET /sapi/v1/margin/loan answered {"rows":[{"timestamp":1563600000000,...},{"timestamp":1563610000000,...}],"total":2}`,
		Bad:     `GET /sapi/v1/margin/loan answered {"rows":[{"timestamp":1563610000000,...},{"timestamp":1563600000000,...}],"total":2}`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasOrder(edition.Contradicted),
	Check: checkOrder(edition.Contradicted),
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), c.Instant(time.UnixMilli(1563610000000)), c.Instant(time.UnixMilli(1563590000000)))
	},
})
