package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-answers-own",
	Clauses: []string{"L07p"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy gives no answer as the venue's to a call that it did not send to the venue.",
		Why:     "An answer out of a store tells yesterday's price and yesterday's counter, and may be the answer to another client with another key; a 429 out of a store holds back clients that are within the limit.",
		Mend:    "Switch caching off for the API's paths, that of answers which say nothing of it, of errors, and of stale answers while the venue fails too.",
		Reading: "That nothing went to the venue shows where both sides were recorded from the beginning; elsewhere nobody knows. An answer that bears the used weight claims to be the venue's of now, whatever its status. A success to a call that is signed or changes something, or of a route that asks for a key, can't be anybody's but the venue's either. A list for everybody may be stored and given again within its age, by a proxy that says so by Age and leaves the used weight out: that is left undecided. A refusal or a page of the proxy's own, without a used weight, is its own to give, and so is what it tells a browser that asks by OPTIONS whether a page may call. A proxy that declares a budget of its own is not bound by this.",
		Good:    "A GET behind the proxy for each in front",
		Bad:     "Two GETs in front, both answered with X-MBX-USED-WEIGHT: 17, and one behind",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		f := r.Front
		if c.GatewayCounts || f == nil || f.Family == (traffic.Family{}) || !f.Answered() || f.Request.Method == "OPTIONS" {
			return
		}
		counts := f.Weight() >= 0
		switch {
		case !counts && !f.Success():
		case len(forwarded(r)) > 0:
			c.Pass()
		case !f.CompleteHistory || len(r.Behind) > 0:
			c.Inconclusive("nothing that went to the venue for the call was recorded")
		case !counts && !isOwned(c, f):
			c.Inconclusive("the answer is a proxy's own, and does not claim to be the venue's of now")
		default:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The proxy answered %d, and sent nothing to the venue.", f.Response.Status),
				Expected: "a request behind the proxy for the one in front",
				Seen:     "none",
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges = c.Exchanges[:1]
	},
})

// isOwned reports a call whose answer is one account's, or tells what it changed.
func isOwned(c *rule.Trial, f *traffic.Facts) bool {
	return f.HasSignature() || changesBySending(f) || c.Endpoint != nil && c.Endpoint.Security != "NONE"
}
