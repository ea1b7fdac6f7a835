package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "retry-after-order-limit",
	Clauses: []string{"L12"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A 429 for too many orders (code -1015) carries a Retry-After field.",
		Why:     "The order limits have windows of seconds and of a day, and the error does not say which is full: without the field a client waits a day for a second's limit, or tries all day.",
		Mend:    "Send Retry-After with the number of seconds until the window that is full ends.",
		Reading: "The sentence makes no exception for order limits. The vendor's later pages, from 2021-10-07 to 2025-12-17, said that these come without the field, so that its absence is told and not failed.",
		Good:    `429 with Retry-After: 7 and {"code":-1015,...}`,
		Bad:     `429 without Retry-After and with {"code":-1015,...}`,
	},
	On: rule.OnRefusal,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if isOrderLimit(f) {
			judgeRetryAfterPresent(c, f)
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Header.Del("Retry-After")
	},
})
