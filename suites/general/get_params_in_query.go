package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "get-params-in-query",
	Clauses: []string{"G14"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The parameters of a GET stand in the query string.",
		Why:     "The venue does not look for them in the body: the call is refused for a missing parameter (-1102), or answered with the default instead of what was asked for.",
		Mend:    "Put every parameter of a GET into the URL's query string and send no body; many HTTP libraries take `data` for the body and `params` for the query string.",
		Reading: "A body on a GET is no violation in itself, parameters in it are: name=value pairs, or a JSON object with members. A Content-Type without a body and the empty object that frameworks send hold none.",
		Good:    "GET /api/v1/depth?symbol=BTCUSDT&limit=5 without a body",
		Bad:     `GET /api/v1/depth with the body symbol=BTCUSDT&limit=5, or {"symbol":"BTCUSDT"}`,
	},
	On:    rule.OnDocumented,
	Check: checkGetParams,
	Plant: func(c *conversation.Conversation) {
		c.Last().Request.Body = []byte("limit=5")
	},
})

func checkGetParams(c *rule.Trial, f *traffic.Facts) {
	if f.Request.Method != "GET" || f.Gaps.Has(traffic.GapRequestBody) {
		return
	}
	switch heldBy(f) {
	case holdsNothing:
		if len(f.Params) > 0 {
			c.Pass()
		}
	case holdsForm:
		failGetParams(c, firstValue(f), "name=value pairs")
	case holdsJSON:
		failGetParams(c, firstMember(f.Request.Body), "a JSON object")
	default:
		failGetParams(c, "", "")
	}
}

// failGetParams reports the parameter in a GET's body; without a name it is not
// known that there is one.
func failGetParams(c *rule.Trial, name, form string) {
	if name == "" {
		c.Inconclusive("the GET has a body, and nothing in it is recognised as a parameter")
		return
	}
	c.Fail(rule.Report{
		Message:  "A GET carries parameters in its body, where the venue does not look for them.",
		Expected: shown(c, name) + " in the query string",
		Seen:     shown(c, name) + " in the body, as " + form,
		Pointer:  "/body/" + shown(c, name),
	})
}

// firstValue names the body's first parameter that has a value: a lone name
// with an equals sign may as well be the end of some Base64.
func firstValue(f *traffic.Facts) string {
	for i := range f.Params {
		if p := &f.Params[i]; p.Place == traffic.InBody && p.Value != "" {
			return p.Name
		}
	}
	return ""
}
