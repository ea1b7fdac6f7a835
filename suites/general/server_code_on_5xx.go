package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "server-code-on-5xx",
	Clauses: []string{"G08"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A 5XX carries no code about a malformed request.",
		Why:     "After a 5XX the client must take the outcome for unknown and go looking for it; for a request that was refused it searches for an order that cannot exist, and retries what can never succeed.",
		Mend:    "Answer codes from -1100 to -1199 with 400; keep 5XX for failures of the venue's own.",
		Reading: "The codes from -1100 to -1199 are the error document's own chapter of request issues. Other documented codes count as kept; codes that are not documented are inconclusive, and answers without a code are not judged.",
		Good:    `503 with {"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}`,
		Bad:     `500 with {"code":-1121,"msg":"Invalid symbol."}`,
	},
	On: rule.OnDocumented | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if f.Response.Status/100 != 5 || f.Code == 0 || !f.BodySeen() || !f.Body.JSON() {
			return
		}
		if c.Edition.Dialect.Chapters.Request.Has(f.Code) {
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("A status for internal errors (%d) carries a code about the request (%d).", f.Response.Status, f.Code),
				Expected: "a 4XX with this code, or a 5XX with a code of an internal error",
				Seen:     fmt.Sprintf("%d with code %d", f.Response.Status, f.Code),
				Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureCode),
			})
			return
		}
		if _, known := c.Edition.Codes.Lookup(f.Code); !known {
			c.Inconclusive("the code is not documented")
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Body = c.Refusal(traffic.BadSymbol)
	},
})
