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
		Demands: "A proxy answers no call of the API with success that it did not send to the venue.",
		Why:     "An answer out of a store tells yesterday's price and yesterday's counter, and may be the answer to another client with another key.",
		Mend:    "Switch caching off for the API's paths, that of answers which say nothing of it too.",
		Reading: "That nothing went to the venue shows where both sides were recorded from the beginning; elsewhere nobody knows. An answer that bears the used weight, or is to a signed call or to one that changes something, can't be anybody's but the venue's; others are left undecided. A proxy that declares a budget of its own is not bound by this.",
		Good:    "A GET behind the proxy for each in front",
		Bad:     "Two GETs in front, both answered with X-MBX-USED-WEIGHT: 17, and one behind",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		f := r.Front
		if c.GatewayCounts || f == nil || f.Family == (traffic.Family{}) || !f.Answered() || f.Response.Status < 200 || f.Response.Status > 299 {
			return
		}
		switch bound := f.Weight() >= 0 || f.HasSignature() || changesBySending(f); {
		case len(forwarded(r)) > 0:
			c.Pass()
		case !f.CompleteHistory || len(r.Behind) > 0:
			c.Inconclusive("nothing that went to the venue for the call was recorded")
		case !bound:
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
