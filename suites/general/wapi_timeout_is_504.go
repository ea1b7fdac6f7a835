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
	ID:      "wapi-timeout-is-504",
	Clauses: []string{"G09"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "On /wapi a timeout behind the API is answered with 504.",
		Why:     "The withdrawal may have gone out. A client that sees success or a refusal instead of 504 books it wrongly or sends the money twice.",
		Mend:    "Answer 504 when what is behind the API gave no answer in time; a proxy must pass the 504 on.",
		Reading: "A timeout is told by code -1007, or by its message, also where msg holds the inner answer as text. Shown as 2XX or 4XX it is a violation. Another 5XX is neither success nor refusal, though not the one named, and is inconclusive. A 504 page that something in between made says nothing about the venue.",
		Good:    "504 to POST /wapi/v3/withdraw.html",
		Bad:     `200 with {"success":false,"msg":"Timeout waiting for response from backend server. ..."} to POST /wapi/v3/withdraw.html`,
	},
	On: rule.OnTimeouts,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.Answered() || f.Maker == traffic.MakerIntermediary {
			return
		}
		status := f.Response.Status
		if status == 504 {
			c.Pass()
			return
		}
		if !f.BodySeen() || !f.Body.JSON() || !tellsTimeout(f) {
			return
		}
		switch status / 100 {
		case 2, 4:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("A timeout behind the API is shown as %d: the execution status is unknown, and the client is told otherwise.", status),
				Expected: "504", Seen: fmt.Sprintf("%d with %s", status, excerpt(c, f.Response.Body)),
				Pointer: "/status",
			})
		default:
			c.Inconclusive("the timeout is shown as another 5XX, which is neither success nor refusal")
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Status = 400
	},
})

// tellsTimeout reports whether a body says that what is behind the API gave no
// answer in time, by its code, its message, or the answer that its message
// quotes.
func tellsTimeout(f *traffic.Facts) bool {
	if f.Means == traffic.TimedOut {
		return true
	}
	if f.Body.Capture(traffic.CaptureMsg).Kind != traffic.KindString {
		return false
	}
	if f.MsgHas(f.Dialect.Phrases.Backend) || !f.MsgHas(`\":`) { // it quotes nothing
		return f.MsgHas(f.Dialect.Phrases.Backend)
	}
	quoted := fmt.Sprintf(`%s\":`, f.Dialect.Members.Code)
	code := strconv.FormatInt(f.Dialect.Code(traffic.TimedOut), 10)
	return f.MsgHas(quoted+code) || f.MsgHas(quoted+" "+code)
}
