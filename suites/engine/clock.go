package engine

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// episodeGap is the silence behind which the next exchange of a recording
	// that keeps only Dates is another episode: cassettes are appended to on
	// other days, from other machines.
	episodeGap = time.Hour

	// disorder is how far Dates may step back between neighbours without a
	// cut: answers to requests in flight together arrive in any order, within
	// the venue's processing timeout.
	disorder = 10 * time.Second

	// setBack is how far both halves of an exchange lie at the least before those of
	// the exchange that its client's recording has before it, where the recorder's
	// clock was set back between the two. Threads that write what they timed a little
	// earlier come late by less, on a machine so busy that it makes them wait, too.
	setBack = int64(time.Second)

	// orderedPairs is how many pairs of neighbours there must be for each that is out
	// of order, by however little. Of a list that somebody sorted otherwise, or that has
	// the newest first, half of the pairs or all are, and instants alone say what came
	// first: nine exchanges by chance have but one such pair in one case of 700.
	orderedPairs = 8
)

// clock follows the clocks of one client's recording: the Dates where it holds no
// instants of its own, and where it does, what shows that the recorder's was set
// back. Two things do. The Dates show it whatever the order of the recording (steps);
// the order of the recording shows it without any Date, or where Dates are by the
// recorder's clock (back), but only if it keeps one, which takes more of it to see.
// Neither can stand for the other, so that both are asked; what is done about it is
// the same, Order.tear.
type clock struct {
	date time.Time
	lead time.Duration // of the instants before the Dates, at the least

	known          bool  // that there is a neighbour
	sent, received int64 // when the exchange before was, in nanoseconds since 1970
}

// back takes the next exchange of a recording, when it was sent, and returns how far both its halves
// lie before those of its neighbour. A recording that is kept in the order in which
// exchanges were sent has none that was sent before its neighbour, one in the order
// in which they ended none that ended before it. Where one does both, in a recording
// that else keeps an order, what stands behind happened later, whatever the instants
// say.
func (c *clock) back(ev *rule.Event, sent int64) (isPair bool, back int64) {
	if ev.Loose || !ev.Received.Known() {
		return false, 0
	}
	received := ev.Received.Latest.UnixNano()
	if isPair = c.known; isPair {
		back = min(c.sent-sent, c.received-received)
	}
	c.known, c.sent, c.received = true, sent, received
	return isPair, back
}

// isLoose reports an exchange of a recording that has no order of its own: of
// examples, or a log, which several processes write, each some of its lines at
// once.
func isLoose(f *traffic.Facts) bool {
	return f.Gaps&(traffic.GapOrder|traffic.GapRequestHeader) != 0
}

// steps reports whether the recorder's clock was set back between the event
// before and this one: its instants then put what comes before what was. A
// clock set forward keeps the order, and Dates that stand still while the clock
// goes on are a mock's.
func (c *clock) steps(ev *rule.Event) bool {
	if ev.Date.IsZero() || ev.CacheHit || ev.Maker != traffic.MakerVenue {
		return false
	}
	first, step := c.date.IsZero(), ev.Received.Latest.Sub(ev.Date)-c.lead
	c.date, c.lead = ev.Date, ev.Received.Latest.Sub(ev.Date)
	if ev.Sent.Known() { // the Date was made at some time between the two, of a slow body long before its end
		c.lead = ev.Sent.Earliest.Sub(ev.Date)
	}
	return !first && step < -rule.ClockStep
}

// jumps reports whether the event belongs to another episode than the one
// before it, by its Date or, without one, by when the recorder says it came.
func (c *clock) jumps(ev *rule.Event) bool {
	at := ev.Date
	if at.IsZero() {
		at = ev.Received.Latest
	}
	if at.IsZero() {
		return false
	}
	last := c.date
	c.date = at
	if last.IsZero() {
		return false
	}
	step := at.Sub(last)
	return step > episodeGap || step < -disorder
}
