package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-sends-once",
	Clauses: []string{"G10c"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy sends a POST, PUT or DELETE once, also where the connection breaks before the answer.",
		Why:     "A request without an answer may have been carried out. A proxy that sends it again on a new connection may place the order twice, and nobody is told.",
		Mend:    "Switch retries off for POST, PUT and DELETE, those on connections that were kept open too: let the client hear that there was no answer.",
		Reading: "An answer that never came leaves the outcome as unknown as a timeout does. What is surely sent upon a 5XX is `proxy-passes-5xx`'s; a refusal leaves nothing open, and what follows it is left undecided. A read may be sent again. A call that differs in anything, be it the timestamp, may be one of the proxy's own.",
		Good:    "One POST upstream, its connection reset, and a 502 for the client",
		Bad:     "One POST upstream, its connection reset, and the same POST again on a new one",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		if len(calls) == 0 || !changesBySending(r.Front) {
			return
		}
		doubt := ""
		for i, f := range calls {
			if f.APIKey != r.Front.APIKey && f.APIKey != 0 {
				return // a client itself, with a key of its own
			}
			if i == 0 {
				continue
			}
			switch before := calls[i-1]; {
			case (before.Gaps|f.Gaps)&(traffic.GapRequestBody|traffic.GapFiltered) != 0:
				doubt = "not all of some request was recorded"
			case !isCopy(f, before):
				doubt = "several requests that differ went out behind the proxy, of which some may be its own"
			case failedBehind(before) && sentUpon(f, before):
				return
			case before.Answered() && before.Response.Status >= 300 && !failedBehind(before):
				doubt = "what is sent again had been refused, which leaves nothing open"
			case !before.Answered() && !before.Arrival.Seen():
				doubt = "nobody saw whether the request without an answer came to the venue"
			default:
				c.Fail(sentTwice(c, before, f))
				return
			}
		}
		if doubt != "" {
			c.Inconclusive(doubt)
			return
		}
		c.Pass()
	},
	Plant: func(c *conversation.Conversation) {
		again := c.Last().Clone()
		again.At.Number++
		c.Exchanges = append(c.Exchanges, again)
	},
})

// isCopy reports a request that has what another has, byte for byte, but for the
// signature, which no verdict depends on.
func isCopy(f, of *traffic.Facts) bool {
	return alikeUnsigned(f.Dialect, f.Query, of.Query) && alikeUnsigned(f.Dialect, string(f.Request.Body), string(of.Request.Body))
}

// sentTwice tells of a call that is sent again.
func sentTwice(c *rule.Trial, before, again *traffic.Facts) rule.Report {
	why := "which the venue had carried out"
	if !before.Answered() || failedBehind(before) {
		why = "of which nobody knew whether it had been carried out"
	}
	return rule.Report{
		Message:  fmt.Sprintf("The proxy sent the request of exchange %d again, %s.", before.At.Number, why),
		Expected: "one request behind the proxy",
		Seen:     fmt.Sprintf("another %s %s", shown(c, again.Request.Method), shown(c, again.Path)),
		Cause:    "sent again",
		Side:     again,
	}
}
