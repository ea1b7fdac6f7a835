package certify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// maxRequests bounds what a client may send in floodTime: one that sends
	// more has shown what it does.
	maxRequests = 1000
	floodTime   = 20 * time.Second

	// maxKept bounds what is kept of one scenario: programs that ask ten times
	// a second, for some minutes.
	maxKept = 4000

	// loading is how long a client may take to come to what it is asked for:
	// ccxt loads all markets before its first call, and a machine that loads
	// several such clients at once has been seen to take 30 s for that.
	loading = time.Minute

	// seed makes every venue the same market.
	seed = 1
)

// run is one scenario under way.
type run struct {
	*Certifier
	scenario *Scenario
	front    *wire.Front
	stage    *Stage
	injector *fault.Injector

	mu       sync.Mutex
	changed  chan struct{} // closed and made anew when what follows changes
	asked    []*wire.Seen  // arrived: of those in progress only what is said of the request may be read
	seen     []*wire.Seen  // ended
	arrived  int
	ended    int
	flood    bool      // nothing more is kept
	refused  time.Time // when the first 429 or 418 was answered; zero before
	bannedAt time.Time // when the first 418 was
	silence  time.Time // until when the venue has demanded it
	staging  staging
	commands []*command
	orderID  string // of the last order placed
	end      time.Time
}

// command is a command given to the client.
type command struct {
	id              int64
	op              driver.Op
	params          params
	given, answered time.Time // zero without an answer
	answer          driver.Answer
}

func newRun(c *Certifier, s *Scenario) (*run, error) {
	r := &run{Certifier: c, scenario: s, injector: fault.NewInjector(), changed: make(chan struct{}), staging: newStaging(s, c.observes())}
	steady := c.Clock
	if steady == nil {
		steady = traffic.SteadyClock
	}
	clock := steady() // the venue's and the front's: instants agree with Dates
	v, err := venue.New(venue.Config{Edition: c.held(), Seed: seed, Hooks: r.injector.Hooks(), Clock: r.injector.Clock(clock)})
	if err != nil {
		return nil, err
	}
	r.injector.Attach(v)
	r.injector.Tell(r.take)
	r.injector.Set(s.faults(c.observes()))
	authority, err := wire.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	r.front = wire.NewFront(wire.Config{Handler: v, Authority: authority, Names: append(c.held().Names(), c.Names...), Clock: clock, Arrived: r.hear, Ended: r.note})
	a := v.Accounts()[0]
	r.stage = &Stage{Scenario: s.Name, Front: r.front, Authority: authority, Key: a.Key, Secret: a.Secret}
	return r, nil
}

// hear counts a request that arrived.
func (r *run) hear(s *wire.Seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrived++
	if !r.flood {
		r.asked = append(r.asked, s)
		r.flood = r.floods()
	}
	r.change()
}

// note keeps an exchange that ended.
func (r *run) note(s *wire.Seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
	r.stagedEnd(s)
	if !r.flood {
		r.seen = append(r.seen, s)
	}
	if m := orderIDIn.FindSubmatch(s.ResponseBody); m != nil && s.Method == "POST" {
		r.orderID = string(m[1])
	}
	if s.Status == 418 && r.bannedAt.IsZero() {
		r.bannedAt = s.EndedAt
	}
	if s.Status == 429 || s.Status == 418 {
		if r.refused.IsZero() {
			r.refused = s.EndedAt
		}
		if until := silenceAfter(s); until.After(r.silence) {
			r.silence = until
		}
	}
	r.change()
}

// orderIDIn finds the number of an order in the answer to it: scripts ask for
// the order by it, whatever the client tells its caller.
var orderIDIn = regexp.MustCompile(`"orderId":([0-9]+)`)

// silenceAfter is until when a refusal demands silence: Retry-After from its
// arrival, or the next minute without one.
func silenceAfter(s *wire.Seen) time.Time {
	if text, ok := s.ResponseHeader.Get("Retry-After"); ok {
		n, _ := strconv.Atoi(text)
		return s.EndedAt.Add(time.Duration(n) * time.Second)
	}
	return s.EndedAt.Truncate(time.Minute).Add(time.Minute)
}

func (r *run) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// until waits until what it asks for is so, for a time at most, and reports
// whether it is. The question is asked with the lock held.
func (r *run) until(ctx context.Context, atMost time.Duration, is func() bool) bool {
	late := time.NewTimer(atMost)
	defer late.Stop()
	for {
		r.mu.Lock()
		ok, changed := is(), r.changed
		r.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// sleep waits, and reports whether nothing came between.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// play runs the scenario to its end and says in the result what came of it,
// but for the verdicts.
func (r *run) play(ctx context.Context, out *Result) {
	if r.observes() && r.scenario.earlyInMinute() {
		waitForMinute(ctx, r.front.Now()) // a program that ends within seconds must come to it too
	}
	out.Began, out.Front = r.front.Now(), r.front
	client, err := r.start(ctx)
	started := r.front.Now() // of one that is driven, its hello
	if err != nil {
		r.front.Close()
		out.Err = &StartError{Err: err}
		return
	}
	watching, stop := context.WithCancelCause(ctx)
	go r.guard(watching, stop, client)
	if r.observes() {
		r.observe(watching)
	} else {
		out.Hello = client.Hello()
		out.Unsupported, out.Err = r.drive(watching, client)
	}
	r.mu.Lock()
	r.end = r.front.Now()
	out.Watched, out.Unfinished = r.watched(), r.unfinished(errors.Is(context.Cause(watching), errExited))
	r.mu.Unlock()
	out.Flooded = errors.Is(context.Cause(watching), errFlood)
	switch {
	case ctx.Err() != nil:
		out.Err = context.Cause(ctx)
	case out.Flooded:
		out.Err = nil // what was seen says enough
	}
	stop(nil)
	out.Presence = r.presence(client, started)
	if limit := (*LimitError)(nil); errors.As(client.Close(), &limit) {
		out.Err = limit // what else a client says at its end is no part of the scenario
	}
	if err := r.front.Close(); err != nil && out.Err == nil {
		out.Err = err
	}
	out.Ended = r.end
	out.Output = client.Output()
	out.Requests = r.front.Requests()
}

// start starts the client, when it is its turn. The turn is over when it has
// loaded: a driver says so, another program shows it by its first request.
func (r *run) start(ctx context.Context) (Subject, error) {
	if r.starting == nil {
		return r.Start(ctx, r.stage)
	}
	select {
	case r.starting <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	client, err := r.Start(ctx, r.stage)
	if err != nil || !r.observes() {
		<-r.starting
		return client, err
	}
	go func() {
		r.until(ctx, loadTurn, func() bool { return r.arrived > 0 })
		<-r.starting
	}()
	return client, nil
}

// waitForMinute waits for a minute of the venue's clock, which shows now, to begin,
// unless one has just begun: what follows has most of its first half left, however busy the machine is.
func waitForMinute(ctx context.Context, now time.Time) {
	const just = 15 * time.Second
	if begun := now.Truncate(time.Minute); now.Sub(begun) > just {
		sleep(ctx, begun.Add(time.Minute).Sub(now))
	}
}

// guard ends the scenario when the client floods the venue, and notes when one
// that nobody drives has ended.
func (r *run) guard(ctx context.Context, stop context.CancelCauseFunc, client Subject) {
	var done <-chan struct{} // a driver that ends says so to whoever commands it
	if r.observes() {
		done = client.Done()
	}
	for {
		r.mu.Lock()
		flood, changed := r.flood, r.changed
		r.mu.Unlock()
		if flood {
			stop(errFlood)
			return
		}
		select {
		case <-changed:
		case <-done:
			stop(errExited)
			return
		case <-ctx.Done():
			return
		}
	}
}

// errExited says that the client has ended by itself.
var errExited = errors.New("the client has ended")

// floods reports whether the client sends more than anybody needs to see; the
// lock is held.
func (r *run) floods() bool {
	n := len(r.asked)
	return n >= maxKept || n > maxRequests && r.asked[n-1].HeaderAt.Sub(r.asked[n-1-maxRequests].HeaderAt) < floodTime
}

// drive gives the commands of the script and watches what comes of them.
func (r *run) drive(ctx context.Context, client Subject) (unsupported []driver.Op, err error) {
	hello := client.Hello()
	failed := make(chan error, len(r.scenario.Steps))
	var given sync.WaitGroup
	defer given.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, step := range r.scenario.Steps {
		if step.FullBan && !r.FullBan || step.Spare && r.played(ctx) || ctx.Err() != nil {
			continue
		}
		if !hello.Has(step.Op) {
			unsupported = appendNew(unsupported, step.Op)
			continue
		}
		if !r.await(ctx, step) {
			continue
		}
		c := r.give(step)
		given.Go(func() {
			if err := r.do(ctx, client, c); err != nil {
				failed <- err
				cancel() // a broken driver answers nothing more
			}
		})
	}
	r.untilSettled(ctx)
	r.watch(ctx, r.front.Now())
	r.mu.Lock()
	for _, c := range r.commands {
		if c.answer.Outcome == traffic.OutcomeUnsupported {
			unsupported = appendNew(unsupported, c.op)
		}
	}
	r.mu.Unlock()
	select {
	case err = <-failed:
	default:
	}
	return unsupported, err
}

func appendNew(ops []driver.Op, op driver.Op) []driver.Op {
	if slices.Contains(ops, op) {
		return ops
	}
	return append(ops, op)
}

// await waits for what a step waits for. It reports false where that did not
// come: the step is left out.
func (r *run) await(ctx context.Context, step Step) bool {
	refused := func() bool { return !r.refused.IsZero() || r.settled() }
	switch step.When {
	case Answered:
		r.untilSettled(ctx)
	case Refused:
		if !r.until(ctx, loading, refused) || r.refusedAt().IsZero() {
			return false
		}
	case SilenceOver:
		if !r.until(ctx, loading, refused) || !r.outwait(ctx) {
			return false
		}
		r.untilSettled(ctx)
		if !r.outwait(ctx) { // a client that went on has been told to wait again
			return false
		}
	}
	if step.EarlyInMinute {
		waitForMinute(ctx, r.front.Now())
	}
	return (step.Delay == 0 || sleep(ctx, step.Delay)) && ctx.Err() == nil
}

// untilSettled waits for the answers to all commands as long as the scenario
// has patience; a client that has not yet come to send what is asked of it is
// given the time to load what it needs for that.
func (r *run) untilSettled(ctx context.Context) {
	begun := func() bool { return r.settled() || r.commanded() }
	if r.until(ctx, loading, begun) {
		r.until(ctx, r.scenario.patience(), r.settled)
	}
}

// commanded reports whether the last command has had its request; the lock is
// held.
func (r *run) commanded() bool {
	if len(r.commands) == 0 {
		return true
	}
	last := r.commands[len(r.commands)-1]
	return slices.ContainsFunc(r.asked, func(s *wire.Seen) bool {
		u, err := url.Parse(s.URL)
		return err == nil && !s.HeaderAt.Before(last.given) && slices.Contains(routesOf[last.op], route{s.Method, u.EscapedPath()})
	})
}

func (r *run) refusedAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}

// outwait waits until the silence is over. It reports false, at once, for one
// that is not to be waited out.
func (r *run) outwait(ctx context.Context) bool {
	for {
		r.mu.Lock()
		left := r.silence.Sub(r.front.Now())
		r.mu.Unlock()
		if left <= 0 {
			return true
		}
		if left > r.scenario.patience() && !r.FullBan || !sleep(ctx, left) {
			return false
		}
	}
}

// played reports whether all that the scenario stages has come, once it has or
// all commands are answered.
func (r *run) played(ctx context.Context) bool {
	r.until(ctx, loading, func() bool { return r.complete() || r.settled() })
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.complete()
}

// banned reports whether the venue has answered 418; the lock is held.
func (r *run) banned() bool { return !r.bannedAt.IsZero() }

// settled reports whether all commands are answered and no request is in
// progress: a client hears of an answer before the venue knows that it has it.
// The lock is held.
func (r *run) settled() bool {
	if r.arrived != r.ended {
		return false
	}
	for _, c := range r.commands {
		if c.answered.IsZero() {
			return false
		}
	}
	return true
}

// give notes a command as given now.
func (r *run) give(step Step) *command {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &command{id: int64(len(r.commands) + 1), op: step.Op, params: params{}, given: r.front.Now()}
	for name, v := range step.Params {
		if v == lastOrder {
			v = r.orderID
		}
		c.params[name] = v
	}
	r.commands = append(r.commands, c)
	return c
}

// do has the client carry out a command.
func (r *run) do(ctx context.Context, client Subject, c *command) error {
	a, err := client.Do(ctx, driver.Command{Op: c.op, Params: c.params, DeadlineMs: r.scenario.patience().Milliseconds()})
	if err != nil {
		if ctx.Err() != nil {
			return nil // nobody waits any more
		}
		if gone(client) {
			r.answered(c, driver.Answer{Outcome: traffic.OutcomeError, Error: &driver.Error{Type: general.TypeCrash, Message: err.Error()}})
		}
		return err
	}
	r.answered(c, a)
	return nil
}

// goodbye is how long a client that no longer answers may take to be gone.
const goodbye = time.Second

// gone reports whether the client has ended by itself: it broke over the
// command, which is an answer of its own.
func gone(client Subject) bool {
	late := time.NewTimer(goodbye)
	defer late.Stop()
	select {
	case <-client.Done():
		return true
	case <-late.C:
		return false
	}
}

// answered notes what the client told its caller of a command.
func (r *run) answered(c *command, a driver.Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.answer, c.answered = a, r.front.Now()
	r.change()
}

// StartError says that the client of a scenario could not be started.
type StartError struct{ Err error }

// Error implements error.
func (e *StartError) Error() string { return fmt.Sprintf("the client did not start: %v", e.Err) }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }
