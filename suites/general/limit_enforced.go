package general

import (
	"fmt"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "limit-enforced",
	Clauses: []string{"L04"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "A request past a rate limit is answered with 429.",
		Why:     "A client that is served past the limit learns that limits do not matter, until the real venue bans it.",
		Mend:    "Refuse with 429 as soon as the used weight of the minute stands at the limit.",
		Reading: "\"Either\" of three limits is read as any. The limit is the one that exchangeInfo told in the same recording or, on the venue's own host, the one published for the date. The counter may lag behind by a few requests: weight up to 50 past the limit is left undecided.",
		Good:    "X-MBX-USED-WEIGHT: 1199 with 200, then 429",
		Bad:     "X-MBX-USED-WEIGHT: 1500 with 200 where the limit is 1200",
	},
	Scope: rule.PerIP,
	New: func() rule.Probe {
		told := int64(0)
		return rule.Probe{Response: func(c *rule.Trial, e *rule.Event) {
			if e.WeightLimit > 0 {
				told = e.WeightLimit
			}
			if e.Family.Weighed && e.Maker == traffic.MakerVenue && e.UsedWeight >= 0 && !e.CacheHit {
				judgeLimit(c, e, told)
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		x := c.WithStatus(429)
		x.Response.Status, x.Response.Body = 200, []byte(`{}`)
		x.Response.Header.Del("Retry-After")
		x.Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "1500")
	},
})

// counterLag is how far past the limit the counter may stand on an answer that
// is still served: the counter runs behind by a few requests.
const counterLag = 50

func judgeLimit(c *rule.Trial, e *rule.Event, limit int64) {
	if limit == 0 {
		if limit = publishedLimit(c.Edition, e); limit == 0 {
			return
		}
	}
	before := e.UsedWeight - max(e.OwnWeight, 0)
	switch {
	case before < limit:
	case e.Status == 429 || e.Status == 418:
		c.Pass()
	case !e.Success():
	case before <= limit+counterLag:
		c.Inconclusive("the counter may lag behind by a few requests")
	default:
		c.Fail(rule.Report{
			Expected: fmt.Sprintf("429: the weight used before this request was %d, the limit is %d a minute", before, limit),
			Seen:     "status " + strconv.Itoa(e.Status),
			Pointer:  "/status",
		})
	}
}

// publishedLimit is the REQUEST_WEIGHT limit of a minute that the venue
// published for the date, 0 when unknown or when the host is not the venue's.
func publishedLimit(ed *edition.Edition, e *rule.Event) int64 {
	if e.Era.IsZero() || !ed.Owns(e.Host) {
		return 0
	}
	n, known := ed.WeightLimitAt(e.Era)
	if !known {
		return 0
	}
	return int64(n)
}
