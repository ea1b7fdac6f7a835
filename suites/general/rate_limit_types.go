package general

import (
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "rate-limit-types",
	Clauses: []string{"L01"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "exchangeInfo has a rateLimits array, and every rateLimitType in it is RAW_REQUESTS, REQUEST_WEIGHT or ORDERS.",
		Why:     "Clients set their pace by this array. Without it, or under a name they do not know, they run unlimited into 429s and a ban.",
		Mend:    "List each limit under its enumerated type: RAW_REQUESTS, REQUEST_WEIGHT or ORDERS; a proxy that trims exchangeInfo must leave rateLimits in.",
		Reading: "The enumeration on the same page decides between the prose's RAW_REQUEST and ORDER and its own plurals; a singular is judged by rate-limit-names. All limits are optional: recordings of 2019 list no RAW_REQUESTS. REQUESTS was renamed REQUEST_WEIGHT on 2018-07-18, and recordings from before are not judged by it.",
		Good:    `"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200}]`,
		Bad:     `"rateLimits":[{"rateLimitType":"WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200}]`,
	},
	On:    rule.OnWeighed | rule.OnSuccess | rule.OnToldError,
	Only:  listsLimits,
	Check: checkLimitTypes,
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), `"REQUEST_WEIGHT"`, `"CONNECTIONS"`)
	},
})

// oldRequests is the name of REQUEST_WEIGHT before July 2018.
const oldRequests = "REQUESTS"

func checkLimitTypes(c *rule.Trial, f *traffic.Facts) {
	array, missing := rateLimitsOf(f)
	switch {
	case missing:
		c.Fail(rule.Report{
			Message:  "exchangeInfo has no rateLimits array.",
			Cause:    "no array",
			Expected: "an array under rateLimits",
			Seen:     f.Body.Capture(traffic.CaptureRateLimits).Kind.String(),
			Pointer:  c.Edition.Dialect.Pointer(traffic.CaptureRateLimits),
		})
	case array == nil:
	case len(array) > maxRateLimits:
		c.Inconclusive("the rateLimits array is too long to be judged")
	default:
		judgeLimitTypes(c, f, limitTypesIn(array))
	}
}

func judgeLimitTypes(c *rule.Trial, f *traffic.Facts, types []string) {
	old := slices.Index(types, oldRequests)
	unknown := slices.IndexFunc(types, isUnknownLimit)
	if unknown >= 0 {
		failLimitType(c, unknown, types[unknown])
		return
	}
	if old >= 0 {
		era, known := c.Edition.LimitTypesAt(f.Era)
		if !known || slices.Contains(era.Types, oldRequests) {
			c.Inconclusive("the recording may be older than the name REQUEST_WEIGHT")
			return
		}
		failLimitType(c, old, oldRequests)
		return
	}
	c.Pass()
}

func isUnknownLimit(kind string) bool {
	_, known := edition.LimitType(kind)
	return !known
}

func failLimitType(c *rule.Trial, row int, found string) {
	r := rule.Report{
		Message:  fmt.Sprintf("The rateLimitType of limit %d is outside the enumeration.", row),
		Cause:    "unknown type",
		Expected: "RAW_REQUESTS, REQUEST_WEIGHT or ORDERS",
		Seen:     shown(c, found),
		Pointer:  fmt.Sprintf("%s/%d/rateLimitType", c.Edition.Dialect.Pointer(traffic.CaptureRateLimits), row),
	}
	if found == "" {
		r.Message = fmt.Sprintf("Limit %d has no rateLimitType that is a string.", row)
		r.Cause, r.Seen = "no type", "none"
	}
	c.Fail(r)
}
