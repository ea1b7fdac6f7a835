package general

import (
	"fmt"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "rate-limit-status",
	Clauses: []string{"G06"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A broken request rate limit is answered with 429, and 429 with nothing else.",
		Why:     "Clients back off on a 429 and on nothing else: a limit told by another status is run into again and again, a 429 for another reason stops a client that did no wrong.",
		Mend:    "Answer -1003 (too many requests) and -1015 (too many orders) with 429, or 418 once the IP is banned, and use 429 for no other code.",
		Reading: "Whether a limit was really broken does not show in a recording: others may share the IP, and not every limit has a header. Judged is that status and code agree. A 403 or 5XX with code -1003 is left undecided: it may be a firewall's or a queue's.",
		Good:    `429 {"code":-1003,"msg":"Too many requests; ..."}`,
		Bad:     `400 {"code":-1003,"msg":"Too many requests; ..."}`,
	},
	On: rule.OnToldError | rule.OnRefusal | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		limited := f.Means == traffic.TooManyRequests || f.Means == traffic.TooManyOrders
		if f.Response.Status != 429 && !limited || !f.Answered() || f.Maker != traffic.MakerVenue {
			return
		}
		judgeRateLimitStatus(c, f, limited)
	},
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Body = c.Refusal(traffic.BadSymbol)
	},
})

func judgeRateLimitStatus(c *rule.Trial, f *traffic.Facts, limited bool) {
	switch status := f.Response.Status; {
	case status == 429 && limited, status == 418 && limited:
		c.Pass()
	case status == 429 && f.Code == 0:
		c.Inconclusive("the 429 carries no code")
	case status == 429:
		c.Fail(rule.Report{
			Cause:    "other code",
			Expected: fmt.Sprintf("code %d or %d with status 429", f.Dialect.Code(traffic.TooManyRequests), f.Dialect.Code(traffic.TooManyOrders)),
			Seen:     fmt.Sprintf("code %d with status 429", f.Code),
			Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureCode),
		})
	case status == 403 || status >= 500 || f.Means == traffic.TooManyOrders:
		c.Inconclusive("a firewall, a queue or an order limit may use another status")
	case f.Family.Envelope == traffic.EnvelopeCode:
		c.Fail(rule.Report{
			Cause:    "other status",
			Expected: fmt.Sprintf("status 429, or 418 during a ban, with code %d", f.Code),
			Seen:     "status " + strconv.Itoa(status),
			Pointer:  "/status",
		})
	}
}
