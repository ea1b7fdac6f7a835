package general

import (
	"fmt"
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var _ = rule.Register(rule.Rule{
	ID:      "used-weight-per-minute",
	Clauses: []string{"L07c"},
	Party:   clause.Server,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The used weight counts the current minute: it never falls inside one and starts anew with the next.",
		Why:     "A counter that falls at random tells a client that it may go on when it may not; one that never falls stops it for good.",
		Mend:    "Count by the calendar minute of the clock that writes Date, and in one place for all back ends.",
		Reading: "\"The current minute\" is the venue's calendar minute, 2 s of tolerance at its turn (recordings show 15 at 15:09:59 and 1 at 15:10:00). A fall fails between two answers of one minute, the second request sent after the first answer arrived. A counter that never falls fails when over two turns of the minute each step is exactly the request's own weight.",
		Good:    "X-MBX-USED-WEIGHT: 15 at 15:09:59, 1 at 15:10:02",
		Bad:     "X-MBX-USED-WEIGHT: 15 at 15:09:20, 3 at 15:09:30",
	},
	Scope: rule.PerIP,
	Needs: rule.NeedsWeightSteps,
	New: func() rule.Probe {
		var turns int64 // turns of the minute survived by exact steps
		return rule.Probe{Response: func(c *rule.Trial, e *rule.Event) {
			st, ok := c.WeightStep()
			if !ok {
				return
			}
			exact := st.Own > 0 && st.Next-st.Prev == st.Own && e.Success()
			if st.Minutes == 0 {
				judgeFall(c, st)
				if !exact {
					turns = 0
				}
				return
			}
			if turns += st.Minutes; !exact || st.Minutes < 0 {
				turns = 0
			}
			judgeTurn(c, st, turns)
		}}
	},
	Plant: func(c *conversation.Conversation) {
		c.Exchanges[1].Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "1")
		c.Exchanges[0].Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "500")
	},
})

func judgeFall(c *rule.Trial, st rule.WeightStep) {
	switch {
	case st.Next >= st.Prev && st.SameMinute && st.Sequential:
		c.Pass()
	case st.Next >= st.Prev:
	case !st.SameMinute || !st.Sequential:
		c.Inconclusive("the requests overlap, or stand at the turn of the minute")
	default:
		c.Fail(rule.Report{
			Message:  "The used weight fell inside a minute.",
			Cause:    "fell",
			Expected: fmt.Sprintf("%d or more", st.Prev),
			Seen:     strconv.FormatInt(st.Next, 10),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	}
}

// judgeTurn judges a step over one or more turns of the minute.
func judgeTurn(c *rule.Trial, st rule.WeightStep, turns int64) {
	switch {
	case st.Next < st.Prev:
		c.Pass()
	case turns >= 2:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The used weight did not start anew over %d turns of the minute.", turns),
			Cause:    "no new start",
			Expected: fmt.Sprintf("about %d", st.Own),
			Seen:     fmt.Sprintf("%d, exactly %d more than the minute before", st.Next, st.Own),
			Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
		})
	}
}
