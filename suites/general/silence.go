package general

import (
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// earliness is how much before its end a wait may be left: timers and the
// clocks of recorders are that coarse. Real clients overshoot by 1 to 230 ms.
const earliness = 50 * time.Millisecond

// wait is a time in which a client must be silent.
type wait struct {
	began  traffic.Span // when the refusal arrived
	end    traffic.Span
	due    time.Time // when the venue may have a request again, as whoever stands between sees it
	at     traffic.Position
	date   time.Time // of the refusal; zero when absent
	orders uint64    // the API key whose orders alone are refused, 0 for all requests
	family traffic.Family
	call   uint64 // the business of what was refused
	status int
	minute bool         // it has no Retry-After, and ends with the venue's minute
	anyone bool         // nothing shows that the venue made it
	judged bool         // a request in it was found wanting, or undecided
	longer bool         // perhaps: a further refusal came whose end nobody can read
	own    traffic.Span // the end that it told by itself, whatever others had told
	before told         // what a refusal before it had told, while that lasts
}

// told is what a refusal told, as far as it is kept once a further one has come:
// who sends without a pause is never seen to have read the last one.
type told struct {
	began, end traffic.Span
	at         traffic.Position
	date       time.Time // as in wait
	status     int
	minute     bool
	anyone     bool
}

// broken reports a request that was surely sent after the refusal arrived, and
// before what it told was over, by the recorder's clock and by the venue's.
func (t *told) broken(e *rule.Event) bool {
	return t.at.Number != 0 && !t.anyone && follows(e, t.began) && e.Sent.Latest.Before(t.end.Earliest.Add(-earliness)) && !t.overByVenue(e)
}

// byAnyone is why a 429 is not held against a client.
const byAnyone = "nothing shows that the venue made the 429; --gateway-counts takes those of a gateway of your own"

// madeBetween reports an answer that a box between client and venue made, and
// that is not to count.
func madeBetween(c *rule.Trial, e *rule.Event) bool {
	return e.Maker == traffic.MakerIntermediary && !c.GatewayCounts
}

// byNobody reports a 429 of which nothing shows who made it.
func byNobody(c *rule.Trial, e *rule.Event) bool {
	return e.Status == 429 && e.Unclaimed && !c.GatewayCounts
}

// silenceAfter makes the probe for a status that tells a client to be silent:
// 429 and 418 differ in nothing else. byReading picks the waits that no header
// tells, which last to the end of the venue's minute.
func silenceAfter(status int, byReading bool) rule.Probe {
	var all wait
	var orders orderWaits
	return rule.Probe{
		Next: func(c *rule.Trial, e *rule.Event) {
			if isOwn(e) && isSupportCall(e) {
				return // judged apart, by support-calls-wait
			}
			all.judge(c, e)
			if w := orders.known(e.APIKey); w != nil && placesOrder(e) {
				w.judge(c, e)
			}
		},
		Trouble: func(c *rule.Trial, e *rule.Event) {
			if e.Status != status || madeBetween(c, e) {
				return
			}
			w := &all
			if e.OrderLimited() {
				w = orders.of(e.APIKey)
			}
			if next := waitOf(e); next.minute == byReading {
				w.follow(next, byNobody(c, e))
			}
		},
		Told: func(c *rule.Trial, e *rule.Event) {
			if isWatched(e) {
				all.watched(c, e)
				for i := range orders.kept {
					orders.kept[i].watched(c, e)
				}
			}
		},
	}
}

// orderWaits are the waits for orders alone, one of an API key: the limit that
// they are told for is an account's.
type orderWaits struct{ kept recent[wait] }

// known is the wait of a key, nil of one that has none. It is valid until a new one
// is made.
func (s *orderWaits) known(key uint64) *wait {
	for i := range s.kept {
		if w := &s.kept[i]; w.orders == key {
			return w
		}
	}
	return nil
}

// of is the wait of a key for a further refusal; of one that has none it is a new
// one. It is valid until the next is asked for.
func (s *orderWaits) of(key uint64) *wait {
	if w := s.known(key); w != nil {
		return w
	}
	s.kept.follow(wait{}, func(w *wait) bool { return w.at.Number == 0 })
	return &s.kept[len(s.kept)-1]
}

func placesOrder(e *rule.Event) bool { return e.Endpoint != nil && e.Endpoint.OrderCount > 0 }

// waitOf reads how long a refusal forbids to send. Retry-After counts from the
// response's arrival (RFC 9110 section 10.2.3).
func waitOf(e *rule.Event) wait {
	w := wait{began: e.Received, at: e.At, date: e.Date, family: e.Family, call: e.Business, status: e.Status}
	if e.OrderLimited() {
		w.orders = e.APIKey
	}
	switch {
	case e.RetryAfterSec >= 0 && e.Received.Known():
		seconds := min(time.Duration(min(e.RetryAfterSec, 1<<30))*time.Second, rule.LongestWait)
		w.end, w.due = e.Received.Shift(seconds), e.Received.Earliest.Add(seconds)
	case !e.RetryAfterAt.IsZero(): // not allowed (retry-after-seconds), but a client may have understood it
		w.end = onVenueClock(e, e.RetryAfterAt)
	case !e.BannedUntil.IsZero():
		w.end = onVenueClock(e, e.BannedUntil)
	case e.HasRetryAfter:
		// Neither seconds nor a date: nobody can say how long was meant.
	case e.Status == 429 && e.Received.Known() && e.HeadersSeen:
		w.end, w.minute = nextMinute(e), true
	}
	w.orMessage(e)
	if w.own = w.end; w.due.IsZero() {
		w.due = w.end.Latest
	}
	return w
}

// orMessage bounds the wait by the instant in the message as well: where the two
// disagree a request is too early only before both, and surely late enough only
// behind both. Both are rounded, the one to seconds and the other by Date, so that
// a little later is no disagreement.
func (w *wait) orMessage(e *rule.Event) {
	if e.BannedUntil.IsZero() {
		return
	}
	until := onVenueClock(e, e.BannedUntil)
	if !until.Known() { // nobody knows where it lies: it is held against nobody
		until = traffic.Span{Earliest: e.BannedUntil, Latest: w.end.Latest}
	}
	placed := !e.Date.IsZero() || until.Earliest.After(e.Received.Earliest) // an instant that was over is of another clock
	if until.Earliest.Before(w.end.Earliest) && placed {
		w.end.Earliest = until.Earliest
	}
	if !e.Date.IsZero() && until.Earliest.After(w.end.Latest.Add(rule.BanTolerance)) {
		w.end.Latest, w.due = until.Latest, until.Latest
	}
}

// told is what the refusal told.
func (w *wait) told() told { return w.toldTo(w.end) }

func (w *wait) toldTo(end traffic.Span) told {
	return told{w.began, end, w.at, w.date, w.status, w.minute, w.anyone}
}

// known reports a wait of which it is known when it began and when it ends.
func (w *wait) known() bool { return w.began.Known() && w.end.Known() }

// follow has the wait of a further refusal take the place of the one before it,
// unless that lasts longer. An end that nobody can read takes the place of none
// that is known, and leaves behind it in doubt whether there is more to wait. Of a
// silence that was broken, or perhaps broken, the rest that the next refusal
// demands keeps nothing.
func (w *wait) follow(next wait, anyone bool) {
	switch {
	case w.known() && !next.known():
		w.longer = true
		return
	case next.end.Before(w.end):
		if w.anyone && !anyone && !next.end.Before(w.before.end) {
			w.before = next.told() // which is surely meant
		}
		return
	}
	next.judged, next.anyone = w.judged, anyone
	next.outlast(w)
	next.longer = w.longer || w.at.Number != 0 && next.known() && !w.known()
	lasts := func(end traffic.Span) bool { return next.began.Latest.Before(end.Earliest) }
	switch {
	case w.orders != next.orders:
	case lasts(w.before.end):
		next.before = w.before
	case lasts(w.end):
		next.before = w.told()
	}
	*w = next
}

// outlast has the wait last as long as the one before it: silence is due until both
// are over, and the one may tell its end more exactly than the other.
func (w *wait) outlast(before *wait) {
	if end := before.end.Earliest; !before.anyone && end.After(w.end.Earliest) {
		w.end.Earliest = end
	}
	if before.end.Latest.After(w.end.Latest) {
		w.end.Latest = before.end.Latest
	}
	if before.due.After(w.due) {
		w.due = before.due
	}
}

// onVenueClock is when the venue's clock shows an instant, told on the recorder's.
// The response's Date, one second wide, is what the venue's showed at some time
// between the request and the answer: counting from there leaves the two clocks'
// skew out of it. Without a Date nobody knows the skew, nor when that is.
func onVenueClock(e *rule.Event, at time.Time) traffic.Span {
	if e.Date.IsZero() || !e.Received.Known() {
		return traffic.Span{}
	}
	left := min(max(at.Sub(e.Date), 0), rule.LongestWait)
	came := e.ArrivedAt
	if came.IsZero() && e.Sent.Known() {
		came = e.Sent.Earliest
	} else if came.IsZero() {
		came = e.Received.Earliest
	}
	end := traffic.Span{Earliest: came.Add(left - traffic.DateWidth), Latest: e.Received.Latest.Add(left)}
	if end.Earliest.Before(e.Received.Earliest) {
		end.Earliest = e.Received.Earliest
	}
	return end
}

// nextMinute is when the venue's minute ends after a 429 without Retry-After
// (ambiguity A34); without a Date nobody knows.
func nextMinute(e *rule.Event) traffic.Span {
	return onVenueClock(e, e.Date.Truncate(time.Minute).Add(time.Minute))
}

// judge says whether a request kept the wait; the wait is over once one did.
func (w *wait) judge(c *rule.Trial, e *rule.Event) {
	switch {
	case w.at.Number == 0:
	case !e.Sent.Known() || !w.known():
		c.Inconclusive("the recording does not say when a request was sent or how long the wait lasts")
		*w = wait{}
	case e.Sent.Before(w.began): // it was on the wire when the refusal arrived
	case w.over(e):
		w.kept(c)
		*w = wait{}
	case e.Commanded(): // its caller's doing; guards-silence says what the client made of it
	case w.orders != 0 && e.Family != w.family:
		w.doubt(c, "nothing says that orders of another family of the API count against the limit that was met")
	case !e.Sent.Latest.Before(w.end.Earliest.Add(-earliness)):
		w.doubt(c, "the clock is too coarse to tell whether the wait was over")
	case (w.anyone || !w.wasRead(c, e)) && w.before.broken(e):
		w.fail(c, e, w.before)
	case !w.wasRead(c, e):
		w.doubt(c, "the request may have been on the wire when the refusal arrived")
	case w.anyone:
		w.doubt(c, byAnyone)
	default:
		w.early(c, e)
	}
}

// early holds a request against the refusals one by one, as it is too early for one
// of them: a clock that was set between that one's Date and the request's does not
// speak for the other.
func (w *wait) early(c *rule.Trial, e *rule.Event) {
	for _, t := range [...]told{w.toldTo(w.own), w.before} {
		if t.broken(e) {
			w.fail(c, e, t)
			return
		}
	}
	asksLonger := !w.before.end.Earliest.Before(w.end.Earliest) // than all the others, which are not kept one by one
	if t := w.told(); t.overByVenue(e) || asksLonger && w.before.overByVenue(e) {
		w.doubt(c, "by the venue's clock the wait was over, by the recorder's it was not")
		return
	}
	w.fail(c, e, w.told())
}

// kept tells a wait that was over before the next request came. A doubt, or a
// request too early, is not made good by a later one.
func (w *wait) kept(c *rule.Trial) {
	switch {
	case w.judged:
	case w.longer:
		c.Inconclusive("a further refusal, of which nobody can say how long it meant, may have meant longer than the wait that was over")
	default:
		c.Pass()
	}
}

// wasRead reports a request that was surely sent when the refusal had arrived.
func (w *wait) wasRead(c *rule.Trial, e *rule.Event) bool {
	return follows(e, w.began) || e.Business == w.call && sentAgain(c, e, w.at, w.began)
}

// fail says that a request broke what a refusal had told. Without Retry-After the
// client was told nothing: that silence was due is how the document is read.
func (w *wait) fail(c *rule.Trial, e *rule.Event, t told) {
	w.judged = true
	until := clock(t.end.Earliest)
	r := rule.Report{
		Message:  fmt.Sprintf("A request was sent although the %d of exchange %d had told the client to be silent.", t.status, t.at.Number),
		Expected: "silence until " + until,
		Seen:     fmt.Sprintf("a request at %s, %s too early", clock(e.Sent.Latest), t.end.Earliest.Sub(e.Sent.Latest).Round(time.Millisecond)),
	}
	if t.minute {
		r.Cause = "before the next minute"
		r.Message = fmt.Sprintf("A request was sent before the venue's next minute, although exchange %d was a %d without Retry-After.", t.at.Number, t.status)
		r.Expected += ", the next minute of the venue's clock, as the document is read where Retry-After is missing"
	}
	c.Fail(r)
}

// over reports whether a request was surely sent when the wait was over. Whoever
// stands between client and venue saw the refusal go and the request come: if the
// wait lies between the two, the venue was left in peace for as long as it asked.
func (w *wait) over(e *rule.Event) bool {
	return !e.Sent.Earliest.Before(w.end.Latest.Add(-earliness)) ||
		!e.ArrivedAt.Before(w.due)
}

func (w *wait) doubt(c *rule.Trial, why string) {
	c.Inconclusive(why)
	w.judged = true
}

// watched ends the watch over a driven client. That it sent nothing by itself
// until then keeps the wait, also one that lasts longer than the watch.
func (w *wait) watched(c *rule.Trial, e *rule.Event) {
	switch {
	case w.at.Number == 0 || w.judged:
	case longWatched(e, w.began) || w.end.Known() && !w.longer && !e.Received.Earliest.Before(w.end.Latest.Add(-earliness)):
		c.Pass()
	default:
		c.Inconclusive(shortWatch)
	}
	*w = wait{}
}

// overByVenue reports that the two Dates contradict the recorder's instants: by
// them the request was sent after the wait was over, or may have been, the clock
// having been set back.
func (t *told) overByVenue(e *rule.Event) bool {
	if t.date.IsZero() || e.Date.IsZero() || !e.Exact {
		return false
	}
	flight, due := e.Received.Latest.Sub(e.Sent.Earliest), t.end.Earliest.Sub(t.began.Latest)-earliness
	passed := e.Date.Sub(t.date) // give or take a second
	if passed-flight-traffic.DateWidth >= due {
		return true
	}
	// More time passed by the Dates than by the recorder's clock, which was set back.
	return passed-e.Received.Latest.Sub(t.began.Earliest) > 2*traffic.DateWidth && passed+traffic.DateWidth >= due
}

// clock writes an instant as reports do, RFC 3339 in UTC to the millisecond.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
