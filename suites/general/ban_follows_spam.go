package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:       "ban-follows-spam",
	Clauses:  []string{"L09"},
	Party:    clause.Server,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "An address that keeps breaking limits, or does not back off after 429s, is banned with a 418.",
		Why:     "A test server that never bans lets a client pass whose back-off does not work; on the venue the same client is shut out for up to three days.",
		Mend:    "Count the requests that an address sends after a 429 and before Retry-After has passed, and answer with 418 once they are many.",
		Reading: "The document does not say how many requests it takes, so no number is demanded, only that going on for long ends in a ban.",
		Good:    "429, more requests at once, 429, 429, 418 with Retry-After: 120",
		Bad:     "Thousands of requests after the 429, each answered 429",
	},
	NotHere: "The document does not say after how many requests the ban comes, so a recording without one proves nothing; it takes a server that may be pushed until it bans.",
})
