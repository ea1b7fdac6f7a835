package certify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// How long a program that nobody drives is waited for, each bound counted from
// where the one before it ended.
const (
	// firstRequest is how long it may take to its first request: virtual
	// machines, models and candles read from disk have been seen to take 20 s
	// on an idle machine, and several are started at once.
	firstRequest = time.Minute

	// stagedCall is how long it may then take to the call that the scenario
	// answers in its own way: programs that go round once a minute have made
	// each of their calls by then.
	stagedCall = roundTime

	// nextCall is how long it may take to the next such call, beyond the silence
	// that it owes the venue.
	nextCall = 30 * time.Second

	// loadTurn is how long others wait for it to begin, since loading takes a
	// processor: most have sent something by then, and those that have not do
	// not load any more, or take too long to be waited for one by one.
	loadTurn = 2 * time.Second
)

// staging follows the answers that a scenario makes, as far as they are met.
type staging struct {
	of       []int               // by fault of the injector: the scenario's fault that it is made of
	came     []int               // by fault of the scenario: answers of it
	met      map[int]bool        // by fault of the injector
	underWay map[*wire.Seen]bool // that were the first of their fault and route, not yet ended
	at       time.Time           // when the last of these ended; zero for none
	first    *wire.Seen          // the very first
}

func newStaging(s *Scenario, observe bool) staging {
	st := staging{came: make([]int, len(s.Faults)), met: map[int]bool{}, underWay: map[*wire.Seen]bool{}}
	for _, one := range s.routed(observe) {
		st.of = append(st.of, one.of)
	}
	return st
}

// take hears of a request that a fault takes, and what is to become of it.
func (r *run) take(request *http.Request, place int) {
	s := wire.SeenOf(request)
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.staging.of[place]
	if s == nil || r.scenario.Faults[i].Beside {
		return
	}
	r.staging.came[i]++
	if !r.staging.met[place] {
		r.staging.met[place], r.staging.underWay[s] = true, true
		if r.staging.first == nil {
			r.staging.first = s
		}
	}
	r.change()
}

// stagedEnd notes that an exchange ended, which may be one that the scenario
// stages. Where none of its faults does it is a refusal: of an untrue clock. The
// lock is held.
func (r *run) stagedEnd(s *wire.Seen) {
	st := &r.staging
	switch {
	case st.underWay[s]:
		delete(st.underWay, s)
	case r.scenario.ClockSkew != 0 && st.first == nil && s.Status >= 400:
		st.first = s
	default:
		return
	}
	st.at = s.EndedAt
}

// missing is the place of the first fault of the scenario that no call has met,
// -1 if all were met. The lock is held.
func (r *run) missing() int {
	for i, f := range r.scenario.Faults {
		if !f.Beside && r.staging.came[i] == 0 {
			return i
		}
	}
	return -1
}

// complete reports whether all that the scenario stages has begun; the lock is
// held.
func (r *run) complete() bool {
	return r.missing() < 0 && (r.scenario.ClockSkew == 0 || r.staging.first != nil)
}

// observe watches a client that does what it does: it waits for its first
// request, for the calls that the scenario answers in its own way and for the
// end of these, and watches what comes of them.
func (r *run) observe(ctx context.Context) {
	if !r.until(ctx, firstRequest, func() bool { return r.arrived > 0 }) {
		return
	}
	r.awaitCalls(ctx)
	r.until(ctx, r.scenario.patience(), func() bool { return len(r.staging.underWay) == 0 })
	r.mu.Lock()
	from := r.staging.at
	if len(r.scenario.Faults) == 0 && r.scenario.ClockSkew == 0 {
		from = r.front.Now()
	}
	r.mu.Unlock()
	if !from.IsZero() {
		r.watch(ctx, from)
	}
}

// awaitCalls waits until the client has made all calls that the scenario answers
// in its own way.
func (r *run) awaitCalls(ctx context.Context) {
	by := r.front.Now().Add(stagedCall)
	for n := 0; ctx.Err() == nil; {
		r.until(ctx, by.Sub(r.front.Now()), func() bool { return len(r.staging.met) > n && len(r.staging.underWay) == 0 || r.complete() })
		r.mu.Lock()
		more := len(r.staging.met) > n && !r.complete()
		n = len(r.staging.met)
		by = latest(r.front.Now(), r.silence).Add(nextCall)
		r.mu.Unlock()
		if !more {
			return
		}
	}
}

// watch watches for as long as the scenario wants from an instant on, and as
// long as the venue demands silence. What is staged for the first time on yet
// another route is watched for as long again.
func (r *run) watch(ctx context.Context, from time.Time) {
	for {
		r.mu.Lock()
		left := r.watchUntil(from).Sub(r.front.Now())
		r.mu.Unlock()
		if left <= 0 || !sleep(ctx, left) {
			return
		}
	}
}

// watchUntil is when a watch ends; the lock is held.
func (r *run) watchUntil(from time.Time) time.Time {
	end := latest(from, r.staging.at).Add(r.watchTime())
	if r.silence.IsZero() {
		return end
	}
	silence := r.silence.Add(settle)
	if !r.FullBan {
		since := r.refused
		if r.banned() {
			since = r.bannedAt
		}
		if most := since.Add(max(r.BanWindow, r.Watch)); most.Before(silence) {
			silence = most
		}
	}
	return latest(end, silence)
}

// watchTime is how long the scenario is watched, by itself or as it is asked.
func (r *run) watchTime() time.Duration { return max(r.scenario.watch(r.observes()), r.Watch) }

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// watched is how long the client was watched after what the scenario stages, or
// after its last call where nothing is staged. The lock is held.
func (r *run) watched() time.Duration {
	since := r.staging.at
	if len(r.scenario.Faults) == 0 && r.scenario.ClockSkew == 0 {
		for _, s := range r.seen {
			since = latest(since, s.EndedAt)
		}
	}
	if since.IsZero() || r.end.Before(since) {
		return 0
	}
	return r.end.Sub(since)
}

// unfinished says what of the scenario did not come to pass, "" for nothing.
// ended says that the client has ended by itself. The lock is held.
func (r *run) unfinished(ended bool) string {
	first := r.staging.first
	switch i := r.missing(); {
	case r.arrived == 0:
		return ""
	case i >= 0:
		f := r.scenario.Faults[i]
		return fmt.Sprintf("%s did not come: %s", f.event(), r.noCall(&f, ended))
	case !r.complete():
		return "the client made no call that an untrue clock would have had refused"
	case r.scenario.Warm && first != nil && !first.Warm():
		return "the call came on a fresh connection, not on one that was kept alive after another call"
	}
	return ""
}

// noCall is why there was no call for a fault to take; the lock is held.
func (r *run) noCall(f *Fault, ended bool) string {
	what := "no call of " + string(f.On)
	if r.observes() && len(alike(f.On)) > 1 {
		what += " or its like"
	}
	for _, n := range r.staging.came {
		if n > 0 {
			what = "no further call of " + string(f.On)
		}
	}
	if f.Calls.First > 1 && r.staging.first == nil {
		what = fmt.Sprintf("fewer than %d calls of %s", f.Calls.First, f.On)
	}
	since := latest(r.asked[0].HeaderAt, r.staging.at)
	if ended {
		return fmt.Sprintf("%s until the client ended after %s", what, wording.Seconds(r.end.Sub(since)))
	}
	return fmt.Sprintf("%s within %s", what, wording.Seconds(r.end.Sub(since)))
}

// event names what a fault makes of a call.
func (f *Fault) event() string {
	switch f.Do {
	case fault.Status:
		return fmt.Sprintf("the %d", f.Status)
	case fault.Timeout:
		return "the call that is not answered"
	case fault.Close, fault.Reset:
		return "the call whose connection is closed"
	}
	return "the broken answer"
}
