package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "proxy-passes-counter",
	Clauses:  []string{"L07p"},
	Party:    clause.Proxy,
	Level:    clause.Must,
	Editions: since2019,
	Since:    "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes the used weight on unchanged and does not answer with stored responses.",
		Why:     "Clients pace themselves by the counter: one that is missing, rewritten or stale leads them past the limit into a ban of the proxy's address, for everybody behind it.",
		Mend:    "Forward X-MBX-USED-WEIGHT, and the fields whose names begin like it, as they come, and switch caching off.",
		Reading: "The sentence asks for the field on every request; a proxy that takes it away makes it untrue. A proxy that declares a budget of its own is not bound by this.",
		Good:    "X-MBX-USED-WEIGHT: 17 on both sides of the proxy",
		Bad:     "X-MBX-USED-WEIGHT: 17 from the venue, and no such field, or yesterday's response, for the client",
	},
	NotHere: "It compares the two sides of a proxy; a recording holds one.",
})
