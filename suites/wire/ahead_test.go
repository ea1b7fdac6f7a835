package wire_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// turns is a clock that moves when it is told to, and counts who asks it.
type turns struct{ now, asked atomic.Int64 }

func (c *turns) time() time.Time {
	c.asked.Add(1)
	return time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC).Add(time.Duration(c.now.Load()))
}

// TestSentAhead: a request that was there before an answer left was under way, and
// could not heed it, however long it lay unread behind others (RFC 9112 section
// 9.3.2). What comes behind a body, in chunks or not, begins behind it.
func TestSentAhead(t *testing.T) {
	const (
		one     = "GET /1 HTTP/1.1\r\nHost: localhost\r\nx-b: 1\r\nX-A: 1\r\n\r\n"
		two     = "GET /2 HTTP/1.1\r\nhost: localhost\r\nx-b: 2\r\nX-A: 2\r\n\r\n"
		three   = "GET /3 HTTP/1.1\r\nHOST: localhost\r\nx-b: 3\r\nX-A: 3\r\n\r\n"
		four    = "GET /4 HTTP/1.1\r\nHOST: localhost\r\nX-B: 4\r\n\r\n"
		sized   = "POST /1 HTTP/1.1\r\nHost: localhost\r\nx-b: 1\r\nContent-Length: 7\r\n\r\na=1\r\n\r\n"
		chunked = "POST /1 HTTP/1.1\r\nHost: localhost\r\nx-b: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n"
	)
	for _, c := range []struct {
		name  string
		sent  string // at once
		held  string // the request that is not answered before what comes later is there
		later string
	}{
		{"all at once", one + two + three + four, "/1", ""},
		{"behind a body", sized + two + three + four, "/1", ""},
		{"behind chunks", chunked + two + three + four, "/1", ""},
		{"behind blank lines", sized + "\r\n\r\n" + two + three + four, "/1", ""},
		{"while the first is answered", one, "/1", two + three + four},
		{"the rest of the second, while the first is answered", one + two[:20], "/1", two[20:] + three + four},
		{"the third, while the first is answered", one + two, "/1", three + four},
		{"unread, while the second is answered", one + two, "/2", three + four},
	} {
		t.Run(c.name, func(t *testing.T) { sentAhead(t, c.sent, c.held, c.later) })
	}
}

func sentAhead(t *testing.T, sent, held, later string) {
	clock := new(turns)
	begun, goOn := make(chan bool), make(chan bool)
	ca, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan *wire.Seen, 4)
	f := wire.NewFront(wire.Config{Authority: ca, Names: edition.Default().Names(), Clock: clock.time, Ended: func(s *wire.Seen) { ended <- s }, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == held {
			begun <- true
			<-goOn
		}
		clock.now.Add(int64(2 * traffic.InFlight))
		w.WriteHeader(http.StatusTooManyRequests)
	})})
	defer f.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.Serve(l)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, sent)
	<-begun
	moved := clock.time()
	if asked := clock.asked.Load(); later != "" {
		clock.now.Add(int64(time.Millisecond))
		io.WriteString(conn, later)
		for end := time.Now().Add(deadline); clock.asked.Load() == asked && time.Now().Before(end); {
			runtime.Gosched() // until the front has noted the first byte
		}
	}
	goOn <- true
	in := bufio.NewReader(conn)
	var all []*traffic.Exchange
	for n := range 4 {
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		s := <-ended
		all = append(all, s.Exchange())
		if atOnce := n < strings.Count(sent, " HTTP/1.1\r\n"); s.FirstByteAt.After(moved) == atOnce {
			t.Errorf("request %d: expected its first byte among those sent at once, by %v: %t, found it at %v", n+1, moved, atOnce, s.FirstByteAt)
		}
		if got, _ := s.Header.Get("x-b"); got != fmt.Sprint(n+1) || !s.InOrder || !strings.HasSuffix(s.URL, fmt.Sprint("/", n+1)) {
			t.Errorf("request %d: expected its own fields in order, found %s %v", n+1, s.URL, s.Header)
		}
	}
	underWay(t, all)
}

// underWay holds that no request was sent after any of the answers.
func underWay(t *testing.T, all []*traffic.Exchange) {
	t.Helper()
	for i, x := range all {
		if x.Arrival.FreeAt.After(x.Arrival.FirstByteAt) {
			t.Errorf("request %d: expected it on a connection that was free, or shared, found %+v", i+1, x.Arrival)
		}
		for j, before := range all[:i] {
			if answered := before.Received; answered.Before(x.Sent) || !x.Arrival.Ready().Before(answered.Latest) {
				t.Errorf("request %d: expected it under way when request %d was answered at %v, found it sent %v, %+v", i+1, j+1, answered.Latest, x.Sent, x.Arrival)
			}
		}
	}
}
