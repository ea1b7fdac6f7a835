package general

import (
	"fmt"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ms-response-times",
	Clauses: []string{"G04a"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Time fields of responses are integers in milliseconds since 1970.",
		Why:     "Seconds read as milliseconds are a day in January 1970: candles vanish from every range that is asked for, and a clock set by serverTime gets every order refused.",
		Mend:    "Send the instant as a JSON integer of 13 digits: no seconds, no fraction, no quotes, no date.",
		Reading: "It is applied field by field, from the catalogue, to successful answers. Values that stand for no time, and null, are passed over; a number that in no unit is an instant from 2017, when the venue began, to 2099 is inconclusive. JSON has one kind of numbers: 1563616810000.0 is the same integer. Of several values in one field those in another form count, whatever stands before them. Microseconds count as asked for when the request carries X-MBX-TIME-UNIT, which the venue honours since 2024-12-17. Fields that the venue's own pages show otherwise are ms-documented-exceptions'.",
		Good:    `{"serverTime":1563616810000}`,
		Bad:     `{"serverTime":1563616810}`,
	},
	On:    rule.OnSuccess | rule.OnToldError,
	Only:  hasTimes(false),
	Check: checkTimes(false),
	Plant: func(c *conversation.Conversation) {
		conversation.ReplaceInBody(c.Last(), c.Instant(plantedTime), fmt.Sprint(plantedTime.Unix()))
	},
})

// plantedTime is an instant that the rule's sound case tells.
var plantedTime = time.Date(2019, 7, 20, 10, 0, 10, 123e6, time.UTC)

// hasTimes picks the endpoints with a time field that is, or is not, one of
// the documented exceptions.
func hasTimes(exception bool) func(*edition.Endpoint) bool {
	return func(ep *edition.Endpoint) bool {
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
func checkTimes(exception bool) func(*rule.Trial, *traffic.Facts) {
	return func(c *rule.Trial, f *traffic.Facts) {
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

// judgeTimes judges the values of one field. The worst that is certain counts:
// what may be nobody's fault hides nothing behind it.
func judgeTimes(c *rule.Trial, f *traffic.Facts, spec *edition.TimeField, t *traffic.TimeFact) {
	asked := t.Asked.Count > 0 && mayAsk(f)
	switch {
	case t.Bad.Count > 0:
		failTimes(c, f.Dialect.Clock.Unit, spec, t, &t.Bad)
	case t.Asked.Count > 0 && !asked:
		failTimes(c, f.Dialect.Clock.Unit, spec, t, &t.Asked)
	case asked:
		c.Inconclusive("the client asked for " + f.Dialect.Clock.AskedUnit.String() + ", or it is unknown whether it did")
	case t.Masked > 0:
		c.Inconclusive("the value looks like a recorder's placeholder")
	case t.Unknown > 0:
		c.Inconclusive("the number is no instant of this century in any unit")
	case t.Good > 0:
		c.Pass()
	}
}

// mayAsk reports whether the client asked for the other unit in which the venue came
// to send times, or may have done so in header fields that were not recorded.
func mayAsk(f *traffic.Facts) bool {
	clock := &f.Dialect.Clock
	if v, ok := f.Request.Header.Get(f.Dialect.Fields.TimeUnit); ok {
		return strings.EqualFold(v, clock.AskedBy)
	}
	seen := len(f.Request.Header) > 0 && !f.Gaps.Has(traffic.GapRequestHeader)
	return !seen && !f.Era.IsZero() && !f.Era.Before(clock.AskedFrom)
}

// failTimes tells of the first of the values that are bad, and how many there are.
func failTimes(c *rule.Trial, right traffic.Unit, spec *edition.TimeField, t *traffic.TimeFact, bad *traffic.BadTimes) {
	r := rule.Report{
		Message:  fmt.Sprintf("The time %s is in another form than %s (%s), in %d of %d places.", spec.Path, right, bad.Unit, bad.Count, t.Count),
		Cause:    bad.Unit.String(),
		Expected: fmt.Sprintf("an integer in %s, such as %d", right, right.Count(plantedTime)),
		Seen:     fmt.Sprintf("%s (%s)", shownTime(c, string(bad.Raw)), bad.Unit),
		Pointer:  bad.Pointer,
	}
	if spec.Exception != "" {
		r.Message = fmt.Sprintf("The time %s is %s, as the venue's own pages show it (%s), and not %s.", spec.Path, bad.Unit, spec.Exception, right)
	}
	c.Fail(r)
}
