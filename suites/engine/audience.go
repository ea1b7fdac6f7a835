package engine

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// tried reports an exchange of an experiment. What is sent to see what comes
// back is as it is on purpose, and no client's fault: the rules that bind the
// client do not hear of it.
func tried(a *traffic.Annotation) bool { return a != nil && a.Experiment.Name != "" }

// audience are those who hear of something, in a table that is made once: the
// rules that bind the client stand last, so that those who hear what nobody's
// client is to answer for are the ones before them.
//
//	0 <= others <= len(all)
//	all[:others] bind server or proxy, all[others:] the client
type audience[T any] struct {
	all    []T
	others int
}

// add adds one whose rule binds a party.
func (a *audience[T]) add(bound clause.Party, one T) {
	if bound == clause.Client {
		a.all = append(a.all, one)
		return
	}
	a.all = slices.Insert(a.all, a.others, one)
	a.others++
}

// of returns who hears of an exchange, of an experiment or not.
func (a *audience[T]) of(tried bool) []T {
	if tried {
		return a.all[:a.others]
	}
	return a.all
}
