package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "mixed-accepted",
	Clauses:  []string{"G17"},
	Party:    clause.Server,
	Level:    clause.May,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "A POST, PUT or DELETE is accepted with its parameters divided between query string and body.",
		Why:     "Clients that keep timestamp and signature in the query string and the order in the body are refused by a server that reads one place only.",
		Mend:    "Read both places and check the signature over the query string followed by the body, joined without an ampersand.",
		Reading: "The vendor's page for /wapi wants the query string always, so /wapi is left out.",
		Good:    "POST /api/v3/order/test?symbol=LTCBTC with the rest in the body, answered 200 like the undivided call",
		Bad:     "The divided call answered -1102 or -1022 where the undivided one is answered 200",
	},
	NotHere: "A refused call in a recording has other explanations, first of all its signature; it takes sending the same call divided and undivided.",
})
