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
	ID:      "proxy-keeps-retry-after",
	Clauses: []string{"L12"},
	Party:   clause.Proxy,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes Retry-After on with a 418 or 429, and does not make the wait shorter.",
		Why:     "A client that is told of no wait, or of a shorter one, sends inside it, and the ban that follows is of the proxy's address, for everybody behind it.",
		Mend:    "Forward Retry-After as it comes; take it out of the fields that the proxy hides, and write none of its own.",
		Reading: "A field that asks for a longer wait is left undecided: a proxy may know more. So is one that says no number of seconds. A status that the proxy changed is `proxy-keeps-status`'s.",
		Good:    "429 with Retry-After: 7 on both sides of the proxy",
		Bad:     "429 with Retry-After: 7 from the venue, and without it for the client",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		if r.Front == nil || !r.Front.Answered() {
			return
		}
		front := r.Front
		calls := slices.DeleteFunc(forwarded(r), func(f *traffic.Facts) bool { return !asksToWait(f) || f.Response.Status != front.Response.Status })
		if len(calls) == 0 {
			return
		}
		isSame := func(f *traffic.Facts) bool { return f.RetryAfter == front.RetryAfter }
		came := calls[len(calls)-1]
		switch {
		case front.HasRetryAfter && slices.ContainsFunc(calls, isSame):
			c.Pass()
		case front.FieldMasked || came.FieldMasked:
			c.Inconclusive("a field was masked")
		case !front.HeadersSeen():
			c.Inconclusive("the header fields of some answer were not recorded")
		case len(calls) > 1:
			c.Inconclusive("the answer in front may be any of several behind")
		case front.HasRetryAfter && (front.RetryAfterSec < 0 || came.RetryAfterSec < 0 || front.WaitsDiffer || came.WaitsDiffer):
			c.Inconclusive("Retry-After says no one number of seconds")
		case front.HasRetryAfter && front.RetryAfterSec > came.RetryAfterSec:
			c.Inconclusive("the proxy asks for a longer wait")
		default:
			c.Fail(rule.Report{
				Message:  fmt.Sprintf("The proxy did not pass Retry-After of the venue's %d on as it came.", came.Response.Status),
				Expected: "Retry-After: " + shown(c, came.RetryAfter) + ", as behind the proxy",
				Seen:     shownOrNone(c, front.RetryAfter),
				Pointer:  "/header/Retry-After",
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges[0].Response.Header.Del("Retry-After")
	},
})

// asksToWait reports an answer whose Retry-After tells a client how long to be silent.
func asksToWait(f *traffic.Facts) bool {
	return f.Answered() && (f.Response.Status == 418 || f.Response.Status == 429) && f.HasRetryAfter
}
