package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ban-length",
	Clauses: []string{"L11"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A ban lasts from 2 minutes to 3 days.",
		Why:     "A client that waits longer than it must loses its market; one told less than the ban lasts comes back into it and is banned for longer.",
		Mend:    "Ban for 120 to 259200 seconds, and tell what is left of it in seconds.",
		Reading: "The bounds hold for the whole ban, the field tells what is left of it: more than three days always fails; less than two minutes only when the ban's start is bounded by a request that was not refused.",
		Good:    "429, then 418 with Retry-After: 120",
		Bad:     "429, then 418 with Retry-After: 10",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsBans,
	New: func() rule.Probe {
		return rule.Probe{Trouble: func(c *rule.Trial, e *rule.Event) {
			if e.Status != 418 || e.Maker != traffic.MakerVenue {
				return
			}
			if left, ok := rule.BanLeft(e); ok {
				judgeBanLength(c, c.Bans(), left)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.WithStatus(418)
		x.Response.Header.Set("Retry-After", "10")
		conversation.ReplaceInBody(x, c.Instant(time.UnixMilli(1563616933000)), c.Instant(time.UnixMilli(1563616822000)))
	},
})

func judgeBanLength(c *rule.Trial, b *rule.Bans, left time.Duration) {
	longest, bounded := b.Now.Longest()
	switch {
	case left > c.Edition.MaxBan:
		c.Fail(rule.Report{
			Cause:    "too long",
			Expected: "259200 s (3 days) at the most",
			Seen:     fmt.Sprintf("%d s left", int64(left/time.Second)),
			Pointer:  "/header/Retry-After",
		})
	case !b.Began: // what is left says nothing of the whole
	case left >= c.Edition.MinBan:
		c.Pass()
	case bounded && longest < c.Edition.MinBan-rule.BanTolerance:
		c.Fail(rule.Report{
			Cause:    "too short",
			Expected: "a ban of 120 s or more",
			Seen:     fmt.Sprintf("%s at the most: %d s left, and a request before it was not refused", longest.Round(time.Second), int64(left/time.Second)),
			Pointer:  "/header/Retry-After",
		})
	default:
		c.Inconclusive("the start of the ban was not seen")
	}
}
