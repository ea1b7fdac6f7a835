package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "back-off-after-429",
	Clauses:  []string{"L08"},
	Party:    clause.Client,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "After a 429 the client sends nothing until Retry-After has passed.",
		Why:     "The venue bans the IP of a client that goes on: 2 minutes the first time, up to 3 days for those who repeat it.",
		Mend:    "On a 429, stop every request of the IP for Retry-After seconds counted from the response's arrival; without the field, until the next minute of the venue's clock.",
		Reading: "\"As an API\" is read as \"as an API client\". A request on the wire when the 429 arrived is innocent, and so is one that comes at most 50 ms early. Without Retry-After the wait lasts to the next minute of the response's Date; a date in it, which the document does not allow, ends the wait on the venue's clock, and with anything else in it nobody can say how long was meant. A 429 without it that bears no code and no field of the venue's may be a gateway's, and is inconclusive. A 429 for too many orders (code -1015) forbids orders only. What a 418 forbids is judged by silence-during-ban.",
		Good:    "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:03",
		Bad:     "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:01",
	},
	Scope: rule.PerIP,
	New:   func() rule.Probe { return silenceAfter(429) },
	Plant: func(c *rule.Conversation) {
		c.Move(c.Last(), c.WithStatus(429).Received.Earliest.Add(500*time.Millisecond))
	},
})
