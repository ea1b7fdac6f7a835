package fault

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// Injector puts the faults of a scenario into a venue. One is for one venue.
// It is safe for concurrent use.
type Injector struct {
	active atomic.Pointer[running]
	venue  atomic.Pointer[venue.Venue]

	// taken holds, by call, the fault that a call in progress has.
	taken    sync.Map // *venue.Call to hit
	injected atomic.Int64
	hear     func(*http.Request, int)
}

// running is a scenario with its counts.
type running struct {
	scenario *Scenario
	calls    []atomic.Int64 // of each fault's route
	hits     []atomic.Int64 // calls that each fault took

	mu    sync.Mutex
	until []time.Time // by the venue's clock, that each fault lasts; zero before it began
}

// hit is a call that a fault takes.
type hit struct {
	*Fault
	place int           // among the scenario's
	own   bool          // the call is one of its route's
	left  time.Duration // of what lasts; 0 for others
}

// NewInjector makes an injector without a scenario.
func NewInjector() *Injector { return new(Injector) }

// Attach says which venue it is, for faults that carry a request out twice.
func (in *Injector) Attach(v *venue.Venue) { in.venue.Store(v) }

// Tell has somebody hear of each request that a fault takes, and of the fault's
// place in its scenario, before the request is answered. It is for the time
// before the first request.
func (in *Injector) Tell(hear func(r *http.Request, fault int)) { in.hear = hear }

// Set starts a scenario, with all its calls still to come, in place of the one
// before. Nil is none.
func (in *Injector) Set(s *Scenario) {
	if s == nil {
		in.active.Store(nil)
		return
	}
	n := len(s.Faults)
	in.active.Store(&running{scenario: s, calls: make([]atomic.Int64, n), hits: make([]atomic.Int64, n), until: make([]time.Time, n)})
}

// Active returns the scenario that is set, nil for none.
func (in *Injector) Active() *Scenario {
	if r := in.active.Load(); r != nil {
		return r.scenario
	}
	return nil
}

// Injected returns how many calls have failed on demand.
func (in *Injector) Injected() int64 { return in.injected.Load() }

// Clock returns a clock that has the scenario's skew.
func (in *Injector) Clock(honest func() time.Time) func() time.Time {
	return func() time.Time {
		now := honest()
		if s := in.Active(); s != nil {
			now = now.Add(time.Duration(s.ClockSkew))
		}
		return now
	}
}

// Hooks are what the venue is to be made with.
func (in *Injector) Hooks() venue.Hooks {
	return venue.Hooks{Before: in.before, After: in.after, Send: in.send}
}

// again marks the context of a request that is carried out a second time.
type again struct{}

// before counts the call and carries it out or not.
func (in *Injector) before(c *venue.Call, a *venue.Answer) (instead bool) {
	r := in.active.Load()
	if r == nil || c.Request.Context().Value(again{}) != nil {
		return false
	}
	h := r.take(c)
	if h.Fault == nil {
		return false
	}
	in.injected.Add(1)
	in.taken.Store(c, h)
	if in.hear != nil {
		in.hear(c.Request, h.place)
	}
	switch {
	case h.instead(), h.Do == Reset, h.Do == Close, h.Do == Timeout:
		return !h.CarriedOut || !h.own
	case h.Do == Duplicate:
		in.carryOut(c)
	}
	return false
}

// halfMinute is where the second half of a minute begins, in seconds.
const halfMinute = 30

// take counts a call for every fault of its route and returns the first that
// takes it.
func (r *running) take(c *venue.Call) (taken hit) {
	for i := range r.scenario.Faults {
		f := &r.scenario.Faults[i]
		own := f.takes(c.Method, c.Path)
		if own {
			own = f.Calls.has(r.calls[i].Add(1))
		}
		if own && f.EarlyInMinute && c.At.Second() >= halfMinute {
			r.calls[i].Add(-1)
			own = false
		}
		if left := r.left(i, own, c.At); taken.Fault == nil && (own || left > 0) {
			taken = hit{f, i, own, left}
			r.hits[i].Add(1)
		}
	}
	return taken
}

// left is how long a fault that lasts goes on; the first call that it takes
// begins it.
func (r *running) left(i int, begin bool, now time.Time) time.Duration {
	f := &r.scenario.Faults[i]
	if f.Lasts == 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if begin && r.until[i].IsZero() {
		r.until[i] = now.Add(time.Duration(f.Lasts))
	}
	return max(0, r.until[i].Sub(now))
}

// carryOut carries a call out once more, unseen.
func (in *Injector) carryOut(c *venue.Call) {
	v := in.venue.Load()
	if v == nil {
		return
	}
	twin := venue.Call{
		Method: c.Method, Path: c.Path, Query: c.Query, Body: c.Body,
		ContentType: c.ContentType, Accept: c.Accept, APIKey: c.APIKey, Address: c.Address,
	}
	twin.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), again{}, true))
	v.Do(&twin, new(venue.Answer))
}

// after puts another answer in the place of the venue's.
func (in *Injector) after(c *venue.Call, a *venue.Answer) {
	v, ok := in.taken.Load(c)
	if !ok {
		return
	}
	f := v.(hit)
	if f.instead() {
		f.answer(c, a)
	}
	if f.Do == Status || f.Do == Duplicate {
		in.taken.Delete(c) // nothing is left to do when the answer is sent
	}
}

const (
	timeoutText = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
	tooMany     = "Too many requests; please use the websocket for live updates."
	wayTooMany  = "Way too many requests; IP banned until "
	avoidBans   = ". Please use the websocket for live updates to avoid bans."
	firewall    = "<html><head><title>403 Forbidden</title></head><body><h1>403 ERROR</h1>The request could not be satisfied.</body></html>"

	// shortWait and shortBan are what Retry-After says where the scenario
	// does not: a wait that a test can sit out, and the shortest ban.
	shortWait = 1
	shortBan  = 120
)

// answer makes the answer of a status fault.
func (f *hit) answer(c *venue.Call, a *venue.Answer) {
	a.Status = f.Status
	switch {
	case f.Body != nil:
		a.Body = append(a.Body[:0], *f.Body...)
	case f.Status == http.StatusForbidden:
		// A firewall's page, that knows of no counter.
		a.Del(c.Names.UsedWeight)
		a.Del(c.Names.UsedWeightMinute)
		a.Set(venue.HeaderContentType, "text/html")
		a.Set("Server", "CloudFront")
		a.Body = append(a.Body[:0], firewall...)
	default:
		f.payload(c, a)
	}
	for name, value := range f.Headers {
		if name = http.CanonicalHeaderKey(name); value == "" {
			a.Del(name)
			continue
		}
		a.Set(name, value)
	}
	if f.left > 0 && a.Get(venue.HeaderRetryAfter) != "" {
		a.Set(venue.HeaderRetryAfter, strconv.FormatInt(int64((f.left+time.Second-1)/time.Second), 10))
	}
}

// payload writes the error that the venue has for a status.
func (f *hit) payload(c *venue.Call, a *venue.Answer) {
	code, msg := int64(-1000), "An unknown error occured while processing the request."
	switch f.Status {
	case http.StatusTooManyRequests:
		code, msg = -1003, tooMany
		a.Set(venue.HeaderRetryAfter, strconv.Itoa(shortWait))
	case http.StatusTeapot:
		ban := f.left
		if ban == 0 {
			ban = shortBan * time.Second
		}
		until := c.At.Add(ban).UnixMilli()
		code, msg = -1003, wayTooMany+strconv.FormatInt(until, 10)+avoidBans
		a.Set(venue.HeaderRetryAfter, strconv.Itoa(shortBan))
	case http.StatusGatewayTimeout:
		code, msg = -1007, timeoutText
	case http.StatusServiceUnavailable, http.StatusBadGateway:
		code, msg = -1001, "Internal error; unable to process your request. Please try again."
	}
	body := `{"code":` + strconv.FormatInt(code, 10) + `,"msg":"` + msg + `"}`
	if strings.HasPrefix(c.Path, "/wapi/") {
		body = `{"success":false,"msg":"` + msg + `"}`
	}
	a.Body = append(a.Body[:0], body...)
}

// send sends the answer in the fault's way.
func (in *Injector) send(w http.ResponseWriter, c *venue.Call, a *venue.Answer) (sent bool) {
	v, ok := in.taken.LoadAndDelete(c)
	if !ok {
		return false
	}
	f, ctx := v.(hit).Fault, c.Request.Context()
	switch f.Do {
	case Reset:
		reset(w)
	case Close:
		panic(http.ErrAbortHandler) // net/http closes what it can't answer
	case Timeout:
		wait(ctx, f.delay(maxDelay))
		panic(http.ErrAbortHandler) // closes the connection without an answer
	case Slow:
		wait(ctx, f.delay(time.Second))
		return false
	case Trickle:
		trickle(ctx, w, a, f.delay(20*time.Millisecond))
	case Truncate:
		head(w, a)
		_, _ = w.Write(a.Body[:len(a.Body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	return true
}

func (f *Fault) delay(byDefault time.Duration) time.Duration {
	if f.Delay == 0 {
		return byDefault
	}
	return time.Duration(f.Delay)
}

// wait waits, though not for a client that has gone or a server that ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// reset closes the connection in the way that makes TCP send RST; where there
// is no TCP, or many requests share a connection, the answer is aborted.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	plain := conn
	for { // below TLS and the like
		below, ok := plain.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		plain = below.NetConn()
	}
	if tcp, ok := plain.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the connection is closed in order, which a client notices as well
	}
	_ = plain.Close() // not conn: TLS would take its leave first, and be heard
}

// head writes the status and the header fields, with the length of the whole
// body.
func head(w http.ResponseWriter, a *venue.Answer) {
	for _, f := range a.Header {
		w.Header()[f.Name] = []string{f.Value}
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(a.Body))}
	w.WriteHeader(a.Status)
}

func trickle(ctx context.Context, w http.ResponseWriter, a *venue.Answer, gap time.Duration) {
	head(w, a)
	rc := http.NewResponseController(w)
	for i := range a.Body {
		if i > 0 {
			wait(ctx, gap)
		}
		if _, err := w.Write(a.Body[i : i+1]); err != nil || rc.Flush() != nil {
			return // the client has gone
		}
	}
}
