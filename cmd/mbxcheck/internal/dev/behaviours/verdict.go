package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Told is what a report says of a clause, all rules about it together.
type Told struct {
	Verdict Verdict
	By      []string // the rules with a verdict, and what they have

	// Elsewhere are the other places of the report that say of the clause what
	// its rules do not: that it was kept.
	Elsewhere []string
}

// Verdict is one as reports write it.
type Verdict string

// The verdicts, from the weakest: of a clause the strongest of its rules counts.
const (
	NotExercised Verdict = "not-exercised"
	Pass         Verdict = "pass"
	Inconclusive Verdict = "inconclusive"
	Fail         Verdict = "fail"
)

var byStrength = []Verdict{NotExercised, Pass, Inconclusive, Fail}

func stronger(a, b Verdict) Verdict {
	if slices.Index(byStrength, a) < slices.Index(byStrength, b) {
		return b
	}
	return a
}

// report is what is read of a report in JSON.
type report struct {
	Rules []struct {
		ID, Party    string
		Clauses      []string
		Verdict      Verdict
		Inconclusive int
	}
	Target struct {
		Clauses []clauseVerdict
	}
	Scenarios []struct {
		Name, Outcome string
		Clauses       []clauseVerdict
	}
}

type clauseVerdict struct {
	Clause, ID string
	Verdict    Verdict
	InDoubt    int `json:"in_doubt"`
}

// kept reports that the clause is told as kept, and nothing about it in doubt.
func (c clauseVerdict) kept() bool { return c.Verdict == Pass && c.InDoubt == 0 }

// readReport reads what a report says of the clauses.
func readReport(text []byte) (map[string]Told, error) {
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("the report: %w", err)
	}
	if len(r.Rules) == 0 {
		return nil, fmt.Errorf("the report: expected rules, found none in %.200s", text)
	}
	told := map[string]Told{}
	for _, clause := range clauses {
		t := Told{Verdict: NotExercised}
		for _, rule := range r.Rules {
			if rule.Party != "client" || !slices.Contains(rule.Clauses, clause) || rule.Verdict == NotExercised {
				continue
			}
			t.Verdict = stronger(t.Verdict, rule.Verdict)
			if rule.Inconclusive > 0 { // kept here, in doubt there
				t.Verdict = stronger(t.Verdict, Inconclusive)
			}
			t.By = append(t.By, rule.ID+" "+string(rule.Verdict))
		}
		for _, c := range r.Target.Clauses {
			if c.Clause == clause && c.kept() && t.Verdict != Pass {
				t.Elsewhere = append(t.Elsewhere, "the table of clauses")
			}
		}
		for _, s := range r.Scenarios {
			for _, c := range s.Clauses {
				if c.ID == clause && c.kept() && t.Verdict != Pass {
					t.Elsewhere = append(t.Elsewhere, "the line of "+s.Name)
				}
			}
		}
		told[clause] = t
	}
	return told, nil
}

// Fault is how a verdict and the truth contradict each other.
type Fault string

// The contradictions.
const (
	FalseFail Fault = "false fail"                  // of a client that kept the clause
	FalsePass Fault = "false pass"                  // of one that broke it, or did not do what is due
	DoubtKept Fault = "doubt as kept"               // one place of the report says more than its rules know
	Starving  Fault = "false fail beyond the slack" // of a client that a busy machine kept from reading
	Apart     Fault = "seats apart"                 // two seats decided otherwise about the same truth
)

// Contradiction is one between a seat and the truth, or two seats.
type Contradiction struct {
	Fault  Fault
	Clause string
	Seats  []*Sight
}

// String says it with all that is needed to look into it.
func (c Contradiction) String() string {
	var b strings.Builder
	behaviour, _ := json.Marshal(c.Seats[0].Behaviour)
	fmt.Fprintf(&b, "%s of %s\n  behaviour %s\n", c.Fault, c.Clause, behaviour)
	for _, s := range c.Seats {
		truth, told := s.Truth[c.Clause], s.Told[c.Clause]
		fmt.Fprintf(&b, "  %-9s truth %s (%s)\n            told %s (%s) %s\n            %s\n",
			s.Seat, truth.Answer, truth.Why, told.Verdict, strings.Join(told.By, ", "), strings.Join(told.Elsewhere, ", "), s.Dir)
	}
	return b.String()
}

// contradiction says how a seat contradicts the truth, "" for not.
func contradiction(truth Truth, told Told) Fault {
	switch {
	case len(told.Elsewhere) > 0:
		return DoubtKept
	case told.Verdict == Fail && truth.Starved:
		return Starving
	case told.Verdict == Fail && (truth.Answer == IsKept || truth.Answer == Idle || truth.Answer == Unlooked):
		return FalseFail
	case told.Verdict == Pass && (truth.Answer == IsBroken || truth.Answer == Unlooked):
		return FalsePass
	}
	return ""
}

// contradictions are all those about one behaviour: of its seats with the truth,
// and of two with each other that contradict none.
func contradictions(of []*Sight) (list []Contradiction) {
	for _, clause := range clauses {
		var right []*Sight
		for _, s := range of {
			if s.Err != nil {
				continue
			}
			if f := contradiction(s.Truth[clause], s.Told[clause]); f != "" {
				list = append(list, Contradiction{f, clause, []*Sight{s}})
				continue
			}
			for _, o := range right {
				if apart(s, o, clause) {
					list = append(list, Contradiction{Apart, clause, []*Sight{o, s}})
				}
			}
			right = append(right, s)
		}
	}
	return list
}

// apart reports two seats that decided otherwise where the truth of both runs is
// the same, or nobody knows it.
func apart(a, b *Sight, clause string) bool {
	decided := a.Told[clause].Verdict == Pass && b.Told[clause].Verdict == Fail || a.Told[clause].Verdict == Fail && b.Told[clause].Verdict == Pass
	return decided && a.Truth[clause].Answer == b.Truth[clause].Answer && a.Truth[clause].Answer != Ambiguous
}
