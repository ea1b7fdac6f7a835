package relay

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

const (
	// seed makes every venue the same market.
	seed = 1

	// idleTimeout outlasts a run: a venue that closes a connection that a proxy
	// keeps would cause what it reports.
	idleTimeout = time.Hour

	// patience is how long requests in progress may take when the venue ends.
	patience = 5 * time.Second
)

// Upstream is the reference venue as it stands behind a proxy. It answers under
// whatever name a proxy gives it. It is safe for concurrent use.
type Upstream struct {
	address  string
	venue    *venue.Venue
	injector *fault.Injector
	tap      *wire.Tap
	ca       *wire.Authority // of who speaks TLS; nil otherwise
	server   *http.Server
	end      context.CancelFunc

	mu      sync.Mutex
	changed chan struct{} // closed and made anew when what follows changes
	arrived int           // requests since take
	ended   []*wire.Seen  // of them
}

// Listen opens a venue of an edition, nil for the default one, at an address,
// HOST:PORT, of which port 0 is any that is free. It speaks TLS as whom an authority
// vouches for, or plain HTTP where that is nil.
func Listen(address string, held *edition.Edition, ca *wire.Authority) (*Upstream, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	clock := traffic.SteadyClock()
	u := &Upstream{address: l.Addr().String(), ca: ca, injector: fault.NewInjector(), changed: make(chan struct{})}
	if u.venue, err = venue.New(venue.Config{Edition: held, Seed: seed, Hooks: u.injector.Hooks(), Clock: clock}); err != nil {
		l.Close()
		return nil, err
	}
	secure, err := u.secure()
	if err != nil {
		l.Close()
		return nil, err
	}
	u.injector.Attach(u.venue)
	ending, end := context.WithCancel(context.Background())
	u.end = end
	u.tap = &wire.Tap{Handler: u.venue, Clock: clock, Ending: ending, Arrived: u.hear, Ended: u.note}
	u.server = &http.Server{
		Handler: u.tap, ConnContext: u.tap.ConnContext, ConnState: u.tap.ConnState,
		ReadHeaderTimeout: idleTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return ending },
		ErrorLog:    log.New(io.Discard, "", 0), // of proxies that went away
	}
	go u.server.Serve(u.tap.Listener(l, secure))
	return u, nil
}

// secure is how the venue speaks TLS, nil if it does not. Whoever names no host, as
// for an address nobody does, is shown the certificate of the address.
func (u *Upstream) secure() (*tls.Config, error) {
	if u.ca == nil {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(u.address)
	if err != nil {
		return nil, err
	}
	leaf, err := u.ca.Leaf(host)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{*leaf}, NextProtos: []string{"http/1.1"}}, nil
}

// Address is where the venue listens, HOST:PORT.
func (u *Upstream) Address() string { return u.address }

// URL is the venue's, without a path.
func (u *Upstream) URL() string {
	if u.ca != nil {
		return "https://" + u.address
	}
	return "http://" + u.address
}

// Secrets are the keys of the venue's accounts, with what they sign by.
func (u *Upstream) Secrets() (all []string) {
	for _, a := range u.venue.Accounts() {
		all = append(all, a.Key, a.Secret)
	}
	return all
}

// Close ends the venue with all its connections.
func (u *Upstream) Close() {
	u.end()
	u.server.Close()
	enough, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	u.tap.Close(enough.Done())
}

func (u *Upstream) hear(*wire.Seen) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.arrived++
	u.change()
}

func (u *Upstream) note(s *wire.Seen) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = append(u.ended, s)
	u.change()
}

func (u *Upstream) change() {
	close(u.changed)
	u.changed = make(chan struct{})
}

// fail has calls to come fail.
func (u *Upstream) fail(faults ...fault.Fault) {
	u.injector.Set(&fault.Scenario{Name: "relay", Faults: faults})
}

// take waits until every request that came has ended and none has come for so
// long, and returns them in the order in which they came. What has not ended by
// the deadline of the context is left for who takes next.
func (u *Upstream) take(ctx context.Context, quiet time.Duration) []*wire.Seen {
	for {
		u.mu.Lock()
		isOpen, changed := u.arrived > len(u.ended), u.changed
		u.mu.Unlock()
		var silent <-chan time.Time
		if !isOpen {
			silent = time.After(quiet)
		}
		select {
		case <-changed:
			continue
		case <-silent:
		case <-ctx.Done():
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		all := u.ended
		u.ended, u.arrived = nil, u.arrived-len(all)
		return all
	}
}
