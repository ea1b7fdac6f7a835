package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "query-or-body-accepted",
	Clauses: []string{"G15"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A POST, PUT or DELETE is accepted with its parameters in the query string, and with the same parameters in the body.",
		Why:     "A client that is written to one of the two ways is refused, with a missing parameter (-1102) or a bad signature (-1022), by a server that reads only the other.",
		Mend:    "Read parameters from both places and check the signature over the query string followed by the body; a proxy must not drop the body of a DELETE.",
		Reading: "The vendor's page for /wapi wants the query string always, so /wapi is left out. A server that takes one way only breaks no duty, but clients of the document will not work with it. Probing, the experiment `places` sends one call by its variants `query` and `body`. It fails only where one was accepted and the other refused with a code about parameters (-1022, -1100 to -1199); limits, clocks, balances and the venue's own failures decide nothing.",
		Good:    "POST /api/v3/order/test answered 200 with its parameters in the query string, and 200 with them in the body",
		Bad:     "DELETE /api/v3/order answered 200 with its parameters in the query string, and -1102 with them in the body",
	},
	NotHere: "A recording shows a call as it was sent, one way; that the other way would have been accepted takes sending it. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	New: func() rule.Probe {
		var g group
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			switch variant, _ := g.add(c.Edition.Dialect, TryPlaces, e); variant { // none of the two where it is not of the experiment
			case PlaceQuery:
				judgePlaces(c, e, g.attempts[PlaceQuery], g.attempts[PlaceBody], "body")
			case PlaceBody:
				judgePlaces(c, e, g.attempts[PlaceBody], g.attempts[PlaceQuery], "query string")
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Response.Status, x.Response.Body = 400, c.Refusal(traffic.MissingParam)
	},
})

// judgePlaces compares a call with the same call whose parameters stood in the
// other place.
func judgePlaces(c *rule.Trial, e *rule.Event, now, other attempt, place string) {
	switch {
	case other.number == 0: // it comes yet
	case now.reply == accepted && other.reply == accepted:
		c.Pass()
	case now.reply == refused && other.reply == accepted:
		c.Fail(rule.Report{
			Cause:    "place refused",
			Expected: fmt.Sprintf("the call accepted, as it was with the same parameters in the %s (exchange %d)", place, other.number),
			Seen:     seen(e),
			Pointer:  "/status",
		})
	case now.reply == accepted && other.reply == refused:
		c.Fail(rule.Report{
			Cause:    "place refused",
			Expected: fmt.Sprintf("the call accepted also with its parameters in the %s (exchange %d), as it was here", place, other.number),
			Seen:     fmt.Sprintf("code %d there", other.code),
			Pointer:  "/status",
		})
	default:
		c.Inconclusive("the call was refused, or not answered, for other reasons than the place of its parameters")
	}
}
