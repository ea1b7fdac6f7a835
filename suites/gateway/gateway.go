package gateway

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/gateway/guard"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Config says between whom a gateway stands and who hears of it.
type Config struct {
	Listen   string         // HOST:PORT, a loopback address, port 0 for a free one
	Upstream *url.URL       // of the venue, see ParseUpstream; nil for the Hosts themselves
	Roots    *x509.CertPool // that the venue's certificate is held against, nil for the system's

	// Hosts are those whose requests a client may send as to a forward proxy, or by
	// CONNECT, and have judged; to others they go on unseen. None has the gateway
	// stand before the Upstream alone. Authority signs for the Hosts, and is needed
	// with them.
	Hosts     []string
	Authority *wire.Authority

	Rules  []*rule.Rule
	Engine engine.Options // that it is Live goes without saying
	Hide   *mask.Masker   // hides secrets in what is recorded; nil knows no values

	// Record is the file of a recording, "" for none. NDJSON holds both sides of
	// each exchange, other formats the client's.
	Record string
	Rotate cassettes.Rotation // when the recording goes on in another file

	// Guard holds or refuses what would go past the limits of the address, nil lets
	// everything go on. Hold is how long a request may wait for it to go on; NotKept
	// hears once why the ledger can't be saved, and may be nil.
	Guard   *guard.Ledger
	Hold    time.Duration
	NotKept func(error)

	// Found hears of some of what is found, as it is found: the first few of each rule.
	// NotRecorded hears at once, and once, why an exchange could not be recorded.
	// Either may be nil.
	Found       func(rule.Finding)
	NotRecorded func(error)

	answerTimeout, patience time.Duration // 0 for those of the constants
}

const (
	// headerTimeout is what a client may take to send a header, as the venue's is.
	headerTimeout = 10 * time.Second

	// clientIdle is how long a client's connection is kept without a request: longer
	// than most clients keep it, lest it is closed as one uses it again.
	clientIdle = 2 * time.Minute

	// patience is how long a request whose client has gone may take, and those in
	// progress when the gateway ends: the venue gives up on one after 10 s.
	patience = 15 * time.Second
)

// Gateway passes requests on. It is safe for concurrent use.
type Gateway struct {
	url      string
	address  string // HOST:PORT of it
	upstream *url.URL
	hosts    []string // bare
	patience time.Duration
	proxy    *httputil.ReverseProxy
	front    *wire.Front
	observer *observer
	ending   context.Context // ends when requests in progress are broken off
	end      context.CancelFunc
	upgraded atomic.Int64
	doubted  atomic.Pointer[error] // why a venue was not trusted first
	guarded  *guarded              // nil for none
	close    func() (*Outcome, error)
	ended    atomic.Bool
}

// Outcome is what came of a run.
type Outcome struct {
	Tally     *rule.Tally
	Exchanges int64 // of clients
	Recorded  int64 // exchanges that were to be recorded and were
	Upgraded  int64 // requests for another protocol, which are not judged

	Elsewhere []wire.Foreign // hosts that are not judged, and requests and tunnels to each
	Troubles  []wire.Trouble // clients that did not speak TLS with us
	Untrusted error          // why the certificate of a venue was not trusted, nil for none
}

// ParseUpstream reads the URL of a venue.
func ParseUpstream(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("expected a URL such as https://api.binance.com: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("%q: expected a URL such as https://api.binance.com", u.Redacted())
	case u.User != nil, u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("%q: expected a scheme and a host alone, for requests are passed on as they come", u.Redacted())
	}
	return u, nil
}

// Start listens and passes on what comes, until Close. It fails with wire.AddressError
// or RecordError where the Config is at fault.
func Start(c Config) (*Gateway, error) {
	l, err := wire.ListenLoopback(c.Listen)
	if err != nil {
		return nil, err
	}
	clock := traffic.SteadyClock()
	g := &Gateway{address: l.Addr().String(), upstream: c.Upstream, patience: cmp.Or(c.patience, patience)}
	g.url = "http://" + g.address
	for _, host := range c.Hosts {
		g.hosts = append(g.hosts, wire.BareHost(host))
	}
	if g.observer, err = newObserver(c, clock); err != nil {
		l.Close()
		return nil, err
	}
	g.guarded = newGuarded(c)
	g.ending, g.end = context.WithCancel(context.Background())
	g.proxy = g.passing(cmp.Or(c.answerTimeout, answerTimeout), c.Roots, clock)
	g.front = wire.NewFront(wire.Config{
		Handler: http.HandlerFunc(g.pass), Authority: c.Authority, Unseen: g.unseen, HTTP2: true, Clock: clock,
		Arrived: g.observer.arrived, Ended: g.observer.ended,
		HeaderTimeout: headerTimeout, IdleTimeout: clientIdle, MaxHeader: http.DefaultMaxHeaderBytes,
	})
	g.close = sync.OnceValues(g.closeOnce)
	g.front.Serve(l)
	return g, nil
}

// URL is the gateway's own, without a path.
func (g *Gateway) URL() string { return g.url }

// pass passes a request on. It goes on for a while when its client has left.
func (g *Gateway) pass(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	booked, ok := g.guarded.admit(r.Context(), w, r)
	if !ok {
		return
	}
	defer context.AfterFunc(r.Context(), func() { time.AfterFunc(g.patience, cancel) })()
	defer context.AfterFunc(g.ending, cancel)()
	id := uint64(wire.SeenOf(r).Number)
	ctx = wire.Watch(ctx, func(x *traffic.Exchange) {
		g.guarded.learn(x, booked)
		g.observer.behind(id, x)
	})
	g.proxy.ServeHTTP(&plain{w}, r.WithContext(ctx))
}

// upgrade passes a request for another protocol on, which is not judged, but one of the
// address as any other.
func (g *Gateway) upgrade(w http.ResponseWriter, r *http.Request) {
	if booked, ok := g.guarded.admit(r.Context(), w, r); ok {
		ctx := wire.Watch(r.Context(), func(x *traffic.Exchange) { g.guarded.learn(x, booked) })
		g.proxy.ServeHTTP(w, r.WithContext(ctx))
	}
}

// Close stops listening, lets requests in progress end for some seconds, and completes
// judgement and recording. The error is that of the recording: it is not whole. It may be
// called again, by anybody, and tells the same.
func (g *Gateway) Close() (*Outcome, error) { return g.close() }

// Ended reports whether it was closed, and takes no more requests.
func (g *Gateway) Ended() bool { return g.ended.Load() }

func (g *Gateway) closeOnce() (*Outcome, error) {
	g.ended.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), g.patience)
	defer cancel()
	_ = g.front.Drain(ctx) // what does not end is broken off
	g.end()                // before connections are closed: no client has left then
	left := g.front.CloseWithin(g.patience)
	g.guarded.close()
	o, err := g.observer.close(left)
	g.note(o)
	return o, err
}

// note adds to an outcome what is not judged.
func (g *Gateway) note(o *Outcome) {
	o.Upgraded, o.Elsewhere, o.Troubles = g.upgraded.Load(), g.front.Foreign(), g.front.Troubles()
	if why := g.doubted.Load(); why != nil {
		o.Untrusted = *why
	}
}
