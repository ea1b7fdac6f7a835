package certify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Sum is what a certificate is decided upon, out of results in any order: but
// for the target, which the caller knows.
func (c *Certifier) Sum(results []*Result) *certificate.Run {
	run := &certificate.Run{Tally: c.Total(results), Evidence: map[string]certificate.Evidence{}}
	for _, r := range Sorted(results) {
		run.Scenarios = append(run.Scenarios, r.Summary())
	}
	for i := range run.Tally.Rules {
		f := run.Tally.Rules[i].Findings
		if len(f) == 0 {
			continue
		}
		if r := ResultOf(results, &f[0]); r != nil {
			run.Evidence[f[0].Rule] = certificate.Evidence{
				Venue: "mbxcheck serve --scenario " + Quoted(r.Scenario.Name) + "  # MBXCHECK_URL is the base URL that it tells",
				Curl:  c.Curl(r.Exchanges[f[0].At.Exchange-1]), Timeline: r.Timeline(&f[0]),
			}
		}
	}
	return run
}

// Sorted lists results by name, which brings those of one kind together; they
// ran in the order of their length.
func Sorted(results []*Result) []*Result {
	list := slices.Clone(results)
	slices.SortFunc(list, func(a, b *Result) int { return cmp.Compare(a.Scenario.Name, b.Scenario.Name) })
	return list
}

// ResultOf finds the result in which a finding falls, nil if none holds it.
func ResultOf(results []*Result, f *rule.Finding) *Result {
	i := slices.IndexFunc(results, func(r *Result) bool { return r.Scenario.Name == f.At.File })
	if i < 0 || f.At.Exchange < 1 || f.At.Exchange > len(results[i].Exchanges) {
		return nil
	}
	return results[i]
}

// endedWell is how a program ends whose work is done, which is nothing to be
// told.
const endedWell = "exit code 0"

// Summary is what certificates and reports say of the scenario.
func (r *Result) Summary() certificate.Scenario {
	s := certificate.Scenario{
		Name: r.Scenario.Name, Place: r.Place(), Outcome: certificate.Played, Tally: r.Tally,
		NamesNoWait: r.Scenario.NamesNoWait, Watched: r.Watched, Unfinished: r.Unfinished,
	}
	switch {
	case r.Err != nil:
		s.Outcome, s.Note = certificate.Broke, r.Err.Error()
	case len(r.Unsupported) > 0 && !r.Exercised():
		s.Outcome, s.Note = certificate.Unsupported, "the client has no "+r.lacks()
	case !r.Reached():
		s.Outcome, s.Note = certificate.NotReached, r.Presence.Unreached()
		lines := LastLines(r.Output)
		if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
			s.Note += "; it said at last: " + last
		}
	case !r.Exercised():
		s.Outcome = certificate.NotReached
		if s.Unfinished == "" { // which says it, and for how long it was waited for
			s.Note = r.Presence.Elsewhere(r.Requests)
		}
	case r.Flooded:
		s.Note = "the client sent so much that the scenario was ended early"
	case len(r.Unsupported) > 0:
		s.Note = "the client has no " + r.lacks()
	}
	if s.Outcome != certificate.Played {
		s.Output = strings.Join(LastLines(r.Output), "\n")
	}
	if r.Reached() && r.Err == nil && r.Presence.Exit != "" && r.Presence.Exit != endedWell {
		s.Note = strings.TrimPrefix(s.Note+"; the client ended with "+r.Presence.Exit, "; ")
	}
	s.Note = r.hide.Text(s.Note)
	s.Presence = new(certificate.Presence)
	*s.Presence = r.Presence
	s.Presence.Names = slices.Clone(r.Presence.Names)
	for i, name := range s.Presence.Names {
		s.Presence.Names[i] = r.hide.Text(name)
	}
	return s
}

// lacks names the ops that the client does not have.
func (r *Result) lacks() string {
	var ops []string
	for _, op := range r.Unsupported {
		ops = append(ops, string(op))
	}
	return strings.Join(ops, ", ")
}

// LastLines are the last lines of what a client printed, at least one, of which
// each may be empty.
func LastLines(output string) []string {
	const (
		most   = 20  // lines: a stack trace
		widest = 500 // bytes of each: what somebody reads of a page of HTML on one line
	)
	lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
	lines = slices.Clone(lines[max(0, len(lines)-most):])
	for i, l := range lines {
		if len(l) > widest {
			lines[i] = strings.ToValidUTF8(l[:widest], "") + "…"
		}
	}
	return lines
}
