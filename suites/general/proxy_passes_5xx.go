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
	ID:      "proxy-passes-5xx",
	Clauses: []string{"G10c"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes a 5XX on as it is and does not send the request again by itself.",
		Why:     "A 5XX leaves the order's fate unknown. A proxy that tries again may place it twice, and one that answers 4XX or 200 in its place tells the client that it is safe to go on.",
		Mend:    "Switch retries off for POST, PUT and DELETE, and forward the status as it came.",
		Reading: "A GET may be repeated or sent twice: it changes nothing on the venue. The document speaks of 504 on /wapi; the vendor's pages for /api and /sapi say the same of every 5XX. One 5XX in the place of another still says that the fate is unknown, and is left undecided.",
		Good:    "One POST upstream, its 504 passed on as 504",
		Bad:     "Two POSTs upstream for one from the client, or a 504 turned into a 400",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		failed := slices.IndexFunc(calls, failedBehind)
		switch {
		case failed < 0:
		case changesBySending(r.Front) && len(calls) > 1:
			judgeRepeat(c, calls)
		default:
			judgePassedOn(c, r.Front, calls, calls[failed])
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges[0].Response.Status = 400
	},
})

func failedBehind(f *traffic.Facts) bool { return f.Answered() && f.Response.Status >= 500 }

// statusClientLeft is what servers such as nginx note of a request whose client closed the
// connection before it was answered: nobody was told it.
const statusClientLeft = 499

// leavesOpen reports a failure that leaves UNKNOWN what became of the call.
func leavesOpen(f *traffic.Facts) bool {
	return failedBehind(f) && (!f.Family.OnlyTimeouts || f.Response.Status == 504)
}

// judgeRepeat judges several requests that change state, some of which failed: whichever
// left first, one of them may be a call of the proxy's own.
func judgeRepeat(c *rule.Trial, calls []*traffic.Facts) {
	for _, failed := range calls {
		again := slices.IndexFunc(calls, func(f *traffic.Facts) bool {
			return f.Business == failed.Business && !f.Blurred() && sentUpon(f, failed)
		})
		if !leavesOpen(failed) || again < 0 {
			continue
		}
		f := calls[again]
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The proxy sent the request again after the %d of exchange %d, which left open what became of it.", failed.Response.Status, failed.At.Number),
			Expected: "one request behind the proxy",
			Seen:     fmt.Sprintf("another %s %s", shown(c, f.Request.Method), shown(c, f.Path)),
			Cause:    "sent again",
			Side:     f,
		})
		return
	}
	c.Inconclusive("several requests went out behind the proxy, and none is known to be one sent again after it was left open")
}

// judgePassedOn judges which status came to the client.
func judgePassedOn(c *rule.Trial, front *traffic.Facts, calls []*traffic.Facts, failed *traffic.Facts) {
	status := front.Response.Status
	switch {
	case lacksAnswer(front):
		c.Inconclusive("no answer in front of the proxy was recorded")
	case status == statusClientLeft:
		c.Inconclusive("the client left before the proxy answered it")
	case passedOn(front, calls) && (status >= 500 || !changesBySending(front)):
		c.Pass()
	case slices.ContainsFunc(calls, lacksAnswer):
		c.Inconclusive("some answer behind the proxy was not recorded")
	case status >= 500:
		c.Inconclusive("another 5XX took its place, which leaves open as well what became of the call")
	case !leavesOpen(failed):
		c.Inconclusive("of such a call 504 alone, of all 5XX, is said to leave open what became of it")
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The proxy turned a %d, which left open what became of the call, into a %d.", failed.Response.Status, status),
			Expected: fmt.Sprintf("status %d, as exchange %d behind the proxy", failed.Response.Status, failed.At.Number),
			Seen:     fmt.Sprintf("status %d", status),
			Pointer:  "/status",
			Cause:    "status",
		})
	}
}
