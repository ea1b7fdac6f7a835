package relay

import (
	"context"
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

const (
	// defaultHang is how long a venue that hangs does not answer. Proxies that have
	// a time limit of 60 s, as many do, see it close the connection.
	defaultHang = 3 * time.Second

	// defaultQuiet is how long nothing may come to the venue before a request
	// counts as done: proxies that send again do so before they answer, and those
	// that send a copy elsewhere at once.
	defaultQuiet = 100 * time.Millisecond

	// defaultWaits is how long the client waits for an answer: what a proxy tries
	// for that has tried three times at a venue that hangs, and waited between.
	defaultWaits = 20 * time.Second
)

// Run puts one proxy through scenarios. Its fields are read only.
type Run struct {
	Upstream *Upstream
	Proxy    string // where it listens, HOST:PORT
	Prefix   string // what it has before the API's paths, such as /binance

	// Observe hears of all exchanges of both sides, those behind before the one in
	// front, from one goroutine.
	Observe func(*traffic.Exchange)

	// Began, if not nil, hears of each scenario before it begins.
	Began func(*Scenario)

	// Hang, Quiet and Waits are how long a venue that hangs does not answer, how
	// long nothing may come to the venue before a request counts as done, and how
	// long the client waits for an answer; 0 for what a proxy of another make
	// needs.
	Hang, Quiet, Waits time.Duration

	client *client
	number int // exchanges so far
	hops   uint64
	behind int // exchanges so far
}

// Behind is how many requests came to the venue for those of the client. None is no
// pass: the proxy leads elsewhere.
func (r *Run) Behind() int { return r.behind }

// Play plays scenarios one behind the other. It ends early with the context, and
// where the proxy takes no connection.
func (r *Run) Play(ctx context.Context, scenarios []*Scenario) error {
	for _, d := range []struct {
		is *time.Duration
		by time.Duration
	}{{&r.Hang, defaultHang}, {&r.Quiet, defaultQuiet}, {&r.Waits, defaultWaits}} {
		if *d.is == 0 {
			*d.is = d.by
		}
	}
	r.client = &client{address: r.Proxy, clock: r.Upstream.tap.Clock, waits: r.Waits}
	for _, s := range scenarios {
		if r.Began != nil {
			r.Began(s)
		}
		if err := r.scenario(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// warming is the good call that goes before one that is to fail: signed with the time,
// so that no store has an answer to it.
var warming = call{method: "GET", path: "/api/v3/openOrders", query: "symbol=LTCBTC"}

// scenario plays one scenario, on connections of its own.
func (r *Run) scenario(ctx context.Context, s *Scenario) error {
	defer r.client.close()
	for i := range s.calls {
		if s.warm {
			if err := r.hop(ctx, s, &warming); err != nil {
				return err
			}
		}
		if err := r.hop(ctx, s, &s.calls[i]); err != nil {
			return err
		}
	}
	return nil
}

// hop sends one call through the proxy, and tells of the exchanges of both sides.
func (r *Run) hop(ctx context.Context, s *Scenario, c *call) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f := c.failing()
	if f != nil && f.Do == fault.Timeout {
		f.Delay = fault.Duration(r.Hang)
	}
	r.Upstream.fail(f)
	account := r.Upstream.venue.Accounts()[c.account]
	front, err := r.client.send(c.message(r.Prefix, account, r.Upstream.venue.Edition().Dialect, r.Upstream.venue.Now()))
	if err != nil {
		return fmt.Errorf("the proxy takes no connection at %s: %w", r.Proxy, err)
	}
	ending, cancel := context.WithTimeout(ctx, r.Hang+patience)
	defer cancel()
	r.hops++
	for _, seen := range r.Upstream.take(ending, r.Quiet) {
		r.behind++
		r.tell(s, seen.Exchange(), traffic.Behind)
	}
	r.tell(s, front, traffic.Front)
	return nil
}

// tell tells of an exchange of the hop at hand.
func (r *Run) tell(s *Scenario, x *traffic.Exchange, side traffic.Side) {
	if x.Annotation == nil {
		x.Annotation = new(traffic.Annotation)
	}
	x.Annotation.Hop = traffic.Hop{ID: r.hops, Side: side}
	r.number++
	x.At = traffic.Position{File: s.Name, Line: r.number, Number: r.number}
	r.Observe(x)
}
