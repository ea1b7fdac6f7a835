package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "silence-during-ban",
	Clauses: []string{"L08b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "After a 418 the client sends nothing until the ban is over.",
		Why:     "Every request during a ban counts as another offence: the next ban is longer, up to 3 days for the whole IP.",
		Mend:    "On a 418, stop every request of the IP, other processes included, until Retry-After has passed (or the instant in the message, if that is later).",
		Reading: "The document's Retry-After sentence has 418 and 429 swapped, as later editions mend: on a 418 the field says when the ban is over. Where the field and the message disagree by more than 2 s, a request fails only if it comes before both, and keeps the silence only behind both; what else stands in the field leaves it to the message. The message names an instant of the venue's clock, which the response's Date places on the recorder's; without Date it is held against nobody. Without either the end is unknown and nothing is judged; of a 418 like that after one that told an end, the ban is judged to that end, and what comes after it is inconclusive. A further 418 goes on with the ban: a silence that was broken, or perhaps broken, is not kept by its rest. A 418 without a code is the venue's, too, unless a box in between surely made it: nobody else sends any. Who stands between client and venue sees a request come, and not when it was sent: back-off-after-429 states the bounds.",
		Good:    "418 with Retry-After: 120 at 10:00:00, the next request at 10:02:00",
		Bad:     "418 with Retry-After: 120 at 10:00:00, the next request at 10:00:05",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsCompany,
	New:   func() rule.Probe { return silenceAfter(418, false) },
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "1203")
		c.Move(c.Last(), c.WithStatus(418).Received.Earliest.Add(30*time.Second))
	},
})
