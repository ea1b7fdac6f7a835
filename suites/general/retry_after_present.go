package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "retry-after-present",
	Clauses: []string{"L12"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A 418 or 429 response carries a Retry-After field.",
		Why:     "Without it no client knows how long to be silent: it guesses, guesses wrong, and is banned for up to three days.",
		Mend:    "Send Retry-After with the number of seconds left; a proxy must pass it on.",
		Reading: "The sentence makes no exception. A 429 for too many orders (code -1015) is judged by retry-after-order-limit, since the vendor's later pages allow it without the field. A CDN's own 429 is no promise of the venue's.",
		Good:    "429 with Retry-After: 12",
		Bad:     "429 without Retry-After",
	},
	On: rule.OnRefusal,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if isRefusal(f) && !isOrderLimit(f) {
			judgeRetryAfterPresent(c, f)
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Header.Del("Retry-After")
	},
})

// isRefusal reports a 429 or 418.
func isRefusal(f *traffic.Facts) bool {
	return f.Response.Status == 429 || f.Response.Status == 418
}

// isOrderLimit reports a 429 for too many orders. A 418 bans an address and is
// never about orders alone, whatever its code.
func isOrderLimit(f *traffic.Facts) bool {
	return f.Response.Status == 429 && f.Means == traffic.TooManyOrders
}

// judgeRetryAfterPresent is what L12 asks of a refusal; its two rules differ in
// whom they ask.
func judgeRetryAfterPresent(c *rule.Trial, f *traffic.Facts) {
	switch {
	case f.Maker == traffic.MakerIntermediary:
	case f.HasRetryAfter:
		c.Pass()
	case !f.HeadersSeen():
		c.Inconclusive("the response's header fields were not recorded")
	case f.Maker != traffic.MakerVenue || !bearsEnvelope(f) && f.Weight() < 0:
		c.Inconclusive("it is unknown who made the response")
	case f.Response.Status == 429 && f.Code == 0 && !f.BodySeen():
		c.Inconclusive("the body was not recorded, which would tell an order limit's refusal apart")
	case f.Era.Before(c.Edition.RetryAfterFrom.Time()):
		c.Inconclusive("the recording is older than the field")
	default:
		c.Fail(rule.Report{Expected: "Retry-After with a number of seconds", Seen: "no Retry-After field", Pointer: "/header/Retry-After"})
	}
}

// bearsEnvelope reports an error payload of the venue's: a number under code,
// or on /wapi a truth value under success. JSON alone is no proof of origin on
// an error, since gateways answer in JSON too ({"message":...}).
func bearsEnvelope(f *traffic.Facts) bool {
	return f.Body.Capture(traffic.CaptureCode).Kind == traffic.KindNumber ||
		f.Body.Capture(traffic.CaptureSuccess).Kind == traffic.KindBool
}
