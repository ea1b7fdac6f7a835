package reports

import (
	"cmp"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// FailOnNone is the Report.FailOn of a run that no violation fails.
const FailOnNone clause.Level = "none"

// effect is what violations of a level do to a run. A report's colours, marks
// and grades follow from it, so that none is red where the exit code is 0.
type effect int

const (
	remarks effect = iota // told, and breaks nothing: level may or info
	warns                 // a must or should is broken, but --fail-on lets it pass
	fails                 // fails the run
)

// effect is what violations of the level do to the run.
func (r *Report) effect(l clause.Level) effect {
	at := r.failOn()
	switch {
	case l != clause.Info && at != FailOnNone && rule.Severity(l) >= rule.Severity(at):
		return fails
	case certificate.Binds(l):
		return warns
	}
	return remarks
}

// failOn is the level as --fail-on takes it.
func (r *Report) failOn() clause.Level { return cmp.Or(r.FailOn, clause.Must) }

// mark is a verdict in one column; e is what its violations do, if it is one.
func mark(v rule.Verdict, e effect) string {
	switch v {
	case rule.Pass:
		return "✓"
	case rule.Fail:
		return [...]string{remarks: "i", warns: "⚠", fails: "✗"}[e]
	case rule.Inconclusive:
		return "?"
	case rule.Broken:
		return "!"
	}
	return "·"
}

// doubted marks what was kept wherever that was decided, and left in doubt
// elsewhere: it is no ✓.
const doubted = "◐"

// doubtfully is mark and shade of a verdict beside which so many occasions were
// left in doubt.
func doubtfully(v rule.Verdict, e effect, inDoubt int64) (string, style) {
	if v == rule.Pass && inDoubt > 0 {
		return doubted, yellow
	}
	return mark(v, e), shade(v, e)
}

// shade colours a verdict.
func shade(v rule.Verdict, e effect) style {
	switch v {
	case rule.Pass:
		return green
	case rule.Fail:
		return [...]style{remarks: cyan, warns: yellow, fails: red}[e]
	case rule.Broken:
		return red
	case rule.Inconclusive:
		return yellow
	}
	return faint
}
