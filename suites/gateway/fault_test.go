package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestFaults: whatever the venue does, the client has its answer, or one of the
// gateway's own, or sees that it broke off; and the recording has both sides.
func TestFaults(t *testing.T) {
	t.Parallel()
	const order = "POST /api/v3/order HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\n\r\na=1"
	for name, c := range map[string]struct {
		answer   func(*venue, net.Conn, string) bool
		status   int
		recorded string // stands in the side behind
	}{
		"reset after reading":  {func(_ *venue, conn net.Conn, _ string) bool { reset(conn); return false }, 502, `"lost":"reset"`},
		"closed after reading": {func(*venue, net.Conn, string) bool { return false }, 502, `"lost":"closed"`},
		"half closed": {func(_ *venue, conn net.Conn, _ string) bool {
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
			return false
		}, 502, `"lost":"closed"`},
		"no HTTP":     {always("what?\r\n\r\n"), 502, `"body":"a=1"}}`},
		"silence":     {func(_ *venue, conn net.Conn, _ string) bool { io.Copy(io.Discard, conn); return false }, 504, `"lost":"hung"`},
		"its own 504": {always("HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"), 504, `"status":504`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVenue(t, c.answer)
			file := filepath.Join(t.TempDir(), "all.ndjson")
			g := start(t, v, func(c *Config) { c.Record, c.answerTimeout = file, 200*time.Millisecond })
			resp, _ := dial(t, g).ask(t, order)
			if own := !strings.Contains(name, "its own"); resp.StatusCode != c.status || (resp.Header.Get(Mark) != "") != own {
				t.Errorf("expected a %d, of the gateway's own: %t, found %d %v", c.status, own, resp.StatusCode, resp.Header)
			}
			if got := v.requests(); len(got) != 1 {
				t.Errorf("expected the request to arrive once, found %q", got)
			}
			lines := recording(t, g, file, 2)
			if !strings.Contains(lines[0], `"hop":{"id":1,"side":"behind"}`) || !strings.Contains(lines[0], c.recorded) {
				t.Errorf("expected %s behind, found %s", c.recorded, lines[0])
			}
			if !strings.Contains(lines[1], `"hop":{"id":1,"side":"front"}`) || !strings.Contains(lines[1], fmt.Sprintf(`"status":%d`, c.status)) {
				t.Errorf("expected status %d in front, found %s", c.status, lines[1])
			}
		})
	}
}

// recording ends a gateway and returns the lines of what it recorded.
func recording(t *testing.T, g *Gateway, file string, want int) []string {
	t.Helper()
	o, err := g.Close()
	if err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != want || o.Recorded != int64(want) {
		t.Fatalf("expected %d exchanges recorded, found %d in\n%s", want, o.Recorded, data)
	}
	return lines
}

// TestNobodyListens: where nothing was sent, nothing stands behind.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always(okAnswer))
	v.Close()
	file := filepath.Join(t.TempDir(), "all.ndjson")
	g := start(t, v, func(c *Config) { c.Record = file })
	resp, text := dial(t, g).ask(t, "GET /?secret HTTP/1.1\r\nHost: H\r\n\r\n")
	if resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "mbxcheck: ") || strings.Contains(text, "secret") {
		t.Errorf("expected a 502 that says who made it, found %q", text)
	}
	recording(t, g, file, 1)
}

// TestBreaksOff: an answer that the venue breaks off is broken off for the client.
func TestBreaksOff(t *testing.T) {
	t.Parallel()
	v := newVenue(t, func(_ *venue, conn net.Conn, _ string) bool {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")
		return false
	})
	file := filepath.Join(t.TempDir(), "all.ndjson")
	g := start(t, v, func(c *Config) { c.Record = file })
	c := dial(t, g)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: H\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(resp.Body); err != io.ErrUnexpectedEOF || string(got) != "{}" {
		t.Errorf("expected {} and a connection that breaks off, found %q, %v", got, err)
	}
	for _, line := range recording(t, g, file, 2) {
		if !strings.Contains(line, `"truncated"`) {
			t.Errorf("expected a body that is cut, found %s", line)
		}
	}
}

// TestClientLeaves: what became of an order whose client has gone is recorded.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	gone, came := make(chan struct{}), make(chan struct{})
	v := newVenue(t, func(_ *venue, conn net.Conn, _ string) bool {
		close(came)
		<-gone
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"orderId\":1}")
		return err == nil
	})
	file := filepath.Join(t.TempDir(), "all.ndjson")
	g := start(t, v, func(c *Config) { c.Record = file })
	c := dial(t, g)
	io.WriteString(c, "POST /api/v3/order HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\n\r\na=1")
	<-came
	reset(c.Conn)
	close(gone)
	if lines := recording(t, g, file, 2); !strings.Contains(lines[0], `orderId`) {
		t.Errorf("expected the order's answer behind, found %s", lines[0])
	}
}

// TestLargeBodiesStream: bodies that are longer than is kept arrive whole, while the
// other end is still at them.
func TestLargeBodiesStream(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	v := newVenue(t, nil)
	v.answer = func(_ *venue, conn net.Conn, text string) bool {
		_, sent, _ := strings.Cut(text, "\r\n\r\n")
		_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(sent), sent)
		return err == nil
	}
	g := start(t, v, nil)
	for _, length := range []int64{int64(len(body)), -1} {
		r, err := http.NewRequest("POST", g.URL()+"/", io.NopCloser(strings.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if length < 0 { // in chunks, which stand in what arrived
			if err != nil || !bytes.Contains(got, []byte("0123456789abcdef")) || len(got) < len(body) {
				t.Errorf("expected %d bytes in chunks, found %d, %v", len(body), len(got), err)
			}
			continue
		}
		if err != nil || string(got) != body {
			t.Errorf("expected %d bytes back, found %d, %v", len(body), len(got), err)
		}
	}
}

// TestAnswerGoesOnAsItComes: nothing of an answer waits for what follows.
func TestAnswerGoesOnAsItComes(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	v := newVenue(t, func(_ *venue, conn net.Conn, _ string) bool {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{ ")
		<-read
		_, err := io.WriteString(conn, " }")
		return err == nil
	})
	c := dial(t, start(t, v, nil))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: H\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	_, err = io.ReadFull(resp.Body, got[:2])
	close(read)
	if _, err2 := io.ReadFull(resp.Body, got[2:]); err != nil || err2 != nil || string(got) != "{  }" {
		t.Errorf("expected {  }, found %q, %v, %v", got, err, err2)
	}
}

// TestBothSidesAreJudged: what a venue answers is held against it, what a client does
// against the client, and some is told before the end.
func TestBothSidesAreJudged(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"code\":-1003,\"msg\":\"slow\"}"))
	found := make(chan rule.Finding, 100)
	g := start(t, v, func(c *Config) {
		c.Rules = rule.All(edition.Default())
		c.Found = func(f rule.Finding) { found <- f }
	})
	dial(t, g).ask(t, "GET /api/v1/time HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
	for f := range found { // until it is told, or the test's time is over
		if f.Rule == "retry-after-present" {
			break
		}
	}
	o, err := g.Close()
	if err != nil || o.Exchanges != 1 || o.Tally.Traffic.Exchanges != 2 {
		t.Errorf("expected one exchange of two sides, found %+v, %v", o, err)
	}
	for i := range o.Tally.Rules {
		if r := &o.Tally.Rules[i]; r.ID == "retry-after-present" && r.Failed != 1 {
			t.Errorf("expected the venue alone to be held to it, found %d violations", r.Failed)
		}
	}
}

// TestRecordsTheClientsSide: a format that keeps no hops has each exchange once.
func TestRecordsTheClientsSide(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always(okAnswer))
	file := filepath.Join(t.TempDir(), "all.har")
	g := start(t, v, func(c *Config) { c.Record = file })
	dial(t, g).ask(t, "GET /api/v1/ping HTTP/1.1\r\nHost: H\r\n\r\n")
	if o, err := g.Close(); err != nil || o.Recorded != 1 {
		t.Errorf("expected one exchange, found %+v, %v", o, err)
	}
}

// TestStartRefuses what can't be listened at, recorded or asked.
func TestStartRefuses(t *testing.T) {
	t.Parallel()
	v := newVenue(t, always(okAnswer))
	up, err := ParseUpstream("http://" + v.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{Listen: "0.0.0.0:0"}, {Listen: "127.0.0.1"}, {Listen: "127.0.0.1:0", Record: "x.txt"}} {
		c.Upstream = up
		if g, err := Start(c); err == nil {
			g.Close()
			t.Errorf("expected %+v to be refused", c)
		}
	}
	for _, text := range []string{"", "api.binance.com", "ftp://x", "http://x/api", "http://x?a", "http://a:b@x", "http://[", "http://x#y"} {
		if u, err := ParseUpstream(text); err == nil {
			t.Errorf("expected %q to be refused, found %s", text, u)
		}
	}
}
