package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "retry-after-zero",
	Clauses: []string{"L13"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Retry-After on a 429 is more than 0.",
		Why:     "A client that believes a 0 sends again at once, into the same full window, and earns the ban that the field is there to prevent.",
		Mend:    "Round what is left of the window up to whole seconds; send 1 rather than 0.",
		Reading: "0 is a number of seconds, so that the sentence is kept, and at the very end of a window even right: it is told on a 429. On a 418, where a ban remains, retry-after-seconds fails it.",
		Good:    "429 with Retry-After: 1",
		Bad:     "429 with Retry-After: 0",
	},
	On: rule.OnRefusal,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch {
		case f.Response.Status != 429 || f.Maker != traffic.MakerVenue:
		case f.RetryAfterSec > 0:
			c.Pass()
		case f.RetryAfterSec == 0:
			c.Fail(rule.Report{Expected: "1 or more", Seen: "Retry-After: 0", Pointer: "/header/Retry-After"})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Header.Set("Retry-After", "0")
	},
})
