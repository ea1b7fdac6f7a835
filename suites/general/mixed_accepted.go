package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "mixed-accepted",
	Clauses: []string{"G17"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A POST, PUT or DELETE is accepted with its parameters divided between query string and body.",
		Why:     "Clients that keep timestamp and signature in the query string and the order in the body are refused by a server that reads one place only.",
		Mend:    "Read both places and check the signature over the query string followed by the body, joined without an ampersand.",
		Reading: "The vendor's page for /wapi wants the query string always, so /wapi is left out. Probing, the variant `mixed` of the experiment `places` is held against `query` or `body`, whichever was accepted. It fails only where it was refused with a code about parameters (-1022, -1100 to -1199).",
		Good:    "POST /api/v3/order/test?symbol=LTCBTC with the rest in the body, answered 200 like the undivided call",
		Bad:     "The divided call answered -1102 or -1022 where the undivided one is answered 200",
	},
	NotHere: "A refused call in a recording has other explanations, first of all its signature; it takes sending the same call divided and undivided. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	New: func() rule.Probe {
		var g group
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			if variant, ok := g.add(c.Edition.Dialect, TryPlaces, e); ok && variant == PlaceMixed {
				judgeMixed(c, e, &g)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Status, x.Response.Body = 400, c.Refusal(traffic.BadSignature)
	},
})

// judgeMixed holds the divided call against the same call undivided.
func judgeMixed(c *rule.Trial, e *rule.Event, g *group) {
	whole, place := g.attempts[PlaceQuery], "query string"
	if whole.reply != accepted {
		whole, place = g.attempts[PlaceBody], "body"
	}
	switch now := g.attempts[PlaceMixed]; {
	case now.reply == accepted:
		c.Pass()
	case now.reply == refused && whole.reply == accepted:
		c.Fail(rule.Report{
			Expected: fmt.Sprintf("the call accepted, as it was with all parameters in the %s (exchange %d)", place, whole.number),
			Seen:     seen(e),
			Pointer:  "/status",
		})
	default:
		c.Inconclusive("the call was refused, or not answered, for other reasons than the places of its parameters")
	}
}
