package rule

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// minuteEdge is how near to the turn of a minute the counter's reset and the
// Date may disagree (ambiguity A20).
const minuteEdge = 2 * time.Second

// ClockStep is how much a recorder's instants may fall behind the Dates
// from one exchange to the next: a Date is one second wide and an answer
// takes a while to arrive. More is a clock that was set back.
const ClockStep = 10 * time.Second

// WeightStep is what two neighbouring answers to one IP show of its used
// weight: the evidence that several rules on the counter share.
type WeightStep struct {
	Prev, Next int64 // the counter
	Own        int64 // what the second request weighs, -1 when unknown
	SameMinute bool  // both Dates lie in one minute, 2 s away from its edges
	Sequential bool  // the second request surely came to the venue after the first answer, by both clocks
	Minutes    int64 // turns of the minute between the two Dates
}

// stepper turns the answers of one IP into steps.
type stepper struct {
	has      bool
	weight   int64
	date     time.Time
	sec      int64        // date, in seconds since 1970
	received traffic.Span // the latest arrival so far
}

// weightSteps are the steps of a client, of which the latest is kept.
type weightSteps struct {
	stepper
	step    WeightStep
	hasStep bool // of the answer at hand
}

// hear takes an answer in, or that there is none.
func (w *weightSteps) hear(ev *Event) {
	if w.hasStep = false; ev.Answered {
		w.step, w.hasStep = w.next(ev)
	}
}

// next returns the step from the last counted answer to this one. Only /api
// has the counter, and what an intermediary answered from its store counts for
// nothing.
func (s *stepper) next(e *Event) (WeightStep, bool) {
	if !e.Family.Weighed || e.Maker != traffic.MakerVenue || e.UsedWeight < 0 || e.CacheHit || e.Date.IsZero() {
		return WeightStep{}, false
	}
	var st WeightStep
	had, sec := s.has, e.Date.Unix()
	if had {
		st = WeightStep{
			Prev: s.weight, Next: e.UsedWeight, Own: e.OwnWeight,
			SameMinute: sameMinute(s.sec, sec) && !s.stoodStill(e),
			Sequential: e.ArrivedAfter(s.received) && !e.Date.Before(s.date),
			Minutes:    sec/60 - s.sec/60,
		}
	}
	s.has, s.weight, s.date, s.sec = true, e.UsedWeight, e.Date, sec
	if s.received.Latest.Before(e.Received.Latest) { // as what is unknown
		s.received = e.Received
	}
	return st, had
}

// stoodStill reports whether Date moved on by less than the recorder's instants
// did: somebody froze it, and it tells no minute.
func (s *stepper) stoodStill(e *Event) bool {
	return e.Timed && e.Received.Earliest.Sub(s.received.Latest)-e.Date.Sub(s.date) > ClockStep
}

// sameMinute reports whether two Dates, in seconds since 1970, surely lie in one
// minute of the counter.
func sameMinute(a, b int64) bool { return a/60 == b/60 && insideMinute(a) && insideMinute(b) }

func insideMinute(sec int64) bool {
	const edge = int64(minuteEdge / time.Second)
	return sec%60 >= edge && sec%60 < 60-edge
}
