package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// counts are the rules of a tally by verdict, and those with failures by what
// these do and by level.
// A rule that failed before its check broke is in both: what it found stands.
type counts struct {
	verdict map[rule.Verdict]int64
	does    map[effect]int64
	failed  map[clause.Level]int64
	doubted int64 // rules that passed, and were left in doubt as well
	errors  int64 // files and entries that could not be read
}

func count(r *Report) counts {
	t := r.Tally
	c := counts{
		verdict: map[rule.Verdict]int64{}, does: map[effect]int64{}, failed: map[clause.Level]int64{},
		errors: max(int64(len(t.Errors)), t.Traffic.Unreadable),
	}
	for i := range t.Rules {
		c.verdict[t.Rules[i].Verdict()]++
		if t.Rules[i].Verdict() == rule.Pass && t.Rules[i].Inconclusive > 0 {
			c.doubted++
		}
		if t.Rules[i].Failed > 0 {
			l := t.Rules[i].Level()
			c.does[r.effect(l)]++
			c.failed[l]++
		}
	}
	return c
}

// failedRules returns the indexes of the rules with failures, the strongest
// level first.
func failedRules(t *rule.Tally) []int {
	var failed []int
	for i := range t.Rules {
		if t.Rules[i].Failed > 0 {
			failed = append(failed, i)
		}
	}
	slices.SortStableFunc(failed, func(a, b int) int {
		return cmp.Compare(rule.Severity(t.Rules[b].Level()), rule.Severity(t.Rules[a].Level()))
	})
	return failed
}

// outcome is the report in a word.
type outcome int

const (
	conformant outcome = iota
	warned             // a must or should was broken that --fail-on lets pass, and nothing else
	broken             // something fails the run
	undecided          // nothing failed, and nothing passed or not all could be judged
)

// sign is the outcome in one column, and its colour.
func (o outcome) sign() (string, style) {
	switch o {
	case conformant:
		return "✓", green
	case warned:
		return "⚠", yellow
	case broken:
		return "✗", red
	}
	return "?", yellow
}

// conclusion is a report in a line.
type conclusion struct {
	outcome  outcome
	headline string   // "3 rules failed (2 must, 1 should)"
	parts    []string // the other rules by verdict: "14 passed"
}

func (c conclusion) String() string {
	if len(c.parts) == 0 {
		return c.headline
	}
	return c.headline + ": " + strings.Join(c.parts, ", ")
}

// conclude says what came out. It claims conformance only where rules were
// exercised and everything could be judged.
func conclude(r *Report) conclusion {
	c := count(r)
	result := conclusion{outcome: undecided, parts: c.parts(r)}
	warnings := fmt.Sprintf("warnings of %s (%s)", wording.Plural(c.does[warns], "rule", "rules"), c.byLevel(r, warns))
	switch {
	case c.does[fails] > 0:
		result.outcome = broken
		result.headline = fmt.Sprintf("%s failed (%s)", wording.Plural(c.does[fails], "rule", "rules"), c.byLevel(r, fails))
	case c.verdict[rule.Broken] > 0 || c.errors > 0:
		result.headline = "nothing failed, but not everything could be judged"
	case c.failed[clause.Must] > 0:
		result.outcome = warned
		result.headline = "violations that --fail-on lets pass: " + warnings
	case c.does[warns] > 0:
		result.outcome = warned
		result.headline = "conformant, with " + warnings
	case c.verdict[rule.Pass] > 0:
		result.outcome = conformant
		result.headline = "conformant"
	case c.verdict[rule.Inconclusive] > 0 || c.verdict[rule.Fail] > 0:
		result.headline = "nothing failed, and no rule passed"
	default:
		result.headline = "nothing judged: the traffic held no occasion for any rule"
		result.parts = nil
	}
	if result.outcome == conformant || result.outcome == warned {
		result.headline += undecidedMusts(r.Tally) + mostLeftOut(r.Tally)
	}
	if r.Partial != "" {
		result.headline = clean(r.Partial) + "; of what was judged: " + result.headline
		if result.outcome != broken {
			result.outcome = undecided
		}
	}
	return result
}

// undecidedMusts names the clauses that bind clients, of level must, that the evidence leaves
// undecided: " in what was decided, undecided on L08"; "" for none. What was not decided is not kept.
func undecidedMusts(t *rule.Tally) string {
	var ids []string
	for i := range t.Rules {
		one := &t.Rules[i]
		if one.Level() == clause.Must && one.Rule().Party == clause.Client && one.Verdict() == rule.Inconclusive && !slices.Contains(ids, one.Rule().Clauses[0]) {
			ids = append(ids, one.Rule().Clauses[0])
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return " in what was decided, undecided on " + wording.FirstNamed(ids)
}

// concluded is what came out, of a target whether it is certified.
func (r *Report) concluded() conclusion {
	if r.Certificate == nil {
		return conclude(r)
	}
	return concludeTarget(r, conclude(r))
}

// concludeTarget says first whether the target is certified, and why or why
// not: a client that kept what it was seen to keep is not if its profile needs
// more. Red is what fails the run.
func concludeTarget(r *Report, c conclusion) conclusion {
	cert := r.Certificate
	lacks := slices.ContainsFunc(cert.Reasons, func(r certificate.Reason) bool { return r.Kind != certificate.BecauseFailed })
	if r.Picked && lacks && cert.LacksOccasions() {
		return concludePicked(r, c)
	}
	if lacks && c.outcome != broken {
		c.outcome = undecided
	}
	if c.outcome == broken {
		c.parts = append([]string{c.headline}, c.parts...)
	}
	c.headline = cert.Sentence()
	if r.Partial != "" {
		c.headline = clean(r.Partial) + "; " + c.headline
	}
	return c
}

// concludePicked says to whoever picked scenarios what came out of those, and of
// how many, since the client need not have come to all.
func concludePicked(r *Report, c conclusion) conclusion {
	played := 0
	for _, s := range r.Scenarios {
		if s.Outcome == certificate.Played {
			played++
		}
	}
	which := "the scenarios picked"
	switch n := len(r.Scenarios); {
	case played == n:
	case played == 0:
		which = "the scenarios picked, to none of which it came"
		if c.outcome != broken {
			c.outcome = undecided
		}
	default:
		which = fmt.Sprintf("%d of the %d scenarios picked, to the others of which it did not come", played, n)
	}
	c.headline += " in " + which + "; a certificate takes all of them"
	return c
}

// parts lists the other rules by verdict, what is none left out.
func (c counts) parts(r *Report) []string {
	var parts []string
	add := func(n int64, one, many string) {
		if n > 0 {
			parts = append(parts, wording.Plural(n, one, many))
		}
	}
	doubted := ""
	if c.doubted > 0 {
		doubted = " (" + wording.Grouped(c.doubted) + " partly in doubt)"
	}
	add(c.verdict[rule.Pass], "rule passed"+doubted, "rules passed"+doubted)
	if n := c.does[warns]; n > 0 && (r.Certificate != nil || c.does[fails] > 0 || c.verdict[rule.Broken] > 0 || c.errors > 0) { // else the headline says so
		parts = append(parts, wording.Plural(n, "rule", "rules")+" with warnings ("+c.byLevel(r, warns)+")")
	}
	add(c.does[remarks], "remark", "remarks")
	add(c.verdict[rule.Inconclusive], "inconclusive", "inconclusive")
	add(c.verdict[rule.NotExercised], "not exercised", "not exercised")
	parts = append(parts, r.mutedParts()...)
	add(c.verdict[rule.Broken], "check broke", "checks broke")
	add(c.errors, "input error", "input errors")
	return parts
}

// byLevel says of the rules whose violations do so: "2 must, 1 should".
func (c counts) byLevel(r *Report, does effect) string {
	var parts []string
	for _, l := range []clause.Level{clause.Must, clause.Should, clause.May} {
		if n := c.failed[l]; n > 0 && r.effect(l) == does {
			parts = append(parts, fmt.Sprintf("%s %s", wording.Grouped(n), l))
		}
	}
	return strings.Join(parts, ", ")
}

// read says how much was judged; a target's recordings are its scenarios.
func (r *Report) read() []string {
	parts := trafficParts(r.Tally)
	if r.Certificate != nil {
		parts[0] = wording.Plural(r.Tally.Traffic.Exchanges, "exchange", "exchanges") + " judged in " + wording.Plural(int64(len(r.Scenarios)), "scenario", "scenarios")
	}
	return parts
}

// trafficParts say how much was read.
func trafficParts(t *rule.Tally) []string {
	judged := wording.Plural(t.Traffic.Exchanges, "exchange", "exchanges") + " judged"
	if t.Traffic.Skipped > 0 {
		judged = wording.Grouped(t.Traffic.Exchanges) + " of " + wording.Plural(t.Traffic.Exchanges+t.Traffic.Skipped, "exchange", "exchanges") + " judged"
	}
	if t.Traffic.Files > 0 || t.Traffic.Exchanges == 0 { // else they came over the wire
		judged += " in " + wording.Plural(t.Traffic.Files, "file", "files")
	}
	parts := []string{judged}
	add := func(n int64, one, many string) {
		if n > 0 {
			parts = append(parts, wording.Plural(n, one, many))
		}
	}
	add(t.Traffic.Skipped, "of another host left out", "of other hosts left out")
	add(t.Traffic.Unreadable, "unreadable", "unreadable")
	add(t.Traffic.Unknown, "on an unknown route", "on unknown routes")
	add(t.Traffic.Unrecognised, "file that is no recording", "files that are no recordings")
	add(t.Traffic.Cuts, "cut where time jumps", "cuts where time jumps")
	add(t.Traffic.Late, "too late to be put in order", "too late to be put in order")
	return parts
}
