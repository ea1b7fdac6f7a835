package gateway

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestPassesBytesAsTheyCame holds what arrives against what was sent, byte for byte, but
// for the order of fields, the Host, and the case of Content-Length where there is no
// body.
func TestPassesBytesAsTheyCame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ request, answer string }{
		"no field added":       {"GET /api/v1/ping HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"query as it stands":   {"GET /api/v3/order?b=2&a=1&a=%zz;c=3&&=&d HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"empty query":          {"GET /api/v1/ping? HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"question marks":       {"GET /api/v1/ping??x? HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"path as it stands":    {"GET /api//v1/../%7eping/%2F/\"x\"/./ HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"names as spelt":       {"GET / HTTP/1.1\r\nHost: H\r\nX-MBX-APIKEY: k\r\naccept: a\r\nx-One: 1\r\nx-One: 2\r\nUser-Agent: u\r\n\r\n", okAnswer},
		"forwarded fields":     {"GET / HTTP/1.1\r\nHost: H\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: h\r\nX-Forwarded-Proto: https\r\n\r\n", okAnswer},
		"coding asked for":     {"GET / HTTP/1.1\r\nHost: H\r\nAccept-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"},
		"POST, body":           {"POST /api/v3/order HTTP/1.1\r\nHost: H\r\nContent-Length: 9\r\nContent-Type: text/odd\r\n\r\na=1&a=%zz", okAnswer},
		"POST without length":  {"POST /api/v3/order?a HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"POST of length 0":     {"POST /api/v3/order?a HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\n\r\n", okAnswer},
		"DELETE of length 0":   {"DELETE /api/v3/order?a HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\n\r\n", okAnswer},
		"GET of length 0":      {"GET /?a HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\n\r\n", okAnswer},
		"GET, body":            {"GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\n\r\na=1", okAnswer},
		"DELETE, body":         {"DELETE /api/v3/order HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\n\r\na=1", okAnswer},
		"PUT":                  {"PUT /api/v1/userDataStream HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"OPTIONS *":            {"OPTIONS * HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"TRACE":                {"TRACE / HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"a method of its own":  {"brew / HTTP/1.1\r\nHost: H\r\n\r\n", okAnswer},
		"chunks and trailer":   {"POST / HTTP/1.1\r\nHost: H\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\nX-Sum: 7\r\n\r\n", okAnswer},
		"answer in chunks":     {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
		"no chunk":             {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		"trailer of an answer": {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 7\r\n\r\n"},
		"HEAD":                 {"HEAD / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
		"204":                  {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
		"304":                  {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n"},
		"a redirect":           {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://elsewhere/\r\n\r\n"},
		"date and server":      {"GET / HTTP/1.1\r\nHost: H\r\n\r\n", "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\nDate: Sat, 20 Jul 2019 10:00:10 GMT\r\nServer: nginx\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Mbx-Used-Weight: 7\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVenue(t, always(c.answer))
			g := start(t, v, nil)
			_, got := dial(t, g).ask(t, c.request)
			arrived := v.requests()
			if len(arrived) != 1 {
				t.Fatalf("expected one request to arrive, found %q", arrived)
			}
			same(t, "request", strings.Replace(c.request, "Host: H", "Host: "+v.Addr().String(), 1), strings.Replace(arrived[0], "content-length: 0", "Content-Length: 0", 1))
			same(t, "answer", c.answer, got)
		})
	}
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	first, fields, body := lines(want)
	gotFirst, gotFields, gotBody := lines(got)
	if first != gotFirst || !slices.Equal(fields, gotFields) || body != gotBody {
		t.Errorf("expected the %s\n%q\nfound\n%q", what, want, got)
	}
}

// TestOfOneConnectionAlone: what is of a connection is not passed on, and what names it
// with it.
func TestOfOneConnectionAlone(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n"))
	_, got := dial(t, start(t, v, nil)).ask(t, "GET / HTTP/1.1\r\nHost: H\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\n")
	same(t, "request", "GET / HTTP/1.1\r\nHost: "+v.Addr().String()+"\r\n\r\n", v.requests()[0])
	same(t, "answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", got)
}

// TestNothingIsSentTwice: on a connection that has carried a request, where net/http
// would send again what is lost, each request arrives once, and the client has an answer
// that says who made it.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "POST", "PUT"} {
		for _, rest := range []string{"\r\n", "Content-Length: 0\r\n\r\n", "Content-Length: 3\r\n\r\na=1", "Idempotency-Key: 1\r\n\r\n", "X-Idempotency-Key: 1\r\nContent-Length: 0\r\n\r\n", "Idempotency-Key: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n"} {
			for how, lose := range map[string]func(net.Conn){"reset": reset, "closed": func(conn net.Conn) { conn.Close() }} {
				t.Run(fmt.Sprint(method, " ", rest, how), func(t *testing.T) {
					t.Parallel()
					onceEach(t, lose, method+" /lost HTTP/1.1\r\nHost: H\r\n"+rest)
				})
			}
		}
	}
}

func onceEach(t *testing.T, lose func(net.Conn), request string) {
	var warm net.Conn
	v := newVenue(t, func(v *venue, conn net.Conn, text string) bool {
		if strings.Contains(text, "/warm") {
			warm = conn
			io.WriteString(conn, okAnswer)
			return true
		}
		if conn != warm {
			t.Error("expected the request on the connection that was used before")
		}
		lose(conn)
		return false
	})
	c := dial(t, start(t, v, nil))
	c.ask(t, "GET /warm HTTP/1.1\r\nHost: H\r\n\r\n")
	resp, _ := c.ask(t, request)
	if got := v.requests(); len(got) != 2 {
		t.Errorf("expected the request to arrive once, found %q", got[1:])
	}
	if resp.StatusCode != http.StatusBadGateway || resp.Header.Get(Mark) == "" {
		t.Errorf("expected a 502 of the gateway's own, found %d %v", resp.StatusCode, resp.Header)
	}
}

// TestRefusesWhatItWouldChange: the gateway is no proxy for any host.
func TestRefusesWhatItWouldChange(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always(okAnswer))
	for _, target := range []string{"CONNECT example.com:443", "GET http://example.com/", "GET //api/v1/ping"} {
		resp, _ := dial(t, start(t, v, nil)).ask(t, target+" HTTP/1.1\r\nHost: H\r\n\r\n")
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get(Mark) == "" {
			t.Errorf("%s: expected a 400 of the gateway's own, found %d", target, resp.StatusCode)
		}
	}
	if got := v.requests(); len(got) > 0 {
		t.Errorf("expected nothing to arrive, found %q", got)
	}
}

// TestUpgradePasses: after 101 both sides speak as they like.
func TestUpgradePasses(t *testing.T) {
	t.Parallel()
	v := newVenue(t, func(_ *venue, conn net.Conn, _ string) bool {
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, conn)
		return false
	})
	g := start(t, v, nil)
	c := dial(t, g)
	io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: H\r\nConnection: keep-alive, upgrade\r\nUpgrade: echo\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	io.WriteString(c, "hello")
	got := make([]byte, 5)
	if _, err := io.ReadFull(c.in, got); err != nil || string(got) != "hello" {
		t.Errorf("expected hello, found %q, %v", got, err)
	}
	c.Close()
	if o, err := g.Close(); err != nil || o.Upgraded != 1 || o.Exchanges != 0 {
		t.Errorf("expected one upgrade and no exchange, found %+v, %v", o, err)
	}
}

// TestHTTP2IsNoOtherProtocol: clients that offer to go on in HTTP/2 with each request, as
// Java's does, are judged, and their offer, which is of one connection, does not go on.
func TestHTTP2IsNoOtherProtocol(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always(okAnswer))
	g := start(t, v, nil)
	_, got := dial(t, g).ask(t, "GET /api/v1/ping HTTP/1.1\r\nHost: H\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: h2c\r\n\r\n")
	same(t, "request", "GET /api/v1/ping HTTP/1.1\r\nHost: "+v.Addr().String()+"\r\n\r\n", v.requests()[0])
	same(t, "answer", okAnswer, got)
	if o, err := g.Close(); err != nil || o.Upgraded != 0 || o.Exchanges != 1 {
		t.Errorf("expected one exchange and no upgrade, found %+v, %v", o, err)
	}
}
