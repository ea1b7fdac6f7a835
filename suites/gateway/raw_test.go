package gateway

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// venue is a server that sees each byte of a request, and answers by hand.
type venue struct {
	net.Listener
	answer func(v *venue, conn net.Conn, text string) (more bool)

	mu      sync.Mutex
	arrived []string // requests, as they stood on the wire
	conns   []net.Conn
}

// newVenue runs a venue whose answer is asked what becomes of each request, and
// whether its connection is read on.
func newVenue(t testing.TB, answer func(v *venue, conn net.Conn, text string) bool) *venue {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return venueAt(t, l, answer)
}

// venueAt runs a venue at a listener.
func venueAt(t testing.TB, l net.Listener, answer func(v *venue, conn net.Conn, text string) bool) *venue {
	v := &venue{Listener: l, answer: answer}
	t.Cleanup(func() {
		l.Close()
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, conn := range v.conns {
			conn.Close()
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v.mu.Lock()
			v.conns = append(v.conns, conn)
			v.mu.Unlock()
			go v.serve(conn)
		}
	}()
	return v
}

func (v *venue) serve(conn net.Conn) {
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(conn, &raw))
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		text := raw.String()
		raw.Reset()
		v.mu.Lock()
		v.arrived = append(v.arrived, text)
		v.mu.Unlock()
		if !v.answer(v, conn, text) {
			conn.Close()
			return
		}
	}
}

// requests are those that arrived so far.
func (v *venue) requests() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.arrived)
}

// always answers each request alike.
func always(text string) func(*venue, net.Conn, string) bool {
	return func(_ *venue, conn net.Conn, _ string) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
}

// reset closes a connection so that its other end sees a reset.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

// start runs a gateway before a venue.
func start(t testing.TB, v *venue, change func(*Config)) *Gateway {
	t.Helper()
	c := Config{Listen: "127.0.0.1:0", Upstream: &url.URL{Scheme: "http", Host: v.Addr().String()}}
	if change != nil {
		change(&c)
	}
	g, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if g.ending.Err() == nil {
			g.Close()
		}
	})
	return g
}

// client is a connection to a gateway, written and read by hand.
type client struct {
	net.Conn
	in  *bufio.Reader
	raw bytes.Buffer
}

func dial(t testing.TB, g *Gateway) *client {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second)) // against a test that hangs
	return newClient(conn)
}

func newClient(conn net.Conn) *client {
	c := &client{Conn: conn}
	c.in = bufio.NewReader(io.TeeReader(conn, &c.raw))
	return c
}

// ask sends a request as it stands, and returns the answer, whole, and its text.
func (c *client) ask(t testing.TB, text string) (*http.Response, string) {
	t.Helper()
	c.raw.Reset()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer to %q: %v", text, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, c.raw.String()
}

// lines divides a message into its first line, its fields sorted by line, which is the
// order that net/http makes of them, and what follows.
func lines(text string) (first string, fields []string, body string) {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	first, rest, _ := strings.Cut(head, "\r\n")
	fields = strings.Split(rest, "\r\n")
	slices.SortStableFunc(fields, func(a, b string) int {
		a, _, _ = strings.Cut(a, ":")
		b, _, _ = strings.Cut(b, ":")
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	return first, fields, body
}
