package general

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "retry-after-seconds",
	Clauses: []string{"L13"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Retry-After on a 418 or 429 is a whole number of seconds.",
		Why:     "A client that cannot read the value waits not at all, and earns a ban; one that reads milliseconds for seconds stands out of the market for days.",
		Mend:    "Send decimal digits and nothing else, in seconds: `Retry-After: 120`.",
		Reading: "HTTP allows a date in this field (RFC 9110 section 10.2.3), this document does not. No ban lasts more than 3 days and no limit has a window of more than one, so that a greater number is taken for another unit; where the message says how long a ban lasts, it decides which. 0 fails on a 418, where a ban remains; on a 429 it is judged by retry-after-zero.",
		Good:    "418 with Retry-After: 120",
		Bad:     "418 with Retry-After: Sat, 20 Jul 2019 10:02:00 GMT",
	},
	On:    rule.OnRefusal,
	Check: checkRetryAfterSeconds,
	Plant: func(c *conversation.Conversation) {
		c.WithStatus(429).Response.Header.Set("Retry-After", "12s")
	},
})

func checkRetryAfterSeconds(c *rule.Trial, f *traffic.Facts) {
	if !isRefusal(f) || !f.HasRetryAfter || f.Maker == traffic.MakerIntermediary {
		return
	}
	fault := faultOfWait(c.Edition.MaxBan, f)
	switch {
	case fault == "":
		c.Pass()
	case f.Maker != traffic.MakerVenue:
		c.Inconclusive("it is unknown who made the response")
	case f.RetryAfterSec > 0 && !f.BodySeen() && f.Dialect.UnitOf(f.RetryAfterSec) == traffic.UnitUnknown:
		c.Inconclusive("the body was not recorded, which would tell how long the wait is")
	case f.RetryAfter != "" && traffic.MayBePlaceholder(f.RetryAfter):
		c.Inconclusive("the recorder put a placeholder in the value's place")
	default:
		c.Fail(rule.Report{
			Message:  "Retry-After " + fault + ".",
			Expected: "a whole number of seconds, such as 120",
			Seen:     fmt.Sprintf("%q", shown(c, f.RetryAfter)),
			Pointer:  "/header/Retry-After",
		})
	}
}

// longestLimitWindow is that of the order limits, one day: no 429 can ask for a
// longer wait.
const longestLimitWindow = 24 * time.Hour

// faultOfWait says what keeps a Retry-After from being a number of seconds, ""
// if nothing does.
func faultOfWait(longestBan time.Duration, f *traffic.Facts) string {
	longest := int64(longestLimitWindow / time.Second)
	if f.Response.Status == 418 {
		longest = int64(longestBan / time.Second)
	}
	n := f.RetryAfterSec
	switch {
	case f.WaitsDiffer:
		return "stands there twice, with different values"
	case n < 0:
		return faultOfForm(strings.Trim(f.RetryAfter, " \t"))
	case n == 0 && f.Response.Status == 418:
		return "is 0, on a response that says there is a ban"
	case agreesWithBan(f, time.Second):
		return "" // seconds, however many
	case n <= longest && (n < 1000 || !agreesWithBan(f, time.Millisecond)):
		return ""
	case n/1000 <= longest:
		return "looks like milliseconds: as seconds it is longer than any wait, or than what the message says"
	case f.Dialect.UnitOf(n) != traffic.UnitUnknown:
		return "looks like an instant in " + f.Dialect.UnitOf(n).String() + ", not like a wait"
	}
	return "is longer than any wait in seconds"
}

// faultOfForm names the form of a value that is no decimal integer.
func faultOfForm(v string) string {
	number := strings.TrimLeft(v, "+-")
	rest := strings.TrimLeft(number, "0123456789")
	hasDigits := len(rest) < len(number)
	switch {
	case v == "":
		return "is empty"
	case traffic.IsDateString(v):
		return "is a date"
	case hasDigits && number != v:
		return "has a sign"
	case hasDigits && strings.HasPrefix(rest, "."):
		return "has a fraction"
	case hasDigits && rest != "":
		return "has something behind the number"
	case hasDigits:
		return "has more digits than any wait"
	}
	return "is no number"
}

// agreesWithBan reports whether the value, taken in a unit, is what the message
// of a ban says is left of it. 2 s are allowed for: one for the width of Date,
// one for rounding.
func agreesWithBan(f *traffic.Facts, unit time.Duration) bool {
	if f.BannedUntil.IsZero() || f.RetryAfterSec > math.MaxInt32 {
		return false
	}
	left := f.BannedUntil.Sub(f.Date)
	return (left - time.Duration(f.RetryAfterSec)*unit).Abs() <= 2*time.Second
}
