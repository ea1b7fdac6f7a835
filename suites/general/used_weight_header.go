package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "used-weight-header",
	Clauses: []string{"L07a"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Every response of /api carries X-MBX-USED-WEIGHT, a whole number.",
		Why:     "The counter is all that a client sees of the limit before it hits it: without it, the first sign of trouble is a 429, and the second a ban.",
		Mend:    "Send the IP's used weight of the minute with every response, errors included; a proxy must let the field pass.",
		Reading: "The sentence says \"every request\", but a server computes the value: the response is meant. The vendor's page has the sentence for /api only, so /wapi and /sapi are left out, as are 403, 404 and 451, which the edge makes. Recorded errors (400, 401) carry the field. A response with only X-MBX-USED-WEIGHT-1M is judged by used-weight-legacy-name.",
		Good:    "200 with X-MBX-USED-WEIGHT: 17",
		Bad:     "200 without it, or with X-MBX-USED-WEIGHT: n/a",
	},
	On:    rule.OnWeighed,
	Check: checkUsedWeight,
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Del(c.Edition.Dialect.Fields.UsedWeight)
	},
})

func checkUsedWeight(c *rule.Trial, f *traffic.Facts) {
	if !countsWeight(f) {
		return
	}
	if f.UsedWeight >= 0 {
		c.Pass()
		return
	}
	value, sent := f.Response.Header.Get(c.Edition.Dialect.Fields.UsedWeight)
	switch {
	case sent && value != "" && traffic.MayBePlaceholder(value):
		c.Inconclusive("the recorder put a placeholder in the value's place")
	case sent:
		failUsedWeight(c, c.Edition.Dialect.Fields.UsedWeight+": "+shown(c, value))
	case f.UsedWeight1m >= 0: // told by used-weight-legacy-name
	case !f.HeadersSeen():
		c.Inconclusive("the response's header fields were not recorded")
	case f.Maker != traffic.MakerVenue || !f.Success() && !bearsEnvelope(f):
		c.Inconclusive("it is unknown who made the response")
	case f.Era.Before(c.Edition.WeightHeaderFrom.Time()):
		c.Inconclusive("the recording is older than the field")
	default:
		failUsedWeight(c, "no such field")
	}
}

func failUsedWeight(c *rule.Trial, seen string) {
	c.Fail(rule.Report{
		Expected: c.Edition.Dialect.Fields.UsedWeight + " with a whole number, 0 or more",
		Seen:     seen,
		Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
	})
}

// countsWeight reports a response that must tell the used weight: one of /api
// to a call, not to a browser's preflight, and none that the venue's edge makes.
func countsWeight(f *traffic.Facts) bool {
	if !f.Answered() || f.Request.Method == "OPTIONS" || f.Maker == traffic.MakerIntermediary {
		return false
	}
	switch f.Response.Status {
	case 403, 404, 451:
		return false
	}
	return true
}
