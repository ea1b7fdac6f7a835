package serve

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// start starts a server that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	o.Listen, o.Admin = "127.0.0.1:0", "127.0.0.1:0"
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestManyAtOnce: with 64 clients at once every request is counted, weighed and
// recorded once.
func TestManyAtOnce(t *testing.T) {
	const clients, each = 64, 20
	name := filepath.Join(t.TempDir(), "many.ndjson")
	s, err := Start(Options{Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Record: name, Limits: limits(t, "REQUEST_WEIGHT=1000000/1d", "REQUEST_WEIGHT=1000000/1m", "RAW_REQUESTS=1000000/5m")})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range each {
				r, err := client.Get(s.Greeting.Listening + "/api/v1/ping")
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.observer.byStatus[200].Load(); got != clients*each || s.observer.total() != clients*each || s.observer.inFlight.Load() != 0 {
		t.Errorf("expected %d requests counted, found %d, in all %d", clients*each, got, s.observer.total())
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(data, []byte("\n")); got != clients*each || s.observer.record.count() != clients*each {
		t.Errorf("expected %d exchanges recorded, found %d", clients*each, got)
	}
}

func limits(t *testing.T, texts ...string) []venue.Limit {
	t.Helper()
	var list []venue.Limit
	for _, text := range texts {
		l, err := venue.ParseLimit(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	return list
}

func TestLimitsReplaceTheirLike(t *testing.T) {
	got := limitsWith(limits(t, "REQUEST_WEIGHT=7/1m", "REQUEST_WEIGHT=9/1h"))
	byDefault := venue.DefaultLimits()
	if len(got) != len(byDefault)+1 || got[0].Limit != 7 || got[len(got)-1].Limit != 9 || byDefault[0].Limit == 7 {
		t.Errorf("found %v", got)
	}
}

// TestBadInput: what no client of good will sends is refused, and the server
// lives on.
func TestBadInput(t *testing.T) {
	s := start(t, Options{Record: filepath.Join(t.TempDir(), "bad.yaml")})
	address := strings.TrimPrefix(s.Greeting.Listening, "http://")
	for _, c := range []struct{ name, text, want string }{
		{"no HTTP", "hello\r\n\r\n", "400"},
		{"two lengths", "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
		{"length and chunks", "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\nab", "501"},
		{"header flood", "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 64) + "\r\n", "431"},
		{"dots", "GET /api/v1/../v1/ping HTTP/1.1\r\nHost: a\r\n\r\n", "404"},
		{"escaped slash", "GET /api%2fv1%2fping HTTP/1.1\r\nHost: a\r\n\r\n", "404"},
		{"nul", "GET /api/v1/ping%00 HTTP/1.1\r\nHost: a\r\n\r\n", "404"},
		{"a body told too long", "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n", "413"},
		{"a body too long", "POST /api/v3/order HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + strings.Repeat("a", 0x20000) + "\r\n0\r\n\r\n", "413"},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go io.WriteString(conn, c.text)
		status, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(status, " "+c.want+" ") {
			t.Errorf("%s: expected %s, found %q (%v)", c.name, c.want, status, err)
		}
		conn.Close()
	}
	r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("expected the server alive, found %v %v", r, err)
	}
	r.Body.Close()
}

// TestCloseLetsGo: a request that is kept waiting for a minute does not keep
// the server from ending.
func TestCloseLetsGo(t *testing.T) {
	sc, err := fault.Parse("wait", []byte("name: wait\nfaults: [{route: '* *', do: timeout}]"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Scenario: sc})
	ended := make(chan error, 1)
	go func() {
		r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
		if err == nil {
			r.Body.Close()
			err = fmt.Errorf("status %d", r.StatusCode)
		}
		ended <- err
	}()
	for s.observer.inFlight.Load() == 0 {
		runtime.Gosched() // the request is on its way
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("expected the connection closed, found %v", err)
	}
}

// TestRecordingBreaksOff: a disk that is full ends the recording, not the venue.
func TestRecordingBreaksOff(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here to stand for a disk that is full")
	}
	name := filepath.Join(t.TempDir(), "full.ndjson")
	if err := os.Symlink("/dev/full", name); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Record: name})
	for range 2 {
		r, err := http.Get(s.Greeting.Listening + "/api/v1/ping")
		if err != nil || r.StatusCode != 200 {
			t.Fatalf("expected the venue to go on, found %v %v", r, err)
		}
		r.Body.Close()
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("expected to be told that the recording is not whole, found %v", err)
	}
}
