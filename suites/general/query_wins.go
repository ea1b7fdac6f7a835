package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "query-wins",
	Clauses:  []string{"G19"},
	Party:    clause.Server,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "Of a parameter in both query string and body, the query string's value is used.",
		Why:     "A server that uses the other value trades another symbol, quantity or price than the client was promised.",
		Mend:    "Look a name up in the query string first, and in the body only when it is not there; do not refuse the call for the repetition.",
		Reading: "The error document refuses repeated parameters (-1101). That is about repetition within one place; this is about one name in both.",
		Good:    "POST /api/v3/order/test?symbol=LTCBTC with symbol=NONE in the body, answered 200",
		Bad:     "The same call answered -1121 (invalid symbol), because the body's value was used, or -1101, because both were",
	},
	NotHere: "Which value the venue used seldom shows in a response, and recordings hold no such call; it takes sending one whose two values have different outcomes.",
})
