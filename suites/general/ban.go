package general

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// banTolerance is how far the venue's figures for one ban may disagree:
// Retry-After is rounded to seconds, and Date too.
const banTolerance = 2 * time.Second

// ban is one IP ban as its 418 answers show it.
type ban struct {
	at     traffic.Position // of the first 418; Number 0: none
	first  traffic.Span     // when it arrived
	left   time.Duration    // what the first 418 said was left
	free   traffic.Span     // the last request answered otherwise before it
	end    traffic.Span
	closed bool
}

// shortest and longest bound the whole ban: it began no later than its first
// 418 and no earlier than the last request that was not refused.
func (b *ban) shortest() time.Duration { return b.left }

func (b *ban) longest() (time.Duration, bool) {
	if !b.free.Known() {
		return 0, false
	}
	return b.left + b.first.Latest.Sub(b.free.Earliest), true
}

// banned follows the bans of one IP.
type banned struct {
	now, before ban
	free        traffic.Span
}

// hear takes an answer and reports whether it is the first 418 of a ban.
func (b *banned) hear(e *rule.Event) (first bool) {
	if e.Maker == traffic.MakerIntermediary || !e.Received.Known() {
		return false
	}
	if e.Status != 418 {
		b.free, b.now.closed = e.Sent, true
		return false
	}
	left, ok := banLeft(e)
	if !ok {
		return false
	}
	end := e.Received.Shift(left)
	if b.now.at.Number != 0 && !b.now.closed && !b.now.end.Latest.Add(banTolerance).Before(e.Received.Earliest) {
		b.now.end = end // it goes on, or was made longer
		return false
	}
	b.before = b.now
	b.now = ban{at: e.At, first: e.Received, left: left, free: b.free, end: end}
	return true
}

// banLeft is how much of the ban a 418 says is left.
func banLeft(e *rule.Event) (time.Duration, bool) {
	switch {
	case e.RetryAfterSec >= 0:
		return min(time.Duration(min(e.RetryAfterSec, 1<<30))*time.Second, longestWait), true
	case !e.BannedUntil.IsZero() && !e.Date.IsZero():
		return e.BannedUntil.Sub(e.Date), true
	}
	return 0, false
}
