package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "any-order-accepted",
	Clauses: []string{"G18"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The same parameters are accepted in any order.",
		Why:     "A client whose language keeps parameters in a map sends them in an order of its own; a server that wants another order refuses its orders now and then, for no reason that shows.",
		Mend:    "Look parameters up by name, and check the signature over the bytes as they were sent.",
		Reading: "The vendor's page for /wapi wants the signature last, and a signature covers the other parameters in the order sent. The others are moved about and signed anew; the signature comes last. Probing, the variants of the experiment `any-order` are orders of one call; where one was accepted, none may be refused with a code about parameters (-1022, -1100 to -1199).",
		Good:    "symbol=BTCUSDT&limit=5 and limit=5&symbol=BTCUSDT answered alike",
		Bad:     "side=BUY&symbol=LTCBTC refused where symbol=LTCBTC&side=BUY is accepted",
	},
	NotHere: "A recording shows a call in the one order in which it was sent; other orders take sending them. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	New: func() rule.Probe {
		var g group
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			if variant, ok := g.add(c.Edition.Dialect, TryOrder, e); ok {
				judgeAnyOrder(c, e, &g, variant)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Status, x.Response.Body = 400, c.Refusal(traffic.BadSignature)
	},
})

// judgeAnyOrder holds a call against those of its group that were accepted before
// it or, where it is the first accepted, refused.
func judgeAnyOrder(c *rule.Trial, e *rule.Event, g *group, variant string) {
	now := g.attempts[variant]
	var taken, refusal attempt
	for v, a := range g.attempts {
		switch {
		case v == variant:
		case a.reply == accepted && a.number > taken.number:
			taken = a
		case a.reply == refused && a.number > refusal.number:
			refusal = a
		}
	}
	switch {
	case now.reply == refused && taken.number > 0:
		c.Fail(rule.Report{
			Cause:    "order refused",
			Expected: fmt.Sprintf("the call accepted, as it was with the same parameters in another order (exchange %d)", taken.number),
			Seen:     seen(e),
			Pointer:  "/status",
		})
	case now.reply == accepted && taken.number == 0 && refusal.number > 0:
		c.Fail(rule.Report{
			Cause:    "order refused",
			Expected: fmt.Sprintf("the call accepted also with its parameters in another order (exchange %d), as it was here", refusal.number),
			Seen:     fmt.Sprintf("code %d there", refusal.code),
			Pointer:  "/status",
		})
	case now.reply == accepted && taken.number > 0:
		c.Pass()
	case now.reply == saysNothing:
		c.Inconclusive("the call was refused, or not answered, for other reasons than the order of its parameters")
	}
}
