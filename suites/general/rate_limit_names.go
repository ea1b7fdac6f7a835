package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:       "rate-limit-names",
	Clauses:  []string{"L01"},
	Party:    clause.Server,
	Level:    clause.Should,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "exchangeInfo names its limits as the enumeration does: RAW_REQUESTS and ORDERS, not RAW_REQUEST and ORDER.",
		Why:     "Clients compare with the names that the venue sends, which are the plurals; a limit under a singular name is passed over.",
		Mend:    "Write RAW_REQUESTS and ORDERS.",
		Reading: "The document's prose writes the singular, its enumeration the plural, and no recording holds a singular: the enumeration decides. Since the document says both, a singular is told and not failed.",
		Good:    `"rateLimitType":"ORDERS"`,
		Bad:     `"rateLimitType":"ORDER"`,
	},
	On:    rule.OnAPI | rule.OnSuccess | rule.OnToldError,
	Only:  isExchangeInfo,
	Check: checkLimitNames,
	Plant: func(c *rule.Conversation) {
		rule.ReplaceInBody(c.Last(), `"ORDERS"`, `"ORDER"`)
	},
})

func checkLimitNames(c *rule.Case, f *traffic.Facts) {
	array, _ := rateLimitsOf(f)
	if array == nil || len(array) > maxRateLimits {
		return
	}
	plurals := 0
	for i, name := range limitTypesIn(array) {
		switch name {
		case "RAW_REQUEST", "ORDER":
			c.Fail(rule.Report{
				Expected: name + "S",
				Seen:     name,
				Pointer:  fmt.Sprintf("/rateLimits/%d/rateLimitType", i),
			})
			return
		case "RAW_REQUESTS", "ORDERS":
			plurals++
		}
	}
	if plurals > 0 {
		c.Pass()
	}
}
