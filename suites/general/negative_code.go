package general

import (
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "negative-code",
	Clauses: []string{"G11"},
	Party:   clause.Server,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The code of an error is negative.",
		Why:     "Clients that ask whether code is below zero take such an error for a success.",
		Mend:    "Send the documented code, with its sign; in a client, tell an error by the status first.",
		Reading: "The document asks for a code and shows -1121; every code of the error document is negative, yet some of /sapi are not. That is told, not held against anybody. Code 0 or 200 on a 2XX marks a success. -1121.0 is the integer -1121.",
		Good:    `400 with {"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     `400 with {"code":1121,"msg":"Invalid symbol."}`,
	},
	On: rule.OnCodes | rule.OnToldError | rule.OnRefusal | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch code, is := errorCode(f); {
		case !is:
		case code < 0:
			c.Pass()
		default:
			c.Fail(rule.Report{
				Message:  "The code of the error is not negative.",
				Expected: "a negative code", Seen: strconv.FormatInt(code, 10), Pointer: c.Edition.Dialect.Pointer(traffic.CaptureCode),
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"`+c.Edition.Dialect.Members.Code+`":-`, `"`+c.Edition.Dialect.Members.Code+`":`)
	},
	AlsoBreaks: []string{"known-error-code"}, // no documented code is positive
})
