package serve

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// notPlain are requests, and things like them, that net/http is to judge.
var notPlain = []string{
	"", "GET /api", "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n", // in part
	"GET /api/v1/ping HTTP/1.1\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: \r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a/b\r\n\r\n",
	"GET /api/v1/ping HTTP/1.0\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\nHost: a\n\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\n\r\n\r\n",
	"\r\nGET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET  /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping  HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET  HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET ?a HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping#a HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping?a#b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /api/v1/%70ing HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET http://a/api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"get /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"HEAD /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nCONTENT-length: 5\r\n\r\nhello",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\ntransfer-encoding:\tchunked\r\n\r\n0\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 5\r\n\r\nhello",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\ny\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nX: \x80\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nAccept:\r\n\r\n",
	"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nAccept: a\r\naccept: b\r\n\r\n",
}

func TestParsePlain(t *testing.T) {
	const text = "GET /api/v1/depth?symbol=BTCUSDT&limit=5 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nx-mbx-apikey:  key\t\r\n" +
		"Accept: */*\r\nContent-Type: a/b\r\nUser-Agent: x (y; z)\r\nConnection: Keep-Alive\r\n\r\n"
	var r plainRequest
	n := parsePlain([]byte(text+"GET"), &r)
	got := fmt.Sprintf("%d %s %s %s %s %s", n, r.path, r.query, r.apiKey, r.accept, r.contentType)
	if want := fmt.Sprintf("%d /api/v1/depth symbol=BTCUSDT&limit=5 key */* a/b", len(text)); got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
	for _, text := range notPlain {
		if n := parsePlain([]byte(text), &r); n != 0 {
			t.Errorf("%q: expected it left to net/http, found %d bytes taken", text, n)
		}
	}
}

// FuzzPlain: what is taken as plain is to net/http the same request, as long,
// without a body and with nothing to say about the connection.
func FuzzPlain(f *testing.F) {
	f.Add([]byte("GET /api/v1/depth?symbol=BTCUSDT HTTP/1.1\r\nHost: a:1\r\nX-MBX-APIKEY: key\r\nConnection: keep-alive\r\n\r\nGET"))
	for _, text := range notPlain {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r plainRequest
		n := parsePlain(b, &r)
		if n == 0 {
			return
		}
		from := bufio.NewReader(bytes.NewReader(b))
		want, err := http.ReadRequest(from)
		if err != nil {
			t.Fatalf("%q: expected it refused, as net/http does: %v", b, err)
		}
		rest, _ := io.ReadAll(from)
		if len(b)-len(rest) != n || want.ContentLength != 0 || len(want.TransferEncoding) != 0 || want.Body != http.NoBody || want.Close {
			t.Fatalf("%q: expected %d bytes without a body, found %d, %d, %v, close %t", b, n, len(b)-len(rest), want.ContentLength, want.TransferEncoding, want.Close)
		}
		for _, c := range [][2]string{
			{want.Method, "GET"}, {want.Proto, "HTTP/1.1"}, {want.URL.EscapedPath(), string(r.path)}, {want.URL.RawQuery, string(r.query)},
			{want.Header.Get("X-Mbx-Apikey"), string(r.apiKey)}, {want.Header.Get("Accept"), string(r.accept)}, {want.Header.Get("Content-Type"), string(r.contentType)},
		} {
			if c[0] != c[1] {
				t.Fatalf("%q: expected %q, found %q", b, c[0], c[1])
			}
		}
	})
}

// answersTo sends a text in two parts and returns the answers to it, without
// what differs from one time to another.
func answersTo(t *testing.T, s *Server, first, second string) string {
	t.Helper()
	conn := dial(t, s)
	io.WriteString(conn, first)
	if second != "" {
		io.WriteString(conn, second)
	}
	conn.(*net.TCPConn).CloseWrite()
	var answers strings.Builder
	for in := bufio.NewReader(conn); ; {
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers.String()
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		for _, name := range []string{"Date", "X-Mbx-Used-Weight", "X-Mbx-Used-Weight-1m"} {
			r.Header.Del(name)
		}
		fmt.Fprintf(&answers, "%s %v %d %v %s %v\n", r.Status, r.Header, r.ContentLength, r.Close, body, err)
	}
}

// TestFrontAnswersAsNetHTTP sends the same bytes to a server with a front and
// to one without: the answers are the same, one for one, whatever comes behind
// what and however it is cut. (Only where a later request of a connection ends
// within its first four bytes net/http says nothing, and with a front 400.)
func TestFrontAnswersAsNetHTTP(t *testing.T) {
	wide := limits(t, "REQUEST_WEIGHT=1000000/1m", "RAW_REQUESTS=1000000/5m", "ORDERS=1000000/1s", "ORDERS=1000000/1d")
	with, without := start(t, Options{Limits: wide}), start(t, Options{Limits: wide, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if with.front == nil || without.front != nil {
		t.Fatal("expected a front with one of the two")
	}
	const (
		plain = "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n"
		wrong = "GET /api/v1/depth?symbol=NONE HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"
		lost  = "GET /none HTTP/1.1\r\nHost: a\r\n\r\n"
		keyed = "GET /api/v1/historicalTrades?symbol=BTCUSDT HTTP/1.1\r\nHost: a\r\nX-MBX-APIKEY: none\r\n\r\n"
		post  = "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 44\r\n\r\n"
	)
	texts := []string{plain + wrong + lost + keyed, plain + post + plain + "      " + plain}
	for _, text := range notPlain {
		texts = append(texts, text, plain+text, text+plain, plain+wrong+text+lost)
	}
	for _, text := range texts {
		if got, want := answersTo(t, with, text, ""), answersTo(t, without, text, ""); got != want {
			t.Errorf("%q: expected\n%s\nfound\n%s", text, want, got)
		}
	}
	whole := texts[1]
	want := answersTo(t, without, whole, "")
	for at := range len(whole) {
		if got := answersTo(t, with, whole[:at], whole[at:]); got != want {
			t.Errorf("cut at %d: expected\n%s\nfound\n%s", at, want, got)
		}
	}
}

// Connections that the front has learn of a scenario with their next request.
func TestScenariosReachOpenConnections(t *testing.T) {
	s := start(t, Options{})
	conn := dial(t, s)
	in := bufio.NewReader(conn)
	get := func() (int, error) {
		io.WriteString(conn, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return 0, err
		}
		io.Copy(io.Discard, r.Body)
		return r.StatusCode, r.Body.Close()
	}
	if status, err := get(); status != 200 {
		t.Fatalf("expected 200, found %d %v", status, err)
	}
	for _, do := range []string{"status, status: 503", "reset"} {
		r := httptest.NewRequest("PUT", s.Greeting.Admin+"/scenario", strings.NewReader("name: x\nfaults: [{route: '* *', do: "+do+"}]"))
		w := httptest.NewRecorder()
		s.admin.Handler.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("expected the scenario set, found %s", w.Body)
		}
		status, err := get()
		if do == "reset" && err == nil || do != "reset" && status != 503 {
			t.Errorf("%s: found %d %v", do, status, err)
		}
	}
	for s.observer.total() < 3 {
		runtime.Gosched() // the client may see the reset before it is counted
	}
}

// A server ends at once when its connections only wait for requests.
func TestIdleConnectionsDontKeepTheServer(t *testing.T) {
	s := start(t, Options{})
	silent, spoken := dial(t, s), dial(t, s)
	io.WriteString(spoken, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, err := spoken.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, conn := range []net.Conn{silent, spoken} {
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("expected the connection closed, found %v", err)
		}
	}
	if n := len(s.front.conns); n != 0 {
		t.Errorf("expected no connection left, found %d", n)
	}
}

// pipeFront is a front over a connection in memory, whose other end is
// returned, with a clock that a bubble of synctest moves.
func pipeFront(t *testing.T) (f *front, theirs net.Conn, served <-chan struct{}) {
	in := fault.NewInjector()
	v, err := venue.New(venue.Config{Clock: in.Clock(time.Now), Hooks: in.Hooks()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f = newFront(l, v, in, &observer{log: slog.New(slog.DiscardHandler)})
	theirs, ours := net.Pipe()
	done := make(chan struct{})
	f.begin(ours)
	go func() {
		defer close(done)
		f.serve(ours)
	}()
	t.Cleanup(func() { f.Close() })
	return f, theirs, done
}

// Who says nothing is let go after the time that a first request has, or a
// later one.
func TestFrontLetsGoOfSilence(t *testing.T) {
	for _, speaks := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			_, theirs, served := pipeFront(t)
			defer theirs.Close()
			began, want := time.Now(), headerTimeout
			if speaks {
				want = idleTimeout
				io.WriteString(theirs, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
				if r, err := http.ReadResponse(bufio.NewReader(theirs), nil); err != nil || r.StatusCode != 200 {
					t.Fatalf("expected an answer, found %v %v", r, err)
				}
			}
			<-served
			if waited := time.Since(began); waited != want {
				t.Errorf("expected to wait %s, found %s", want, waited)
			}
		})
	}
}

// Who sends and never reads is let go as well.
func TestFrontLetsGoOfWhoNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, theirs, served := pipeFront(t)
		defer theirs.Close()
		go io.WriteString(theirs, strings.Repeat("GET /api/v1/depth?symbol=BTCUSDT HTTP/1.1\r\nHost: a\r\n\r\n", 100))
		<-served
	})
}

// BenchmarkFront is the front without a network.
func BenchmarkFront(b *testing.B) {
	in := fault.NewInjector()
	v, err := venue.New(venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	if err != nil {
		b.Fatal(err)
	}
	f := &front{venue: v, faults: in, observer: &observer{}}
	text := []byte("GET /api/v1/time HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
	s, w := &speaker{address: "127.0.0.1"}, new(working)
	b.ReportAllocs()
	for b.Loop() {
		s.in, w.out = text, w.out[:0]
		if !f.answer(s, w) {
			b.Fatal("expected an answer")
		}
	}
}
