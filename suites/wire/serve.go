package wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// serve is what net/http calls with every request.
func (f *Front) serve(w http.ResponseWriter, r *http.Request) {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c == nil { // cannot be: all connections are the queue's
		panic(http.ErrAbortHandler)
	}
	if r.Method == http.MethodConnect {
		f.tunnel(w, r, c)
		return
	}
	host, secure := r.Host, c.secure
	if r.URL.IsAbs() { // a proxy's request, RFC 9112 section 3.2.2
		host, secure = r.URL.Host, r.URL.Scheme == "https"
	} else if c.host != "" && host == "" {
		host = c.host
	}
	if !f.hosts.has(host) {
		f.refuse(w, host)
		return
	}
	f.observe(w, r, c, believed(secure, host, r.URL.RequestURI()))
}

// refuse answers for a host that is not the venue's.
func (f *Front) refuse(w http.ResponseWriter, host string) {
	f.hosts.count(host)
	http.Error(w, fmt.Sprintf("mbxcheck stands in for the venue alone and passes nothing on: %q is not one of its hosts", bareHost(host)), http.StatusBadGateway)
}

// tunnel answers CONNECT: from now on the client speaks with the host that it
// named, which is this front again.
func (f *Front) tunnel(w http.ResponseWriter, r *http.Request, c *connection) {
	if !f.hosts.has(r.Host) {
		f.refuse(w, r.Host)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 to a proxy
		http.Error(w, "mbxcheck takes CONNECT over HTTP/1.1 only", http.StatusNotImplemented)
		return
	}
	under := conn
	if outer, ok := conn.(*connection); ok {
		under = outer.Conn // free of the watch on the tunnel itself
	}
	if _, err := io.WriteString(under, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		c.raw.Close()
		f.forget(c)
		return
	}
	inner := &connection{raw: c.raw, front: f, id: c.id, openedAt: c.openedAt, host: r.Host}
	go f.receive(inner, &sniffed{Conn: under, first: rest(buffered), owner: inner})
}

// rest is what was read ahead.
func rest(b *bufio.ReadWriter) []byte {
	ahead, _ := b.Reader.Peek(b.Reader.Buffered())
	return bytes.Clone(ahead)
}

// observe has a request for the venue carried out and notes what becomes of it.
func (f *Front) observe(w http.ResponseWriter, r *http.Request, c *connection, url string) {
	s := c.begin(r, url)
	if !f.enter(s) {
		panic(http.ErrAbortHandler)
	}
	o := &observed{ResponseWriter: w, seen: s, conn: c}
	whole := false
	defer func() { o.leave(r, whole) }() // faults end a request by a panic
	// A request of its own: net/http looks at the body of the one that it made
	// to decide whether to read what nobody read.
	own := r.WithContext(context.WithValue(r.Context(), seenKey{}, s))
	own.RemoteAddr = s.Remote
	if r.Body != nil && r.Body != http.NoBody {
		own.Body = f.read(s, r.Body)
	}
	s.RequestAt = f.now()
	if f.config.Arrived != nil {
		f.config.Arrived(s)
	}
	c.answer()
	f.config.Handler.ServeHTTP(o, own)
	whole = true
}

// seenKey marks what is seen of a request in its context.
type seenKey struct{}

// SeenOf is what is seen of a request that the handler of a Front was given; nil
// of any other. It may be kept, and compared with what Config.Ended hears of.
func SeenOf(r *http.Request) *Seen {
	s, _ := r.Context().Value(seenKey{}).(*Seen)
	return s
}

// read takes in a request body before anybody acts upon it, so that the instant
// at which the request was whole is known.
func (f *Front) read(s *Seen, body io.ReadCloser) io.ReadCloser {
	data, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	s.Body, s.BodyCut = data[:min(len(data), maxBody)], len(data) > maxBody || err != nil
	again := io.Reader(bytes.NewReader(data))
	if err == nil {
		again = io.MultiReader(again, body)
	} else {
		again = io.MultiReader(again, failing{err})
	}
	return struct {
		io.Reader
		io.Closer
	}{again, body}
}

// failing is a body that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// observed is a response as the venue writes it.
type observed struct {
	http.ResponseWriter
	seen     *Seen
	conn     *connection
	status   int
	hijacked bool
}

// Unwrap lets http.ResponseController find the connection.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (o *observed) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (o *observed) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	kept := min(n, maxAnswer-len(o.seen.ResponseBody))
	o.seen.ResponseBody = append(o.seen.ResponseBody, p[:kept]...)
	o.seen.ResponseCut = o.seen.ResponseCut || kept < n
	return n, err
}

// Hijack implements http.Hijacker for faults that drop the connection. Over
// HTTP/2 they drop it as well, whatever else is on it.
func (o *observed) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	o.seen.EndedAt = o.conn.front.now()
	conn, buffered, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		conn, buffered = o.conn.raw, bufio.NewReadWriter(bufio.NewReader(o.conn.raw), bufio.NewWriter(o.conn.raw))
	}
	o.hijacked = true
	return conn, buffered, nil
}

// leave notes how the venue left a request. Over HTTP/1 the exchange ends when
// net/http is done with it, which it tells Front.changed, unless it has given
// the connection away.
func (o *observed) leave(r *http.Request, whole bool) {
	s, f := o.seen, o.conn.front
	s.ClientLeft = r.Context().Err() != nil && f.ending.Err() == nil && !o.hijacked
	if !whole || o.hijacked {
		s.End = CutShort // or Unanswered, if nothing was written
		if s.EndedAt.IsZero() {
			s.EndedAt = f.now()
		}
	}
	if r.ProtoMajor == 1 {
		if o.hijacked {
			o.conn.hijacked = true // of this goroutine's alone by now
			f.ended(o.conn.end())
			f.forget(o.conn)
		}
		return
	}
	o.leaveStream(whole)
}

// leaveStream ends an exchange over HTTP/2, where many share a connection.
func (o *observed) leaveStream(whole bool) {
	s, f := o.seen, o.conn.front
	switch {
	case !whole && o.status == 0 || o.hijacked:
		s.End = Unanswered
	case whole:
		s.End, s.EndedAt = Answered, f.now()
		_ = http.NewResponseController(o.ResponseWriter).Flush()
	}
	if s.End != Unanswered {
		s.Status, s.ResponseHeader, s.AnswerAt = max(o.status, http.StatusOK), traffic.HeaderOf(o.Header()), s.EndedAt
	}
	s.Lost = s.lost(o.hijacked)
	f.ended(s)
}
