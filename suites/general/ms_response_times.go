package general

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:       "ms-response-times",
	Clauses:  []string{"G04a"},
	Party:    clause.Server,
	Level:    clause.Must,
	Editions: since2019,
	Doc: rule.Doc{
		Demands: "Time fields of responses are integers in milliseconds since 1970.",
		Why:     "Seconds read as milliseconds are a day in January 1970: candles vanish from every range that is asked for, and a clock set by serverTime gets every order refused.",
		Mend:    "Send the instant as a JSON integer of 13 digits: no seconds, no fraction, no quotes, no date.",
		Reading: "It is applied field by field, from the catalogue, to successful answers. Values that stand for no time, and null, are passed over; a number that is no instant of this century in any unit is inconclusive. Microseconds count as asked for when the request carries X-MBX-TIME-UNIT, which the venue honours since 2024-12-17. Fields that the venue's own pages show otherwise are ms-documented-exceptions'.",
		Good:    `{"serverTime":1563616810000}`,
		Bad:     `{"serverTime":1563616810}`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasTimes(false),
	Check: checkTimes(false),
	Plant: func(c *rule.Conversation) {
		rule.ReplaceInBody(c.Last(), "1563616810123", "1563616810")
	},
})

// hasTimes picks the endpoints with a time field that is, or is not, one of
// the documented exceptions.
func hasTimes(exception bool) func(*schemas.Endpoint) bool {
	return func(ep *schemas.Endpoint) bool {
		for i := range ep.Times {
			if (ep.Times[i].Exception != "") == exception {
				return true
			}
		}
		return false
	}
}

// checkTimes judges the time fields that are, or are not, documented
// exceptions; the two rules on G04a differ in nothing else.
func checkTimes(exception bool) func(*rule.Case, *traffic.Facts) {
	return func(c *rule.Case, f *traffic.Facts) {
		if !rule.HasData(f) {
			return
		}
		for i := range f.Body.Times {
			if spec := &c.Endpoint.Times[i]; (spec.Exception != "") == exception {
				judgeTimes(c, f, spec, &f.Body.Times[i])
			}
		}
	}
}

func judgeTimes(c *rule.Case, f *traffic.Facts, spec *schemas.TimeField, t *traffic.TimeFact) {
	switch {
	case t.Bad > 0:
		if why := maybeNoTime(f, t); why != "" {
			c.Inconclusive(why)
			return
		}
		failTimes(c, spec, t)
	case t.Unknown > 0:
		c.Inconclusive("the number is no instant of this century in any unit")
	case t.Good > 0:
		c.Pass()
	}
}

// maybeNoTime says why a value that is not in milliseconds may be no fault, ""
// if it must be one.
func maybeNoTime(f *traffic.Facts, t *traffic.TimeFact) string {
	switch t.Unit {
	case traffic.UnitFraction:
		if !bytes.ContainsAny(t.Raw, ".eE") {
			return "the number is no instant of this century in any unit"
		}
	case traffic.UnitMicroseconds:
		if mayAskMicroseconds(f) {
			return "the client asked for microseconds, or it is unknown whether it did"
		}
	case traffic.UnitOtherKind:
		if len(t.Raw) > 0 && t.Raw[0] == '"' && isPlaceholder(strings.Trim(string(t.Raw), `"`)) {
			return "the value looks like a recorder's placeholder"
		}
	}
	return ""
}

// microsecondsFrom is when the venue began to take and send microseconds.
var microsecondsFrom = time.Date(2024, 12, 17, 0, 0, 0, 0, time.UTC)

// mayAskMicroseconds reports whether the client asked for microseconds, or may
// have done so in header fields that were not recorded.
func mayAskMicroseconds(f *traffic.Facts) bool {
	if v, ok := f.Request.Header.Get("X-MBX-TIME-UNIT"); ok {
		return strings.EqualFold(v, "MICROSECOND")
	}
	seen := len(f.Request.Header) > 0 && !f.Gaps.Has(traffic.GapRequestHeader)
	return !seen && !f.Era.IsZero() && !f.Era.Before(microsecondsFrom)
}

func failTimes(c *rule.Case, spec *schemas.TimeField, t *traffic.TimeFact) {
	r := rule.Report{
		Message:  fmt.Sprintf("The time %s is in another form than milliseconds (%s), in %d of %d places.", spec.Path, t.Unit, t.Bad, t.Count),
		Expected: "an integer in milliseconds, such as 1563616810123",
		Seen:     fmt.Sprintf("%.40s (%s)", c.Masked(beginning(string(t.Raw))), t.Unit),
		Pointer:  t.Pointer,
	}
	if spec.Exception != "" {
		r.Message = fmt.Sprintf("The time %s is %s, as the venue's own pages show it (%s), and not milliseconds.", spec.Path, t.Unit, spec.Exception)
	}
	c.Fail(r)
}
