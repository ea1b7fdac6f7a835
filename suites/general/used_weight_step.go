package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// minuteEdge is how near to the turn of a minute the counter's reset and the
// Date may disagree (ambiguity A20).
const minuteEdge = 2 * time.Second

// step is what two neighbouring answers to one IP show of its used weight.
type step struct {
	prev, next int64 // the counter
	own        int64 // what the second request weighs, -1 when unknown
	sameMinute bool  // both Dates lie in one minute, away from its edges
	sequential bool  // the second request surely was sent after the first answer, by both clocks
	minutes    int64 // turns of the minute between the two Dates
}

// stepper turns the answers of one IP into steps.
type stepper struct {
	has      bool
	weight   int64
	date     time.Time
	received traffic.Span // the latest arrival so far
}

// next returns the step from the last counted answer to this one. Only /api
// has the counter, and what an intermediary answered from its store counts for
// nothing.
func (s *stepper) next(e *rule.Event) (step, bool) {
	if e.Family != traffic.FamilyAPI || e.Maker != traffic.MakerVenue || e.UsedWeight < 0 || e.CacheHit || e.Date.IsZero() {
		return step{}, false
	}
	var st step
	had := s.has
	if had {
		st = step{
			prev: s.weight, next: e.UsedWeight, own: e.OwnWeight,
			sameMinute: sameMinute(s.date, e.Date),
			sequential: s.received.Before(e.Sent) && !e.Date.Before(s.date),
			minutes:    e.Date.Unix()/60 - s.date.Unix()/60,
		}
	}
	s.has, s.weight, s.date = true, e.UsedWeight, e.Date
	if !s.received.Known() || s.received.Latest.Before(e.Received.Latest) {
		s.received = e.Received
	}
	return st, had
}

// sameMinute reports whether two Dates surely lie in one minute of the
// counter.
func sameMinute(a, b time.Time) bool {
	return a.Unix()/60 == b.Unix()/60 && insideMinute(a) && insideMinute(b)
}

func insideMinute(t time.Time) bool {
	sec := time.Duration(t.Unix()%60) * time.Second
	return sec >= minuteEdge && sec < time.Minute-minuteEdge
}
