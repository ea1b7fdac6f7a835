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

// hears reports whether the rules that bind a party hear of a side. In front of a proxy
// they judge the client, which the proxy answers; behind it the venue, of which the
// proxy is a client: its bans and its weight are the proxy's there, and what the proxy
// does with them is no client's fault. What binds the proxy hears both sides as a hop.
func hears(bound clause.Party, side traffic.Side) bool {
	return side == traffic.Alone || (bound == clause.Client) == (side == traffic.Front)
}

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

// of returns who hears of an exchange, by what is known of it beside the wire.
func (a *audience[T]) of(n *traffic.Annotation) []T {
	if n == nil {
		return a.all
	}
	first, last := 0, len(a.all)
	if !hears(clause.Server, n.Hop.Side) {
		first = a.others
	}
	if tried(n) || !hears(clause.Client, n.Hop.Side) {
		last = a.others
	}
	return a.all[first:last]
}
