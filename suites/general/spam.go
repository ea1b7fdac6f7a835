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
)

// spam is a call that was refused with a 429 without Retry-After, sent again,
// refused again, and so on. Of calls under way together nobody knows which
// refusal they knew of, so that those of one call must follow each other: of a
// client whose parts each back off by themselves nothing is decided.
type spam struct {
	call     uint64 // Business
	at       traffic.Position
	first    traffic.Span // when the first refusal arrived
	refused  traffic.Span // and the last
	pending  int          // the exchange not yet answered, 0 for none
	answered bool         // otherwise than with such a refusal
	count    int
	early    time.Duration // the shortest pause in the first half
	late     time.Duration // the longest in the second
	together bool          // some were perhaps under way together
	anyone   bool          // nothing shows that the venue made the 429
	judged   bool          // a doubt is told: nothing more keeps the rule
}

// spams follows the calls of one client.
type spams struct {
	kept recent[spam]
}

func (s *spams) of(call uint64) *spam {
	for i := range s.kept {
		if p := &s.kept[i]; p.at.Number != 0 && p.call == call {
			return p
		}
	}
	return nil
}

// refusal takes a 429 without Retry-After.
func (s *spams) refusal(c *rule.Trial, e *rule.Event) {
	if p := s.of(e.Business); p != nil {
		p.refused = e.Received
		if p.pending == e.At.Number {
			p.pending = 0
		}
		return
	}
	last, full := s.kept.follow(spam{
		call: e.Business, at: e.At, first: e.Received, refused: e.Received, anyone: byNobody(c, e),
	}, func(p *spam) bool { return p.at.Number == 0 })
	if full && last.count > 0 && !last.judged {
		c.Inconclusive("more refused calls were sent again at once than are followed")
	}
}

// answer takes an answer that is no such refusal.
func (s *spams) answer(e *rule.Event) {
	if p := s.of(e.Business); p != nil && p.pending == e.At.Number {
		p.pending, p.answered = 0, true
	}
}

// next takes a request. What a client did for spamTime that was no spamming
// keeps the rule.
func (s *spams) next(c *rule.Trial, e *rule.Event) {
	for i := range s.kept {
		p := &s.kept[i]
		switch {
		case p.at.Number == 0 || p.at.Number == e.At.Number:
		case !e.Sent.Known() || !p.first.Known():
			c.Inconclusive("the recording does not say when a request was sent or how long the wait lasted")
			*p = spam{}
		case !e.Sent.Earliest.Before(p.first.Latest.Add(spamTime)):
			p.over(c, e)
		case p.call == e.Business && !e.Commanded():
			p.again(c, e)
		}
	}
}

// over ends a chain that was no spamming for spamTime. Of one in doubt what goes
// on is in doubt, too.
func (p *spam) over(c *rule.Trial, e *rule.Event) {
	switch {
	case !p.judged:
		c.Pass()
		*p = spam{}
	case e.Sent.Earliest.Before(p.refused.Latest.Add(spamTime)):
		*p = spam{call: p.call, at: p.at, first: p.refused, refused: p.refused, pending: p.pending, anyone: p.anyone, judged: true}
	default:
		*p = spam{}
	}
}

// again takes the call sent again.
func (p *spam) again(c *rule.Trial, e *rule.Event) {
	switch {
	case p.answered:
		*p = spam{} // no chain of refusals
		return
	case !follows(e, p.first) && !e.ReadyAfter(p.first):
		return // nothing shows that it knew of any refusal
	}
	p.together = p.together || p.pending != 0 || !follows(e, p.refused) && !e.ReadyAfter(p.refused)
	p.pause(e.Sent.Latest.Sub(p.refused.Earliest))
	p.pending = e.At.Number
	switch {
	case p.count < spamCount || p.late >= max(2*p.early, shortestPause):
		return
	case p.together:
		if !p.judged {
			c.Inconclusive("calls were perhaps under way together, so that nobody knows which refusals they knew of")
		}
		p.judged = true
		return
	case p.anyone:
		c.Inconclusive(byAnyone)
	default:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("The call that exchange %d refused with a 429 without Retry-After was sent again %d times in %s.", p.at.Number, p.count, e.Sent.Latest.Sub(p.first.Earliest).Round(time.Millisecond)),
			Expected: "a pause that grows, or silence to the end of the venue's minute",
			Seen:     fmt.Sprintf("the same %s %s each time that it was refused, in the end after at most %s", e.Method, e.Path, p.late.Round(time.Millisecond)),
		})
	}
	*p = spam{}
}

// pause counts a call sent again so long after its refusal, as whoever recorded
// it saw. A busy machine makes some pauses longer: of the first half the shortest
// counts, of the second the longest, so that those which grow do so here too.
func (p *spam) pause(d time.Duration) {
	switch d = max(d, 0); {
	case p.count == 0:
		p.early = d
	case p.count < spamCount/2:
		p.early = min(p.early, d)
	default:
		p.late = max(p.late, d)
	}
	p.count++
}

// watched ends the watch over a client.
func (s *spams) watched(c *rule.Trial, e *rule.Event) {
	for i := range s.kept {
		switch p := &s.kept[i]; {
		case p.at.Number == 0 || p.judged:
		case p.first.Known() && !e.Received.Earliest.Before(p.first.Latest.Add(spamTime)):
			c.Pass()
		default:
			c.Inconclusive(shortWatch)
		}
	}
	*s = spams{}
}
