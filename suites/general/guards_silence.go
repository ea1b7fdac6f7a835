package general

import (
	"fmt"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var _ = rule.Register(rule.Rule{
	ID:      "guards-silence",
	Clauses: []string{"L08", "L08b"},
	Party:   clause.Client,
	Level:   clause.Info,
	Since:   "2026-11",
	Doc: rule.Doc{
		Demands: "What its caller asks for inside the silence after a 429 or 418 a client library holds back, or refuses by itself.",
		Why:     "Programs have many parts that ask, and seldom one that knows of the refusal which another part was given: the library stands where all requests pass.",
		Mend:    "Remember until when the IP must be silent, and hold or refuse every call until then.",
		Reading: "The duty to be silent is the whole client's, and a library keeps its part of it by waiting itself and telling its caller (back-off-after-429, silence-during-ban, tells-rate-limit). Guarding the caller is more than the document asks, hence for information. Judged are driven clients; a command that is answered from the client's own store shows nothing, and whether a request that came right after the refusal knew of it is left undecided, and so is one after a refusal of which nobody can say how long it meant.",
		Good:    "429 with Retry-After: 3 at 10:00:00; asked for klines at 10:00:01 the client tells to wait, and sends nothing",
		Bad:     "429 with Retry-After: 3 at 10:00:00; asked for klines at 10:00:01 the client sends the request",
	},
	NotHere: "What a client's caller asked for, and when, shows only to somebody who drives it.",
	Scope:   rule.PerIP,
	New:     newGuardsSilence,
	Plant: func(c *conversation.Conversation) {
		x := lastTold(c)
		sent := c.Resend(c.WithStatus(429), x.Sent.Earliest)
		sent.Request.URL += "&more=1" // another call
		sent.Response.Status, sent.Response.Body = 200, []byte("[]")
		sent.Response.Header.Del("Retry-After")
		sent.Response.Header.Set(c.Edition.Dialect.Fields.UsedWeight, "1202")
		sent.Annotation = &traffic.Annotation{Command: x.Annotation.Command}
		x.Received = sent.Received
		x.Annotation.Told = traffic.Told{Outcome: traffic.OutcomeOK}
	},
})

// guard watches over the commands that are given inside a silence.
type guard struct {
	silence wait
	sent    []sentFor
}

// sentFor is a request that was sent for a command after the refusal.
type sentFor struct {
	command int64
	at      traffic.Position
	sent    traffic.Span
	refused told // the silence, as it was told then
	inside  bool // the silence
	perhaps bool // it may have been on the wire when the refusal arrived, or the silence over, or nobody knows until when
}

func newGuardsSilence() rule.Probe {
	var g guard
	return rule.Probe{Next: g.request, Trouble: g.refused, Told: g.told}
}

func (g *guard) refused(_ *rule.Trial, e *rule.Event) {
	if !e.Annotation.Driven() || e.Status != 429 && e.Status != 418 || e.Maker == traffic.MakerIntermediary || e.OrderLimited() {
		return
	}
	next := waitOf(e)
	switch s := &g.silence; {
	case s.known() && !next.known():
		s.longer = true
	case next.end.Before(s.end):
	case s.at.Number != 0 && !s.end.Before(next.began): // the silence goes on
		s.longer = s.longer || next.known() != s.known()
		s.end, s.due, s.status, s.at = next.end, next.due, next.status, next.at
	default:
		*s = next
	}
}

func (g *guard) request(_ *rule.Trial, e *rule.Event) {
	s := &g.silence
	if s.at.Number == 0 || !e.Commanded() || e.Sent.Before(s.began) {
		return
	}
	if len(g.sent) == answersKept {
		g.sent = append(g.sent[:0], g.sent[1:]...)
	}
	over := s.end.Known() && !s.longer && s.over(e)
	inside := s.began.Before(e.Sent) && !s.over(e) && e.Sent.Latest.Before(s.end.Earliest.Add(-earliness))
	g.sent = append(g.sent, sentFor{e.Command(), e.At, e.Sent, s.told(), inside, !over && !inside})
}

// told hears what became of a command. One that was given inside the silence
// and has sent nothing, or only after it, was guarded against; one that was
// given before may have been on its way through the client.
func (g *guard) told(c *rule.Trial, e *rule.Event) {
	if isWatched(e) {
		*g = guard{}
		return
	}
	s := &g.silence
	inside := s.began.Before(e.Sent) && (!s.end.Known() || s.longer || e.Sent.Before(s.end))
	first, any := g.take(e.Command())
	outcome := e.Told().Outcome
	switch {
	case !inside, outcome == traffic.OutcomeUnsupported:
	case first.inside:
		c.Fail(rule.Report{
			Message:  fmt.Sprintf("A request that the caller asked for was sent although the %d of exchange %d had told the client to be silent.", first.refused.status, first.refused.at.Number),
			Expected: "nothing sent before " + clock(first.refused.end.Earliest),
			Seen:     "a request at " + clock(first.sent.Latest),
			At:       first.at,
		})
	case first.perhaps:
		c.Inconclusive("the request may have been on the wire when the refusal arrived, or have come when the silence was over")
	case !any && outcome == traffic.OutcomeOK: // out of the client's own store
	default:
		c.Pass()
	}
}

// take forgets a command and returns the first request that was sent for it, if
// any was.
func (g *guard) take(command int64) (first sentFor, any bool) {
	g.sent = slices.DeleteFunc(g.sent, func(s sentFor) bool {
		is := s.command == command
		if is && !any {
			first, any = s, true
		}
		return is
	})
	return first, any
}
