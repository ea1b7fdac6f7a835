package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "confirm-unknown",
	Clauses: []string{"G10b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A call of UNKNOWN outcome is looked up before the client trades the symbol on.",
		Why:     "Until then the client does not know its position: it sells what it may not have and buys what it may have bought.",
		Mend:    "After a 5XX, ask for the order (GET order by origClientOrderId, openOrders, myTrades) or wait for its event on the user data stream before the next order of the symbol.",
		Reading: "The execution status is UNKNOWN until confirmed. The user data stream is not recorded, so that a client that has asked for one may have been told there: then it is undecided. A cancel trades nothing, and the same call again is no-blind-resend's to judge, which says what a look-up is. Who neither looks nor trades on shows nothing.",
		Good:    "POST order BTCUSDT: 503. GET order BTCUSDT. POST another order BTCUSDT.",
		Bad:     "POST order BTCUSDT: 503. POST another order BTCUSDT.",
	},
	Scope: rule.PerKey,
	Needs: rule.NeedsCompany,
	New: func() rule.Probe {
		var u unknowns
		stream := false
		return rule.Probe{
			Request: func(c *rule.Trial, e *rule.Event) {
				stream = stream || e.StateChanging && c.Edition.CallKind(e.Path) == edition.CallStream
			},
			Next: func(c *rule.Trial, e *rule.Event) {
				for i := range u.kept {
					if p := &u.kept[i]; p.mayPrecede(e) {
						judgeConfirmation(c, e, p, stream)
					}
				}
			},
			Trouble: func(c *rule.Trial, e *rule.Event) {
				if (e.Status/100 == 5 || e.SaysUnknown()) && changesState(c, e) && e.Symbol != 0 {
					u.add(c, e)
				}
			},
			Told: func(_ *rule.Trial, e *rule.Event) {
				if isWatched(e) { // that it did not trade on does not say that it looked
					u = unknowns{}
				}
			},
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Drop(c.Exchanges[1])
	},
})

func judgeConfirmation(c *rule.Trial, e *rule.Event, p *unknown, stream bool) {
	switch look := p.lookOf(c, e); {
	case look == lookWhole:
		before := p.lookUp
		if p.lookedUp(c, e); before == 0 && p.lookUp != 0 && !p.doubted {
			c.Pass()
		}
	case look == lookNarrow:
		p.narrowed(c, e)
	case !changesState(c, e) || e.Method == "DELETE" || e.Symbol != p.symbol || e.Business == p.business || e.Commanded():
		p.balances(c, e)
		return // a cancel trades nothing, a resend is no-blind-resend's to judge, and a command its caller's doing
	case p.lookUp != 0:
		*p = unknown{} // it was looked up
	case !p.before(c, e):
		p.doubt(c, onTheWire)
	case p.asked != "":
		p.doubt(c, p.asked)
	case stream:
		c.Inconclusive("the user data stream, which is not recorded, may have told the outcome")
		*p = unknown{}
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The client trades the symbol on although exchange %d left an order UNKNOWN %s.", p.at.Number, p.how()),
			Expected: "a query of the order first",
			Seen:     e.Method + " " + e.Path + " for the same symbol",
			Hint:     p.hint(c.Mend()),
		})
		*p = unknown{}
	}
}
