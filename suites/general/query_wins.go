package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "query-wins",
	Clauses: []string{"G19"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Of a parameter in both query string and body, the query string's value is used.",
		Why:     "A server that uses the other value trades another symbol, quantity or price than the client was promised.",
		Mend:    "Look a name up in the query string first, and in the body only when it is not there; do not refuse the call for the repetition.",
		Reading: "The error document refuses repeated parameters (-1101). That is about repetition within one place; this is about one name in both. Probing, the experiment `places` sends a call divided between query string and body (`mixed`, accepted), the same with a symbol that does not exist (`invalid`, refused), and then with both symbols: the real one in the query string (`query-valid`) must be accepted, the other in the query string (`query-invalid`) refused as before. A venue that refuses to have calls divided, or does not look at symbols, leaves it undecided.",
		Good:    "POST /api/v3/order/test?symbol=LTCBTC with symbol=NONE in the body, answered 200",
		Bad:     "The same call answered -1121 (invalid symbol), because the body's value was used, or -1101, because both were",
	},
	NotHere: "Which value the venue used seldom shows in a response, and recordings hold no such call; it takes sending one whose two values have different outcomes. mbxcheck probe does so.",
	Scope:   rule.PerIP,
	New: func() rule.Probe {
		var g group
		return rule.Probe{Tried: func(c *rule.Trial, e *rule.Event) {
			variant, ok := g.add(c.Edition.Dialect, TryPlaces, e)
			switch {
			case ok && variant == PlaceQueryValid:
				judgeQueryValid(c, e, &g)
			case ok && variant == PlaceQueryInvalid:
				judgeQueryInvalid(c, e, &g)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Exchanges[len(c.Exchanges)-2]
		x.Response.Status, x.Response.Body = 400, c.Refusal(traffic.BadSymbol)
	},
})

// tellsApart says whether the two values have different outcomes, and returns
// why not.
func tellsApart(g *group) (why string) {
	switch valid, invalid := g.attempts[PlaceMixed], g.attempts[PlaceInvalid]; {
	case valid.reply != accepted:
		return "the call was not accepted even without the repeated parameter"
	case invalid.reply != refused:
		return "the venue does not tell the two values apart"
	}
	return ""
}

// judgeQueryValid judges the call whose body repeats a parameter with a value
// that must not be used.
func judgeQueryValid(c *rule.Trial, e *rule.Event, g *group) {
	why := tellsApart(g)
	switch now := g.attempts[PlaceQueryValid]; {
	case why != "":
		c.Inconclusive(why)
	case now.reply == accepted:
		c.Pass()
	case now.reply == saysNothing:
		c.Inconclusive("the call was refused, or not answered, for other reasons than its parameters")
	default:
		c.Fail(rule.Report{
			Cause:    "refused for the body",
			Expected: fmt.Sprintf("the call accepted, as it was without the repetition in the body (exchange %d)", g.attempts[PlaceMixed].number),
			Seen:     seen(e),
			Pointer:  "/status",
		})
	}
}

// judgeQueryInvalid judges the call whose body repeats a parameter with the
// value that would make it valid.
func judgeQueryInvalid(c *rule.Trial, e *rule.Event, g *group) {
	why := tellsApart(g)
	switch now, alone := g.attempts[PlaceQueryInvalid], g.attempts[PlaceInvalid]; {
	case why != "":
		c.Inconclusive(why)
	case now.reply == accepted:
		c.Fail(rule.Report{
			Cause:    "accepted for the body",
			Expected: fmt.Sprintf("the call refused with code %d, as it was without the repetition in the body (exchange %d)", alone.code, alone.number),
			Seen:     seen(e),
			Pointer:  "/status",
		})
	case now.reply == refused && now.code == alone.code:
		c.Pass()
	default:
		c.Inconclusive("the call was refused, or not answered, for other reasons than the value in the query string")
	}
}
