package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "any-order-accepted",
	Clauses:  []string{"G18"},
	Party:    clause.Server,
	Level:    clause.May,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "The same parameters are accepted in any order.",
		Why:     "A client whose language keeps parameters in a map sends them in an order of its own; a server that wants another order refuses its orders now and then, for no reason that shows.",
		Mend:    "Look parameters up by name, and check the signature over the bytes as they were sent.",
		Reading: "The vendor's page for /wapi wants the signature last, and a signature covers the other parameters in the order sent. The others are moved about and signed anew; the signature comes last.",
		Good:    "symbol=BTCUSDT&limit=5 and limit=5&symbol=BTCUSDT answered alike",
		Bad:     "side=BUY&symbol=LTCBTC refused where symbol=LTCBTC&side=BUY is accepted",
	},
	NotHere: "A recording shows a call in the one order in which it was sent; other orders take sending them.",
})
