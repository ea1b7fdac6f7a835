package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "proxy-keeps-bytes",
	Clauses:  []string{"G18p"},
	Party:    clause.Proxy,
	Level:    clause.Must,
	Editions: since2019,
	Since:    "2026-11",
	Doc: rule.Doc{
		Demands: "A proxy passes query string and body of a signed request on byte for byte.",
		Why:     "The signature covers the parameters as the client wrote them: moved about or encoded anew they are refused (-1022), and the client is blamed for a signature that was right.",
		Mend:    "Forward the raw query string and body; do not parse and print them again, sort parameters, or change percent-encoding.",
		Reading: "Any order is the client's to choose; once it has signed one, nobody else may change it. A proxy that signs requests itself is a client and is not bound by this.",
		Good:    "side=BUY&symbol=LTCBTC&signature=... on both sides of the proxy",
		Bad:     "symbol=LTCBTC&side=BUY&signature=... behind the proxy, sorted by name",
	},
	NotHere: "It compares the two sides of a proxy; a recording holds one.",
})
