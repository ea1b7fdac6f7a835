package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// way is where a request goes, and how.
type way struct {
	to     *url.URL // scheme and host; the gateway's upstream itself where that stands for it
	host   string   // that the client asked for, "" where it asked for the gateway
	named  bool     // it is judged
	status int      // of the refusal
	why    string   // it is refused, "" if it is not
}

// wayOf finds out where a request is to go.
//
//	by a tunnel to a host that was named   to that host, whichever of those Host names
//	GET http://host/path                   to that host
//	GET /path                              upstream, or to the Host if it was named
func (g *Gateway) wayOf(r *http.Request) way {
	tunnel, secure := wire.TunnelOf(r)
	switch {
	case tunnel != "" && r.Host != "" && !g.isNamed(r.Host):
		return way{status: http.StatusMisdirectedRequest, why: "it came by a connection to a host that is judged, and asks for one that is not"}
	case tunnel != "":
		return g.wayTo(secure, tunnel)
	case r.URL.IsAbs() && len(g.hosts) > 0 && r.URL.Host != g.address:
		if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
			return way{status: http.StatusBadRequest, why: "its target is no URL of http or https"}
		}
		return g.wayTo(r.URL.Scheme == "https", r.URL.Host)
	case r.URL.IsAbs() && len(g.hosts) == 0:
		return way{status: http.StatusBadRequest, why: "it asks for a proxy to any host, and this one stands before one venue: expected a path"}
	case g.upstream != nil:
		return way{to: g.upstream, named: true}
	case g.isNamed(r.Host) && !r.URL.IsAbs():
		return g.wayTo(secure, r.Host)
	}
	return way{status: http.StatusBadRequest, why: "it asks this proxy for a page: expected a request for another host"}
}

// wayTo is the way to a host that the client asked for.
func (g *Gateway) wayTo(secure bool, host string) way {
	scheme, host := wire.Origin(secure, host)
	to := way{to: &url.URL{Scheme: scheme, Host: host}, host: host, named: g.isNamed(host)}
	if to.named && g.upstream != nil {
		to.to = g.upstream
	}
	return to
}

func (g *Gateway) isNamed(host string) bool { return slices.Contains(g.hosts, wire.BareHost(host)) }

// unseen is who answers a request that is not to be seen, nil for one that is.
func (g *Gateway) unseen(r *http.Request) http.Handler {
	if r.Method == http.MethodConnect && len(g.hosts) > 0 {
		if g.isNamed(r.Host) {
			return nil
		}
		return http.HandlerFunc(g.tunnel)
	}
	to, path := g.wayOf(r), pathOf(r)
	switch {
	case to.why == "" && r.Method == http.MethodConnect:
		to = way{status: http.StatusBadRequest, why: "it asks for a proxy to any host, and this one stands before one venue: expected a path"}
	case to.why == "" && strings.HasPrefix(path, "//"):
		to = way{status: http.StatusBadRequest, why: "its target begins with two slashes, which can't be sent as it stands: expected one"}
	case to.why == "" && path != "*" && !strings.HasPrefix(path, "/"):
		to = way{status: http.StatusBadRequest, why: "its target is none: expected a path"}
	}
	switch {
	case to.why != "":
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, to.status, to.why, nil) })
	case !to.named:
		g.front.CountForeign(to.host)
		return g.proxy
	case upgrades(r):
		g.upgraded.Add(1)
		return http.HandlerFunc(g.upgrade)
	}
	return nil
}

// pathOf is the target of a request as an origin server is asked for it, and as it came.
func pathOf(r *http.Request) string {
	if !r.URL.IsAbs() {
		return r.RequestURI
	}
	_, rest, _ := strings.Cut(r.RequestURI, "://")
	i := strings.IndexAny(rest, "/?#")
	switch {
	case i < 0:
		return "/"
	case rest[i] != '/':
		return "/" + rest[i:]
	}
	return rest[i:]
}

// tunnel joins a client with the host that its CONNECT names, and sees nothing of what
// they say.
func (g *Gateway) tunnel(w http.ResponseWriter, r *http.Request) {
	g.front.CountForeign(r.Host)
	ctx, cancel := context.WithTimeout(r.Context(), dialTimeout)
	defer cancel()
	far, err := new(net.Dialer).DialContext(ctx, "tcp", r.Host)
	if err != nil {
		answer(w, http.StatusBadGateway, "there is no way to the host that was asked for", err)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 to a proxy
		answer(w, http.StatusNotImplemented, "CONNECT is taken over HTTP/1.1 only", nil)
		return
	}
	defer near.Close()
	_ = near.SetDeadline(time.Time{}) // net/http's, for a header
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		return
	}
	defer context.AfterFunc(g.ending, func() { far.Close() })()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(far, buffered.Reader)
		_ = far.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(near, far)
	halfClose(near)
	_ = near.SetReadDeadline(time.Now().Add(clientIdle)) // it need not say that it has read all
	<-done
}

// halfClose says that nothing more is written to a connection, which may be read on.
func halfClose(conn net.Conn) {
	for {
		if tcp, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = tcp.CloseWrite()
			return
		}
		under, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		conn = under.NetConn()
	}
}
