package serve

import (
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/pires/go-proxyproto"
)

// proxied is a listener behind a load balancer, which says in a preamble for
// whom it opened a connection (HAProxy, "The PROXY protocol", versions 1 and 2).
// Connections without a preamble, or with a broken one, are closed without an
// answer: what they say about themselves can't be believed.
type proxied struct {
	net.Listener
	log *slog.Logger
}

// Accept implements net.Listener. It does not wait for the preamble, which is
// read by whoever asks for the address or reads first, for as long as a header
// may take.
func (l *proxied) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newProxied(conn, l.log), nil
}

func newProxied(conn net.Conn, log *slog.Logger) *proxiedConn {
	return &proxiedConn{log: log, Conn: proxyproto.NewConn(conn,
		proxyproto.WithPolicy(proxyproto.REQUIRE), proxyproto.SetReadHeaderTimeout(headerTimeout))}
}

// proxiedConn is a connection whose preamble is read when it is first used.
type proxiedConn struct {
	*proxyproto.Conn
	log  *slog.Logger
	told sync.Once // that the preamble is broken
}

// Read implements net.Conn. After a broken preamble it is at its end, which a
// server takes in silence.
func (c *proxiedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil || c.ProxyHeader() != nil {
		return n, err
	}
	c.told.Do(func() {
		c.log.Warn("a connection without a PROXY preamble is closed", "peer", c.Raw().RemoteAddr().String(), "error", err)
	})
	return 0, io.EOF
}

// RemoteAddr implements net.Conn: the address that the preamble names, or the
// peer's where it names none of IP, but a local socket.
func (c *proxiedConn) RemoteAddr() net.Addr {
	if _, local := c.Conn.RemoteAddr().(*net.UnixAddr); local {
		return c.Raw().RemoteAddr()
	}
	return c.Conn.RemoteAddr()
}

// NetConn returns the connection below.
func (c *proxiedConn) NetConn() net.Conn { return c.Raw() }
