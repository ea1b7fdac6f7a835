package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "error-on-2xx",
	Clauses: []string{"G11"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An error of /api or /sapi does not come with a 2XX.",
		Why:     "Clients look at the status first. With 200 they decode the error as data: an order without an id, an account without balances.",
		Mend:    "Send the error with a 4XX or 5XX; a proxy must keep the venue's status. A client should look for code and msg in every object.",
		Reading: "The document does not tie its payload to a status, but gives 4XX and 5XX to what goes wrong, so that this is a warning. Code 0 or 200 on a 2XX marks a success, as does success true. /wapi is left out: its errors came with 200.",
		Good:    `400 with {"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     `200 with {"code":-1121,"msg":"Invalid symbol."}`,
	},
	On: rule.OnCodes | rule.OnToldError | rule.OnRefusal | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !rule.IsError(f) {
			return
		}
		code, is := errorCode(f)
		switch {
		case !is:
		case f.Response.Status >= 400:
			c.Pass()
		case f.Success():
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The error %d comes with status %d.", code, f.Response.Status),
				Expected: "a 4XX or 5XX", Seen: fmt.Sprintf("%d with %s", f.Response.Status, excerpt(c, f.Response.Body)),
				Pointer: "/status",
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Status = 200
	},
})
