package rule

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// BanTolerance is how far the venue's figures for one ban may disagree:
	// Retry-After is rounded to seconds, and Date too.
	BanTolerance = 2 * time.Second

	// LongestWait bounds Retry-After before it is added to an instant: ten
	// years is beyond any promise here and keeps the sum in range.
	LongestWait = 10 * 365 * 24 * time.Hour
)

// Ban is one IP ban as its 418 answers show it.
type Ban struct {
	At    traffic.Position // of the first 418; Number 0: none
	First traffic.Span     // when it arrived
	Left  time.Duration    // what the first 418 said was left
	Free  traffic.Span     // the last request answered otherwise before it
	End   traffic.Span     // as the last 418 told it

	closed bool
}

// Shortest and Longest bound the whole ban: it began no later than its first
// 418 and no earlier than the last request that was not refused.
func (b *Ban) Shortest() time.Duration { return b.Left }

// Longest is false where no request before the ban was seen.
func (b *Ban) Longest() (time.Duration, bool) {
	if !b.Free.Known() {
		return 0, false
	}
	return b.Left + b.First.Latest.Sub(b.Free.Earliest), true
}

// Bans is what the answers to one IP show of its bans: the evidence that
// several rules share. A rule that asks for it needs to hear no more than
// Probe.Trouble.
type Bans struct {
	Now, Before Ban  // the latest ban, over or not, and the one before it
	Began       bool // the answer at hand is the first 418 of Now

	// Served counts the answers below 400 that nothing in between made.
	Served int64

	free traffic.Span
}

// hear takes an answer in.
func (b *Bans) hear(e *Event) {
	b.Began = false
	if !e.Answered || e.Maker == traffic.MakerIntermediary {
		return
	}
	if e.Status < 400 {
		b.Served++
	}
	if !e.Received.Known() {
		return
	}
	if e.Status != 418 {
		b.free, b.Now.closed = e.Sent, true
		return
	}
	left, ok := BanLeft(e)
	if !ok {
		return
	}
	end := e.Received.Shift(left)
	if !b.Now.closed && !b.Now.End.Latest.Add(BanTolerance).Before(e.Received.Earliest) {
		b.Now.End = end // it goes on, or was made longer; no ban at all ended before all
		return
	}
	b.Before = b.Now
	b.Now = Ban{At: e.At, First: e.Received, Left: left, Free: b.free, End: end}
	b.Began = true
}

// BanLeft is how much of the ban a 418 says is left; false where it does not
// say.
func BanLeft(e *Event) (time.Duration, bool) {
	switch {
	case e.RetryAfterSec >= 0:
		return min(time.Duration(min(e.RetryAfterSec, 1<<30))*time.Second, LongestWait), true
	case !e.BannedUntil.IsZero() && !e.Date.IsZero():
		return e.BannedUntil.Sub(e.Date), true
	}
	return 0, false
}
