package engine

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
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

// listener is a rule, and what of it hears of facts or of an event.
type listener[T any] struct {
	asked *rule.Asked
	hear  func(*rule.Trial, T)
}

// audience are those who hear of something, in a table that is made once: the
// rules that bind the client stand last, so that those who hear what nobody's
// client is to answer for are the ones before them.
//
//	0 <= others <= len(all)
//	all[:others] bind server or proxy, all[others:] the client
type audience[T any] struct {
	all    []listener[T]
	others int
}

// add adds a rule, of which hear is nil where it does not listen.
func (a *audience[T]) add(asked *rule.Asked, hear func(*rule.Trial, T)) {
	switch {
	case hear == nil:
	case asked.Rule.Party == clause.Client:
		a.all = append(a.all, listener[T]{asked, hear})
	default:
		a.all = slices.Insert(a.all, a.others, listener[T]{asked, hear})
		a.others++
	}
}

// of returns who hears of an exchange, by what is known of it beside the wire.
func (a *audience[T]) of(n *traffic.Annotation) []listener[T] {
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

// ask lets rules hear what is on the bench. One that panics is marked broken, which
// broke is told, and hears no more; the others go on.
func ask[T any](bench *rule.Bench, list []listener[T], of T, broke func()) {
	for len(list) > 0 {
		list = askFirst(bench, list, of, broke)
	}
}

// askFirst asks rules until one panics, and returns those behind it.
func askFirst[T any](bench *rule.Bench, list []listener[T], of T, broke func()) (rest []listener[T]) {
	defer func() {
		if p := recover(); p != nil {
			bench.Blame(p)
			broke()
			broken := slices.IndexFunc(list, func(l listener[T]) bool { return l.asked == bench.Asked() })
			rest = list[broken+1:]
		}
	}()
	for i := range list {
		list[i].hear(bench.For(list[i].asked), of)
	}
	return nil
}
