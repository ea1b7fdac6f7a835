package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
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

	// defaultStale is when what may be stored for a second is surely older than
	// that, by stores that count whole seconds too.
	defaultStale = 2500 * time.Millisecond

	// oddWaits is how long it waits for the answer to a message that is read in
	// several ways, for the rest of which a proxy may wait as well.
	oddWaits = time.Second
)

// Run puts one proxy through scenarios. Its fields are read only.
type Run struct {
	Upstream *Upstream
	Proxy    string // where it listens, HOST:PORT
	Prefix   string // what it has before the API's paths, such as /binance
	Forward  bool   // each request tells it where the venue is

	// Trust has who the proxy is in the venue's place, where that speaks TLS and the
	// proxy is a forward one; nil otherwise.
	Trust *x509.CertPool

	// Observe hears of all exchanges of both sides, those behind before the one in
	// front, from one goroutine.
	Observe func(*traffic.Exchange)

	// Began, if not nil, hears of each scenario before it begins.
	Began func(*Scenario)

	// Hang, Quiet, Waits and Stale are how long a venue that hangs does not answer,
	// how long nothing may come to the venue before a request counts as done, how
	// long the client waits for an answer, and for one that may be stored to be
	// stale; 0 for what a proxy of another make needs.
	Hang, Quiet, Waits, Stale time.Duration

	client *client
	number int // exchanges so far
	hops   uint64
	behind int // exchanges so far
	plain  []plain
}

// Play plays scenarios one behind the other. It ends early with the context, and
// where the proxy takes no connection.
func (r *Run) Play(ctx context.Context, scenarios []*Scenario) error {
	for _, d := range []struct {
		is *time.Duration
		by time.Duration
	}{{&r.Hang, defaultHang}, {&r.Quiet, defaultQuiet}, {&r.Waits, defaultWaits}, {&r.Stale, defaultStale}} {
		if *d.is == 0 {
			*d.is = d.by
		}
	}
	r.client = &client{way: r.way(), clock: r.Upstream.tap.Clock, waits: r.Waits}
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

// way is how the client comes to the venue.
func (r *Run) way() way {
	w := way{proxy: r.Proxy}
	if r.Forward {
		w.venue = r.Upstream.Address()
	}
	if host, _, err := net.SplitHostPort(w.venue); err == nil && r.Trust != nil {
		w.tunnel = &tls.Config{ServerName: host, RootCAs: r.Trust, NextProtos: []string{"http/1.1"}}
	}
	return w
}

// warming is the good call that goes before one that is to fail: signed with the time,
// so that no store has an answer to it.
var warming = call{method: "GET", path: "/api/v3/openOrders", query: "symbol=LTCBTC", plain: true}

// scenario plays one scenario, on connections of its own.
func (r *Run) scenario(ctx context.Context, s *Scenario) error {
	if s.together > 0 {
		return r.together(ctx, s)
	}
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
	if err := r.wait(ctx, c); err != nil {
		return err
	}
	r.Upstream.fail()
	if f := c.failing(); f != nil {
		if f.Do == fault.Timeout {
			f.Delay = fault.Duration(r.Hang)
		}
		r.Upstream.fail(*f)
	}
	if r.client.waits = r.Waits; c.framing != nil {
		r.client.close() // nobody else's answer comes on its connection
		r.client.waits = min(r.Waits, oddWaits)
		defer r.client.close()
	}
	front, err := r.client.send(r.message(c))
	if err != nil {
		return r.refused(err)
	}
	seen := r.take(ctx)
	if c.plain {
		r.count(c.method, front, len(seen) > 0)
	}
	r.hops++
	of := r.hops
	if i := slices.IndexFunc(seen, c.holds); i >= 0 {
		if second := r.client.another(r.Prefix+c.inner, oddWaits); second != nil { // the proxy took it for two, and answers both
			r.hops++
			r.tell(s, seen[i].Exchange(), traffic.Hop{ID: r.hops, Side: traffic.Behind})
			r.tell(s, second, traffic.Hop{ID: r.hops, Side: traffic.Front})
			seen = slices.Delete(seen, i, i+1)
		}
	}
	for _, one := range seen {
		r.tell(s, one.Exchange(), traffic.Hop{ID: of, Side: traffic.Behind})
	}
	r.tell(s, front, traffic.Hop{ID: of, Side: traffic.Front})
	return nil
}

// message is a call as it goes over the wire now.
func (r *Run) message(c *call) *message {
	v := r.Upstream.venue
	return c.message(r.Prefix, v.Accounts()[c.account], v.Edition().Dialect, v.Now())
}

func (r *Run) refused(err error) error {
	return fmt.Errorf("the proxy at %s: %w", r.Proxy, err)
}

// take is what came to the venue, when the proxy is quiet.
func (r *Run) take(ctx context.Context) []*wire.Seen {
	ending, cancel := context.WithTimeout(ctx, r.Hang+patience)
	defer cancel()
	all := r.Upstream.take(ending, r.Quiet)
	r.behind += len(all)
	return all
}

// wait waits until a call is to be sent, or fails with the context.
func (r *Run) wait(ctx context.Context, c *call) error {
	if !c.stale || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(r.Stale):
		return nil
	}
}

// tell tells of an exchange of a hop.
func (r *Run) tell(s *Scenario, x *traffic.Exchange, of traffic.Hop) {
	if x.Annotation == nil {
		x.Annotation = new(traffic.Annotation)
	}
	x.Annotation.Hop = of
	r.number++
	x.At = traffic.Position{File: s.Name, Line: r.number, Number: r.number}
	r.Observe(x)
}
