package wire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxHeader bounds a request's header, as the venue's own server does: the
// longest query documented is under two kilobytes.
const maxHeader = 16 << 10

// maxHead bounds what is kept of either direction to read header fields from:
// net/http allows 4096 bytes beyond its limit.
const maxHead = maxHeader + 4096

// connection is a client's connection, free of TLS, and watches what goes over
// it. Net/http reads and writes it from several goroutines.
type connection struct {
	net.Conn
	raw      net.Conn
	tap      *Tap
	id       int64
	openedAt time.Time
	host     string // for requests that name none: a CONNECT's, or the listener's
	tunnel   bool   // it was a CONNECT's
	secure   bool
	told     bool // the request that net/http is still at has ended; its goroutine's alone

	mu        sync.Mutex
	in        inbound
	answering bool
	answered  []byte // written while answering
	firstSent time.Time
	lastSent  time.Time
	failed    bool // a write failed
	left      bool // one failed before the server ended: the client has gone
	hijacked  bool // a fault took the connection away
	current   *Seen
	carried   int
	readUntil time.Time // when the answer before was handed over
}

// NetConn is what the connection stands on.
func (c *connection) NetConn() net.Conn { return c.Conn }

// Read implements net.Conn.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && c.secure {
		tellPlain(err)
	}
	if n > 0 {
		now := c.tap.Clock()
		c.mu.Lock()
		c.in.add(p[:n], len(p) == 1, now)
		c.mu.Unlock()
	}
	return n, err
}

// Close implements net.Conn. Whoever took the connection from net/http ends it so.
func (c *connection) Close() error {
	if c.tap.gone != nil {
		c.tap.gone(c)
	}
	return c.Conn.Close()
}

// tellPlain tells a client that speaks plain HTTP to a port of TLS what is wrong,
// as net/http does on connections of its own.
func tellPlain(err error) {
	var plain tls.RecordHeaderError
	if !errors.As(err, &plain) || plain.Conn == nil {
		return
	}
	if first := plain.RecordHeader[0]; 'A' <= first && first <= 'Z' { // a method
		_, _ = io.WriteString(plain.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
}

// Write implements net.Conn. The instant is taken before the bytes are handed
// over: the client cannot have read them earlier.
func (c *connection) Write(p []byte) (int, error) {
	now := c.tap.Clock()
	c.mu.Lock()
	if c.answering {
		if c.firstSent.IsZero() {
			c.firstSent = now
		}
		c.lastSent = now
		c.answered = append(c.answered, p[:min(len(p), maxHead-len(c.answered))]...)
	}
	c.mu.Unlock()
	n, err := c.Conn.Write(p)
	if err != nil {
		c.mu.Lock()
		c.failed, c.left = true, c.left || !c.tap.isEnding()
		c.mu.Unlock()
	}
	return n, err
}

// begin notes of a request whose header is whole what the connection shows.
func (c *connection) begin(s *Seen, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Connection, s.Before, s.OpenedAt = c.id, c.carried, c.openedAt
	if c.carried++; s.Before > 0 {
		s.freeAt = c.openedAt // if many share it, or nobody waits for answers
	}
	if r.ProtoMajor != 1 {
		return
	}
	c.current = s
	c.in.measure(r.ContentLength)
	s.Header, s.InOrder = requestHead(c.in.text, r.Method, r.RequestURI)
	if c.in.astray {
		return
	}
	s.cameFrom, s.FirstByteAt = c.in.first.from, c.in.first.at
	if s.Before > 0 && !c.readUntil.IsZero() && !s.FirstByteAt.Before(c.readUntil) {
		s.freeAt = c.readUntil
	}
}

// answer says that what is written from now on is the response.
func (c *connection) answer() {
	c.mu.Lock()
	c.answering = true
	c.mu.Unlock()
}

// end completes the exchange in progress, if there is one, and makes ready for
// the next. Net/http has handed everything to the kernel by then.
func (c *connection) end() *Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.current
	if s != nil {
		c.complete(s)
	}
	c.current, c.answering = nil, false
	c.in.next()
	c.answered, c.firstSent, c.lastSent = c.answered[:0], time.Time{}, time.Time{}
	return s
}

func (c *connection) complete(s *Seen) {
	s.AnswerAt = c.firstSent
	s.ClientLeft = s.ClientLeft || c.left
	c.readUntil = time.Time{}
	if status, list, ok := responseHead(c.answered); ok {
		s.Status, s.ResponseHeader = status, list
	}
	switch {
	case c.firstSent.IsZero():
		s.End, s.Status, s.ResponseHeader, s.ResponseBody = Unanswered, 0, nil, nil
	case s.End == 0 && c.failed:
		s.End = CutShort
	case s.End == 0:
		s.End, s.EndedAt, c.readUntil = Answered, c.lastSent, c.lastSent
	}
	if s.EndedAt.IsZero() {
		s.EndedAt = c.tap.Clock()
	}
	s.Lost = s.lost(c.hijacked)
}

// oneAddress gives the client, which is one, one address whichever of this
// machine's own it comes from: the venue counts by address.
func oneAddress(remote string) string {
	if port, ok := strings.CutPrefix(remote, "[::1]:"); ok {
		return "127.0.0.1:" + port
	}
	return remote
}

// sniffed is a connection with its first bytes put back.
type sniffed struct {
	net.Conn
	first []byte
	owner *connection
}

// NetConn is what the connection stands on.
func (s *sniffed) NetConn() net.Conn { return s.Conn }

// Read implements net.Conn.
func (s *sniffed) Read(p []byte) (int, error) {
	if len(s.first) > 0 {
		n := copy(p, s.first)
		s.first = s.first[n:]
		return n, nil
	}
	return s.Conn.Read(p)
}

// ownerOf finds the watched connection of what net/http was given.
func ownerOf(conn net.Conn) *connection {
	switch c := conn.(type) {
	case *connection:
		return c
	case *tls.Conn:
		if s, ok := c.NetConn().(*sniffed); ok {
			return s.owner
		}
	}
	return nil
}

// head reports whether the bytes may be those of a TLS record that begins a
// handshake (RFC 8446 section 5.1).
func head(first []byte) bool { return bytes.HasPrefix(first, []byte{0x16}) }
