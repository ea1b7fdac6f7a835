package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "internal-code-on-4xx",
	Clauses: []string{"G05"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A 4XX carries no code that says the venue failed.",
		Why:     "A 4XX tells the client that nothing was done and the request is at fault. With a timeout's code the order may stand all the same: the client that believes the status places it twice.",
		Mend:    "Send codes -1001, -1006 and -1007 with a 5XX; a proxy must not turn a 5XX into a 4XX.",
		Reading: "\"The issue is on the sender's side\" leaves no room for the three codes by which the venue says that it lost the connection to what is behind it, or its answer. -1000 is used for both sides, -1008 and -1016 may answer what should not have been sent. 418 and 429 have clauses of their own; a timeout on /wapi is wapi-timeout-is-504's.",
		Good:    `400 with {"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     `400 with {"code":-1007,"msg":"Timeout waiting for response from backend server. ..."}`,
	},
	On: rule.OnCodes | rule.OnRefusal,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		status := f.Response.Status
		if status == 418 || status == 429 || f.Code == 0 || !f.BodySeen() || !f.Body.JSON() {
			return
		}
		switch f.Means {
		case traffic.InternalError, traffic.UnexpectedResponse, traffic.TimedOut:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("A status that blames the sender (%d) carries a code that says the venue failed (%d).", status, f.Code),
				Expected: "a 5XX with this code, or a 4XX with a code about the request",
				Seen:     fmt.Sprintf("%d with code %d", status, f.Code),
				Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureCode),
			})
		default:
			c.Pass()
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Body = c.Refusal(traffic.TimedOut)
	},
})
