package wire

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestOutbound: an exchange is told once, whole even where its reader left, and before
// that one hears of its end.
func TestOutbound(t *testing.T) {
	t.Parallel()
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.Header().Set("Content-Length", "100")
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body) // the client reads it, or not
	}))
	defer venue.Close()
	for _, c := range []struct {
		name, path, body string
		read             int
		gaps             traffic.Gap
	}{
		{"read whole", "/a?b", "one", 3, 0},
		{"left", "/a?b", "one", 1, 0},
		{"no body", "/a?b", "", 0, 0},
		{"broken off", "/broken", "one", 3, traffic.GapTruncated},
		{"longer than is kept", "/a", strings.Repeat("x", maxBody+1), 9, traffic.GapRequestBody},
	} {
		var told []*traffic.Exchange
		o := &Outbound{Via: http.DefaultTransport, Clock: traffic.SteadyClock()}
		r, err := http.NewRequestWithContext(Watch(t.Context(), func(x *traffic.Exchange) { told = append(told, x) }), "POST", venue.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := o.RoundTrip(r)
		if err != nil {
			t.Fatal(c.name, err)
		}
		_, _ = io.ReadFull(resp.Body, make([]byte, c.read)) // a body that broke off is short
		resp.Body.Close()
		if len(told) != 1 {
			t.Fatalf("%s: expected one exchange, found %d", c.name, len(told))
		}
		x := told[0]
		if x.Gaps != c.gaps || x.Request.URL != venue.URL+c.path || string(x.Response.Body) != c.body || x.Response.Status != http.StatusOK || !x.Sent.Known() || x.Received.Earliest.Before(x.Sent.Latest) {
			t.Errorf("%s: found gaps %v, %s, status %d and %d bytes", c.name, x.Gaps, x.Request.URL, x.Response.Status, len(x.Response.Body))
		}
		if kept := c.body[:min(len(c.body), maxBody)]; string(x.Request.Body) != kept {
			t.Errorf("%s: expected %d bytes of the request, found %d", c.name, len(kept), len(x.Request.Body))
		}
	}
}
