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
	ID:      "known-error-code",
	Clauses: []string{"G13"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Error codes and messages are those of the error document.",
		Why:     "Clients switch on codes, and often on messages. One that nobody documented falls through to the default branch, which is seldom the right one.",
		Mend:    "In a mock, send the documented code with its message; in a client, treat unknown codes by the status, and never decide by the message.",
		Reading: "The list is that of the error document with what was added later. The document itself says that messages may vary, and newer codes exist, so that both are told, not held against anybody. Where no message is documented any fits; a full stop at the end makes no difference. -1121.0 is the integer -1121.",
		Good:    `{"code":-1121,"msg":"Invalid symbol."}`,
		Bad:     `{"code":-1121,"msg":"No such market"}`,
	},
	On: rule.OnDocumented | rule.OnToldError | rule.OnRefusal | rule.OnFailure,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		code, is := errorCode(f)
		if !is {
			return
		}
		info, known := c.Edition.Codes.Lookup(code)
		if !known {
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The code %d is not in the error document.", code),
				Cause:    "unknown code",
				Expected: "a documented code", Seen: excerpt(c, f.Response.Body), Pointer: c.Edition.Dialect.Pointer(traffic.CaptureCode),
			})
			return
		}
		msg := f.Body.Capture(traffic.CaptureMsg).Text()
		switch {
		case c.Edition.Codes.MessageFits(info, msg):
			c.Pass()
		case traffic.MayBePlaceholder(msg):
			c.Inconclusive("the message looks like a recorder's placeholder")
		default:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The message is not one of those documented for code %d, %s.", code, info.Name),
				Cause:    "other message",
				Expected: documented(info.Messages), Seen: quotedMessage(c, msg), Pointer: c.Edition.Dialect.Pointer(traffic.CaptureMsg),
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Body = c.Edition.Dialect.Refusal(c.Edition.Dialect.Code(traffic.BadSymbol), "Nothing of the kind.")
	},
})

// quotedMessage is what a finding shows of a message.
func quotedMessage(c *rule.Trial, msg string) string {
	const most = 200 // the longest documented one has 190
	text, _ := c.Excerpt(msg, most)
	return strconv.Quote(text)
}

// documented shows the first of a code's messages and how many more there are.
func documented(messages []string) string {
	switch len(messages) {
	case 0:
		return "a message of the matching engine or a filter"
	case 1:
		return messages[0]
	}
	return fmt.Sprintf("%s (or one of %d others)", messages[0], len(messages)-1)
}
