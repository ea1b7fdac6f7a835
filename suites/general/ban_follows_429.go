package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ban-follows-429",
	Clauses: []string{"G07"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "An IP is banned with 418 only for going on after it received 429s.",
		Why:     "A ban without a warning leaves a client no way to avoid it.",
		Mend:    "Answer 429 first; ban with 418 only an IP that sends on in spite of it.",
		Reading: "Never a failure on a history that may be incomplete: another process on the IP may have earned the ban. Only a recording that says it holds the IP's whole history can show a ban without a warning.",
		Good:    "429, another request, 418",
		Bad:     "418 as the first answer an IP ever gets",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsBans,
	New: func() rule.Probe {
		var warned traffic.Span // when the first 429 arrived
		banned, served := false, int64(0)
		return rule.Probe{Trouble: func(c *rule.Trial, e *rule.Event) {
			if n := c.Bans().Served; n != served {
				banned, served = false, n
			}
			switch {
			case !e.Answered || e.Maker == traffic.MakerIntermediary:
			case e.Status == 429 && !warned.Known():
				warned = e.Received
			case e.Status != 418:
				banned = false
			case banned: // the same ban goes on
			case warned.Known() && (e.ArrivedAfter(warned) || !e.Exact):
				c.Pass()
				banned = true
			case e.CompleteHistory && !warned.Known():
				c.Fail(rule.Report{Expected: "a 429 in the IP's history before the 418", Seen: "none, in a complete history", Pointer: "/status"})
				banned = true
			default:
				c.Inconclusive("the recording need not hold the IP's whole history")
				banned = true
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		for x := c.WithStatus(429); x != nil; x = c.WithStatus(429) {
			c.Drop(x)
		}
	},
})
