package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "errors-on-any-endpoint",
	Clauses:  []string{"G11b"},
	Party:    clause.Client,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "A client copes with an error payload from every route, those that answer with arrays included.",
		Why:     "A client that indexes into the answer without looking crashes, or takes an empty book for the market, at the moment the venue is in trouble and orders stand open.",
		Mend:    "Look at the status first, then decode {code, msg}, or {success, msg} on /wapi, before the data; do it in one place for all routes.",
		Reading: "That any endpoint can answer with an error binds those who read the answers: the client must expect it from each.",
		Good:    "klines answered 400 with an error payload; the client reports the code and goes on",
		Bad:     "klines answered 400 with an error payload; the client breaks on a missing row, or takes it for no candles",
	},
	NotHere: "What a client makes of an answer happens inside it; it shows only to somebody who drives it and answers each route with an error.",
})
