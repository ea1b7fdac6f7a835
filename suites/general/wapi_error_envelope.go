package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "wapi-error-envelope",
	Clauses: []string{"G12"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An error of /wapi is an object with success false and a string msg.",
		Why:     "These errors come with status 200, so that success is all a client has. In quotes, \"false\" is true in most languages: the withdrawal that failed is booked as sent.",
		Mend:    `Send {"success":false,"msg":"Invalid symbol."}: success as a JSON boolean, the text as msg; code and id may stand beside them.`,
		Reading: "The status is not fixed, so an error is told by success being false, by a status from 400 on, or by the other families' payload. Successes need not have the member, and may have a msg; they are not judged. A page is json-body's.",
		Good:    `200 with {"success":false,"msg":"Invalid symbol."}`,
		Bad:     `200 with {"success":"false","msg":"Invalid symbol."}`,
	},
	On: rule.OnSuccessMarks,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.Answered() || !f.Success() && f.Response.Status < 400 {
			return
		}
		switch {
		case !f.BodySeen():
			if f.Response.Status >= 400 {
				c.Inconclusive("the response's body was not recorded whole")
			}
		case !f.Body.JSON() || !isContainer(f.Body.Kind) || !isWAPIError(f):
		case isWAPIErrorEnvelope(&f.Body):
			c.Pass()
		case !knowsItself(f):
			c.Inconclusive("nothing shows that the venue made the payload")
		default:
			judgeEnvelope(c, f, wapiErrorEnvelope, fmt.Sprintf(`{"%s": false, "%s": a string}`, f.Dialect.Members.Success, f.Dialect.Members.Msg), "")
		}
	},
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"`+c.Edition.Dialect.Members.Success+`":false`, `"`+c.Edition.Dialect.Members.Success+`":"false"`)
	},
})

// isWAPIError reports an answer that says, in whatever form, that the request
// failed.
func isWAPIError(f *traffic.Facts) bool {
	success := f.Body.Capture(traffic.CaptureSuccess)
	switch {
	case f.Response.Status >= 400 || saysFailed(&f.Body):
		return true
	case success.Kind == traffic.KindString:
		return string(success.Raw) == `"false"`
	}
	return success.Kind == traffic.KindNone && f.Code < 0 && f.Body.Capture(traffic.CaptureMsg).Kind == traffic.KindString
}
