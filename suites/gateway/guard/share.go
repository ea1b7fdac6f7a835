package guard

import "time"

// Shares. The weight of a minute is shared by those who ask. A client may use what
// nobody else wants; but of what each of the others is used to ask for, as much as an
// equal share comes to is kept free for it, and something for one that nobody knows yet.
// Who is within an equal share is held up only when the limit itself is reached. Who is
// not goes on evenly, and not all at once when the minute turns: otherwise a client that
// comes in between finds nothing for a minute.

const (
	// remembered is for how long what a client asked for is kept free for it.
	remembered = 5 * time.Minute

	// newcomer is the part of the limit that is kept free for a client that nobody
	// knows: one in ten, which lets a bot of the usual kind begin at once.
	newcomer = 10

	// growth is how much more than it used to a client may ask for without being
	// held up, a quarter, and leeway the weight that counts for nothing.
	growth, leeway = 4, 10

	// even is in how many parts of the window one that goes beyond its share is held
	// to go on evenly: in each it may use one part of what there is, and half as much more.
	even = 6
)

// habit is what a client asked for at the most in a window, of late.
//
//	before is the most of the stretch that ended when latest began
type habit struct {
	latest, before int64
	since          time.Time // latest began
	first          time.Time // it was heard
}

// hear notes how much was asked for in the window that ends now.
func (h *habit) hear(now time.Time, n int64) {
	switch d := now.Sub(h.since); {
	case d > 2*remembered:
		*h = habit{since: now, first: now}
	case d > remembered:
		*h = habit{before: h.latest, since: now, first: h.first}
	}
	h.latest = max(h.latest, n)
}

// expects is what the client will ask for in a window, as far as its habit tells: of one
// that was not heard for a whole window nobody knows, and it may be all.
func (h *habit) expects(now time.Time, window time.Duration) int64 {
	switch {
	case now.Sub(h.since) > remembered+window: // it was not heard since
		return 0
	case now.Sub(h.first) < window+window/60:
		return maxMost
	}
	n := max(h.latest, h.before)
	return n + n/growth + leeway
}

// waitForShare is how long a client waits for the others' shares.
func (l *Ledger) waitForShare(now time.Time, c *client, weight int64) time.Duration {
	all := &l.totals[l.minute]
	sharing := int64(2) // this one, and one that nobody knows
	for _, d := range l.clients {
		if d != c && d.habit.expects(now, all.Span) > 0 {
			sharing++
		}
	}
	equal := all.Most / sharing
	if c.used.sum(now)+weight <= equal {
		return 0
	}
	kept := min(equal, all.Most/newcomer)
	for _, d := range l.clients {
		if d != c {
			kept += max(0, min(equal, d.habit.expects(now, all.Span))-d.used.sum(now))
		}
	}
	wait := all.until(now, all.Most-weight-kept)
	if part := (all.Most - kept) * 3 / (even * 2); wait == 0 && c.used.latest(now, slots/even)+weight > max(part, weight) {
		wait = c.used.Width
	}
	return min(wait, max(c.used.until(now, equal-weight), time.Millisecond))
}
