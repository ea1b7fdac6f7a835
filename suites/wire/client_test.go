package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// TestSend: what a client sees of its own exchanges, and of how answers are lost.
func TestSend(t *testing.T) {
	reset := func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // with its end net/http begins to see who leaves
		switch r.URL.Path {
		case "/echo":
			w.Header().Set("X-Got", r.Method)
			w.Write(body)
		case "/reset":
			reset(w)
		case "/closed":
			panic(http.ErrAbortHandler)
		case "/short":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/hung":
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		path string
		gaps traffic.Gap
		lost traffic.Lost
	}{
		{"/echo", 0, ""},
		{"/short", traffic.GapTruncated, ""},
		{"/reset", traffic.GapResponse, traffic.LostReset},
		{"/closed", traffic.GapResponse, traffic.LostClosed},
		{"/hung", traffic.GapResponse, traffic.LostHung},
	} {
		client := &http.Client{Transport: new(http.Transport), Timeout: deadline}
		if c.path == "/hung" {
			client.Timeout = 50 * time.Millisecond
		}
		x, err := sent(t, t.Context(), client, server.URL+c.path)
		var lost traffic.Lost
		if x.Annotation != nil {
			lost = x.Annotation.Lost
		}
		if (err != nil) != x.Gaps.Has(traffic.GapResponse) || x.Gaps != c.gaps || lost != c.lost {
			t.Errorf("%s: expected the gaps %b and it lost %q, found %b, %q and %v", c.path, c.gaps, c.lost, x.Gaps, lost, err)
		}
		length, _ := x.Request.Header.Get("content-length")
		if x.Request.URL != server.URL+c.path || length != "3" || !x.Sent.Exact() || x.Arrival.Seen() || x.Received.Before(x.Sent) {
			t.Errorf("%s: expected what was sent, and when, found %+v", c.path, x)
		}
		if got, _ := x.Response.Header.Get("x-got"); c.path == "/echo" && (got != "POST" || string(x.Response.Body) != "a=1" || x.Response.Status != 200) {
			t.Errorf("expected the answer, found %+v", x.Response)
		}
	}
	// Who gave up himself lost nothing by the server.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if x, err := sent(t, ctx, new(http.Client), server.URL+"/hung"); !errors.Is(err, context.Canceled) || x.Annotation != nil || !x.Gaps.Has(traffic.GapResponse) {
		t.Errorf("expected no answer and nobody's fault, found %v %+v", err, x)
	}
}

func sent(t *testing.T, ctx context.Context, client *http.Client, url string) (*traffic.Exchange, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("a=1"))
	if err != nil {
		t.Fatal(err)
	}
	return wire.Send(client, r, []byte("a=1"), traffic.SteadyClock())
}

// TestIsLoopback: whom nobody but this machine reaches.
func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "localhost": true, "LocalHost.": true,
		"": false, "0.0.0.0": false, "::": false, "192.0.2.1": false, "localhost.example": false, "127.0.0.1.example": false,
	} {
		if got := wire.IsLoopback(host); got != want {
			t.Errorf("%q: expected %t, found %t", host, want, got)
		}
	}
}
