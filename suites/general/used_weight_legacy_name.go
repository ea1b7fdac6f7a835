package general

import (
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "used-weight-legacy-name",
	Clauses: []string{"L07a"},
	Party:   clause.Server,
	Level:   clause.Should,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "The used weight comes under the name X-MBX-USED-WEIGHT, with or without X-MBX-USED-WEIGHT-1M beside it.",
		Why:     "Clients written to the document look for the bare name; under the later one alone they see no counter and run into the limit.",
		Mend:    "Send both fields with one value, as the venue does.",
		Reading: "The suffixed name came on 2019-08-15, after this edition, and the venue has sent both since. A server that sends the later name alone counts as the document wants, under another name: told, not failed.",
		Good:    "X-MBX-USED-WEIGHT: 17 and X-MBX-USED-WEIGHT-1M: 17",
		Bad:     "X-MBX-USED-WEIGHT-1M: 17 alone",
	},
	On: rule.OnWeighed,
	Check: func(c *rule.Trial, f *traffic.Facts) {
		switch {
		case f.Weight() < 0:
		case f.UsedWeight >= 0:
			c.Pass()
		case f.Response.Header.Count(c.Edition.Dialect.Fields.UsedWeight) > 0: // with a value that used-weight-header judges
		case !f.HeadersSeen():
			c.Inconclusive("the response's header fields were not all recorded")
		default:
			c.Fail(rule.Report{
				Expected: c.Edition.Dialect.Fields.UsedWeight,
				Seen:     c.Edition.Dialect.Fields.UsedWeightMinute + " alone",
				Pointer:  "/header/" + c.Edition.Dialect.Fields.UsedWeight,
			})
		}
	},
	Plant: func(c *conversation.Conversation) {
		c.Last().Response.Header.Del(c.Edition.Dialect.Fields.UsedWeight)
	},
})
