package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// handshakeTimeout is for a loaded machine, which takes seconds for what
	// takes milliseconds.
	handshakeTimeout = 30 * time.Second

	// idleTimeout outlasts a run, for connections that have carried a request
	// and for those that were opened ahead of need: a certifier that closes one
	// would cause the resend that it reports.
	idleTimeout = time.Hour

	// maxTroubles bounds the failed handshakes that are remembered.
	maxTroubles = 20

	// patience is how long requests in progress may take when the front ends.
	patience = 5 * time.Second
)

// Config says what a Front is to be. Handler is required.
type Config struct {
	Handler   http.Handler
	Authority *Authority // nil for a front that speaks no TLS

	// Names are the venue's hosts, those that clients speak to without being told
	// among them.
	Names []string

	// Clock is what the instants of every Seen are read from, a steady one, and
	// the handler's own; nil for traffic.SteadyClock's.
	Clock func() time.Time

	// Arrived hears of every request for the venue before it is carried out,
	// Ended when nothing more comes of it, as Tap's do. Either may be nil.
	Arrived, Ended func(*Seen)

	// Unseen is asked of each request first, CONNECT among them, and says who answers
	// it without being seen, and whichever host it is for; nil for the front, as it
	// does all if Unseen is nil. A CONNECT that is left to the front leads to it
	// again.
	Unseen func(*http.Request) http.Handler

	// HTTP2 offers HTTP/2 to those who speak it. Without, HTTP/1.1 is preferred.
	HTTP2 bool

	HeaderTimeout, IdleTimeout time.Duration // 0 for an hour
	MaxHeader                  int           // bytes, 0 for what the venue takes
}

// Trouble is a TLS handshake that failed: what a client does that does not trust
// the authority.
type Trouble struct {
	Host  string // that the client named, "" if none
	Error string // which kind of failure it was: without the addresses of one connection
	Times int
}

// Front is where clients arrive. It is safe for concurrent use.
type Front struct {
	tap       *Tap
	authority *Authority
	hosts     *hosts
	unseen    func(*http.Request) http.Handler
	http2     bool
	idle      time.Duration
	server    *http.Server
	queue     *Queue

	ending  context.Context
	end     context.CancelFunc
	secured atomic.Int64

	mu        sync.Mutex
	listeners []net.Listener
	sockets   []net.PacketConn // of the resolver
	open      map[net.Conn]bool
	closed    bool
	troubles  []Trouble
}

// NewFront makes a front that listens nowhere yet.
func NewFront(c Config) *Front {
	if c.Clock == nil {
		c.Clock = traffic.SteadyClock()
	}
	f := &Front{
		authority: c.Authority, hosts: newHosts(c.Names), unseen: c.Unseen, http2: c.HTTP2,
		idle: cmp.Or(c.IdleTimeout, idleTimeout), queue: NewQueue(), open: map[net.Conn]bool{},
	}
	f.ending, f.end = context.WithCancel(context.Background())
	f.tap = &Tap{Handler: c.Handler, Clock: c.Clock, Ending: f.ending, Arrived: c.Arrived, Ended: c.Ended, gone: f.forget}
	f.server = &http.Server{
		Handler: http.HandlerFunc(f.serve), MaxHeaderBytes: cmp.Or(c.MaxHeader, maxHeader),
		ReadHeaderTimeout: cmp.Or(c.HeaderTimeout, idleTimeout), IdleTimeout: f.idle,
		ErrorLog:    log.New(io.Discard, "", 0), // of clients that went away
		BaseContext: func(net.Listener) context.Context { return f.ending },
		ConnContext: f.tap.ConnContext, ConnState: f.changed,
		DisableGeneralOptionsHandler: c.Unseen != nil, // OPTIONS * is its to answer
	}
	go f.server.Serve(f.queue)
	return f
}

// Now is the clock of every Seen of this front.
func (f *Front) Now() time.Time { return f.tap.Clock() }

// Requests is how many requests for the venue have arrived. None is no pass: the
// client was not reached.
func (f *Front) Requests() int64 { return f.tap.requests.Load() }

// Connections is how many connections were accepted.
func (f *Front) Connections() int64 { return f.tap.connected.Load() }

// Foreign lists the hosts that clients asked for, by request or by name, and that
// are not the venue's, in the order in which they came; all were refused.
func (f *Front) Foreign() []Foreign { return f.hosts.list() }

// Asked lists the names that clients asked the resolver for, the venue's among
// them, in the order in which they came. A client that reads /etc/hosts asks for
// none of the venue's.
func (f *Front) Asked() []Foreign { return f.hosts.lookedUp() }

// Handshakes is how many connections came to be secured by TLS.
func (f *Front) Handshakes() int64 { return f.secured.Load() }

// Troubles lists the handshakes that failed.
func (f *Front) Troubles() []Trouble {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.troubles)
}

// Serve takes connections from a listener, which is the front's from now on,
// and returns at once.
func (f *Front) Serve(l net.Listener) {
	f.mu.Lock()
	f.listeners = append(f.listeners, l)
	closed := f.closed
	f.mu.Unlock()
	if closed {
		l.Close()
		return
	}
	go f.accept(l)
}

func (f *Front) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			select { // out of file descriptors, or a client that has gone already
			case <-time.After(10 * time.Millisecond):
				continue
			case <-f.ending.Done():
				return
			}
		}
		if c := f.tap.connection(conn); f.track(conn) {
			go f.receive(c, conn)
		}
	}
}

// track remembers an open connection; it reports false once the front ends, and
// closes it.
func (f *Front) track(conn net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		conn.Close()
		return false
	}
	f.open[conn] = true
	return true
}

func (f *Front) forget(c *connection) {
	f.mu.Lock()
	delete(f.open, c.raw)
	f.mu.Unlock()
}

// receive finds out what a client speaks on a connection and passes it on to
// net/http.
func (f *Front) receive(c *connection, conn net.Conn) {
	s := &sniffed{Conn: conn, owner: c}
	first := make([]byte, 1)
	conn.SetReadDeadline(time.Now().Add(f.idle))
	n, err := conn.Read(first)
	conn.SetReadDeadline(time.Time{})
	s.first = first[:n]
	if n == 0 || err != nil {
		c.raw.Close()
		f.forget(c)
		return
	}
	c.Conn = s
	pass := net.Conn(c)
	if head(first) && f.authority != nil {
		if pass = f.handshake(c, s); pass == nil {
			c.raw.Close()
			f.forget(c)
			return
		}
	}
	if f.queue.Put(context.Background(), pass) != nil {
		c.raw.Close()
	}
}

// handshake puts TLS between, and returns nil if the client does not want it.
func (f *Front) handshake(c *connection, s *sniffed) net.Conn {
	named := ""
	secure := tls.Server(s, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			named = hello.ServerName
			leaf, err := f.authority.Leaf(leafHost(hello.ServerName, c))
			if err != nil {
				return nil, err
			}
			return &tls.Config{Certificates: []tls.Certificate{*leaf}, NextProtos: f.protocols(hello), MinVersion: tls.VersionTLS12}, nil
		},
	})
	ctx, cancel := context.WithTimeout(f.ending, handshakeTimeout)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		f.trouble(cmp.Or(named, BareHost(c.host)), err)
		return nil
	}
	f.secured.Add(1)
	c.secure, c.Conn = true, secure
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return secure // net/http speaks HTTP/2 on nothing but its own kind
	}
	return c
}

// protocols chooses HTTP/1.1 for everyone who speaks it: only there is a
// connection one client's request at a time, and can be reset under it. HTTP/2
// is for those who offer nothing else, unless it is to be offered to all.
func (f *Front) protocols(hello *tls.ClientHelloInfo) []string {
	if f.http2 {
		return []string{"h2", "http/1.1", "http/1.0"}
	}
	if len(hello.SupportedProtos) == 0 || slices.Contains(hello.SupportedProtos, "http/1.1") || slices.Contains(hello.SupportedProtos, "http/1.0") {
		return []string{"http/1.1", "http/1.0"}
	}
	return []string{"h2"}
}

// leafHost is whose certificate a client expects.
func leafHost(serverName string, c *connection) string {
	switch {
	case serverName != "":
		return serverName
	case c.host != "":
		return BareHost(c.host)
	}
	return BareHost(c.raw.LocalAddr().String()) // it asked for an address
}

func (f *Front) trouble(host string, err error) {
	if op := (*net.OpError)(nil); errors.As(err, &op) { // its addresses have another port each time
		err = &net.OpError{Op: op.Op, Err: op.Err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	for i := range f.troubles {
		if t := &f.troubles[i]; t.Host == host && t.Error == err.Error() {
			t.Times++
			return
		}
	}
	if len(f.troubles) < maxTroubles {
		f.troubles = append(f.troubles, Trouble{host, err.Error(), 1})
	}
}

// changed hears from net/http what becomes of connections.
func (f *Front) changed(conn net.Conn, state http.ConnState) {
	f.tap.ConnState(conn, state)
	if c := ownerOf(conn); c != nil && state == http.StateClosed {
		f.forget(c)
	}
}

// serve is what net/http calls with every request.
func (f *Front) serve(w http.ResponseWriter, r *http.Request) {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c == nil { // cannot be: all connections are the queue's
		panic(http.ErrAbortHandler)
	}
	if f.unseen != nil {
		if h := f.unseen(r); h != nil {
			h.ServeHTTP(w, r)
			return
		}
	}
	if r.Method == http.MethodConnect {
		f.tunnel(w, r, c)
		return
	}
	host := cmp.Or(r.Host, c.host)
	if r.URL.IsAbs() { // a proxy's request, RFC 9112 section 3.2.2
		host = r.URL.Host
	}
	if f.unseen == nil && !f.hosts.has(host) {
		f.refuse(w, host)
		return
	}
	r.RemoteAddr = oneAddress(r.RemoteAddr)
	f.tap.ServeHTTP(w, r)
}

// Drain stops listening, closes connections that carry no request, and returns when
// those in progress have ended, or an error when ctx does first.
func (f *Front) Drain(ctx context.Context) error {
	f.mu.Lock()
	for _, l := range f.listeners {
		l.Close()
	}
	f.mu.Unlock()
	return f.server.Shutdown(ctx)
}

// Close stops listening, closes all connections, and returns when Ended has
// been told of every request that arrived. A second call does nothing.
func (f *Front) Close() error {
	if left := f.CloseWithin(patience); left > 0 {
		return fmt.Errorf("%d requests in progress did not end within %v", left, patience)
	}
	return nil
}

// CloseWithin is Close with a time of its own, and returns how many requests it was not
// told of.
func (f *Front) CloseWithin(enough time.Duration) (left int) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return 0
	}
	f.closed = true
	f.tap.end()
	f.end() // before the connections: no client has left whose connection is closed here
	for _, l := range f.listeners {
		l.Close()
	}
	for _, s := range f.sockets {
		s.Close()
	}
	for conn := range f.open {
		conn.Close()
	}
	f.mu.Unlock()
	f.queue.Close()
	f.server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	return f.tap.wait(ctx.Done())
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
