package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "query-or-body-accepted",
	Clauses:  []string{"G15"},
	Party:    clause.Server,
	Level:    clause.May,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "A POST, PUT or DELETE is accepted with its parameters in the query string, and with the same parameters in the body.",
		Why:     "A client that is written to one of the two ways is refused, with a missing parameter (-1102) or a bad signature (-1022), by a server that reads only the other.",
		Mend:    "Read parameters from both places and check the signature over the query string followed by the body; a proxy must not drop the body of a DELETE.",
		Reading: "The vendor's page for /wapi wants the query string always, so /wapi is left out. A server that takes one way only breaks no duty, but clients of the document will not work with it.",
		Good:    "POST /api/v3/order/test answered 200 with its parameters in the query string, and 200 with them in the body",
		Bad:     "DELETE /api/v3/order answered 200 with its parameters in the query string, and -1102 with them in the body",
	},
	NotHere: "A recording shows a call as it was sent, one way; that the other way would have been accepted takes sending it.",
})
