package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// spamCount requests within spamTime, each the call that had just been refused,
	// are spamming whatever a client calls them. Retries that libraries have by
	// default end after three to five; the shortest fixed pause that people write
	// is a second, which makes five in that time.
	spamCount = 10
	spamTime  = 5 * time.Second

	// shortestPause is the shortest that counts as one that grows: below it pauses
	// are what a scheduler makes of none.
	shortestPause = 100 * time.Millisecond

	// spamsKept bounds the calls followed for one client.
	spamsKept = 8
)

// spam is a call that was refused with a 429 without Retry-After, sent again,
// refused again, and so on. Of calls under way together nobody knows which
// refusal they knew of, so that those of one call must follow each other: a
// client whose parts each back off by themselves spams with none of its calls.
type spam struct {
	call    uint64 // Business
	at      traffic.Position
	first   traffic.Span // when the first refusal arrived
	refused traffic.Span // and the last
	pending int          // the exchange not yet answered with a refusal, 0 for none
	count   int
	early   time.Duration // the longest pause in the first half, and in the second
	late    time.Duration
	anyone  bool // nothing shows that the venue made the 429
}

// spams follows the calls of one client.
type spams struct {
	kept [spamsKept]spam
	n    int
}

func (s *spams) of(call uint64) *spam {
	for i := range min(s.n, spamsKept) {
		if p := &s.kept[i]; p.at.Number != 0 && p.call == call {
			return p
		}
	}
	return nil
}

// refusal takes a 429 without Retry-After.
func (s *spams) refusal(c *rule.Case, e *rule.Event) {
	if p := s.of(e.Business); p != nil {
		if p.pending == e.At.Number {
			p.refused, p.pending = e.Received, 0
		}
		return
	}
	s.kept[s.n%spamsKept] = spam{
		call: e.Business, at: e.At, first: e.Received, refused: e.Received,
		anyone: byNobody(c, e),
	}
	s.n++
}

// next takes a request. What a client did for spamTime that was no spamming
// keeps the rule.
func (s *spams) next(c *rule.Case, e *rule.Event) {
	for i := range min(s.n, spamsKept) {
		p := &s.kept[i]
		switch {
		case p.at.Number == 0 || p.at.Number == e.At.Number:
		case !e.Sent.Known() || !p.first.Known():
			c.Inconclusive("the recording does not say when a request was sent or how long the wait lasted")
			*p = spam{}
		case !e.Sent.Earliest.Before(p.first.Latest.Add(spamTime)):
			c.Pass()
			*p = spam{}
		case p.call == e.Business && !e.Commanded():
			p.again(c, e)
		}
	}
}

// again takes the call sent again.
func (p *spam) again(c *rule.Case, e *rule.Event) {
	switch {
	case p.pending != 0 || !follows(e, p.refused) && !readyAfter(e, p.refused):
		*p = spam{} // beside another, or it was answered: no chain of refusals
		return
	case p.count < spamCount/2:
		p.early = max(p.early, e.Sent.Earliest.Sub(p.refused.Latest))
	default:
		p.late = max(p.late, e.Sent.Earliest.Sub(p.refused.Latest))
	}
	p.count++
	p.pending = e.At.Number
	switch {
	case p.count < spamCount || p.late >= max(2*p.early, shortestPause):
		return
	case p.anyone:
		c.Inconclusive(byAnyone)
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The call that exchange %d refused with a 429 without Retry-After was sent again %d times in %s.", p.at.Number, p.count, e.Sent.Latest.Sub(p.first.Earliest).Round(time.Millisecond)),
			Expected: "a pause that grows, or silence to the end of the venue's minute",
			Seen:     fmt.Sprintf("the same %s %s each time that it was refused, after at most %s", e.Method, e.Path, max(p.early, p.late).Round(time.Millisecond)),
		})
	}
	*p = spam{}
}

// watched ends the watch over a client.
func (s *spams) watched(c *rule.Case, e *rule.Event) {
	for i := range min(s.n, spamsKept) {
		switch p := &s.kept[i]; {
		case p.at.Number == 0:
		case p.first.Known() && !e.Received.Earliest.Before(p.first.Latest.Add(spamTime)):
			c.Pass()
		default:
			c.Inconclusive(shortWatch)
		}
	}
	*s = spams{}
}
