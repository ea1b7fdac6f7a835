package general

import (
	"bytes"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "proxy-passes-date",
	Clauses: []string{"L14"},
	Party:   clause.Proxy,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes the Date of the venue's answer on.",
		Why:     "Counters and bans run by the venue's clock. A client that reads it from Date and is told the proxy's computes its waits, and the timestamps that it signs, by the wrong one.",
		Mend:    "Forward Date as it comes: in nginx by proxy_pass_header Date.",
		Reading: "The document names no Date; RFC 9110 section 6.6.1 has the origin write it, and one that came is not for others to change. So this is told, not failed. Two clocks may agree, and a second more or less harms nobody: that is left undecided.",
		Good:    "Date: Sat, 20 Jul 2019 10:00:10 GMT on both sides of the proxy",
		Bad:     "The same from the venue, and Date: Sat, 20 Jul 2019 10:01:40 GMT for the client",
	},
	NotHere: "It compares the two sides of a proxy; a recording of one holds no hop.",
	Pair: func(c *rule.Trial, r *rule.Relay) {
		calls := forwarded(r)
		if len(calls) == 0 || !r.Front.Answered() {
			return
		}
		front, came := r.Front, calls[len(calls)-1]
		if !isLike(front, came) || came.Date.IsZero() || !bytes.Equal(front.Response.Body, came.Response.Body) {
			return // the answer in front is another's
		}
		switch apart := front.Date.Sub(came.Date).Abs(); {
		case front.FieldMasked || came.FieldMasked || !front.HeadersSeen():
			c.Inconclusive("Date was masked, or not recorded")
		case len(calls) > 1:
			c.Inconclusive("the answer in front may be any of several behind")
		case !front.Date.IsZero() && apart == 0:
			c.Pass()
		case !front.Date.IsZero() && apart <= sameClock:
			c.Inconclusive("the two Dates are hardly apart")
		default:
			c.Fail(rule.Report{
				Message:  "The proxy did not pass Date on as it came.",
				Expected: "Date: " + shown(c, dateOf(came)) + ", as behind the proxy",
				Seen:     shownOrNone(c, dateOf(front)),
				Pointer:  "/header/Date",
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		h := c.Exchanges[0].Response.Header
		for i := range h {
			if h[i].Name == "Date" {
				h[i].Value = time.Date(2019, 7, 20, 10, 5, 0, 0, time.UTC).Format(http.TimeFormat)
			}
		}
	},
})

// sameClock is how far two readings of one clock in whole seconds are apart that were
// taken for one answer.
const sameClock = time.Second

func dateOf(f *traffic.Facts) string {
	v, _ := f.Response.Header.Get("Date")
	return v
}
