package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "support-calls-wait",
	Clauses: []string{"L08", "L08b"},
	Party:   clause.Client,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "After a 429 or 418 the support calls that a client library sends by itself (ping, time, exchangeInfo) wait as well.",
		Why:     "They count like any other request: a clock that is set every second keeps an IP in its ban.",
		Mend:    "Send support calls through the same gate as all others, which a 429 or 418 closes until Retry-After has passed.",
		Reading: "The document's sentences make no difference between requests. But a library that asks for the time before it signs what its caller asks for is not spamming, so that for driven clients these calls are judged apart and as a recommendation. In ordinary recordings, where nobody knows whose doing a request is, back-off-after-429 and silence-during-ban judge them with all others.",
		Good:    "429 with Retry-After: 3 at 10:00:00, the client's own GET time at 10:00:03",
		Bad:     "429 with Retry-After: 3 at 10:00:00, the client's own GET time at 10:00:01",
	},
	NotHere: "Whose doing a request is shows only to somebody who drives the client; in a recording back-off-after-429 and silence-during-ban judge these calls with all others.",
	Scope:   rule.PerIP,
	Needs:   rule.NeedsCompany,
	New:     newSupportCallsWait,
	Plant: func(c *conversation.Conversation) {
		for _, x := range c.Exchanges {
			if x.Annotation.Command.Own {
				c.Move(x, c.WithStatus(429).Received.Earliest.Add(500*time.Millisecond))
				return
			}
		}
	},
})

func newSupportCallsWait() rule.Probe {
	var w wait
	return rule.Probe{
		Next: func(c *rule.Trial, e *rule.Event) {
			if isOwn(e) && isSupportCall(e) {
				w.judge(c, e)
			}
		},
		Trouble: func(c *rule.Trial, e *rule.Event) {
			if !e.Annotation.Driven() || e.Status != 429 && e.Status != 418 || madeBetween(c, e) || e.OrderLimited() {
				return
			}
			w.follow(waitOf(e), byNobody(c, e))
		},
		Told: func(_ *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				w = wait{}
			}
		},
	}
}
