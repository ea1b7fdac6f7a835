package wire_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// deadline is what nothing here takes, on however busy a machine.
const deadline = time.Minute

// arena is a front before a handler, and what it saw.
type arena struct {
	*wire.Front
	ca      *wire.Authority
	address string
	ended   chan *wire.Seen
}

func open(t *testing.T, h http.Handler) *arena {
	t.Helper()
	ca, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &arena{ca: ca, address: l.Addr().String(), ended: make(chan *wire.Seen, 1000)}
	a.Front = wire.NewFront(wire.Config{Handler: h, Authority: ca, Names: edition.Default().Names(), Ended: func(s *wire.Seen) { a.ended <- s }})
	a.Serve(l)
	t.Cleanup(func() { a.Close() })
	return a
}

// next is the exchange that ended next.
func (a *arena) next(t *testing.T) *wire.Seen {
	t.Helper()
	select {
	case s := <-a.ended:
		return s
	case <-time.After(deadline):
		t.Fatal("expected an exchange to end, found none")
		return nil
	}
}

// client reaches the front for every name, as the isolated way makes clients do.
func (a *arena) client(t *testing.T, change func(*http.Transport)) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.ca.PEM())
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, a.address)
		},
	}
	if change != nil {
		change(transport)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: deadline}
}

var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Retry-After", "7")
	fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.RequestURI(), body)
})

// TestEveryWayIn: one port takes a client that was given a URL, one that
// believes in the venue, and one that was given a proxy.
func TestEveryWayIn(t *testing.T) {
	t.Parallel()
	a := open(t, echo)
	proxy := func(tr *http.Transport) {
		tr.DialContext = nil
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: a.address})
	}
	for _, c := range []struct {
		way, url string
		change   func(*http.Transport)
		want     string
	}{
		{"a URL of its own", "http://" + a.address + "/api/v1/ping?a=1", nil, "http://" + a.address + "/api/v1/ping?a=1"},
		{"by name", "https://api.binance.com/api/v1/ping", nil, "https://api.binance.com/api/v1/ping"},
		{"by name with a port", "https://www.binance.com:443/api/v1/ping", nil, "https://www.binance.com/api/v1/ping"},
		{"by name without TLS", "http://api3.binance.com/api/v1/ping", nil, "http://api3.binance.com/api/v1/ping"},
		{"CONNECT", "https://api.binance.com/api/v1/ping", proxy, "https://api.binance.com/api/v1/ping"},
		{"absolute form", "http://api.binance.com/api/v1/ping", proxy, "http://api.binance.com/api/v1/ping"},
		{"HTTP/2 alone", "https://api.binance.com/api/v1/ping", func(tr *http.Transport) {
			tr.Protocols = new(http.Protocols)
			tr.Protocols.SetHTTP2(true)
		}, "https://api.binance.com/api/v1/ping"},
		{"HTTP/2 if you please", "https://api.binance.com/api/v1/ping", func(tr *http.Transport) { tr.ForceAttemptHTTP2 = true }, "https://api.binance.com/api/v1/ping"},
	} {
		t.Run(c.way, func(t *testing.T) {
			client := a.client(t, c.change)
			for again := range 2 {
				r, err := client.Post(c.url, "text/plain", strings.NewReader("hello"))
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(r.Body)
				r.Body.Close()
				s := a.next(t)
				if r.StatusCode != 200 || !bytes.HasSuffix(body, []byte("hello")) || s.URL != c.want || s.Method != "POST" {
					t.Errorf("expected 200 and %s, found %d %q and %s %s", c.want, r.StatusCode, body, s.Method, s.URL)
				}
				if s.End != wire.Answered || s.Status != 200 || string(s.Body) != "hello" || string(s.ResponseBody) != string(body) || s.ClientLeft {
					t.Errorf("expected the exchange as it was, found %+v", s)
				}
				if v, _ := s.Exchange().Response.Header.Get("retry-after"); v != "7" {
					t.Errorf("expected the response's fields, found %v", s.ResponseHeader)
				}
				if got, want := s.Warm(), again > 0 && s.Proto != "HTTP/2.0" || s.Before > 0; got != want {
					t.Errorf("request %d: expected warm %t, found %t", again+1, want, got)
				}
				inOrder(t, s)
			}
		})
	}
	if a.Requests() != 16 || len(a.Foreign()) > 0 || len(a.Troubles()) > 0 {
		t.Errorf("expected 16 requests and nothing else, found %d, %v, %v", a.Requests(), a.Foreign(), a.Troubles())
	}
}

// inOrder holds that the instants follow one another.
func inOrder(t *testing.T, s *wire.Seen) {
	t.Helper()
	last := s.OpenedAt
	for i, at := range []time.Time{s.FirstByteAt, s.HeaderAt, s.RequestAt, s.AnswerAt, s.EndedAt} {
		if at.IsZero() || at.Before(last) {
			t.Errorf("expected instant %d no earlier than the one before, found %v after %v", i+1, at, last)
		}
		last = at
	}
}

// TestFieldsKeepTheirOrder: a pool of connections, requests after one another as
// fast as they go, and the header as it was sent.
func TestFieldsKeepTheirOrder(t *testing.T) {
	a := open(t, echo)
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	read := bufio.NewReader(conn)
	for i := range 200 {
		fmt.Fprintf(conn, "POST /api/v3/order?n=%d HTTP/1.1\r\nhost: %s\r\nX-zulu: 1\r\nx-Alpha:  2\r\nContent-Length: 3\r\n\r\na=1", i, a.address)
		r, err := http.ReadResponse(read, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		s := a.next(t)
		var names []string
		for _, f := range s.Header {
			names = append(names, f.Name+"="+f.Value)
		}
		if got, want := strings.Join(names, " "), "host="+a.address+" X-zulu=1 x-Alpha=2 Content-Length=3"; got != want || !s.InOrder || s.Before != i {
			t.Fatalf("request %d: expected %q, found %q, in order %t, %d before", i, want, got, s.InOrder, s.Before)
		}
		x := s.Exchange()
		if x.Sent.Latest != s.FirstByteAt || x.Sent != x.Arrival.Sent() {
			t.Fatalf("expected a sending bounded by the arrival %+v, found %v", x.Arrival, x.Sent)
		}
	}
}

// TestAnOpenQuestion: what comes on the connection of an answer, or on one that
// was opened after it, was written after it, however quick; what comes on one
// that had been opened before may have been on its way.
func TestAnOpenQuestion(t *testing.T) {
	a := open(t, echo)
	one, two := a.client(t, nil), a.client(t, nil)
	ask := func(c *http.Client) *wire.Seen {
		r, err := c.Get("https://api.binance.com/api/v1/ping")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		return a.next(t)
	}
	first, again := ask(one).Exchange(), ask(one).Exchange()
	if ready := again.Arrival.Ready(); !ready.Equal(first.Received.Latest) {
		t.Errorf("expected the same connection to be free from the answer at %v on, found %v", first.Received.Latest, ready)
	}
	fresh := ask(two).Exchange()
	if ready := fresh.Arrival.Ready(); !ready.After(again.Received.Latest) {
		t.Errorf("expected a connection opened after the answer at %v, found %v", again.Received.Latest, ready)
	}
	kept := ask(one).Exchange()
	if ready := kept.Arrival.Ready(); !ready.Before(fresh.Received.Latest) {
		t.Errorf("expected a connection that was there before the answer at %v, found %v", fresh.Received.Latest, ready)
	}
	if kept.Sent.Latest.Sub(kept.Sent.Earliest) != traffic.InFlight {
		t.Errorf("expected bounds of %v, found %v", traffic.InFlight, kept.Sent)
	}
}

func TestForeignHostsAreRefused(t *testing.T) {
	a := open(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("expected nothing to reach the venue") }))
	proxied := a.client(t, func(tr *http.Transport) {
		tr.DialContext = nil
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: a.address})
	})
	if _, err := proxied.Get("https://registry.example/x"); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("CONNECT: expected 502, found %v", err)
	}
	for target, client := range map[string]*http.Client{
		"http://telemetry.example:8080/x": proxied, "https://Registry.example./x": a.client(t, nil), "http://10.0.0.1/": proxied,
	} {
		r, err := client.Get(target)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusBadGateway || !bytes.Contains(body, []byte("not one of its hosts")) {
			t.Errorf("%s: expected 502 that says why, found %d %s", target, r.StatusCode, body)
		}
	}
	got := map[string]int{}
	for _, f := range a.Foreign() {
		got[f.Host] = f.Times
	}
	if len(got) != 3 || got["registry.example"] != 2 || got["telemetry.example"] != 1 || got["10.0.0.1"] != 1 || a.Requests() != 0 {
		t.Errorf("expected the foreign hosts to be counted, found %v", a.Foreign())
	}
}

// TestDistrust: a client that does not know the authority is told apart from one
// that never came.
func TestDistrust(t *testing.T) {
	a := open(t, echo)
	client := a.client(t, func(tr *http.Transport) { tr.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()} })
	if _, err := client.Get("https://api.binance.com/"); err == nil {
		t.Fatal("expected the client to refuse the certificate")
	}
	for end := time.Now().Add(deadline); len(a.Troubles()) == 0 && time.Now().Before(end); {
		runtime.Gosched()
	}
	list := a.Troubles()
	if len(list) != 1 || list[0].Host != "api.binance.com" || !strings.Contains(list[0].Error, "certificate") || a.Requests() != 0 {
		t.Errorf("expected the handshake to be remembered, found %v", list)
	}
}

// TestFaultsAreSeen: how each fault of a venue ends on the wire, over TLS and
// without it, and that a reset reaches the client as one.
func TestFaultsAreSeen(t *testing.T) {
	t.Parallel()
	in := fault.NewInjector()
	v, err := venue.New(venue.Config{Hooks: in.Hooks()})
	if err != nil {
		t.Fatal(err)
	}
	in.Attach(v)
	a := open(t, v)
	for _, c := range []struct {
		fault string
		end   wire.End
		lost  traffic.Lost
		err   error
	}{
		{"do: reset", wire.Unanswered, traffic.LostReset, syscall.ECONNRESET},
		{"do: timeout\n    delay: 20ms", wire.Unanswered, traffic.LostClosed, io.EOF},
		{"do: truncate", wire.CutShort, "", io.ErrUnexpectedEOF},
		{"do: trickle\n    delay: 1ms", wire.Answered, "", nil},
		{"do: slow\n    delay: 20ms", wire.Answered, "", nil},
		{"do: status\n    status: 429", wire.Answered, "", nil},
	} {
		for _, scheme := range []string{"http", "https"} {
			s, err := fault.Parse("test.yaml", []byte("name: x\nfaults:\n  - route: GET /api/v1/time\n    calls: 2-\n    "+c.fault+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			in.Set(s)
			client := a.client(t, nil)
			url := scheme + "://api.binance.com/api/v1/time"
			r, err := client.Get(url) // warms the connection
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			a.next(t)
			// A POST is not sent again by net/http; a GET on a warm connection is.
			r, err = client.Transport.RoundTrip(request(t, url))
			if err == nil {
				_, err = io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%s over %s: expected the client to find %v, found %v", c.fault, scheme, c.err, err)
			}
			got := a.next(t)
			if got.End != c.end || got.Lost != c.lost || !got.Warm() || got.EndedAt.IsZero() || (got.End == wire.Unanswered) != (got.Status == 0) {
				t.Errorf("%s over %s: expected it %v, found %+v", c.fault, scheme, c.end, got)
			}
			client.CloseIdleConnections()
			for len(a.ended) > 0 {
				<-a.ended // the resends of a client that does not know better
			}
		}
	}
}

// request is one that net/http does not send again by itself: its body can't be
// had twice.
func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("GET", url, struct{ io.Reader }{strings.NewReader("x=1")})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestClientLeaves: who hung up is seen.
func TestClientLeaves(t *testing.T) {
	arrived := make(chan struct{}, 1)
	a := open(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", "https://api.binance.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-arrived; cancel() }()
	if _, err := a.client(t, nil).Do(r); err == nil {
		t.Error("expected no answer")
	}
	if s := a.next(t); !s.ClientLeft || s.End != wire.Unanswered || s.Exchange().Annotation.Lost != traffic.LostHung {
		t.Errorf("expected the client to have left, found %+v", s)
	}
}

// TestCloseTellsOfAll: nothing that arrived is lost when the front ends, and
// nothing that waits keeps it from ending. Whose connection it closes has not left.
func TestCloseTellsOfAll(t *testing.T) {
	const calls = 20
	var arrived sync.WaitGroup
	arrived.Add(calls)
	a := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		<-r.Context().Done()
		w.Write(make([]byte, 1<<20)) // to a connection that is closed
	}))
	client := a.client(t, nil)
	for range calls {
		go func() {
			if r, err := client.Get("https://api.binance.com/"); err == nil {
				r.Body.Close()
			}
		}()
	}
	arrived.Wait()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if len(a.ended) != calls {
		t.Errorf("expected to hear of %d exchanges, found %d", calls, len(a.ended))
	}
	for len(a.ended) > 0 {
		if s := <-a.ended; s.ClientLeft {
			t.Errorf("expected the client to be there until the end, found %+v", s)
		}
	}
	if _, err := net.Dial("tcp", a.address); err == nil {
		t.Error("expected nobody to listen any more")
	}
}

// TestLongBodies: what is longer than is kept reaches the venue all the same.
func TestLongBodies(t *testing.T) {
	a := open(t, echo)
	long := strings.Repeat("x", 9<<20)
	r, err := a.client(t, nil).Post("https://api.binance.com/", "text/plain", strings.NewReader(long))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || !strings.HasSuffix(string(body), long) {
		t.Errorf("expected the whole body back, found %d bytes, %v", len(body), err)
	}
	s := a.next(t)
	if !s.BodyCut || !s.ResponseCut || len(s.Body) > 64<<10 || len(s.ResponseBody) > 8<<20 {
		t.Errorf("expected both bodies cut, found %d and %d bytes", len(s.Body), len(s.ResponseBody))
	}
}
