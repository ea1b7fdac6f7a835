package har

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestProxysInstants: what a proxy's HAR says of a request is when it came.
func TestProxysInstants(t *testing.T) {
	at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		creator string
		want    traffic.Span
	}{
		{"Firefox", traffic.Exactly(at)},
		{"mitmproxy", traffic.Span{Earliest: at.Add(-traffic.Unseen), Latest: at.Add(time.Millisecond)}},
		{"HTTP Toolkit", traffic.Span{Earliest: at.Add(-traffic.Unseen), Latest: at.Add(time.Millisecond)}},
		{"BrowserMob Proxy", traffic.Span{Earliest: at.Add(-traffic.Unseen), Latest: at.Add(time.Millisecond)}},
		{"Charles Proxy", traffic.Span{Earliest: at.Add(-traffic.Unseen), Latest: at.Add(time.Millisecond)}},
	} {
		text := `{"log":{"creator":{"name":"` + c.creator + `"},"entries":[{"startedDateTime":"2019-07-20T10:00:00Z","time":5,"_clientIPAddress":"127.0.0.1",` +
			`"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":{"status":200}}]}}`
		for x, err := range Format.Read(formattest.Input(text, "x.har")) {
			if err != nil || x.Sent != c.want || x.Arrival.Seen() == x.Sent.Exact() {
				t.Errorf("%s: expected %v, found %v, %v", c.creator, c.want, x.Sent, err)
			}
		}
	}
}
