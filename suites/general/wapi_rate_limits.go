package general

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "wapi-rate-limits",
	Clauses: []string{"L03"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A rateLimits array of /wapi lists limits of the types REQUESTS and ORDER.",
		Why:     "/wapi counts plain requests, not weight: a client that takes REQUEST_WEIGHT for its limit there computes a pace that nobody keeps.",
		Mend:    "List the limits of /wapi under REQUESTS and ORDER, or leave the array out.",
		Reading: "No route of /wapi is documented to return the array, so it is not missed; it is judged where it turns up. The plural ORDERS is taken too.",
		Good:    `"rateLimits":[{"rateLimitType":"REQUESTS",...},{"rateLimitType":"ORDER",...}]`,
		Bad:     `"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT",...}]`,
	},
	On:    rule.OnSuccessMarks,
	Check: checkWAPILimits,
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"REQUESTS"`, `"REQUEST_WEIGHT"`)
	},
})

func checkWAPILimits(c *rule.Trial, f *traffic.Facts) {
	array, _ := rateLimitsOf(f)
	if array == nil {
		return
	}
	if len(array) > maxRateLimits {
		c.Inconclusive("the rateLimits array is too long to be judged")
		return
	}
	for i, name := range limitTypesIn(array) {
		switch name {
		case "REQUESTS", "ORDER", "ORDERS":
			continue
		}
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("Limit %d of /wapi has another rateLimitType than REQUESTS and ORDER.", i),
			Expected: "REQUESTS or ORDER",
			Seen:     shown(c, name),
			Pointer:  fmt.Sprintf("%s/%d/rateLimitType", c.Edition.Dialect.Pointer(traffic.CaptureRateLimits), i),
		})
		return
	}
	c.Pass()
}
