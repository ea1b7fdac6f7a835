package certificate

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxNameShown bounds a scenario's name in a sentence, in characters.
const maxNameShown = 32

// cutShort says what was not played to its end, a sentence; "" for nothing. What
// did not come to pass there might have been a breach.
func cutShort(r *Run) string {
	if r.Partial != "" {
		return "Not all scenarios were played: " + r.Partial + "."
	}
	var names []string
	for _, s := range r.Scenarios {
		if s.Outcome == Broke {
			names = append(names, bounded(s.Name, maxNameShown))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Scenarios that did not end as scripted: " + wording.FirstNamed(names) + "."
}

// reasonsOf says why a certificate is refused: each MUST that was broken,
// whatever the profile, what was not played to its end, then what the profile
// needs and was not seen.
func reasonsOf(r *Run, p clause.Profile) []Reason {
	var all []Reason
	whole := duties(r.Tally)
	for _, d := range whole {
		if t := d.strongest(); t != nil && t.Level() == clause.Must {
			why := inert.Value(t.Rule().Doc.Demands) + " It failed " + Failed(t) + "."
			all = append(all, Reason{Clause: d.clause.ID, Kind: BecauseFailed, Why: bounded(why, maxSentence)})
		}
	}
	if why := cutShort(r); why != "" {
		all = append(all, Reason{Kind: BecauseCutShort, Why: bounded(why, maxSentence)})
	}
	driven := r.Target.Mode != Observe
	for _, n := range p.Needs {
		if !n.AskedOf(driven) {
			continue // notAsked says so
		}
		at := whole
		if n.Place != "" {
			at = duties(talliedAt(r, n.Place))
		}
		i := slices.IndexFunc(at, func(d duty) bool { return d.clause.ID == n.Clause })
		if i < 0 || at[i].clause.Level != clause.Must {
			continue // a SHOULD that nobody saw refuses nothing
		}
		if kind, why := missing(r, n, at[i]); kind != "" {
			all = append(all, Reason{n.Clause, kind, n.Place, bounded(why, maxSentence)})
		}
	}
	return all
}

// talliedAt merges the tallies of the scenarios of a place.
func talliedAt(r *Run, place string) *rule.Tally {
	t := r.Tally.Empty()
	for _, s := range r.Scenarios {
		if s.Place == place && s.Tally != nil && t.Fits(s.Tally) == nil {
			t.Merge(s.Tally)
		}
	}
	return t
}

// missing says what a profile's need lacks, "" for nothing. What failed is a
// reason already.
func missing(r *Run, n clause.Need, d duty) (ReasonKind, string) {
	obeys, tells := d.worst(required), d.worst(graded(rule.Tells))
	switch {
	case obeys == rule.Fail, obeys == rule.Pass && showsClean(r, n, d):
		return "", ""
	case obeys == rule.Pass && d.inDoubt(required) == 0:
		return BecauseNotExercised, "It was seen to be kept only where a refusal named no time to wait for, which demands little. " + n.Why
	case obeys == rule.Pass:
		return BecauseInconclusive, "Wherever it was seen to be kept, and much was demanded, something else was left in doubt: " + d.doubts(required) + "."
	case obeys == rule.Inconclusive:
		return BecauseInconclusive, "The evidence does not decide: " + d.doubts(required) + "."
	case obeys == rule.Broken || tells == rule.Broken:
		return BecauseBroken, "A check broke: " + d.errors() + "."
	case tells == rule.Pass: // it sends nothing by itself, and who decides was told
		return "", ""
	case tells == rule.Fail:
		return BecauseHidden, "The client sends nothing by itself and does not tell its caller, so that nobody can keep the clause."
	case n.Excuse(r.Target.Mode != Observe) != "":
		return "", ""
	}
	if r.Target.Mode == Relay {
		return BecauseNotExercised, "Nothing that passed the proxy gave an occasion. " + n.Why
	}
	return BecauseNotExercised, "The client gave no occasion. " + n.Why
}

// showsClean reports whether a duty was seen to be kept with no doubt beside
// it: in one scenario of the need's place at least. A doubt may be the very
// breach that the rest of its scenario does not show, so that what else was
// kept there is not enough for a certificate. Nor is what was kept where nothing
// much was demanded.
func showsClean(r *Run, n clause.Need, d duty) bool {
	if d.clean(required) && !slices.ContainsFunc(r.Scenarios, func(s Scenario) bool { return s.NamesNoWait }) {
		return true
	}
	return slices.ContainsFunc(r.Scenarios, func(s Scenario) bool {
		return !s.NamesNoWait && s.Tally != nil && (n.Place == "" || s.Place == n.Place) && slices.ContainsFunc(duties(s.Tally), func(one duty) bool {
			return one.clause.ID == n.Clause && one.clean(required)
		})
	})
}

// notAsked lists what the profile asks of a client and only somebody who drives
// it sees, none for any but one that is watched.
func notAsked(r *Run, p clause.Profile) []Unasked {
	if r.Target.Mode != Observe {
		return nil
	}
	var all []Unasked
	for _, n := range p.Needs {
		u := Unasked{n.Clause, n.Driven}
		if !n.AskedOf(false) && !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return append(all, Unasked{What: whatIsTold})
}

// whatIsTold is what the grades tells and guards judge, which nobody sees of a
// program that is watched.
const whatIsTold = "what it tells whoever uses it"
