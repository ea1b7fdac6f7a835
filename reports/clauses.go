package reports

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// clauseMark is the clause's verdict in one column, with its colour; does is what
// violations of its level do.
func clauseMark(c *certificate.ClauseTally, does effect) (string, style) {
	return doubtfully(c.Verdict, does, c.Inconclusive)
}

// clauseStanding says in two or three words how a clause came off; does is what
// violations of its level do.
func clauseStanding(c *certificate.ClauseTally, does effect) string {
	switch c.Verdict {
	case rule.Pass:
		if c.Inconclusive > 0 {
			return wording.Grouped(c.Passed) + " passed, " + wording.Grouped(c.Inconclusive) + " in doubt"
		}
		return wording.Grouped(c.Passed) + " passed"
	case rule.Fail:
		if does == warns {
			return wording.Plural(c.Failed, "warning", "warnings")
		}
		if c.Failed == 0 {
			return wording.Grouped(c.Told) + " told"
		}
		return wording.Grouped(c.Failed) + " failed"
	case rule.Inconclusive:
		return wording.Grouped(c.Inconclusive) + " inconclusive"
	case rule.Broken:
		return "check broke"
	}
	if c.Clause.Unchecked != "" {
		return "needs " + ways(c.Clause.Checks)
	}
	return "not exercised"
}

// ways names what it takes to see a clause: "pair or live".
func ways(checks []clause.Check) string {
	return strings.Join(wording.Each(checks, func(c clause.Check) string { return string(c) }), " or ")
}
