package probe

import (
	"encoding/json"
	"time"
)

// serverClock is how far the server's clock is ahead of the prober's: minutes
// turn by the server's, and timestamps are held against it.
type serverClock struct{ ahead time.Duration }

func (s serverClock) time(at time.Time) time.Time { return at.Add(s.ahead) }

// set learns the clock from the answer to /time: from the time it tells or, if
// that is none, from Date, which is cut to the second.
func (s *serverClock) set(a *answer, sent, received time.Time) {
	var told struct{ ServerTime int64 }
	middle := sent.Add(received.Sub(sent) / 2)
	if json.Unmarshal(a.body, &told) == nil && told.ServerTime > 1e12 && told.ServerTime < 1e13 {
		s.ahead = time.UnixMilli(told.ServerTime).Sub(middle)
		return
	}
	if !a.date.IsZero() {
		s.ahead = a.date.Add(time.Second / 2).Sub(middle)
	}
}

// spent is what the address used of the current minute's weight, as the server
// tells it or, where it doesn't, as the table has it.
type spent struct {
	minute int64
	used   int64
}

func (s *spent) add(a *answer, at time.Time) {
	if m := at.Unix() / 60; m != s.minute {
		*s = spent{minute: m}
	}
	s.used += max(a.own, 1)
	if a.used >= 0 {
		s.used = max(s.used, a.used)
	}
}

func (s *spent) at(t time.Time) int64 {
	if t.Unix()/60 != s.minute {
		return 0
	}
	return s.used
}

// beyondTurn is how long after the turn of a minute the counter and the Date
// surely agree on which minute it is: two seconds by the rules, and half of one
// for the prober's own reckoning.
const beyondTurn = 2500 * time.Millisecond

// untilTurn is how long the server's minute lasts.
func (p *prober) untilTurn() time.Duration {
	at := p.server.time(p.now())
	return at.Truncate(time.Minute).Add(time.Minute).Sub(at)
}

// nextMinute waits until the server's next minute has surely begun.
func (p *prober) nextMinute() { p.wait(p.untilTurn() + beyondTurn) }

// insideMinute makes sure that what takes some seconds happens in one minute.
func (p *prober) insideMinute(takes time.Duration) {
	switch left := p.untilTurn(); {
	case left < takes+beyondTurn:
		p.nextMinute()
	case left > time.Minute-beyondTurn:
		p.wait(left - (time.Minute - beyondTurn))
	}
}
