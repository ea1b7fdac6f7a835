package general

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "form-body",
	Clauses: []string{"G16"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Parameters in a request body are a form, sent as `application/x-www-form-urlencoded`.",
		Why:     "A body of another type is not read: the order is refused for missing parameters (-1102) or a bad signature (-1022), at the moment it was meant for.",
		Mend:    "Send the body as name=value pairs joined by `&` with Content-Type `application/x-www-form-urlencoded`, or send the parameters in the query string and no body.",
		Reading: "The type is compared without regard to case, and parameters such as charset may follow it. Without a body the content type does not matter. Where the request's header fields were not recorded nothing is decided, since such recorders rebuild bodies as well.",
		Good:    "POST with Content-Type: application/x-www-form-urlencoded and the body symbol=LTCBTC&side=BUY",
		Bad:     `POST with Content-Type: application/json and the body {"symbol":"LTCBTC","side":"BUY"}`,
	},
	On:    rule.OnDocumented,
	Check: checkFormBody,
	Plant: func(c *conversation.Conversation) {
		c.Last().Request.Header.Set("Content-Type", "application/json")
	},
})

// formType is the media type of a form (WHATWG URL section 5).
const formType = "application/x-www-form-urlencoded"

func checkFormBody(c *rule.Trial, f *traffic.Facts) {
	if !mayHoldParameters(f) {
		return
	}
	held := heldBy(f)
	if held == holdsNothing {
		return
	}
	contentType, typed := f.Request.Header.Get("Content-Type")
	isForm := strings.EqualFold(mediaType(contentType), formType)
	switch {
	case isForm && held == holdsForm:
		c.Pass()
	case f.Gaps.Has(traffic.GapRequestHeader):
		c.Inconclusive("the request's header fields were not recorded")
	case held == holdsOther:
		c.Inconclusive("the body, as recorded, is neither a form nor JSON nor multipart")
	case isForm:
		failFormBody(c, "a body that is "+formOf(held), "/body/"+shown(c, firstMember(f.Request.Body)))
	case typed:
		failFormBody(c, "Content-Type: "+shown(c, contentType), "/header/Content-Type")
	case held == holdsForm && fieldsTakenOut(f):
		c.Inconclusive("header fields were taken out of the recording: API key and Content-Length are missing, too")
	case held == holdsForm && f.Gaps.Has(traffic.GapLibraryFields):
		c.Inconclusive("the recorder kept only fields that the application set, and Content-Type may have been added behind it")
	default:
		failFormBody(c, formOf(held)+" without a Content-Type", "/header/Content-Type")
	}
}

// fieldsTakenOut reports a request whose recorded header can hardly be all of
// what was sent: neither the API key is there, which every route with a form
// needs, nor what tells where the body ends (RFC 9112 section 6).
func fieldsTakenOut(f *traffic.Facts) bool {
	if _, framed := f.Request.Header.Get("Content-Length"); framed {
		return false
	}
	if _, framed := f.Request.Header.Get("Transfer-Encoding"); framed {
		return false
	}
	return f.APIKey == 0
}

func failFormBody(c *rule.Trial, seen, pointer string) {
	c.Fail(rule.Report{
		Expected: "Content-Type: " + formType + " and name=value pairs",
		Seen:     seen,
		Pointer:  strings.TrimSuffix(pointer, "/"),
	})
}

func formOf(held holding) string {
	switch held {
	case holdsJSON:
		return "JSON"
	case holdsMultipart:
		return "multipart"
	}
	return "a form"
}

// mayHoldParameters reports a request with one of the methods whose body the
// document gives a meaning.
func mayHoldParameters(f *traffic.Facts) bool {
	switch f.Request.Method {
	case "POST", "PUT", "DELETE":
		return !f.Gaps.Has(traffic.GapRequestBody)
	}
	return false
}
