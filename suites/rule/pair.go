package rule

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Relay is a request that went through a proxy, as both sides of it were recorded:
// what a rule's Pair judges. It holds with all it points to until Pair returns.
//
// That one side is missing has several readings: nothing went there, or nobody
// recorded it.
type Relay struct {
	// Front is the exchange of client and proxy, nil where there is none.
	Front *traffic.Facts
	// Behind are the exchanges of proxy and venue, in the order in which the proxy
	// sent them; empty where there is none.
	Behind []*traffic.Facts
}

// First is the exchange that findings stand at that name no other.
func (r *Relay) First() *traffic.Facts {
	if r.Front != nil {
		return r.Front
	}
	return r.Behind[0]
}

// lookalike reports a relay to or from a host that only looks like the venue.
func (r *Relay) lookalike(held *edition.Edition) bool {
	return r.Front != nil && held.IsLookalike(r.Front.Host) || slices.ContainsFunc(r.Behind, func(f *traffic.Facts) bool { return held.IsLookalike(f.Host) })
}

// Relay lays a request that went through a proxy before the rules that judge both
// sides of it. ep and own are those of Exchange, of the side in front where there is
// one.
func (b *Bench) Relay(r *Relay, ep *edition.Endpoint, own int64) {
	b.Exchange(r.First(), ep, own)
	b.trial.relay = r
}

// Ways are the ways in which the rule judges. Of one that no recording of ordinary
// traffic can exercise, but for its Pair, it is what its clauses say that it takes.
func (r *Rule) Ways() []clause.Check {
	switch {
	case r.Check != nil:
		return []clause.Check{clause.Exchange}
	case r.Pair != nil:
		return []clause.Check{clause.Pair}
	case r.New != nil && r.NotHere == "":
		return []clause.Check{clause.Sequence}
	}
	var ways []clause.Check
	for _, id := range r.Clauses {
		c, _ := clause.ByID(id)
		for _, way := range c.Checks {
			if (way == clause.Pair || way == clause.Live) && !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
	}
	if len(ways) == 0 {
		return []clause.Check{clause.Live}
	}
	return ways
}
