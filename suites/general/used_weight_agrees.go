package general

import (
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "used-weight-agrees",
	Clauses: []string{"L07a"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "X-MBX-USED-WEIGHT and X-MBX-USED-WEIGHT-1M, where both are sent, have one value.",
		Why:     "Both count the minute. Where they differ, old clients and new ones pace themselves by different counters, and one of them is wrong.",
		Mend:    "Write both fields from the same counter at the same instant; a proxy that sets one of them must set both.",
		Reading: "The suffix names the interval, one minute, which is the interval of the bare name too. In every recording the two are equal.",
		Good:    "X-MBX-USED-WEIGHT: 17 and X-MBX-USED-WEIGHT-1M: 17",
		Bad:     "X-MBX-USED-WEIGHT: 17 and X-MBX-USED-WEIGHT-1M: 1200",
	},
	On: rule.OnWeighed,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		if f.UsedWeight < 0 {
			return
		}
		switch {
		case !f.HasUsedWeight1m:
		case f.UsedWeight1m == f.UsedWeight:
			c.Pass()
		default:
			names := &c.Edition.Dialect.Fields
			suffixed, _ := f.Response.Header.Get(names.UsedWeightMinute)
			c.Fail(rule.Report{
				Expected: names.UsedWeightMinute + ": " + strconv.FormatInt(f.UsedWeight, 10) + ", as in " + names.UsedWeight,
				Seen:     names.UsedWeightMinute + ": " + shown(c, suffixed),
				Pointer:  "/header/" + names.UsedWeightMinute,
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Set(c.Edition.Dialect.Fields.UsedWeightMinute, "1200")
	},
})
