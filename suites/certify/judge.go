package certify

import (
	"cmp"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// judge makes a recording of what was seen and told and has the engine hear it.
func (r *run) judge(out *Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end.IsZero() { // nothing was begun
		return
	}
	out.Exchanges = r.recording(out.Err == nil)
	out.met, out.place = r.met(out.Exchanges), r.place(out.Exchanges)
	e := r.engine()
	e.Begin()
	for _, x := range out.Exchanges {
		e.Observe(x)
	}
	e.End()
	out.Tally = e.Tally()
}

// recording lists exchanges and statements in order, numbered as the lines of a
// recording of them. The last says that the client was watched until the end,
// unless it broke: whoever is dead is silent, which is no merit.
func (r *run) recording(whole bool) []*traffic.Exchange {
	slices.SortFunc(r.seen, func(a, b *wire.Seen) int {
		return cmp.Or(a.FirstByteAt.Compare(b.FirstByteAt), cmp.Compare(a.Number, b.Number))
	})
	var list []*traffic.Exchange
	var heard []hearing
	whose := attribution{commands: r.commands}
	for _, s := range r.seen {
		if s.HeaderAt.After(r.end) {
			continue // the client was being ended
		}
		x := r.exchange(s, &whose)
		list = append(list, x)
		heard = append(heard, hearing{s, x, whose.sent[len(whose.sent)-1].call})
	}
	r.dateBack(heard)
	if !r.observes() {
		for _, c := range r.commands {
			if !c.answered.IsZero() && c.answered.Before(r.end) {
				list = append(list, c.statement())
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *traffic.Exchange) int { return a.Sent.Latest.Compare(b.Sent.Latest) })
	nameSpeakers(list)
	if whole {
		list = append(list, &traffic.Exchange{
			Sent: traffic.Exactly(r.end), Received: traffic.Exactly(r.end), Gaps: traffic.GapResponse,
			Annotation: &traffic.Annotation{Told: traffic.Told{Outcome: traffic.OutcomeWatched}},
		})
	}
	for i, x := range list {
		x.At = traffic.Position{File: r.scenario.Name, Line: i + 1, Number: i + 1}
	}
	return list
}

// nameSpeakers says of each statement which address it is of, where the client used
// several: that from which the requests of its command came. Of a command without
// requests nobody knows. One address needs not be said.
func nameSpeakers(list []*traffic.Exchange) {
	addresses, of := map[string]bool{}, map[int64]string{}
	for _, x := range list {
		if x.Statement() {
			continue
		}
		addresses[x.Client] = true
		if a := x.Annotation; a != nil && of[a.Command.ID] == "" {
			of[a.Command.ID] = x.Client
		}
	}
	if len(addresses) < 2 {
		return
	}
	for _, x := range list {
		if x.Statement() {
			x.Client = of[x.Annotation.Command.ID]
		}
	}
}

// exchange is what was seen as the rules judge it.
func (r *run) exchange(s *wire.Seen, whose *attribution) *traffic.Exchange {
	x := s.Exchange()
	var f traffic.Facts
	f.ScanRequest(r.held().Dialect, x)
	var a traffic.Annotation
	upon := whose.uponAnswer(&f, x, s)
	if !r.observes() {
		if upon && !r.scenario.Overlapping {
			x.Sent = traffic.Exactly(s.FirstByteAt)
		}
		a.Command = whose.command(&f, s)
	}
	switch {
	case s.EndedAt.After(r.end): // the end came first: what it would have got nobody knows
		x.Received, x.Duration = traffic.Span{}, 0
		x.Gaps |= traffic.GapResponse
		x.Response = traffic.Response{}
	case s.End == wire.Unanswered, s.End == wire.CutShort:
		a.Lost = r.lost(s)
	}
	if a != (traffic.Annotation{}) {
		x.Annotation = &a
	}
	return x
}

// hearing is a request that came and what the rules are given of it.
type hearing struct {
	seen *wire.Seen
	x    *traffic.Exchange
	call uint64 // what it asked for, but for what signing adds
}

// dateBack puts the ends of exchanges that the client left where the client saw
// them. That it has closed a connection is noted here when the processor has
// time for it: what the client told its caller, or sent again, upon its own
// leaving may have come before. By what was said and sent it had left by then.
func (r *run) dateBack(heard []hearing) {
	for _, h := range heard {
		if h.x.Annotation == nil || h.x.Annotation.Lost == "" || !h.x.Received.Known() {
			continue
		}
		left := h.seen.EndedAt
		if !r.observes() {
			left = r.toldBy(h.x, left)
		}
		if h.seen.ClientLeft {
			left = h.resentBy(heard, left)
		}
		if left.Before(h.seen.FirstByteAt) {
			left = h.seen.FirstByteAt
		}
		h.x.Received, h.x.Duration = traffic.Exactly(left), left.Sub(h.seen.FirstByteAt)
	}
}

// toldBy is when an exchange without an answer was over for the client, no later
// than it told its caller of the command.
func (r *run) toldBy(x *traffic.Exchange, left time.Time) time.Time {
	for _, c := range r.commands {
		if c.id == x.Annotation.Command.ID && !c.answered.IsZero() && !c.answered.After(left) {
			return c.answered.Add(-time.Nanosecond) // heard before it
		}
	}
	return left
}

// resentBy is when the client left an exchange, no later than the same call was
// begun again: not one that was begun beside it, nor long before it was seen to
// leave.
func (h hearing) resentBy(heard []hearing, left time.Time) time.Time {
	for _, o := range heard {
		at := o.seen.OpenedAt
		if o.call == h.call && at.After(h.seen.FirstByteAt.Add(traffic.InFlight)) && at.Before(left) && left.Sub(at) <= traffic.InFlight {
			left = at
		}
	}
	return left
}

// met reports whether the client made the call that was to fail, or any call
// that the script needs where none fails.
func (r *run) met(list []*traffic.Exchange) bool {
	if len(r.scenario.Faults) > 0 || r.observes() && r.scenario.ClockSkew != 0 {
		return r.staging.first != nil
	}
	return slices.ContainsFunc(list, func(x *traffic.Exchange) bool {
		refused := r.scenario.ClockSkew != 0 && x.Response.Status >= 400
		return !x.Statement() && (r.observes() || refused || !x.Annotation.Command.Own)
	})
}

// place is the part of the API of the calls that the scenario makes fail, or of
// all commanded ones where none fails; "" for several.
func (r *run) place(list []*traffic.Exchange) string {
	var place traffic.Family
	seen := false
	for _, x := range list {
		var f traffic.Facts
		f.ScanRequest(r.held().Dialect, x)
		if x.Statement() || !r.concerns(x, &f) {
			continue
		}
		if seen && place != f.Family {
			return ""
		}
		place, seen = f.Family, true
	}
	if !place.Known() {
		return ""
	}
	return r.held().Dialect.Prefix(place)
}

// concerns reports whether the scenario is about a request.
func (r *run) concerns(x *traffic.Exchange, f *traffic.Facts) bool {
	if len(r.scenario.Faults) == 0 {
		return !r.observes() && !x.Annotation.Command.Own
	}
	return slices.ContainsFunc(r.scenario.faults(r.observes()).Faults, func(one fault.Fault) bool {
		return one.Route == x.Request.Method+" "+f.Path
	})
}

// patient is how long a request must have waited to be called hung rather than
// cut off by the client.
const patient = time.Second

// lost says how an answer was lost: by what the venue did, unless the client
// was the first to leave.
func (r *run) lost(s *wire.Seen) traffic.Lost {
	for _, f := range r.scenario.Faults {
		switch {
		case f.Do == fault.Timeout && s.EndedAt.Sub(s.FirstByteAt) > patient:
			return traffic.LostHung
		case f.Do == fault.Reset && !s.ClientLeft:
			return traffic.LostReset
		}
	}
	if s.ClientLeft && s.EndedAt.Sub(s.FirstByteAt) > patient {
		return traffic.LostHung
	}
	return traffic.LostClosed
}

// attribution says which request was commanded. It is asked of requests in the
// order in which they came.
type attribution struct {
	commands []*command
	served   map[int64]bool // commands that have had the request they need
	sent     []asked        // before
}

// asked is a request that came.
type asked struct {
	call uint64 // what it asked for, but for what signing adds
	seen *wire.Seen
}

// uponAnswer notes a request and reports whether it was sent upon the answers to
// the same call before: its connection was opened, or free for it, after all of
// them had left. A call that comes on another may have been under way beside them:
// a second attempt that a client makes before it gives the first up, or a poll of
// its own. An attempt that the client itself left is over when it says so.
func (a *attribution) uponAnswer(f *traffic.Facts, x *traffic.Exchange, s *wire.Seen) bool {
	ready, before, upon := x.Arrival.Ready(), false, true
	for _, o := range a.sent {
		if o.call == f.Business {
			before = true
			upon = upon && (o.seen.ClientLeft || !o.seen.EndedAt.After(ready))
		}
	}
	a.sent = append(a.sent, asked{f.Business, s})
	return before && upon
}

// command is the command that a request serves. The first that fits a command
// under way is commanded; every further one, and whatever no command needs, is
// the client's own.
func (a *attribution) command(f *traffic.Facts, s *wire.Seen) traffic.Command {
	own, again := traffic.Command{Own: true}, traffic.Command{Own: true}
	for _, c := range a.commands {
		if s.FirstByteAt.Before(c.given) {
			break
		}
		fits := serves(c.op, c.params, s.Method, f.Path, f.Param)
		underWay := c.answered.IsZero() || !s.FirstByteAt.After(c.answered)
		switch {
		case fits && underWay && !a.served[c.id]:
			if a.served == nil {
				a.served = map[int64]bool{}
			}
			a.served[c.id] = true
			return traffic.Command{ID: c.id, Op: string(c.op)}
		case fits && (underWay || again.ID == 0): // sent again, perhaps behind its caller's back
			again.ID, again.Op = c.id, string(c.op)
		case underWay: // support for it
			own.ID, own.Op = c.id, string(c.op)
		}
	}
	if again.ID != 0 {
		return again
	}
	return own
}

// statement is what the client told its caller in answer to a command.
func (c *command) statement() *traffic.Exchange {
	told := traffic.Told{Outcome: c.answer.Outcome}
	if e := c.answer.Error; e != nil {
		told.Type, told.Status, told.Code = e.Type, e.Status, e.Code
		if e.RetryAfterMs != nil {
			told.RetryAfter = time.Duration(min(*e.RetryAfterMs, longestWaitMs)) * time.Millisecond
		}
	}
	return &traffic.Exchange{
		Sent: traffic.Exactly(c.given), Received: traffic.Exactly(c.answered), Gaps: traffic.GapResponse,
		Annotation: &traffic.Annotation{Command: traffic.Command{ID: c.id, Op: string(c.op)}, Told: told},
	}
}

// longestWaitMs bounds what a client may claim that it was told to wait, in
// milliseconds: ten years, as the rules do.
const longestWaitMs = 10 * 365 * 24 * 3600 * 1000
