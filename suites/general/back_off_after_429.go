package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "back-off-after-429",
	Clauses: []string{"L08"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "After a 429 the client sends nothing until Retry-After has passed.",
		Why:     "The venue bans the IP of a client that goes on: 2 minutes the first time, up to 3 days for those who repeat it.",
		Mend:    "On a 429, stop every request of the IP for Retry-After seconds counted from the response's arrival; without the field, until the next minute of the venue's clock, or at least after pauses that grow.",
		Reading: "\"As an API\" is read as \"as an API client\". A request on the wire when the 429 arrived is innocent, and so is one that comes at most 50 ms early. Who stands between client and venue sees a request come, and not when it was sent: one that came less than 200 ms after the 429 on a kept connection, or within 1 s where nobody kept when the connection was opened, may have been on the wire, and so may one on a connection that was opened for it, within 10 s, less than 200 ms after the 429 or before; those are inconclusive, unless they were surely sent after an earlier 429 whose wait was not over either. What is surely later is the very call that the 429 refused, if it changes state, the client is seen whole, its connection was opened or free after the 429, and nothing else of the client was under way beside that, or may have been. A date in Retry-After, which the document does not allow, ends the wait on the venue's clock, and with anything else in it, or with two that differ, nobody can say how long was meant: such a 429 takes nothing from a wait that another one told, and what comes when that is over is inconclusive. A silence that was perhaps broken is not kept by its rest. Where the wait was over by the two responses' Dates and not by the recorder's instants a clock was set, and it is inconclusive. Without Retry-After the document names no wait: sending again inside the venue's minute is judged by waits-without-header, as a recommendation, and only spamming that can be no back-off by this rule: the same call sent ten times within 5 s of its refusal, each time that it was refused again and after pauses that do not grow, the longest of the second half being less than twice the shortest of the first, or than 100 ms. Calls perhaps under way together are inconclusive; whatever the client sends 5 s after that refusal, having done none of that, keeps the rule. Retries that libraries have by default end after three to five, and whoever pauses for a second sends five. A 429 that bears no code and no field of the venue's may be a gateway's, and a request too early for it is inconclusive, unless --gateway-counts says that the limits are a gateway's of one's own; what a box in between surely made counts only then. A 429 for too many orders (code -1015) forbids orders only, of the same key: the ORDERS limits are those of /api, and the document has none for /sapi/v1/margin, so that an order of one of them after the refusal of the other's is inconclusive. What a 418 forbids is judged by silence-during-ban.",
		Good:    "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:03",
		Bad:     "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:01",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsCompany,
	New:   newBackOff,
	Plant: func(c *conversation.Conversation) {
		c.Move(c.Last(), c.WithStatus(429).Received.Earliest.Add(500*time.Millisecond))
	},
})

// newBackOff judges the waits that a client was told, and without any spamming.
func newBackOff() rule.Probe {
	told, s := silenceAfter(429, false), spams{}
	return rule.Probe{
		Next: func(c *rule.Trial, e *rule.Event) {
			told.Next(c, e)
			s.next(c, e)
		},
		Response: func(c *rule.Trial, e *rule.Event) {
			if len(s.kept) > 0 && !isBare(c, e) {
				s.answer(e)
			}
		},
		Trouble: func(c *rule.Trial, e *rule.Event) {
			told.Trouble(c, e)
			if isBare(c, e) {
				s.refusal(c, e)
			}
		},
		Told: func(c *rule.Trial, e *rule.Event) {
			told.Told(c, e)
			if isWatched(e) {
				s.watched(c, e)
			}
		},
	}
}

// isBare reports a 429 that names no wait, as far as its header was recorded.
func isBare(c *rule.Trial, e *rule.Event) bool {
	return e.Status == 429 && e.HeadersSeen && !e.HasRetryAfter && e.BannedUntil.IsZero() && !madeBetween(c, e)
}
