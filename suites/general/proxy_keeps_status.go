package general

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-keeps-status",
	Clauses: []string{"G05"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes status and body of a success or a 4XX on as the venue sent them.",
		Why:     "A client acts upon status and code: told a failure for a refusal it sends a bad request again, told a failure for a success it places the order twice, and from a page of the proxy's own it learns neither, and from the answer to somebody else it takes their account for its own.",
		Mend:    "Forward status and body as they came; switch error pages of the proxy's own off for answers of the venue, and give no connection to another request before its answer is read.",
		Reading: "A 5XX is `proxy-passes-5xx`'s. JSON that is printed or compressed anew says the same as long as its values do, and is left undecided; with other values it is another answer, such as one to another client. So is an answer that came when the proxy had given up or had refused the rest of a body, one out of a store that another counter shows, and one refusal told for another, but for 403, 418 and 429, which have meanings of their own.",
		Good:    "400 with {\"code\":-1102,...} on both sides of the proxy",
		Bad:     "400 with {\"code\":-1102,...} from the venue, and a 502 with a page of the proxy's for the client",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		if len(calls) == 0 {
			return
		}
		came := calls[len(calls)-1]
		if !came.Answered() || !decides(came.Response.Status) {
			return
		}
		front := r.Front
		switch {
		case lacksAnswer(front):
			c.Inconclusive("no answer in front of the proxy was recorded")
		case front.Response.Status == came.Response.Status:
			judgeBody(c, front, came, calls)
		case slices.ContainsFunc(calls[:len(calls)-1], func(f *traffic.Facts) bool { return !f.Answered() || f.Response.Status == front.Response.Status }):
			c.Inconclusive("the answer in front may be that of another request behind")
		case !came.Received.Known() || !front.Received.Known() || front.Received.Earliest.Before(came.Received.Latest):
			c.Inconclusive("the proxy may have given up when the answer came")
		case isPlainRefusal(front.Response.Status) && isPlainRefusal(came.Response.Status):
			c.Inconclusive("another refusal took its place, which lays the fault on the sender as well")
		case front.Weight() >= 0 && front.Weight() != came.Weight():
			c.Inconclusive("the answer in front has another counter, and is an older one, out of a store")
		case !bytes.Equal(front.Request.Body, came.Request.Body):
			c.Inconclusive("another body went on than came, the rest of which the proxy may have refused itself")
		default:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The proxy turned the venue's %d into a %d.", came.Response.Status, front.Response.Status),
				Expected: fmt.Sprintf("status %d, as exchange %d behind the proxy", came.Response.Status, came.At.Number),
				Seen:     fmt.Sprintf("status %d", front.Response.Status),
				Pointer:  "/status",
				Cause:    "status",
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges[0].Response.Status = 502
	},
})

// decides reports a status that says what became of a call: it was carried out, or
// refused.
func decides(status int) bool { return status >= 200 && status < 300 || status >= 400 && status < 500 }

// isPlainRefusal reports a 4XX that says of the sender's fault alone.
func isPlainRefusal(status int) bool {
	return status >= 400 && status < 500 && status != 403 && status != 418 && status != 429
}

// judgeBody holds the body in front against the last one behind, of one status.
func judgeBody(c *rule.Trial, front, came *traffic.Facts, calls []*traffic.Facts) {
	gaps := front.Gaps | came.Gaps
	isSame := func(f *traffic.Facts) bool {
		return isLike(front, f) && bytes.Equal(front.Response.Body, f.Response.Body) && !gaps.Has(traffic.GapResponseBody)
	}
	switch {
	case slices.ContainsFunc(calls, isSame):
		c.Pass()
	case gaps&(traffic.GapResponseBody|traffic.GapTruncated|traffic.GapUndecoded) != 0 || isCoded(front) || isCoded(came):
		c.Inconclusive("not all of some body was recorded, or not as text")
	case came.Body.JSON() && (!front.Body.JSON() || front.Code != came.Code || len(calls) == 1 && !saysSame(front, came)):
		c.Fail(rule.Report{
			Message:  "The proxy put another body in the place of the venue's.",
			Expected: fmt.Sprintf("the body of exchange %d behind the proxy, %s", came.At.Number, shown(c, string(came.Response.Body))),
			Seen:     shownOrNone(c, string(front.Response.Body)),
			Pointer:  "/body",
			Cause:    "body",
		})
	default:
		c.Inconclusive("the body is another, which may say the same")
	}
}

// saysSame reports JSON that has the same members and elements, however it is printed.
func saysSame(front, came *traffic.Facts) bool {
	var a, b any
	return json.Unmarshal(front.Response.Body, &a) != nil || json.Unmarshal(came.Response.Body, &b) != nil || reflect.DeepEqual(a, b)
}

func isCoded(f *traffic.Facts) bool {
	coding, ok := f.Response.Header.Get("Content-Encoding")
	return ok && coding != "identity"
}
