package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "bans-grow",
	Clauses: []string{"L10"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An IP that is banned again is banned for at least as long as before.",
		Why:     "Clients plan by the growth of bans; a venue whose later bans are shorter teaches them that bans do not matter.",
		Mend:    "Remember an IP's bans and never make a later one shorter.",
		Reading: "\"Scale in duration for repeat offenders\" is read as: never shorter. A ban's length is bounded by what its first 418 says is left and by the last request before it that was not refused. After three days without a ban the memory may end, so that nothing is judged.",
		Good:    "a ban of 120 s, later one of 300 s",
		Bad:     "a ban of 300 s, later one of 120 s",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsBans,
	New: func() rule.Probe {
		return rule.Probe{Trouble: func(c *rule.Trial, _ *rule.Event) {
			if b := c.Bans(); b.Began && b.Before.At.Number != 0 {
				judgeGrowth(c, b)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		later := c.Last()
		later.Response.Header.Set("Retry-After", "125")
		conversation.ReplaceInBody(later, c.Instant(time.UnixMilli(1563618616050)), c.Instant(time.UnixMilli(1563618140050)))
	},
})

func judgeGrowth(c *rule.Trial, b *rule.Bans) {
	longest, bounded := b.Now.Longest()
	switch {
	case b.Now.First.Earliest.Sub(b.Before.End.Latest) > c.Edition.MaxBan:
		c.Inconclusive("the bans lie more than three days apart")
	case bounded && longest < b.Before.Shortest()-rule.BanTolerance:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("This ban is shorter than the one that exchange %d began.", b.Before.At.Number),
			Expected: fmt.Sprintf("%s or more", b.Before.Shortest()),
			Seen:     fmt.Sprintf("%s at the most", longest.Round(time.Second)),
			Pointer:  "/header/Retry-After",
		})
	case b.Now.Shortest() >= b.Before.Shortest():
		c.Pass()
	default:
		c.Inconclusive("the start of a ban was not seen")
	}
}
