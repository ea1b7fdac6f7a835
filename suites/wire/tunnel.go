package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// refuse answers for a host that is not the venue's.
func (f *Front) refuse(w http.ResponseWriter, host string) {
	f.hosts.count(host)
	http.Error(w, fmt.Sprintf("mbxcheck stands in for the venue alone and passes nothing on: %q is not one of its hosts", BareHost(host)), http.StatusBadGateway)
}

// tunnel answers CONNECT: from now on the client speaks with the host that it
// named, which is this front again.
func (f *Front) tunnel(w http.ResponseWriter, r *http.Request, c *connection) {
	if f.unseen == nil && !f.hosts.has(r.Host) {
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
	inner := &connection{raw: c.raw, tap: f.tap, id: c.id, openedAt: c.openedAt, host: r.Host, tunnel: true}
	go f.receive(inner, &sniffed{Conn: under, first: rest(buffered), owner: inner})
}

// rest is what was read ahead.
func rest(b *bufio.ReadWriter) []byte {
	ahead, _ := b.Reader.Peek(b.Reader.Buffered())
	return bytes.Clone(ahead)
}

// TunnelOf is the host and port of the CONNECT by which a request came to a Front, ""
// if it came by none, and whether it came by TLS.
func TunnelOf(r *http.Request) (host string, secure bool) {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c != nil && c.tunnel {
		host = c.host
	}
	return host, c != nil && c.secure
}

// CountForeign notes in Foreign a host that the front was not asked for, as it is where
// Unseen sees to it.
func (f *Front) CountForeign(host string) { f.hosts.count(host) }
