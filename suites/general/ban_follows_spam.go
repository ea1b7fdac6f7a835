package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ban-follows-spam",
	Clauses: []string{"L09"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An address that keeps breaking limits, or does not back off after 429s, is banned with a 418.",
		Why:     "A test server that never bans lets a client pass whose back-off does not work; on the venue the same client is shut out for up to three days.",
		Mend:    "Count the requests that an address sends after a 429 and before Retry-After has passed, and answer with 418 once they are many.",
		Reading: "The document does not say how many requests it takes, so no number is demanded, only that going on for long ends in a ban. Probing, the experiment `burst` goes on after the first 429; 500 requests past the limit without a ban are the many that fail.",
		Good:    "429, more requests at once, 429, 429, 418 with Retry-After: 120",
		Bad:     "Thousands of requests after the 429, each answered 429",
	},
	NotHere: "The document does not say after how many requests the ban comes, so a recording without one proves nothing; it takes a server that may be pushed until it bans. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	New: func() rule.Probe {
		var b burst
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			if x := e.Experiment(); x.Name == TryBurst {
				b.hear(c, e, x.Group)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.WithStatus(418)
		x.Response.Status, x.Response.Body = 429, c.Refusal(traffic.TooManyRequests)
		x.Response.Header.Set("Retry-After", "40")
	},
})

// burst is how far one burst has come.
type burst struct {
	group  int64
	limit  int64        // of weight a minute, 0 while not told
	warned traffic.Span // when the first answer that showed the limit broken arrived
	past   int          // requests past the limit that were sent after it
	over   bool
}

func (b *burst) hear(c *rule.Trial, e *rule.Event, group int64) {
	if b.group != group {
		*b = burst{group: group}
	}
	if e.WeightLimit > 0 {
		b.limit = e.WeightLimit
	}
	switch {
	case b.over || !e.Answered || e.Maker == traffic.MakerIntermediary:
	case e.Status == 418 && !b.warned.Known():
		c.Inconclusive("the address was banned before the burst broke a limit")
		b.over = true
	case e.Status == 418:
		c.Pass()
		b.over = true
	case !b.breaks(e):
	case !b.warned.Known():
		b.warned = e.Received
	case e.ArrivedAfter(b.warned):
		if b.past++; b.past >= BurstEnough {
			b.over = true
			c.Fail(rule.Report{
				Expected: "a ban, by status 418",
				Seen:     fmt.Sprintf("%s to the last of %d requests past the limit", seen(e), b.past),
				Pointer:  "/status",
			})
		}
	}
}

// breaks reports an answer that shows a limit of requests broken: it says so,
// or its used weight does.
func (b *burst) breaks(e *rule.Event) bool {
	if e.OrderLimited() {
		return false
	}
	return e.Status == 429 || e.Means == traffic.TooManyRequests ||
		b.limit > 0 && e.Success() && e.UsedWeight-max(e.OwnWeight, 0) > b.limit+counterLag
}
