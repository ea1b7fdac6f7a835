package general

import (
	"fmt"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "weight-counted",
	Clauses: []string{"L05"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "Each request adds its route's weight to the used weight of its IP.",
		Why:     "A client steers by the counter: if it grows too little, the client runs into the limit unwarned.",
		Mend:    "Count every request with the weight of its route, heavier for several symbols and large limits.",
		Reading: "Weights changed over the years: the row for the response's Date counts, and where none is published nothing is judged. Judged are two answers to one IP inside one minute, the second request sent after the first answer arrived. A larger step is no fault: others may share the IP. A step of the weight or more keeps the clause, whatever overlaps.",
		Good:    "X-MBX-USED-WEIGHT: 10, then GET /api/v1/depth?limit=1000 with X-MBX-USED-WEIGHT: 20",
		Bad:     "X-MBX-USED-WEIGHT: 10, then GET /api/v1/depth?limit=1000 with X-MBX-USED-WEIGHT: 11",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsWeightSteps,
	New: func() rule.Probe {
		return rule.Probe{Response: func(c *rule.Trial, e *rule.Event) {
			st, ok := c.WeightStep()
			if !ok || st.Own <= 0 || !e.Success() || st.Minutes != 0 || st.Next < st.Prev {
				return
			}
			switch {
			case st.Next-st.Prev >= st.Own:
				c.Pass()
			case !st.SameMinute || !st.Sequential:
				c.Inconclusive("the requests overlap, or stand at the turn of the minute")
			default:
				c.Fail(rule.Report{
					Expected: fmt.Sprintf("a used weight of %d or more: %d before and %d for this request", st.Prev+st.Own, st.Prev, st.Own),
					Seen:     strconv.FormatInt(st.Next, 10),
					Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
				})
			}
		}}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "11")
	},
})
