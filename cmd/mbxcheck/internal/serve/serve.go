// Package serve runs the reference exchange as a process does: listeners,
// recording, metrics, logs and an orderly end. What the venue answers is
// suites/venue's business.
//
// A connection is accepted if there is a place for it (bounded), may say for
// whom it was opened (proxied), and is net/http's from then on.
//
// It must not know flags or exit codes.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Options say which venue is served and where.
type Options struct {
	Listen, Admin  string // loopback addresses with a port, 0 for a free one
	Seed           uint64
	Accounts       []Account         // keys of the first demo accounts, in place of those made from the seed
	Limits         []venue.Limit     // in place of those of the same type and window; the rest are the defaults
	Scenario       *fault.Scenario   // to begin with; nil for none
	Library        []*fault.Scenario // that the admin port knows by name
	Liars          []string          // IDs of suites/venue/liar
	Record         string            // file for every exchange, "" for none
	ClientIPHeader string            // request field that names the client's address, "" for the peer's
	ProxyProtocol  bool              // each connection begins with a PROXY preamble, which names the client's address
	TLS            bool              // with a certificate made for the occasion
	Hosts          []string          // names that the certificate holds for beside localhost
	Log            *slog.Logger      // nil for silence

	// NotRecorded is told at once, and once, why an exchange could not be recorded;
	// the log is told as well. nil for nobody.
	NotRecorded func(error)

	clock func() time.Time // of the venue and of the recording; nil for a steady one
}

// Greeting is what scripts need to know of a server.
type Greeting struct {
	Listening   string    `json:"listening"` // URL of the venue, without a path
	Admin       string    `json:"admin"`     // URL of the admin port
	Seed        uint64    `json:"seed"`
	Edition     string    `json:"edition"`
	Certificate string    `json:"certificate,omitempty"` // in PEM, to be trusted by clients
	Accounts    []Account `json:"accounts"`
}

// Account is a demo account that may trade. The names are those of the venue's
// own tools. A Greeting has no secret that whoever started the server chose.
type Account struct {
	APIKey    string `json:"apiKey"`
	SecretKey string `json:"secretKey,omitempty"`
}

// Server is a venue that listens.
type Server struct {
	Greeting Greeting

	venue, admin     *http.Server
	onVenue, onAdmin net.Listener
	observer         *observer
	recorder         *wire.Tap           // before the observer; nil without a recording
	record           *cassettes.Recorder // nil for none
	log              *slog.Logger
	closing          context.CancelFunc // lets go of requests that are kept waiting
}

const (
	// What a client may take to send a request, against those who send a byte
	// a minute: the venue's own patience is ten seconds.
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute

	// writeTimeout is what a client may take to read what is written at once,
	// against those who never do: the longest answer has a megabyte.
	writeTimeout = 30 * time.Second

	// maxHeader bounds a request's header: the longest query documented is
	// under two kilobytes.
	maxHeader = 16 << 10

	// patience is how long requests in progress may take when the server ends.
	patience = 5 * time.Second
)

// OptionError says that Options are unsound: they fail on any machine.
type OptionError struct{ Err error }

func (e *OptionError) Error() string { return e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// unsound makes an OptionError.
func unsound(format string, args ...any) error { return &OptionError{fmt.Errorf(format, args...)} }

// Start makes a venue and listens. It fails without leaving anything behind.
func Start(o Options) (s *Server, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.clock == nil {
		o.clock = traffic.SteadyClock()
	}
	if !isToken(o.ClientIPHeader) {
		return nil, unsound("client IP header %q: expected the name of a header field, such as X-Forwarded-For", o.ClientIPHeader)
	}
	in := fault.NewInjector()
	v, err := newVenue(o, in)
	if err != nil {
		return nil, err
	}
	hide := masker(v.Accounts())
	o.Log = slog.New(&maskedLog{o.Log.Handler(), hide})
	s = &Server{log: o.Log}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.onVenue, err = listen(o.Listen); err != nil {
		return s, err
	}
	if s.onAdmin, err = listen(o.Admin); err != nil {
		return s, err
	}
	s.greet(o, v)
	s.onVenue = newBounded(s.onVenue, mostConnections)
	if o.ProxyProtocol {
		s.onVenue = &proxied{s.onVenue, s.log} // before TLS: the preamble is in clear
	}
	var secure *tls.Config
	if o.TLS {
		if secure, err = s.secure(o.Hosts); err != nil {
			return s, err
		}
	}
	if o.Record != "" {
		if s.record, err = cassettes.Create(o.Record, hide); err != nil {
			if errors.Is(err, cassettes.ErrUnread) { // which depends on others
				return s, fmt.Errorf("recording %w", err)
			}
			return s, unsound("recording %w", err)
		}
	}
	s.observer = &observer{next: v, log: o.Log, record: s.record, clientIP: clientIP(o.ClientIPHeader), clock: o.clock, began: o.clock()}
	ending, end := context.WithCancel(context.Background())
	s.closing = end
	s.venue, s.admin = s.server(ending, s.observer), s.server(ending, maskedAnswers(adminHandler(in, o.Library, s.observer, hostOf(o.Admin)), hide))
	switch {
	case s.record != nil:
		s.recorder = s.tap(o, s.observer, ending)
		s.onVenue = s.recorder.Listener(s.onVenue, secure)
		s.venue.Handler, s.venue.ConnContext = s.recorder, s.recorder.ConnContext
		s.venue.ConnState = both(s.venue.ConnState, s.recorder.ConnState)
	case secure != nil:
		s.onVenue = tls.NewListener(s.onVenue, secure)
	}
	in.Set(o.Scenario)
	go s.venue.Serve(s.onVenue)
	go s.admin.Serve(s.onAdmin)
	s.log.Info("serving", "listening", s.Greeting.Listening, "admin", s.Greeting.Admin, "seed", o.Seed)
	return s, nil
}

// isToken reports whether a header field can be called so (RFC 9110, section
// 5.6.2), or s is empty.
func isToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func newVenue(o Options, in *fault.Injector) (*venue.Venue, error) {
	lies, err := liar.Hooks(o.Liars...)
	if err != nil {
		return nil, err
	}
	accounts, err := accountsWith(o.Accounts, o.Seed)
	if err != nil {
		return nil, err
	}
	v, err := venue.New(venue.Config{
		Clock: in.Clock(o.clock), Seed: o.Seed, Accounts: accounts, Limits: venue.LimitRules{Limits: limitsWith(o.Limits)},
		ClientIP: clientIP(o.ClientIPHeader),
		// Faults come after lies: what a scenario says is what is sent.
		Hooks: liar.Join(lies, in.Hooks()),
	})
	if err != nil {
		return nil, err
	}
	in.Attach(v)
	return v, nil
}

// accountsWith are the demo accounts, the keys of the first ones replaced.
func accountsWith(set []Account, seed uint64) ([]venue.Account, error) {
	list := venue.DemoAccounts(seed)
	if len(set) > len(list) {
		return nil, fmt.Errorf("accounts: expected %d at the most, which is how many trade, found %d", len(list), len(set))
	}
	for i, a := range set {
		list[i].Key, list[i].Secret = a.APIKey, a.SecretKey
	}
	return list, nil
}

// limitsWith are the default limits, those of the same type and window
// replaced.
func limitsWith(set []venue.Limit) []venue.Limit {
	list := venue.DefaultLimits()
next:
	for _, l := range set {
		for i := range list {
			if list[i].Type == l.Type && list[i].Num == l.Num && list[i].Unit == l.Unit {
				list[i] = l
				continue next
			}
		}
		list = append(list, l)
	}
	return list
}

// clientIP is the address that a request counts for: the first that a field
// names, where one is asked for and sent, else the peer's.
func clientIP(field string) func(*http.Request) string {
	return func(r *http.Request) string {
		if field != "" {
			name, _, _ := strings.Cut(r.Header.Get(field), ",")
			if name = strings.TrimSpace(name); name != "" {
				return name
			}
		}
		return hostOf(r.RemoteAddr)
	}
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// listen opens a loopback port.
func listen(address string) (net.Listener, error) {
	l, err := wire.ListenLoopback(address)
	if errors.Is(err, wire.ErrNotLoopback) {
		err = unsound("%w: the venue's demo keys are no secret, and it does as it is told", err)
	}
	if none := (*wire.AddressError)(nil); errors.As(err, &none) {
		err = &OptionError{err}
	}
	return l, err
}

func (s *Server) greet(o Options, v *venue.Venue) {
	s.Greeting = Greeting{
		Listening: "http://" + s.onVenue.Addr().String(), Admin: "http://" + s.onAdmin.Addr().String(),
		Seed: o.Seed, Edition: v.Edition().ID, Accounts: []Account{},
	}
	for i, a := range v.Accounts() {
		told := Account{APIKey: a.Key, SecretKey: a.Secret}
		if i < len(o.Accounts) {
			told.SecretKey = "" // known to whoever chose it, and standard output may be a log
		}
		s.Greeting.Accounts = append(s.Greeting.Accounts, told)
	}
}

// secure makes the certificate of the venue's port.
func (s *Server) secure(names []string) (*tls.Config, error) {
	pair, text, err := newCertificate(time.Now(), names)
	if err != nil {
		return nil, err
	}
	s.Greeting.Listening = "https" + strings.TrimPrefix(s.Greeting.Listening, "http")
	s.Greeting.Certificate = text
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func (s *Server) server(ctx context.Context, h http.Handler) *http.Server {
	idle := &unused{conns: map[net.Conn]bool{}}
	server := &http.Server{
		Handler: h, ConnState: idle.changed, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	server.RegisterOnShutdown(idle.close)
	return server
}

// both has two hear of connections.
func both(a, b func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(conn net.Conn, state http.ConnState) {
		a(conn, state)
		b(conn, state)
	}
}

// unused are the connections on which nothing has come yet: a browser opens some
// ahead of need, and Shutdown waits five seconds for what they may bring.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (u *unused) changed(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if delete(u.conns, conn); state == http.StateNew {
		u.conns[conn] = true
	}
}

func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.conns {
		conn.Close()
	}
}

// release gives back what a start that failed had taken.
func (s *Server) release() {
	for _, l := range []net.Listener{s.onVenue, s.onAdmin} {
		if l != nil {
			l.Close()
		}
	}
}

// Close stops listening, lets requests in progress finish for some seconds, and
// completes the recording. The error is that of the recording: it is not whole.
func (s *Server) Close() error {
	s.closing()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, server := range []*http.Server{s.venue, s.admin} {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	s.observer.wait(ctx.Done())
	s.log.Info("stopped", "requests", s.observer.total())
	if s.record == nil {
		return nil
	}
	s.recorder.Close(ctx.Done())
	return s.record.Close()
}
