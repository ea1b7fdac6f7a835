package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// The tests below send what no client of good will sends, to a server that
// records and to one that does not.

func hostileServers(t *testing.T) map[string]*Server {
	return map[string]*Server{
		"plain":     start(t, Options{}),
		"recording": start(t, Options{Record: filepath.Join(t.TempDir(), "bad.yaml")}),
	}
}

// dial connects to a server, for a minute at the most.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Greeting.Listening[strings.LastIndex(s.Greeting.Listening, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// alive expects an answer to an honest client.
func alive(t *testing.T, s *Server) {
	t.Helper()
	r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("expected the server alive, found %v %v", r, err)
	}
	r.Body.Close()
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	const host = "Host: a\r\n"
	long := strings.Repeat("x", 1000)
	for name, s := range hostileServers(t) {
		for _, c := range []struct{ name, text, want string }{
			{"no HTTP", "hello\r\n\r\n", "400"},
			{"binary", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "400"},
			{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "404"}, // net/http lets it through
			{"HTTP/3.0", "GET /api/v1/ping HTTP/3.0\r\n" + host + "\r\n", "505"},
			{"no host", "GET /api/v1/ping HTTP/1.1\r\n\r\n", "400"},
			{"two hosts", "GET /api/v1/ping HTTP/1.1\r\n" + host + host + "\r\n", "400"},
			{"a host that is none", "GET /api/v1/ping HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
			{"blank before the colon", "GET /api/v1/ping HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
			{"no colon", "GET /api/v1/ping HTTP/1.1\r\n" + host + "Accept\r\n\r\n", "400"},
			{"nul in a field", "GET /api/v1/ping HTTP/1.1\r\n" + host + "Accept: \x00\r\n\r\n", "400"},
			{"two blanks", "GET  /api/v1/ping HTTP/1.1\r\n" + host + "\r\n", "400"},
			{"nul in the path", "GET /api/v1/ping\x00 HTTP/1.1\r\n" + host + "\r\n", "400"},
			{"two lengths", "POST /api/v3/order HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
			{"no length", "POST /api/v3/order HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", "400"},
			{"length and coding", "POST /api/v3/order HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: x\r\n\r\nab", "501"},
			{"chunks that are none", "POST /api/v3/order HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
			{"a field flood", "GET /api/v1/ping HTTP/1.1\r\n" + host + strings.Repeat("A: "+long+"\r\n", 64) + "\r\n", "431"},
			{"a name flood", "GET /api/v1/ping HTTP/1.1\r\n" + host + strings.Repeat("a:\r\n", 20000) + "\r\n", "431"},
			{"a long query", "GET /api/v1/ping?" + strings.Repeat(long, 64) + " HTTP/1.1\r\n" + host + "\r\n", "431"},
			{"many parameters", "GET /api/v1/ping?" + strings.Repeat("a&", 1500) + " HTTP/1.1\r\n" + host + "\r\n", "400"},
			{"dots", "GET /api/v1/../v1/ping HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"escaped dots", "GET /api/v1/%2e%2e/v1/ping HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"escaped slash", "GET /api%2fv1%2fping HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"escaped nul", "GET /api/v1/ping%00 HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"a broken escape", "GET /api/v1/ping%zz HTTP/1.1\r\n" + host + "\r\n", "400"},
			{"two slashes", "GET //api/v1/ping HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"a slash behind", "GET /api/v1/ping/ HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"capitals", "GET /API/V1/PING HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"backslashes", "GET /api\\v1\\ping HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"a file", "GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"a tunnel", "CONNECT example.com:443 HTTP/1.1\r\n" + host + "\r\n", "404"},
			{"a body told too long", "POST /api/v3/order HTTP/1.1\r\n" + host + "Content-Length: 104857600\r\n\r\n", "413"},
			{"a body too long", "POST /api/v3/order HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + strings.Repeat("a", 0x20000) + "\r\n0\r\n\r\n", "413"},
		} {
			conn := dial(t, s)
			go io.WriteString(conn, c.text)
			status, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.Contains(status, " "+c.want+" ") {
				t.Errorf("%s, %s: expected %s, found %q (%v)", name, c.name, c.want, status, err)
			}
			conn.Close()
		}
		alive(t, s)
	}
}

// A hundred megabytes are neither read to their end nor kept.
func TestEndlessBodiesAreNotRead(t *testing.T) {
	const size, most = 100 << 20, 16 << 20
	chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", 64<<10, strings.Repeat("a", 64<<10))
	for name, s := range hostileServers(t) {
		for _, framing := range []string{"Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n", size)} {
			conn := dial(t, s)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status := make(chan string, 1)
			go func() {
				line, _ := bufio.NewReader(conn).ReadString('\n')
				status <- line
			}()
			io.WriteString(conn, "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"+framing)
			sent := 0
			for sent < size {
				n, err := conn.Write(chunk)
				if sent += n; err != nil {
					break
				}
			}
			if got := <-status; !strings.Contains(got, " 413 ") {
				t.Errorf("%s, %.20q: expected 413, found %q", name, framing, got)
			}
			runtime.ReadMemStats(&after)
			if sent >= size {
				t.Errorf("%s, %.20q: expected the connection closed, found all %d bytes sent", name, framing, sent)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > most {
				t.Errorf("%s, %.20q: expected %d bytes allocated at the most, found %d", name, framing, most, grown)
			}
		}
		alive(t, s)
	}
}

// Hundreds that send a byte now and then are let go, and keep nobody waiting
// meanwhile; who says nothing at all is let go after the time that a first request
// has, or a later one.
func TestSlowSendersAreLetGo(t *testing.T) {
	t.Parallel()
	const each, ping = 60, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, c := range []struct {
		begins string
		drips  bool
		after  time.Duration
	}{
		{"", false, headerTimeout},
		{"G", true, headerTimeout},
		{"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nX: ", true, headerTimeout},
		{ping, false, idleTimeout},
		{ping + "GET ", true, headerTimeout},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := served(t)
			began := time.Now()
			var wg sync.WaitGroup
			for range each {
				conn := l.dial()
				wg.Go(func() {
					io.WriteString(conn, c.begins)
					if c.drips {
						stop := make(chan struct{})
						defer close(stop)
						go drip(conn, stop)
					}
					io.Copy(io.Discard, conn)
					if took := time.Since(began); took != c.after {
						t.Errorf("%q: expected the connection closed after %s, found after %s", c.begins, c.after, took)
					}
				})
			}
			honest := l.dial()
			defer honest.Close()
			io.WriteString(honest, ping)
			if r, err := http.ReadResponse(bufio.NewReader(honest), nil); err != nil || r.StatusCode != 200 || time.Since(began) != 0 {
				t.Errorf("expected the server alive at once, found %v %v", r, err)
			}
			wg.Wait()
		})
	}
}

// served is a server's listener in a bubble of synctest, to whom pipes connect.
func served(t *testing.T) *pipes {
	v, err := venue.New(venue.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{log: slog.New(slog.DiscardHandler)}
	server := s.server(context.Background(), &observer{next: v, log: s.log, clock: time.Now, clientIP: clientIP("")})
	l := &pipes{conns: make(chan net.Conn)}
	go server.Serve(l)
	t.Cleanup(func() {
		close(l.conns)
		server.Close()
	})
	return l
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// drip sends a byte a second.
func drip(conn net.Conn, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if _, err := io.WriteString(conn, "a"); err != nil {
				return
			}
		}
	}
}

// pipes is a listener of connections in memory.
type pipes struct {
	conns chan net.Conn
	net.Listener
}

func (l *pipes) dial() net.Conn {
	theirs, ours := net.Pipe()
	l.conns <- ours
	return theirs
}

func (l *pipes) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l *pipes) Close() error   { return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Who asks net/http and never reads is let go after its time, and so is who
// reads a little at first.
func TestSilentReadersAreLetGo(t *testing.T) {
	for reads := range 2 {
		synctest.Test(t, func(t *testing.T) {
			theirs := served(t).dial()
			defer theirs.Close()
			io.WriteString(theirs, "GET /api/v1/depth?symbol=BTCUSDT&limit=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
			if n, err := io.ReadFull(theirs, make([]byte, reads)); n != reads || err != nil {
				t.Fatalf("expected %d bytes, found %d %v", reads, n, err)
			}
			time.Sleep(2 * writeTimeout)
			if rest, err := io.ReadAll(theirs); err != nil || len(rest) > 8<<10 {
				t.Errorf("expected the connection closed with no more than a buffer sent, found %d bytes and %v", len(rest), err)
			}
		})
	}
}

// However many connect, no more than the bound are served at once, and those
// that wait come in when others have gone.
func TestConnectionsAreBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const most = 3
	b := newBounded(l, most)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			conn, err := b.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	for range most + 2 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	var open []net.Conn
	for range most {
		open = append(open, <-accepted)
	}
	if n := len(b.places); n != most {
		t.Errorf("expected all of %d places taken, found %d", most, n)
	}
	select {
	case <-accepted:
		t.Error("expected no connection more")
	default:
	}
	open[0].Close()
	open[0].Close() // gives its place up once
	(<-accepted).Close()
	(<-accepted).Close()
	b.Close()
	if _, more := <-accepted; more {
		t.Error("expected an end")
	}
}
