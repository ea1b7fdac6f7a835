package main

import "time"

// What L08's page calls spamming that can be no back-off: the same call so many
// times within so long of its refusal, after pauses that do not grow.
const (
	spamCalls    = 10
	spamWithin   = 5 * time.Second
	anyPause     = 100 * time.Millisecond
	growingTwice = 2
)

// spamming judges what comes behind a 429 that names no wait: call by call, each
// chain of refusals by its first.
func spamming(xs []*reading, j *judgement) {
	type call struct{ client, business string }
	under := map[call]*chain{}
	for _, r := range bySending(xs) {
		for c, s := range under {
			if c.client == r.Client && r.sent.Sub(s.first.received) >= spamWithin {
				j.keep(r, "there was no spamming for %s after exchange %d", spamWithin, s.first.number)
				delete(under, c)
			}
		}
		c := call{r.Client, business(r)}
		s := under[c]
		switch {
		case s != nil && !s.answered && s.again(r):
			j.fail(r, "exchange %d is sent again and again, at last after no more than %s", s.first.number, s.late)
			delete(under, c)
		case s != nil && !s.answered:
			s.answered = !isBare(r)
		default: // no chain of refusals
			delete(under, c)
			if isBare(r) {
				under[c] = &chain{first: r, last: r}
			}
		}
	}
}

// isBare reports a 429 that names no wait.
func isBare(r *reading) bool {
	msg, _ := r.object()["msg"].(string)
	_, there := r.told()
	return r.Response.Status == 429 && r.maker() != gateway && !there && !banned.MatchString(msg)
}

// chain is a call that was refused, sent again, refused again, and so on.
type chain struct {
	first, last *reading
	answered    bool // otherwise than with such a refusal
	early, late time.Duration
	count       int
}

// again takes the call sent again, and reports whether that is spamming.
func (c *chain) again(r *reading) bool {
	if !r.sent.After(c.first.received) {
		return false
	}
	switch pause := r.sent.Sub(c.last.received); {
	case c.count == 0:
		c.early = pause
	case c.count < spamCalls/2:
		c.early = min(c.early, pause)
	default:
		c.late = max(c.late, pause)
	}
	c.last = r
	c.count++
	return c.count >= spamCalls && c.late < max(growingTwice*c.early, anyPause)
}
