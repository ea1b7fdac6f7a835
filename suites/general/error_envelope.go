package general

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "error-envelope",
	Clauses: []string{"G11"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An error of /api or /sapi is an object with an integer code and a string msg.",
		Why:     "Clients decide by code whether to retry, to wait or to stop. A code in quotes, or under another name, decodes to 0: the error looks like none, and the order like placed.",
		Mend:    `Send {"code":-1121,"msg":"Invalid symbol."}: code as a number, the text as msg, both at the top, and no success beside them.`,
		Reading: "The document names /api/v1 and /sapi/v1/margin. /api/v3 and the rest of /sapi are held to it as well, since the venue's pages say it of any endpoint and its recorded answers keep it; findings there say that the reading is extended. It holds for 418 and 429 too. Further members are allowed, but for success: it is the mark of the payload of /wapi, where false says that the request failed, and true, null or \"false\" beside a code would say that it did not. A number whose value is an integer is one, however it is written: -1121.0. Of a code beyond all numbers nothing is decided; a msg that is missing or no string is a violation beside it all the same. The sign of the code is negative-code's, pages are json-body's. JSON that bears none of these members and no field of the venue's may be a gateway's and is inconclusive.",
		Good:    `400 with {"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     `400 with {"code":"-1121","message":"Invalid symbol."}`,
	},
	On: rule.OnCodes | rule.OnRefusal | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch {
		case !f.BodySeen():
			c.Inconclusive("the response's body was not recorded whole")
		case !f.Body.JSON() || !isContainer(f.Body.Kind):
		case isErrorEnvelope(&f.Body):
			c.Pass()
		case !knowsItself(f):
			c.Inconclusive("nothing shows that the venue made the payload")
		default:
			judgeEnvelope(c, f, errorEnvelope, fmt.Sprintf(`{"%s": an integer, "%s": a string}`, f.Dialect.Members.Code, f.Dialect.Members.Msg), extendedNote(c, f))
		}
	},
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"`+c.Edition.Dialect.Members.Msg+`"`, `"`+c.Edition.Dialect.Members.Message+`"`)
	},
})

// extendedNote says of routes that the sentence does not name that it is read
// to cover them.
func extendedNote(c *rule.Trial, f *traffic.Facts) string {
	named := c.Edition.PayloadPaths
	if len(named) == 0 || slices.ContainsFunc(named, func(path string) bool { return strings.HasPrefix(f.Path, path+"/") }) {
		return ""
	}
	return " (Extended reading: the document names " + strings.Join(named, " and ") + " only.)"
}
