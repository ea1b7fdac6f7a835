package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "weight-per-ip",
	Clauses:  []string{"L07d"},
	Party:    clause.Server,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "The used weight belongs to the IP address, whatever API keys send from it.",
		Why:     "Clients that share an address plan by one counter. Where each key has its own, all see room to spare until the address is banned, and every one of them with it.",
		Mend:    "Count weight by the address that the request comes from, and send that count to every key.",
		Reading: "Several addresses of one key have a counter each. Orders are limited by account, which is another matter.",
		Good:    "Two keys on one address see 5, then 6",
		Bad:     "Two keys on one address see 5, then 1",
	},
	NotHere: "It takes two keys sending from one address that nobody else uses; recordings seldom name the address and never who shares it.",
})
