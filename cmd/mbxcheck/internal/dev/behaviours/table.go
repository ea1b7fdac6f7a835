package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// sum is what all runs came to.
type sum struct {
	behaviours, runs int
	errs             []error
	cells            map[cell]int
	contradictions   []Contradiction
	compared         int // verdicts held against a truth
	ambiguous        int // runs and clauses of which nobody can tell
}

// cell counts runs in which the truth was one thing, and a seat said another or
// the same.
type cell struct {
	clause  string
	seat    Seat
	truth   Answer
	verdict Verdict
}

// sumUp compares what was seen of each behaviour.
func sumUp(sights []*Sight) *sum {
	s := &sum{cells: map[cell]int{}, runs: len(sights)}
	of := map[int][]*Sight{}
	for _, one := range sights {
		of[one.Behaviour.Number] = append(of[one.Behaviour.Number], one)
		if one.Err != nil {
			s.errs = append(s.errs, one.Err)
			continue
		}
		for _, clause := range clauses {
			truth, verdict := one.Truth[clause].Answer, one.Told[clause].Verdict
			if truth == Idle && verdict == NotExercised {
				continue
			}
			s.cells[cell{clause, one.Seat, truth, verdict}]++
			if truth == Ambiguous {
				s.ambiguous++
			} else {
				s.compared++
			}
		}
	}
	s.behaviours = len(of)
	for _, n := range slices.Sorted(maps.Keys(of)) {
		s.contradictions = append(s.contradictions, contradictions(of[n])...)
	}
	return s
}

func (s *sum) clean() bool { return len(s.errs) == 0 && len(s.contradictions) == 0 }

func (s *sum) count(f Fault) (n int) {
	for _, c := range s.contradictions {
		if c.Fault == f {
			n++
		}
	}
	return n
}

var answers = []Answer{IsKept, IsBroken, Unlooked, Ambiguous, Idle}

// write writes the table and what contradicts.
func (s *sum) write(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "clause\tseat\ttruth\tpass\tfail\tinconclusive\tnot exercised")
	for _, clause := range clauses {
		for _, seat := range seats {
			for _, truth := range answers {
				n := func(v Verdict) int { return s.cells[cell{clause, seat, truth, v}] }
				if n(Pass)+n(Fail)+n(Inconclusive)+n(NotExercised) > 0 {
					fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", clause, seat, truth, n(Pass), n(Fail), n(Inconclusive), n(NotExercised))
				}
			}
		}
	}
	w.Flush()
	fmt.Fprintln(out)
	for _, err := range s.errs {
		fmt.Fprintf(out, "no verdict: %v\n", err)
	}
	for _, c := range s.contradictions {
		fmt.Fprintln(out, c)
	}
	fmt.Fprintf(out, "%d behaviours, %d runs, %d without a verdict; %d comparisons, %d ambiguous; %d contradictions: %d false fails, %d more beyond the slack, %d false passes, %d doubts told as kept, %d times seats apart\n",
		s.behaviours, s.runs, len(s.errs), s.compared, s.ambiguous,
		len(s.contradictions), s.count(FalseFail), s.count(Starving), s.count(FalsePass), s.count(DoubtKept), s.count(Apart))
}
