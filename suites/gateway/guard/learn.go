package guard

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// silence is until when nothing may be sent, and why.
type silence struct {
	Until    time.Time `json:"until"`
	Why      string    `json:"why,omitempty"`
	Refusals int       `json:"refusals,omitempty"` // in a row that told no wait
}

// left is how long it lasts.
func (s *silence) left(now time.Time) time.Duration { return max(0, s.Until.Sub(now)) }

// longestGuess is how long a silence is at the most of which the venue did not say how
// long: the windows of weight are a minute long.
const longestGuess = time.Minute

// rounding is added to what the venue tells in whole seconds.
const rounding = time.Second

// keep takes a refusal in. It tells whether the silence is longer than before.
func (s *silence) keep(now time.Time, f *traffic.Facts, shortest, longest time.Duration) bool {
	var d time.Duration
	switch {
	case !f.BannedUntil.IsZero() && !f.Date.IsZero():
		d = f.BannedUntil.Sub(f.Date) + rounding // both by the venue's clock
	case f.RetryAfterSec >= 0:
		d = min(time.Duration(min(f.RetryAfterSec, int64(longest/time.Second)))*time.Second, longest) + rounding
	case !f.BannedUntil.IsZero():
		d = f.BannedUntil.Sub(now) + rounding
	default:
		d = max(shortest, min(time.Second<<min(s.Refusals, 6), longestGuess))
		s.Refusals++
	}
	until := now.Add(min(max(d, rounding), longest+rounding))
	if !until.After(s.Until) {
		return false
	}
	s.Until = until
	s.Why = fmt.Sprintf("the venue answered %d, and asked for silence until %s", f.Response.Status, until.UTC().Format(time.TimeOnly))
	return true
}

// counter is what is known of the venue's.
type counter struct {
	sent   int64     // requests that went on
	told   int64     // by the latest answer that told it
	serial int64     // of that answer's request
	minute time.Time // of the venue's clock that it was told in
}

// Learn takes in what an answer tells: what the venue counted, that it refused, and what
// its limits are. f is that of the exchange that the booked request came to. It reports
// whether a silence began, which is worth saving at once.
func (l *Ledger) Learn(now time.Time, f *traffic.Facts, b Booked) (silenced bool) {
	if !f.Answered() || f.Maker == traffic.MakerIntermediary && f.Response.Status != 429 && f.Response.Status != 418 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = true
	l.count(now, f, b)
	switch status := f.Response.Status; {
	case status == 418:
		return l.silence.keep(now, f, l.edition.MinBan, l.edition.MaxBan)
	case status == 429 && f.Means == traffic.TooManyOrders && b.request.Account != "":
		return l.account(b.request.Account, now).silence.keep(now, f, 0, l.edition.MaxBan)
	case status == 429:
		return l.silence.keep(now, f, 0, l.edition.MaxBan)
	case f.Success():
		if l.silence.left(now) == 0 {
			l.silence.Refusals = 0
		}
		if a := l.accounts[b.request.Account]; a != nil && b.request.Orders > 0 {
			a.silence.Refusals = 0
		}
		if v := f.Body.Capture(traffic.CaptureRateLimits); v.Kind == traffic.KindArray {
			if list := told(v.Raw); list != nil {
				l.limit(list)
			}
		}
	}
	return false
}

// count holds the venue's counter against the ledger's.
func (l *Ledger) count(now time.Time, f *traffic.Facts, b Booked) {
	used := f.Weight()
	if used < 0 || f.CacheHit {
		return
	}
	minute := f.Date.Truncate(time.Minute)
	known := l.counter.serial > 0 && b.serial == l.counter.serial+1 && l.counter.sent == b.serial
	if actual := used - l.counter.told; known && !f.Date.IsZero() && minute.Equal(l.counter.minute) && actual > 0 && actual <= l.totals[l.minute].Most {
		l.weigh(now, b, actual)
	}
	l.counter.told, l.counter.serial, l.counter.minute = used, b.serial, minute
	t := &l.totals[l.minute]
	if beyond := used - t.sum(now); beyond > 0 {
		t.add(now, beyond) // somebody else's, of the same address
	}
}

// weigh corrects what a request was booked with, which was alone under way between two
// answers that told the counter.
func (l *Ledger) weigh(now time.Time, b Booked, actual int64) {
	c := l.of(b.request.Client)
	if d := actual - b.weight; d != 0 {
		l.totals[l.minute].correct(b.at, now, d)
		c.used.correct(b.at, now, d)
		c.use.Weight += d
	}
	l.see(b.request, actual)
}

// see notes what a route was seen to weigh: what it came to twice in a row, for others of
// the address may have a part in what it came to once.
func (l *Ledger) see(r Request, actual int64) {
	before, known := l.seen[r.Route]
	if !known && (actual <= max(1, r.Weight) || len(r.Route) > maxRoute) {
		return
	}
	if !known && len(l.seen) >= maxRoutes {
		clear(l.seen)
	}
	l.seen[r.Route] = actual
	weight := min(before, actual)
	switch _, there := l.routes[r.Route]; {
	case weight <= max(1, r.Weight):
		delete(l.routes, r.Route)
	case there || len(l.routes) < maxRoutes:
		l.routes[r.Route] = weight
	}
}
