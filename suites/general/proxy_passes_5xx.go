package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "proxy-passes-5xx",
	Clauses:  []string{"G10c"},
	Party:    clause.Proxy,
	Level:    clause.Must,
	Editions: since2019,
	Since:    "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes a 5XX on as it is and does not send the request again by itself.",
		Why:     "A 5XX leaves the order's fate unknown. A proxy that tries again may place it twice, and one that answers 4XX or 200 in its place tells the client that it is safe to go on.",
		Mend:    "Switch retries off for POST, PUT and DELETE, and forward the status as it came.",
		Reading: "A GET may be repeated or sent twice: it changes nothing on the venue. The document speaks of 504 on /wapi; the vendor's pages for /api and /sapi say the same of every 5XX.",
		Good:    "One POST upstream, its 504 passed on as 504",
		Bad:     "Two POSTs upstream for one from the client, or a 504 turned into a 400",
	},
	NotHere: "It compares the two sides of a proxy; a recording holds one.",
})
