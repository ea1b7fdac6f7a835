package har

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestWriteReadsBack writes exchanges and reads the file after each: it is a
// whole HAR every time, and holds what was written, secrets masked.
func TestWriteReadsBack(t *testing.T) {
	var to format.Memory
	w, err := write(&to)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", 64)
	sent := time.Date(2019, 7, 20, 10, 0, 0, 123456789, time.UTC)
	all := []*traffic.Exchange{
		{
			Client: "203.0.113.7", Sent: traffic.Exactly(sent), Received: traffic.Exactly(sent.Add(20 * time.Millisecond)), Duration: 20 * time.Millisecond,
			Request:  traffic.Request{Method: "GET", URL: "http://127.0.0.1:1/api/v3/order?a=b&signature=1234", Header: traffic.Header{{Name: "X-Mbx-Apikey", Value: key}}},
			Response: traffic.Response{Status: 200, Header: traffic.Header{{Name: "A", Value: "1"}, {Name: "A", Value: "<2>"}}, Body: []byte("{\"é\":\"<\u2028\"}")},
		},
		{
			Sent: traffic.Exactly(sent), Received: traffic.Exactly(sent.Add(time.Millisecond)), Duration: time.Millisecond,
			Request:  traffic.Request{Method: "POST", URL: "http://127.0.0.1:1/api/v3/order", Body: []byte("a=b&signature=1234")},
			Response: traffic.Response{Status: 400, Body: []byte{0xff, 0}},
		},
		seenToCome,
		{Gaps: traffic.GapResponse, Sent: traffic.Exactly(sent), Request: traffic.Request{Method: "GET", URL: "http://127.0.0.1:1/api/v1/ping"}},
	}
	for n := 0; ; n++ {
		if got := readBack(t, to.Bytes); len(got) != n {
			t.Fatalf("expected %d exchanges, found %d", n, len(got))
		} else if n == len(all) {
			check(t, got)
			return
		}
		if err := w.Add((*mask.Masker)(nil).Storable(all[n])); err != nil {
			t.Fatal(err)
		}
	}
}

// seenToCome is an exchange that somebody between client and venue kept.
var seenToCome = func() *traffic.Exchange {
	at := time.Date(2019, 7, 20, 10, 0, 1, 5000, time.UTC)
	a := traffic.Arrival{OpenedAt: at.Add(-time.Minute), FreeAt: at.Add(-time.Second), FirstByteAt: at}
	return &traffic.Exchange{
		Arrival: a, Sent: a.Sent(), Received: traffic.Exactly(at.Add(time.Millisecond)),
		Request:  traffic.Request{Method: "GET", URL: "http://127.0.0.1:1/api/v1/ping"},
		Response: traffic.Response{Status: 200, Body: []byte("{}")},
	}
}()

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

func check(t *testing.T, got []*traffic.Exchange) {
	t.Helper()
	x := got[0]
	sent := time.Date(2019, 7, 20, 10, 0, 0, 123456789, time.UTC)
	if x.Client != "203.0.113.7" || !x.Sent.Exact() || !x.Sent.Earliest.Equal(sent) || !x.Received.Earliest.Equal(sent.Add(20*time.Millisecond)) {
		t.Errorf("expected client and instants, found %+v", x)
	}
	if key, _ := x.Request.Header.Get("X-MBX-APIKEY"); !strings.HasPrefix(key, "masked") || !strings.HasSuffix(x.Request.URL, "a=b&signature=0000") {
		t.Errorf("expected key and signature masked, found %q and %s", key, x.Request.URL)
	}
	if x.Response.Status != 200 || x.Response.Header.Count("A") != 2 || string(x.Response.Body) != "{\"é\":\"<\u2028\"}" {
		t.Errorf("found %+v", x.Response)
	}
	if x = got[1]; string(x.Request.Body) != "a=b&signature=0000" || string(x.Response.Body) != "\xff\x00" {
		t.Errorf("found %q and %q", x.Request.Body, x.Response.Body)
	}
	if x = got[2]; x.Arrival != seenToCome.Arrival || x.Sent != seenToCome.Sent || x.Received != seenToCome.Received {
		t.Errorf("expected %+v, found %+v", seenToCome, x)
	}
	if x = got[3]; !x.Gaps.Has(traffic.GapResponse) {
		t.Errorf("expected no response, found %+v", x)
	}
}

func readBack(t *testing.T, data []byte) []*traffic.Exchange {
	t.Helper()
	if !json.Valid(data) {
		t.Fatalf("expected JSON, found %s", data)
	}
	return formattest.All(t, Format, data)
}
