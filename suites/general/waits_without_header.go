package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "waits-without-header",
	Clauses: []string{"L08"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "After a 429 without Retry-After the client sends nothing until the venue's next minute.",
		Why:     "The limit counts by the minute: what is sent before it ends is refused again, and every refusal brings the ban nearer.",
		Mend:    "On a 429 without Retry-After, stop every request of the IP until the minute of the response's Date ends.",
		Reading: "Without Retry-After the document names no wait and only asks to back off, so that the minute is how it is read (the limits' own interval), and a recommendation; back-off-after-429 judges spamming that can be no back-off. The wait lasts to the next minute of the response's Date. Where header fields were not recorded nobody knows that Retry-After was missing. A request on the wire when the 429 arrived is innocent, and so is one that comes at most 50 ms early. Who stands between client and venue sees a request come, and not when it was sent: back-off-after-429 states the bounds. A 429 that bears no code and no field of the venue's may be a gateway's, and is inconclusive without --gateway-counts.",
		Good:    "429 at 10:00:10, the next request at 10:01:00",
		Bad:     "429 at 10:00:10, the next request at 10:00:40",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsCompany,
	New:   func() rule.Probe { return silenceAfter(429, true) },
	Plant: func(c *conversation.Conversation) {
		c.Move(c.Last(), c.WithStatus(429).Received.Earliest.Add(500*time.Millisecond))
	},
})
