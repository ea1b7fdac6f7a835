package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "used-weight-covers-own",
	Clauses: []string{"L07b"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The used weight includes the request that it answers: it is no less than that request's weight.",
		Why:     "A counter that runs behind tells a client that it has room when it has none; the next heavy call is the one that breaks the limit.",
		Mend:    "Add the request's weight to the counter before the response's fields are written; a proxy must not answer from a store.",
		Reading: "Weights are those published for the response's date; where the date or the weight is not known, none is assumed. Refusals by a limit (418, 429) are left out, and so are responses out of a cache. What other errors weigh is not documented, and within 2 s of the turn of the minute the counter may already be the next minute's: a value that is too low there decides nothing.",
		Good:    "GET /api/v1/ticker/24hr, of weight 40, answered with X-MBX-USED-WEIGHT: 40",
		Bad:     "GET /api/v1/ticker/24hr, of weight 40, answered with X-MBX-USED-WEIGHT: 1",
	},
	On:    rule.OnWeighed,
	Check: checkCoversOwn,
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "39")
	},
})

func checkCoversOwn(c *rule.Trial, f *traffic.Facts) {
	used := f.Weight()
	if used < 0 || f.CacheHit || isRefusal(f) {
		return
	}
	own := c.OwnWeight
	switch {
	case own < 0:
	case used >= own:
		c.Pass()
	case !f.Success():
		c.Inconclusive("what a refused request weighs is not documented")
	case f.Date.IsZero():
		c.Inconclusive("without Date it is unknown which minute the counter counts")
	case nearTurn(f.Date):
		c.Inconclusive("the minute turned at about that time")
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The used weight is less than the weight of the request itself, which is %d.", own),
			Expected: fmt.Sprintf("%d or more", own),
			Seen:     fmt.Sprint(used),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	}
}

// turnSlack is how far from the turn of a minute, by the response's Date, the
// counter may count either minute (ambiguity A20).
const turnSlack = 2 * time.Second

func nearTurn(date time.Time) bool {
	into := date.Sub(date.Truncate(time.Minute))
	return into <= turnSlack || into >= time.Minute-turnSlack
}
