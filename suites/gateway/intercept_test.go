package gateway

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// authority is a CA, and a pool that holds it.
func authority(t testing.TB, hosts ...string) (*wire.Authority, *x509.CertPool) {
	t.Helper()
	ca, err := wire.NewAuthority(time.Now(), hosts...)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.PEM())
	return ca, pool
}

// hop is a gateway that intercepts, and what a client and a test know of it.
type hop struct {
	*Gateway
	venue  *venue
	trusts *x509.CertPool // of the client, for whom is judged
	real   *x509.CertPool // what the venue's certificate is signed by
	asked  string         // HOST:PORT of the venue, by a name that it is judged under
}

// intercepting runs a gateway that judges localhost, before a venue that speaks TLS.
func intercepting(t testing.TB, answer func(*venue, net.Conn, string) bool, change func(*Config)) *hop {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	theirs, real := authority(t)
	secure := tls.NewListener(l, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName == "" {
			return theirs.Leaf("127.0.0.1")
		}
		return theirs.Leaf(hello.ServerName)
	}})
	ours, trusts := authority(t, "localhost", "api.binance.com")
	v := venueAt(t, secure, answer)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	h := &hop{venue: v, trusts: trusts, real: real, asked: "localhost:" + port}
	h.Gateway = start(t, v, func(c *Config) {
		c.Upstream, c.Roots, c.Hosts, c.Authority = nil, real, []string{"LOCALHOST.", "api.binance.com"}, ours
		if change != nil {
			change(c)
		}
	})
	return h
}

// connect asks for a tunnel, and returns what stands behind it.
func (h *hop) connect(t testing.TB, host string) *client {
	t.Helper()
	c := dial(t, h.Gateway)
	io.WriteString(c, "CONNECT "+host+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
	if resp, err := http.ReadResponse(c.in, nil); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("expected a tunnel to %s, found %v, %v", host, resp, err)
	}
	return newClient(c.Conn)
}

// secured speaks TLS by a tunnel.
func (h *hop) secured(t testing.TB, host string, c *tls.Config) (*client, error) {
	t.Helper()
	secure := tls.Client(h.connect(t, host).Conn, c)
	return newClient(secure), secure.Handshake()
}

// judged is a client by HTTP/1.1, behind a tunnel to the venue.
func (h *hop) judged(t testing.TB) *client {
	t.Helper()
	c, err := h.secured(t, h.asked, &tls.Config{ServerName: "localhost", RootCAs: h.trusts})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// client is one of net/http, by HTTP/2 where it is offered.
func (h *hop) client(trusts *x509.CertPool) *http.Client {
	proxy, _ := url.Parse(h.URL())
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: trusts}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

// TestInterceptsBytesAsTheyCame holds what arrives behind CONNECT against what was sent,
// its Host too.
func TestInterceptsBytesAsTheyCame(t *testing.T) {
	t.Parallel()
	h := intercepting(t, always("HTTP/1.1 418 I'm a teapot\r\nContent-Length: 5\r\nRetry-After: 9\r\n\r\n{ } \n"), nil)
	for _, request := range []string{
		"GET /api/v3/order?b=2&a=1&a=%zz;c=3&&=&d HTTP/1.1\r\nHost: " + h.asked + "\r\nX-MBX-APIKEY: k\r\naccept: a\r\n\r\n",
		"POST /api//v3/%2F/../order? HTTP/1.1\r\nHost: " + h.asked + "\r\nContent-Length: 9\r\nContent-Type: text/odd\r\n\r\na=1&a=%zz",
		"DELETE /api/v3/order?a HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		_, got := h.judged(t).ask(t, request)
		arrived := h.venue.requests()
		same(t, "request", request, arrived[len(arrived)-1])
		same(t, "answer", "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 5\r\nRetry-After: 9\r\n\r\n{ } \n", got)
	}
	if o, err := h.Close(); err != nil || o.Exchanges != 4 || len(o.Elsewhere)+len(o.Troubles) > 0 {
		t.Errorf("expected 4 exchanges alone, found %+v, %v", o, err)
	}
}

// TestInterceptsHTTP2: a client that speaks HTTP/2 is told the same, both sides are
// judged and recorded, and the venue hears it by HTTP/1.1.
func TestInterceptsHTTP2(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "all.ndjson")
	h := intercepting(t, always("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 27\r\nX-Mbx-Used-Weight: 7\r\n\r\n{\"code\":-1003,\"msg\":\"slow\"}"), func(c *Config) {
		c.Record, c.Rules = file, rule.All(edition.Default())
	})
	r, err := http.NewRequest("POST", "https://"+h.asked+"/api/v3/order?b=2&a=%zz;&a=", strings.NewReader("x=%zz&x="))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Mbx-Apikey", "k")
	resp, err := h.client(h.trusts).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != 429 || resp.Header.Get("X-Mbx-Used-Weight") != "7" || string(body) != `{"code":-1003,"msg":"slow"}` || resp.Header["Date"] != nil {
		t.Errorf("expected the venue's answer by HTTP/2, found %s %v %q", resp.Proto, resp.Header, body)
	}
	same(t, "request", "POST /api/v3/order?b=2&a=%zz;&a= HTTP/1.1\r\nHost: "+h.asked+"\r\nAccept-Encoding: gzip\r\nContent-Length: 8\r\nUser-Agent: Go-http-client/2.0\r\nX-Mbx-Apikey: k\r\n\r\nx=%zz&x=", h.venue.requests()[0])
	lines := recording(t, h.Gateway, file, 2)
	for i, side := range []string{"behind", "front"} {
		if !strings.Contains(lines[i], `"side":"`+side) || !strings.Contains(lines[i], `"url":"https://`+h.asked+`/api/v3/order?`) {
			t.Errorf("expected the side %s under the host that was asked for, found %s", side, lines[i])
		}
	}
	o, _ := h.Close()
	for i := range o.Tally.Rules {
		if r := &o.Tally.Rules[i]; r.ID == "retry-after-present" && r.Failed != 1 {
			t.Errorf("expected the venue to be held to Retry-After once, found %d violations", r.Failed)
		}
	}
}

// TestInterceptStandsForTheVenue: with an upstream, hosts that nobody owns here are asked
// for there, and the Host names it.
func TestInterceptStandsForTheVenue(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"https", "http"} {
		h := intercepting(t, always(okAnswer), nil)
		up := &url.URL{Scheme: "https", Host: h.venue.Addr().String()}
		g := start(t, h.venue, func(c *Config) {
			c.Upstream, c.Roots, c.Hosts = up, h.real, []string{"api.binance.com"}
			c.Authority, h.trusts = authority(t, "api.binance.com")
		})
		h.Gateway = g
		resp, err := h.client(h.trusts).Get(scheme + "://api.binance.com/api/v1/ping?a=%zz")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := h.venue.requests(); len(got) != 1 || !strings.HasPrefix(got[0], "GET /api/v1/ping?a=%zz HTTP/1.1\r\nHost: "+up.Host+"\r\n") {
			t.Errorf("%s: expected one request to the upstream, found %q", scheme, got)
		}
		if resp, text := dial(t, g).ask(t, ping); resp.StatusCode != http.StatusOK {
			t.Errorf("expected requests to the gateway itself to go on to the upstream, found %q", text)
		}
		if o, err := g.Close(); err != nil || o.Exchanges != 2 {
			t.Errorf("expected two exchanges, found %+v, %v", o, err)
		}
	}
}

// TestElsewhereIsNotRead: what is for hosts that were not named goes on unjudged, and
// behind CONNECT by the certificate of the other end.
func TestElsewhereIsNotRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "all.ndjson")
	h := intercepting(t, always(okAnswer), func(c *Config) { c.Record = file })
	address := h.venue.Addr().String()
	c, err := h.secured(t, address, &tls.Config{ServerName: "127.0.0.1", RootCAs: h.real})
	if err != nil {
		t.Fatal(err)
	}
	request := "GET /not//ours?a=%zz HTTP/1.1\r\nx-b: 1\r\nHost: anybody\r\nx-a: 1\r\n\r\n"
	_, got := c.ask(t, request)
	if arrived := h.venue.requests(); len(arrived) != 1 || arrived[0] != request || got != okAnswer {
		t.Errorf("expected every byte as it was, found %q and %q", arrived, got)
	}
	c.Close()
	plain := newVenue(t, always(okAnswer))
	request = "GET http://" + plain.Addr().String() + "?a=%zz HTTP/1.1\r\nHost: x\r\nx-a: 1\r\n\r\n"
	if resp, text := dial(t, h.Gateway).ask(t, request); resp.StatusCode != http.StatusOK {
		t.Errorf("expected the answer of the host that was asked for, found %q", text)
	}
	if arrived := plain.requests(); len(arrived) != 1 || !strings.HasPrefix(arrived[0], "GET /?a=%zz HTTP/1.1\r\nHost: "+plain.Addr().String()+"\r\n") {
		t.Errorf("expected the request as a server is asked, found %q", arrived)
	}
	o, err := h.Close()
	if err != nil || o.Exchanges != 0 || o.Recorded != 0 || !slices.Equal(o.Elsewhere, []wire.Foreign{{Host: "127.0.0.1", Times: 2}}) {
		t.Errorf("expected nothing judged, and two that were not, found %+v, %v", o, err)
	}
}

// TestNothingIsSentTwiceThroughCONNECT: as before a venue, and by HTTP/2, where clients
// and net/http have reasons of their own.
func TestNothingIsSentTwiceThroughCONNECT(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "DELETE", "POST", "PUT"} {
		for how, lose := range map[string]func(net.Conn){"reset": reset, "closed": func(conn net.Conn) { conn.Close() }} {
			t.Run(method+" "+how, func(t *testing.T) {
				t.Parallel()
				h := intercepting(t, func(_ *venue, conn net.Conn, text string) bool {
					if strings.Contains(text, "/warm") {
						io.WriteString(conn, okAnswer)
						return true
					}
					lose(conn)
					return false
				}, nil)
				c := h.judged(t)
				c.ask(t, "GET /warm HTTP/1.1\r\nHost: localhost\r\n\r\n")
				resp, _ := c.ask(t, method+" /lost HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: 1\r\n\r\n")
				r, _ := http.NewRequest(method, "https://"+h.asked+"/lost", nil)
				second, err := h.client(h.trusts).Do(r)
				if err != nil {
					t.Fatal(err)
				}
				second.Body.Close()
				if got := h.venue.requests(); len(got) != 3 || resp.StatusCode != 502 || second.StatusCode != 502 || second.ProtoMajor != 2 {
					t.Errorf("expected each to arrive once, and a 502, found %d, %d, %q", resp.StatusCode, second.StatusCode, got)
				}
			})
		}
	}
}

// TestInterceptFaults: nothing goes on of what can't be judged as what it claims to be.
func TestInterceptFaults(t *testing.T) {
	t.Parallel()
	h := intercepting(t, always(okAnswer), nil)
	c := h.connect(t, h.asked)
	io.WriteString(c, "\x00\x01 no TLS\r\n\r\n")
	if text, _ := io.ReadAll(c.Conn); !bytes.HasPrefix(text, []byte("HTTP/1.1 400")) {
		t.Errorf("no TLS behind CONNECT: expected a 400 and the end, found %q", text)
	}
	if _, err := h.secured(t, h.asked, &tls.Config{ServerName: "example.com", RootCAs: h.trusts}); err == nil {
		t.Error("expected no certificate for a host that was not named")
	}
	if _, err := h.secured(t, h.asked, &tls.Config{ServerName: "localhost", RootCAs: h.real}); err == nil {
		t.Error("expected a client that does not trust us to go")
	}
	for request, status := range map[string]int{
		"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n":      http.StatusMisdirectedRequest,
		"GET //a HTTP/1.1\r\nHost: localhost\r\n\r\n":      http.StatusBadRequest,
		"GET ftp://a/ HTTP/1.1\r\nHost: localhost\r\n\r\n": http.StatusMisdirectedRequest,
	} {
		if resp, _ := h.judged(t).ask(t, request); resp.StatusCode != status || resp.Header.Get(Mark) == "" {
			t.Errorf("%q: expected a %d of ours, found %d", request, status, resp.StatusCode)
		}
	}
	for _, request := range []string{ping, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET " + h.URL() + "/ HTTP/1.1\r\nHost: a\r\n\r\n"} {
		if resp, _ := dial(t, h.Gateway).ask(t, request); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: expected a 400, found %d", request, resp.StatusCode)
		}
	}
	if resp, text := dial(t, h.Gateway).ask(t, "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n"); resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "no way") {
		t.Errorf("expected a 502 that says why, found %q", text)
	}
	o, err := h.Close()
	if got := h.venue.requests(); err != nil || len(got) > 0 || o.Exchanges != 0 || len(o.Troubles) != 2 || !strings.Contains(o.Troubles[0].Error, "none of the hosts that were named") {
		t.Errorf("expected nothing to arrive and two troubles, found %q, %+v, %v", got, o, err)
	}
}

// TestVenueIsNotTrusted: the client has the reason, and the venue nothing.
func TestVenueIsNotTrusted(t *testing.T) {
	t.Parallel()
	h := intercepting(t, always(okAnswer), func(c *Config) { c.Roots = x509.NewCertPool() })
	for range 2 {
		resp, text := h.judged(t).ask(t, "GET /?secret HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "is not trusted: x509") || strings.Contains(text, "secret") {
			t.Errorf("expected a 502 that says why, found %q", text)
		}
	}
	if o, err := h.Close(); err != nil || o.Untrusted == nil || len(h.venue.requests()) > 0 {
		t.Errorf("expected the reason and nothing sent, found %+v, %v", o, err)
	}
}

// TestUpgradePassesThroughCONNECT: after 101 both sides speak as they like.
func TestUpgradePassesThroughCONNECT(t *testing.T) {
	t.Parallel()
	h := intercepting(t, func(_ *venue, conn net.Conn, _ string) bool {
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, conn)
		return false
	}, nil)
	c := h.judged(t)
	io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	io.WriteString(c, "hello")
	got := make([]byte, 5)
	if _, err := io.ReadFull(c.in, got); err != nil || string(got) != "hello" {
		t.Errorf("expected hello, found %q, %v", got, err)
	}
	if o, err := h.Close(); err != nil || o.Upgraded != 1 || o.Exchanges != 0 {
		t.Errorf("expected one upgrade and no exchange, found %+v, %v", o, err)
	}
}
