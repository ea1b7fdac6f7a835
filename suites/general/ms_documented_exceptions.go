package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "ms-documented-exceptions",
	Clauses: []string{"G04a"},
	Party:   clause.Server,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Time fields that the venue's own pages show as dates or seconds are in milliseconds as well.",
		Why:     "A client that trusts the general sentence reads these four fields wrongly: interest booked in 1970, dust conversions that do not parse.",
		Mend:    "Read these fields by their own form, the date strings as UTC, and accept milliseconds beside it.",
		Reading: "The document says all fields. The venue's own examples show the times of dust conversions as date strings and those of margin transfers and interest in seconds. That is told, not held against anybody.",
		Good:    `GET /sapi/v1/margin/transfer answered {"rows":[{"timestamp":1563616800000,...}],"total":1}`,
		Bad:     `GET /sapi/v1/margin/transfer answered {"rows":[{"timestamp":1563616800,...}],"total":1}`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasTimes(true),
	Check: checkTimes(true),
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), c.Instant(plantedFrom), fmt.Sprint(plantedFrom.Unix()))
	},
})
