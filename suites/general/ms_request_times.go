package general

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "ms-request-times",
	Clauses: []string{"G04b"},
	Party:   clause.Client,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Time parameters of requests are integers in milliseconds since 1970.",
		Why:     "The venue takes seconds for a day in January 1970: a history asked for by startTime comes from its very beginning, and a signed order is refused with -1021.",
		Mend:    "Multiply seconds by 1000, divide microseconds and nanoseconds, and send the integer: 13 digits.",
		Reading: "\"Fields\" is taken to cover parameters: startTime, endTime and timestamp, and recvWindow is a duration. 0 asks for the beginning of time and is no violation; other numbers that are no instant in any unit, and words that a recorder may have put there, are inconclusive. A timestamp more than 60 s from the response's Date, or without one from the recorder's own instants, was edited by a recorder or sent to test the refusal, and says nothing, nor does one where neither was recorded. A parameter is digits, and not a number of JSON: one with a fraction is in another form, be it .0. Since 2024-12-17 the venue takes microseconds too: from then on they are inconclusive, unless it refused the timestamp with -1021 or the reference venue answered, which serve and certify put in front. The venue's futures APIs (/fapi, /dapi, /futures/data) have the same sentence in their own general information, and are judged where their host is asked for.",
		Good:    "GET /api/v1/klines?symbol=BTCUSDT&interval=1m&startTime=1563616800000",
		Bad:     "GET /api/v1/klines?symbol=BTCUSDT&interval=1m&startTime=1563616800",
	},
	On: rule.OnDocumented | rule.OnOther,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if !f.Family.Known() && !isFutures(f.Path) {
			return
		}
		for i := range f.Params {
			if p := &f.Params[i]; isTimeParam(c.Endpoint, f, p) {
				judgeTimeParam(c, f, p)
			}
		}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.Last()
		x.Request.URL = strings.Replace(x.Request.URL, c.Instant(plantedFrom), fmt.Sprint(plantedFrom.Unix()), 1)
	},
})

// plantedFrom is an instant that the rule's sound case asks from.
var plantedFrom = time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)

// isFutures reports a path of the venue's futures APIs.
func isFutures(path string) bool {
	return strings.HasPrefix(path, "/fapi/") || strings.HasPrefix(path, "/dapi/") || strings.HasPrefix(path, "/futures/data/")
}

// isTimeParam reports whether the endpoint takes an instant by this name. The
// catalogue does not list timestamp for every endpoint that is signed, and
// lists nothing for endpoints that it does not know.
func isTimeParam(ep *edition.Endpoint, f *traffic.Facts, p *traffic.Param) bool {
	switch p.Role {
	case traffic.RoleFrom, traffic.RoleUntil, traffic.RoleTimestamp:
	default:
		return false
	}
	if ep == nil {
		return true
	}
	if listed := ep.Param(p.Name); listed != nil {
		return listed.Ms
	}
	return p.Role == traffic.RoleTimestamp && f.HasSignature()
}

func judgeTimeParam(c *rule.Trial, f *traffic.Facts, p *traffic.Param) {
	unit, n := paramUnit(f.Dialect, p.Value)
	switch clock := &f.Dialect.Clock; {
	case unit == clock.Unit:
		c.Pass()
	case unit == traffic.UnitSentinel:
	case unit == traffic.UnitOtherKind:
		c.Inconclusive("the value is no time, and may be a recorder's placeholder")
	case unit == traffic.UnitUnknown:
		c.Inconclusive("the number is no instant of this century in any unit")
	case unit == clock.AskedUnit && mayTakeAsked(c, f, p):
		c.Inconclusive("since " + clock.AskedFrom.Format(time.DateOnly) + " the venue takes " + unit.String() + " too")
	case p.Role == traffic.RoleTimestamp && f.Era.IsZero():
		c.Inconclusive("without Date nobody knows whether the timestamp was edited, or sent to test the refusal")
	case p.Role == traffic.RoleTimestamp && !isGenuine(f, unit, n):
		c.Inconclusive("the timestamp is more than 60 s from the response's Date: edited, or sent to test the refusal")
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The parameter %s is in another form than %s: %s.", p.Name, clock.Unit, unit),
			Cause:    unit.String(),
			Expected: fmt.Sprintf("an integer in %s, such as %d", clock.Unit, clock.Unit.Count(plantedFrom)),
			Seen:     fmt.Sprintf("%s (%s)", shownTime(c, p.Value), unit),
			Pointer:  paramPointer(p),
		})
	}
}

// mayTakeAsked reports whether the venue at hand may have taken a time in the unit
// that it came to take beside its own. One that refused the
// timestamp did not, and the reference venue is of its edition. A recorder who
// saw this machine's client from its first request on stands before a venue on
// this machine, and that is none but the reference venue.
func mayTakeAsked(c *rule.Trial, f *traffic.Facts, p *traffic.Param) bool {
	switch {
	case !f.Era.IsZero() && f.Era.Before(f.Dialect.Clock.AskedFrom):
		return false
	case p.Role == traffic.RoleTimestamp && f.Means == traffic.BadTimestamp:
		return false
	}
	return !c.Reference && !(f.CompleteHistory && f.Host != "" && isLoopback(f.Host))
}

// shownTime is what a finding shows of a value that is no time.
func shownTime(c *rule.Trial, v string) string {
	const most = 40 // dates have 24
	text, _ := c.Excerpt(v, most)
	return text
}

// paramUnit tells the unit of a parameter's value, and the number of an
// integer. UnitSentinel stands for nothing and for zero.
func paramUnit(d *traffic.Dialect, v string) (traffic.Unit, int64) {
	if v == "" || v == "0" {
		return traffic.UnitSentinel, 0
	}
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') || len(v) > 40 {
		if traffic.IsDateString(v) {
			return traffic.UnitDateString, 0
		}
		return traffic.UnitOtherKind, 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil {
		return d.UnitOf(n), n
	}
	if traffic.IsDateString(v) {
		return traffic.UnitDateString, 0
	}
	if x, err := strconv.ParseFloat(v, 64); err == nil && x >= 1e9 && x < 1e19 && strings.ContainsAny(v, ".eE") {
		return traffic.UnitFraction, int64(x)
	}
	return traffic.UnitOtherKind, 0
}

// genuineSkew is how far a client's clock strays from the venue's: recorded
// skews lie between -2.3 and +0.8 s, and what strays by more than a minute was
// edited.
const genuineSkew = time.Minute

// isGenuine reports whether a timestamp, taken in its own unit, is the instant
// of its request.
func isGenuine(f *traffic.Facts, unit traffic.Unit, n int64) bool {
	if unit == traffic.UnitFraction {
		unit = f.Dialect.UnitOf(n)
	}
	t := unit.Instant(n)
	return t.IsZero() || t.Sub(f.Era).Abs() <= genuineSkew // a date in words is nobody's frozen clock
}

func paramPointer(p *traffic.Param) string {
	if p.Place == traffic.InBody {
		return "/body/" + p.Name
	}
	return "/query/" + p.Name
}
