package serve

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestRecordingSaysWhenRequestsCame: the server knows when a request came, not
// when it was sent; on which connection, and since when that was free, it knows.
func TestRecordingSaysWhenRequestsCame(t *testing.T) {
	for _, secure := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "x.ndjson")
		s := start(t, Options{Record: name, TLS: secure})
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(s.Greeting.Certificate))
		for range 2 { // clients, of two requests each
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
			for range 2 {
				r, err := client.Get(s.Greeting.Listening + "/api/v1/ping")
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
			client.CloseIdleConnections()
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkArrivals(t, name)
	}
}

func checkArrivals(t *testing.T, name string) {
	t.Helper()
	rec, err := cassettes.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	var all []*traffic.Exchange
	for x, err := range rec.Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x.Clone())
	}
	if len(all) != 4 {
		t.Fatalf("expected 4 exchanges, found %d", len(all))
	}
	// The next answer may be noted before this one is, on a busy machine.
	slices.SortFunc(all, func(a, b *traffic.Exchange) int { return a.Arrival.FirstByteAt.Compare(b.Arrival.FirstByteAt) })
	for i, x := range all {
		if x.Sent != x.Arrival.Sent() || x.Sent.Exact() {
			t.Errorf("exchange %d: expected a sending bounded by %+v, found %v", i+1, x.Arrival, x.Sent)
		}
		switch a := x.Arrival; i {
		case 1, 3: // on the connection of the one before
			if !a.Ready().Equal(all[i-1].Received.Latest) || !a.OpenedAt.Equal(all[i-1].Arrival.OpenedAt) {
				t.Errorf("exchange %d: expected the connection free from %v on, found %+v", i+1, all[i-1].Received.Latest, a)
			}
		case 2: // on a new one
			if a.Ready().Before(all[1].Received.Latest) || !a.FreeAt.IsZero() {
				t.Errorf("exchange 3: expected a connection opened after %v, found %+v", all[1].Received.Latest, a)
			}
		}
	}
}

// TestSentAheadIsUnderWay: requests that a client sent before it had read the 429
// to the first of them are no findings, however slowly they are answered.
func TestSentAheadIsUnderWay(t *testing.T) {
	const asked = 4
	for _, secure := range []bool{false, true} {
		var turns atomic.Int64 // each look at the clock is later than any request is on its way
		clock := func() time.Time { return began.Add(2 * traffic.InFlight * time.Duration(turns.Add(1))) }
		name := filepath.Join(t.TempDir(), "x.ndjson")
		s := start(t, Options{Record: name, TLS: secure, Limits: limits(t, "RAW_REQUESTS=1/5m"), clock: clock})
		conn := dial(t, s)
		if secure {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // it is one's own
		}
		io.WriteString(conn, strings.Repeat("GET /api/v3/time HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", asked))
		in := bufio.NewReader(conn)
		for n := range asked {
			r, err := http.ReadResponse(in, nil)
			if err != nil || (r.StatusCode == http.StatusTooManyRequests) != (n > 0) {
				t.Fatalf("expected 429 but for the first, found %v %v", r, err)
			}
			io.Copy(io.Discard, r.Body)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, f := range judged(t, name) {
			t.Errorf("TLS %t: expected no finding, found %s at exchange %d: %s Seen: %s", secure, f.Rule, f.At.Exchange, f.Message, f.Seen)
		}
	}
}

// TestPlainClientsAreTold: who speaks plain HTTP to a port of TLS is told so,
// recording or not.
func TestPlainClientsAreTold(t *testing.T) {
	for _, name := range []string{"", filepath.Join(t.TempDir(), "x.ndjson")} {
		s := start(t, Options{Record: name, TLS: true})
		conn := dial(t, s)
		io.WriteString(conn, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
		if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "Client sent an HTTP request to an HTTPS server.\n") {
			t.Errorf("recording %q: expected to be told, found %q %v", name, text, err)
		}
	}
}
