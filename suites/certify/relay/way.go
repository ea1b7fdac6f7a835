package relay

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// way is how the client comes to the venue. A reverse proxy is taken for the venue;
// a forward one is told by each request where that is or, where the venue speaks TLS,
// by CONNECT once for a connection, of which it opens what goes through.
type way struct {
	proxy  string      // where it listens, HOST:PORT
	venue  string      // HOST:PORT, of a forward proxy alone; "" of a reverse one
	tunnel *tls.Config // trusts who the proxy is in the venue's place; nil without CONNECT
}

// host is whom requests are for.
func (w *way) host() string {
	if w.venue == "" {
		return w.proxy
	}
	return w.venue
}

// before is what stands before the target in a request's URL.
func (w *way) before() string {
	if w.tunnel != nil {
		return "https://" + w.host()
	}
	return "http://" + w.host()
}

// form is what stands before the target in a request's line: a proxy that is told
// of no tunnel is told the whole URL (RFC 9112 section 3.2.2).
func (w *way) form() string {
	if w.venue == "" || w.tunnel != nil {
		return ""
	}
	return w.before()
}

// connect opens a connection unless one is open, at its other end too: what is sent on
// one that the proxy has closed is lost before anybody could have passed it on.
func (c *client) connect() error {
	if c.conn != nil && c.isOpen() {
		return nil
	}
	c.close()
	conn, err := net.DialTimeout("tcp", c.proxy, c.waits)
	if err != nil {
		return fmt.Errorf("it takes no connection: %w", err)
	}
	if c.tunnel != nil {
		conn.SetDeadline(time.Now().Add(c.waits))
		if conn, err = c.tunnelled(conn); err != nil {
			return err
		}
	}
	c.conn, c.reader = conn, bufio.NewReader(conn)
	return nil
}

// looks is how long the client looks whether a connection was closed, for what has come
// by then.
const looks = time.Millisecond

// isOpen reports whether the proxy has neither closed the connection nor sent on it what
// nobody asked for.
func (c *client) isOpen() bool {
	c.conn.SetReadDeadline(time.Now().Add(looks))
	_, err := c.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// tunnelled has a connection to the proxy lead on to the venue, by TLS.
func (c *client) tunnelled(conn net.Conn) (net.Conn, error) {
	fmt.Fprintf(conn, "CONNECT %[1]s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", c.venue)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("expected 200, found %s", resp.Status)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("it opens no tunnel to %s by CONNECT: %w", c.venue, err)
	}
	secure := tls.Client(conn, c.tunnel) // nobody but the client speaks first, so that nothing waits in the reader
	if err := secure.Handshake(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("it is not trusted in the place of %s by what --ca names: %w", c.venue, err)
	}
	return secure, nil
}
