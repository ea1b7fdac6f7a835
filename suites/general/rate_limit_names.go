package general

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "rate-limit-names",
	Clauses: []string{"L01"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "exchangeInfo names its limits as the enumeration does, RAW_REQUESTS and ORDERS, not RAW_REQUEST and ORDER, and lists those of REQUEST_WEIGHT and of ORDERS.",
		Why:     "Clients compare with the names that the venue sends, which are the plurals; a limit under a singular name is passed over, and one that is not listed is not kept.",
		Mend:    "Write RAW_REQUESTS and ORDERS, and list the limits of REQUEST_WEIGHT and of ORDERS; a proxy or a mock that trims exchangeInfo must leave them in.",
		Reading: "The document's prose writes the singular, its enumeration the plural, and no recording holds a singular: the enumeration decides. Since the document says both, a singular is told and not failed. The prose names three kinds, all of which the enumeration leaves optional, and the venue lists RAW_REQUESTS only since later; REQUEST_WEIGHT (REQUESTS until 2018-07-18) and ORDERS stand in every recording of it, so that their absence is told, too. Where the reply tells no used weight either, the venue may have no such limit, as two sister venues of 2019: that is inconclusive.",
		Good:    `"rateLimitType":"ORDERS"`,
		Bad:     `"rateLimitType":"ORDER"`,
	},
	On:    rule.OnWeighed | rule.OnSuccess | rule.OnToldError,
	Only:  listsLimits,
	Check: checkLimitNames,
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"ORDERS"`, `"ORDER"`)
	},
})

func checkLimitNames(c *rule.Trial, f *traffic.Facts) {
	array, _ := rateLimitsOf(f)
	if array == nil || len(array) > maxRateLimits {
		return
	}
	types := limitTypesIn(array)
	for i, name := range types {
		switch name {
		case "RAW_REQUEST", "ORDER":
			c.Fail(rule.Report{
				Cause:    "singular",
				Expected: name + "S",
				Seen:     name,
				Pointer:  fmt.Sprintf("%s/%d/rateLimitType", c.Edition.Dialect.Pointer(traffic.CaptureRateLimits), i),
			})
			return
		}
	}
	lists := func(kind string) bool { return slices.Contains(types, kind) }
	switch {
	case slices.ContainsFunc(types, isUnknownLimit): // which may be meant for it: rate-limit-types says so
	case isShortened(array):
		if lists("RAW_REQUESTS") || lists("ORDERS") {
			c.Pass()
		}
	case !lists("REQUEST_WEIGHT") && !lists(oldRequests) && f.Weight() < 0:
		c.Inconclusive("no limit of weight is listed and no used weight was recorded: the venue may have none")
	case !lists("REQUEST_WEIGHT") && !lists(oldRequests):
		failMissingLimit(c, "REQUEST_WEIGHT", types)
	case !lists("ORDERS"):
		failMissingLimit(c, "ORDERS", types)
	default:
		c.Pass()
	}
}

func failMissingLimit(c *rule.Trial, kind string, types []string) {
	seen := "no limits"
	if len(types) > 0 {
		seen = shown(c, strings.Join(types, ", "))
	}
	c.Fail(rule.Report{
		Message:  "exchangeInfo lists no limit of the kind " + kind + ".",
		Cause:    "no " + kind,
		Expected: "a limit with the rateLimitType " + kind,
		Seen:     seen,
		Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureRateLimits),
	})
}
