package general

import (
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-reads-once",
	Clauses: []string{"L05"},
	Party:   clause.Proxy,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy sends a GET once.",
		Why:     "Each request weighs: one that the proxy repeats spends the weight of its address twice, and where the venue is overloaded or bans, the repetition makes it worse for everybody behind it.",
		Mend:    "Switch retries off for the API's paths, those of GET and those on connections that were kept open too; let the client decide.",
		Reading: "The document allows a proxy no more than anybody else, and forbids nobody to read again: the weight is counted, nothing is changed. RFC 9110 section 9.2.2 allows a proxy to repeat what is idempotent. So this is told, not failed. What is repeated after a 5XX is told here too.",
		Good:    "One GET behind the proxy for the one in front",
		Bad:     "One GET in front, its connection behind reset, and the same GET again on a new one",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		if len(calls) == 0 || r.Front.Request.Method != "GET" {
			return
		}
		first, filtered := calls[0], false
		again := slices.IndexFunc(calls[1:], func(f *traffic.Facts) bool {
			filtered = filtered || (first.Gaps | f.Gaps).Has(traffic.GapFiltered)
			return isCopy(f, first) && f.APIKey == first.APIKey && f.Path == first.Path
		})
		switch {
		case len(calls) == 1:
			c.Pass()
		case filtered:
			c.Inconclusive("not all of some request was recorded")
		case again < 0:
			c.Inconclusive("several requests that differ went out behind the proxy, of which some may be its own")
		default:
			f := calls[1+again]
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The proxy sent the request of exchange %d again, which weighs again.", first.At.Number),
				Expected: "one request behind the proxy",
				Seen:     fmt.Sprintf("another %s %s", shown(c, f.Request.Method), shown(c, f.Path)),
				Side:     f,
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		again := c.Last().Clone()
		again.At.Number++
		c.Exchanges = append(c.Exchanges, again)
	},
})
