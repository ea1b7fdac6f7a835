package wire

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Tap is a handler that has another one answer, and sees what passes: the
// messages as they stand on the wire, and the instants between which they came
// and went. It changes nothing. The fields are set before the first request; it
// is safe for concurrent use.
//
// Over a server whose connections it knows (Listener, ConnContext, ConnState) it
// sees requests come. A handler that is called without a connection is called by
// the client itself, which sends at that instant.
type Tap struct {
	Handler http.Handler

	// Clock is what the instants of every Seen are read from, a steady one, and
	// the handler's own.
	Clock func() time.Time

	// Client names who sent a request; nil for the peer's address without a port.
	Client func(*http.Request) string

	// Ending ends when the server ends requests of its own accord; nil if it
	// never does.
	Ending context.Context

	// Arrived hears of every request before it is carried out, Ended when nothing
	// more comes of it. They are called from many goroutines, and what they do
	// delays the client. Either may be nil.
	Arrived, Ended func(*Seen)

	gone      func(*connection) // hears of connections that net/http gave away
	requests  atomic.Int64
	connected atomic.Int64

	mu     sync.Mutex
	live   int           // requests of which Ended has not been told
	ending chan struct{} // closed when live is 0 and no more are let in; nil before the end
}

const (
	// maxBody bounds a request body that is kept: the venue reads none that is
	// longer.
	maxBody = 64 << 10

	// maxAnswer bounds a response body that is kept: the longest of a reference
	// exchange has a megabyte.
	maxAnswer = 8 << 20
)

// Listener gives a server connections that the tap knows, by TLS if a
// configuration is given. A client that names no host asks for the listener's
// address.
func (t *Tap) Listener(l net.Listener, secure *tls.Config) net.Listener {
	return &tapped{Listener: l, tap: t, secure: secure}
}

type tapped struct {
	net.Listener
	tap    *Tap
	secure *tls.Config
}

// Accept implements net.Listener. A handshake is made by who reads first, in the
// time that a request's header has.
func (l *tapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := l.tap.connection(conn)
	c.host = l.Addr().String()
	if l.secure != nil {
		c.Conn, c.secure = tls.Server(conn, l.secure), true
	}
	return c, nil
}

// connection notes a connection that was accepted now.
func (t *Tap) connection(conn net.Conn) *connection {
	return &connection{Conn: conn, raw: conn, tap: t, id: t.connected.Add(1), openedAt: OpenedAt(conn, t.Clock())}
}

// connectionKey marks the connection in a request's context.
type connectionKey struct{}

// ConnContext is to be http.Server's.
func (t *Tap) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, ownerOf(conn))
}

// ConnState is to be http.Server's: over HTTP/1 an exchange ends when net/http is
// done with it.
func (t *Tap) ConnState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*connection)
	switch {
	case !ok || state != http.StateIdle && state != http.StateClosed:
	case c.told:
		c.told = false
	default:
		t.ended(c.end())
	}
}

// enter notes a request in progress, false when the tap ends.
func (t *Tap) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ending != nil {
		return false
	}
	t.live++
	return true
}

func (t *Tap) ended(s *Seen) {
	if s == nil {
		return
	}
	if t.Ended != nil {
		t.Ended(s)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live--; t.live == 0 && t.ending != nil {
		close(t.ending)
	}
}

// isEnding reports whether the server closes connections of its own accord.
func (t *Tap) isEnding() bool { return t.Ending != nil && t.Ending.Err() != nil }

// end lets no further request in.
func (t *Tap) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ending != nil {
		return
	}
	t.ending = make(chan struct{})
	if t.live == 0 {
		close(t.ending)
	}
}

// wait waits until Ended has been told of all requests that came, but not for
// longer than enough, and returns how many are left.
func (t *Tap) wait(enough <-chan struct{}) int {
	select {
	case <-t.ending:
	case <-enough:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live
}

// Close lets no further request in, and waits until Ended has been told of those
// that came, but not for longer than enough. It returns how many are left. A fault
// that resets a connection has taken it from net/http, whose Shutdown does not
// wait for its handler then.
func (t *Tap) Close(enough <-chan struct{}) (left int) {
	t.end()
	return t.wait(enough)
}

// ServeHTTP implements http.Handler.
func (t *Tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.enter() {
		panic(http.ErrAbortHandler)
	}
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	s := t.begin(r, c)
	o := &observed{Written: Written{ResponseWriter: w}, tap: t, seen: s, conn: c}
	whole := false
	defer func() { o.leave(r, whole) }() // faults end a request by a panic
	// A request of its own: net/http looks at the body of the one that it made
	// to decide whether to read what nobody read.
	own := r.WithContext(context.WithValue(r.Context(), seenKey{}, s))
	if own.Body, s.RequestAt = s.read(r), s.HeaderAt; own.Body != r.Body {
		s.RequestAt = t.Clock()
	}
	own.Trailer = r.Trailer // which stands behind the body
	if t.Arrived != nil {
		t.Arrived(s)
	}
	if c != nil {
		c.answer()
	}
	t.Handler.ServeHTTP(o, own)
	whole = true
}

// begin notes a request whose header is whole.
func (t *Tap) begin(r *http.Request, c *connection) *Seen {
	s := &Seen{Number: t.requests.Add(1), Proto: r.Proto, Method: r.Method, HeaderAt: t.Clock()}
	if t.Client != nil {
		s.Client = t.Client(r)
	} else {
		s.Client = BareHost(r.RemoteAddr)
	}
	host, secure := r.Host, r.TLS != nil
	if c != nil {
		c.begin(s, r)
		if secure = c.secure; host == "" {
			host = c.host
		}
	}
	if r.URL.IsAbs() { // a proxy's request, RFC 9112 section 3.2.2
		host, secure = r.URL.Host, r.URL.Scheme == "https"
	}
	scheme, host := Origin(secure, host) // the host that the client believes in
	s.TLS, s.URL = secure, scheme+"://"+host+r.URL.RequestURI()
	if s.FirstByteAt.IsZero() { // one of many on a connection, or nobody saw it come
		s.FirstByteAt = s.HeaderAt
	}
	if !s.InOrder {
		s.Header = byName(r)
	}
	return s
}

// byName lists the fields that net/http keeps, and those that it takes out of
// them, by name: their order is lost.
func byName(r *http.Request) traffic.Header {
	list := traffic.Header{{Name: "Host", Value: r.Host}}
	if r.ContentLength > 0 && r.Header.Get("Content-Length") == "" {
		list = append(list, traffic.Field{Name: "Content-Length", Value: itoa(r.ContentLength)})
	}
	return append(list, traffic.HeaderOf(r.Header)...)
}

// seenKey marks what is seen of a request in its context.
type seenKey struct{}

// SeenOf is what is seen of a request that the handler of a Tap was given; nil
// of any other. It may be kept, and compared with what Ended hears of.
func SeenOf(r *http.Request) *Seen {
	s, _ := r.Context().Value(seenKey{}).(*Seen)
	return s
}

// read takes in a request body before anybody acts upon it, so that the instant
// at which the request was whole is known. One that says that it is longer than
// is kept is left to the handler, which may refuse it unread.
func (s *Seen) read(r *http.Request) io.ReadCloser {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return r.Body
	}
	if r.ContentLength > maxBody {
		s.BodyCut = true
		return r.Body
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	s.Body, s.BodyCut = data[:min(len(data), maxBody)], len(data) > maxBody || err != nil
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(data), rest), r.Body}
}

// failing is a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Written is a response as a handler writes it.
type Written struct {
	http.ResponseWriter
	Status int   // 0 until it is written
	Length int64 // of the body, in bytes
}

// Unwrap lets http.ResponseController find the connection.
func (w *Written) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *Written) WriteHeader(status int) {
	w.Status = cmp.Or(w.Status, status)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *Written) Write(p []byte) (int, error) {
	w.Status = cmp.Or(w.Status, http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.Length += int64(n)
	return n, err
}

// observed is the response to an exchange.
type observed struct {
	Written
	tap      *Tap
	seen     *Seen
	conn     *connection // nil where the client called the handler
	hijacked bool
}

// Write implements http.ResponseWriter.
func (o *observed) Write(p []byte) (int, error) {
	n, err := o.Written.Write(p)
	if o.seen.Method == http.MethodHead { // of which net/http sends nothing on
		return n, err
	}
	kept := min(n, maxAnswer-len(o.seen.ResponseBody))
	o.seen.ResponseBody = append(o.seen.ResponseBody, p[:kept]...)
	o.seen.ResponseCut = o.seen.ResponseCut || kept < n
	return n, err
}

// Hijack implements http.Hijacker for faults that drop the connection. Over
// HTTP/2 they drop it as well, whatever else is on it.
func (o *observed) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	o.seen.EndedAt = o.tap.Clock()
	conn, buffered, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil && o.conn == nil {
		return nil, nil, err
	}
	if err != nil {
		conn, buffered = o.conn.raw, bufio.NewReadWriter(bufio.NewReader(o.conn.raw), bufio.NewWriter(o.conn.raw))
	}
	o.hijacked = true
	return conn, buffered, nil
}

// complete reports a response that is all written, and says so. It can be handed
// over before net/http is done with the request.
func (o *observed) complete() bool {
	return o.Status != 0 && o.Header().Get("Content-Length") == itoa(o.Length)
}

// leave notes how the handler left a request. Over HTTP/1 the exchange ends with a
// complete response, or when net/http is done with it, which it tells ConnState,
// unless it has given the connection away.
func (o *observed) leave(r *http.Request, whole bool) {
	s, t := o.seen, o.tap
	s.ClientLeft = r.Context().Err() != nil && !o.hijacked && !t.isEnding()
	if !whole || o.hijacked {
		s.End = CutShort // or Unanswered, if nothing was written
		if s.EndedAt.IsZero() {
			s.EndedAt = t.Clock()
		}
	}
	switch {
	case o.conn == nil || r.ProtoMajor != 1:
		o.leaveStream(whole)
	case o.hijacked:
		o.conn.hijacked = true // of this goroutine's alone by now
		t.ended(o.conn.end())
		if t.gone != nil {
			t.gone(o.conn)
		}
	case whole && o.complete():
		// What Ended does must not delay the answer, nor come between net/http and
		// the next request.
		_ = http.NewResponseController(o.ResponseWriter).Flush() // whoever has gone does not wait
		t.ended(o.conn.end())
		o.conn.told = true
	}
}

// leaveStream ends an exchange over HTTP/2, where many share a connection, or one
// without a connection.
func (o *observed) leaveStream(whole bool) {
	s, t := o.seen, o.tap
	switch {
	case o.Status == 0 && (!whole || o.conn == nil) || o.hijacked:
		s.End = Unanswered
	case whole:
		s.End, s.EndedAt = Answered, t.Clock()
	}
	if s.End == Answered && o.conn != nil {
		_ = http.NewResponseController(o.ResponseWriter).Flush() // whoever has gone does not wait
	}
	if s.EndedAt.IsZero() {
		s.EndedAt = t.Clock()
	}
	if s.End != Unanswered {
		s.Status, s.ResponseHeader, s.AnswerAt = max(o.Status, http.StatusOK), traffic.HeaderOf(o.Header()), s.EndedAt
	}
	s.Lost = s.lost(o.hijacked)
	t.ended(s)
}
