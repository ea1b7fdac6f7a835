package traffic

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestURLParts(t *testing.T) {
	for _, tc := range []struct{ url, scheme, host, port, path, query string }{
		{"https://api.binance.com/api/v1/ping", "https", "api.binance.com", "", "/api/v1/ping", ""},
		{"http://user:pw@API.Binance.com:8080/api/v1/time?a=b#f", "http", "api.binance.com", "8080", "/api/v1/time", "a=b"},
		{"https://[::1]:443/x?", "https", "[::1]", "443", "/x", ""},
		{"/api/v1/ping?x=1", "", "", "", "/api/v1/ping", "x=1"},
		{"ping", "", "", "", "ping", ""},
		{"?next=x/y", "", "", "", "", "next=x/y"},
		{"a?next=x/y", "", "a", "", "", "next=x/y"},
		{"https://api.binance.com", "https", "api.binance.com", "", "", ""},
		{"<BASE_URL>/api/v1/ping?x=1", "", "<base_url>", "", "/api/v1/ping", "x=1"},
		{"{{base}}/api/v1/ping", "", "{{base}}", "", "/api/v1/ping", ""},
		{"api.binance.com:443/api/v1/ping", "", "api.binance.com", "443", "/api/v1/ping", ""},
		{"/api/v1/ping?next=https://x/y", "", "", "", "/api/v1/ping", "next=https://x/y"},
		{"https://api.binance.com?x=/y", "https", "api.binance.com", "", "", "x=/y"},
	} {
		var f Facts
		f.ScanRequest(spoken, &Exchange{Request: Request{Method: "GET", URL: tc.url}})
		if want := strings.HasPrefix(tc.path, "/api/"); f.Family.Main != want {
			t.Errorf("%s: expected to be of /api: %t, found %v", tc.url, want, f.Family)
		}
		got := [5]string{f.Scheme, f.Host, f.Port, f.Path, f.Query}
		if want := [5]string{tc.scheme, tc.host, tc.port, tc.path, tc.query}; got != want {
			t.Errorf("%s: expected %q, found %q", tc.url, want, got)
		}
	}
}

func TestFingerprints(t *testing.T) {
	scan := func(method, url, body string) (uint64, uint64) {
		var f Facts
		f.ScanRequest(spoken, &Exchange{Request: Request{Method: method, URL: url, Body: []byte(body)}})
		return f.Logical, f.Business
	}
	const base = "https://x/api/v3/order?"
	l1, b1 := scan("POST", base+"symbol=A&side=BUY&newClientOrderId=1&timestamp=1&signature=2", "")
	l2, b2 := scan("POST", base+"side=BUY&newClientOrderId=1", "symbol=A&timestamp=9&signature=8")
	l3, b3 := scan("POST", base+"symbol=A&side=BUY&newClientOrderId=2", "")
	l4, b4 := scan("POST", base+"symbol=B&side=BUY&newClientOrderId=1", "")
	if l1 != l2 || b1 != b2 {
		t.Error("expected order, place and signing to make no difference")
	}
	if l1 == l3 || b1 != b3 {
		t.Error("expected the client's id to make a logical difference, no business one")
	}
	if l1 == l4 || b1 == b4 {
		t.Error("expected another symbol to make a difference")
	}
	for _, c := range []struct {
		one, two string
		same     bool
	}{
		{"quantity=0.01", "quantity=0.010", true},
		{"price=9000", "price=9000.00", true},
		{"price=9000.5", "price=9000.50&newOrderRespType=FULL", true},
		{"quantity=0.01", "quantity=0.1", false},
		{"price=100", "price=10", false},
		{"price=9000.5", "price=9000.05", false},
		{"asset=a.0", "asset=a.", false},
		{"asset=1.2.0", "asset=1.2", false},
	} {
		lone, one := scan("POST", base+c.one, "")
		ltwo, two := scan("POST", base+c.two, "")
		if lone == ltwo || (one == two) != c.same {
			t.Errorf("%s and %s: expected one business %t, and two requests", c.one, c.two, c.same)
		}
	}
}

func TestParseDateAgreesWithTheLibrary(t *testing.T) {
	for _, v := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"", "yesterday", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
	} {
		got, ok := ParseDate(v)
		want, err := http.ParseTime(v)
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Errorf("%q: expected %v, %v; found %v, %v", v, want, err, got, ok)
		}
	}
}

func TestResolve(t *testing.T) {
	date := at("2019-07-20T10:00:00Z")
	for _, tc := range []struct {
		name           string
		sent, received Span
		date           time.Time
		duration       time.Duration
		claim          time.Time
		wantSent       Span
		wantReceived   Span
	}{
		{name: "the recorder's own instants stand", sent: Exactly(date), received: Exactly(date.Add(time.Second)), date: date.Add(time.Hour),
			wantSent: Exactly(date), wantReceived: Exactly(date.Add(time.Second))},
		{name: "a duration gives the other end", sent: Exactly(date), duration: time.Second,
			wantSent: Exactly(date), wantReceived: Exactly(date.Add(time.Second))},
		{name: "a Date is one second wide", date: date, duration: 100 * time.Millisecond,
			wantSent:     Span{date.Add(-100 * time.Millisecond), date.Add(time.Second)},
			wantReceived: Span{date, date.Add(1100 * time.Millisecond)}},
		{name: "the shortest duration that is told bounds", date: date, duration: time.Millisecond,
			wantSent: Span{date.Add(-time.Millisecond), date.Add(time.Second)}, wantReceived: Span{date, date.Add(1001 * time.Millisecond)}},
		{name: "without a duration the longest flight bounds", date: date,
			wantSent: Span{date.Add(-spoken.Clock.Timeout), date.Add(time.Second)}, wantReceived: Span{date, date.Add(time.Second + LongestTransit)}},
		{name: "an accepted timestamp narrows", date: date, claim: date,
			wantSent: Span{date.Add(-time.Second), date.Add(time.Second)}, wantReceived: Span{date, date.Add(time.Second + LongestTransit)}},
		{name: "an edited timestamp does not", date: date, claim: date.Add(-time.Hour),
			wantSent: Span{date.Add(-spoken.Clock.Timeout), date.Add(time.Second)}, wantReceived: Span{date, date.Add(time.Second + LongestTransit)}},
		{name: "no evidence, no bounds"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sent, received := spoken.resolve(tc.sent, tc.received, tc.date, tc.duration, tc.claim)
			if sent != tc.wantSent || received != tc.wantReceived {
				t.Errorf("expected %v %v, found %v %v", tc.wantSent, tc.wantReceived, sent, received)
			}
		})
	}
}

func TestMaker(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		header Header
		body   string
		want   Maker
	}{
		{"JSON behind a CDN is the venue's", 200, Header{{"Via", "1.1 x (CloudFront)"}, {"X-Cache", "Miss from cloudfront"}}, `{}`, MakerVenue},
		{"a firewall's page", 403, Header{{"Content-Type", "text/html"}, {"Server", "CloudFront"}}, `<html>`, MakerIntermediary},
		{"an HTML error page", 404, Header{{"Content-Type", "text/html; charset=utf-8"}}, `<html>`, MakerIntermediary},
		{"an HTML page with the venue's field", 429, Header{{"Content-Type", "text/html"}, {"X-MBX-USED-WEIGHT", "1"}}, `<html>`, MakerVenue},
		{"JSON served as HTML in 2017", 200, Header{{"Content-Type", "text/html"}}, `[]`, MakerVenue},
		{"an empty 504", 504, nil, ``, MakerUnknown},
		{"a gateway's refusal", 429, Header{{GatewayField, "guard: x"}}, `{"code":-1003}`, MakerIntermediary},
		{"a success that pretends to be a gateway's", 200, Header{{GatewayField, "x"}}, `{}`, MakerVenue},
		{"an HTML page with status 200", 200, Header{{"Content-Type", "text/html"}}, `<html>`, MakerVenue},
	} {
		x := &Exchange{Request: Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping"},
			Response: Response{Status: tc.status, Header: tc.header, Body: []byte(tc.body)}}
		f := FactsOf(spoken, x)
		if f.Maker != tc.want {
			t.Errorf("%s: expected %s, found %s", tc.name, tc.want, f.Maker)
		}
	}
}

func TestBannedUntil(t *testing.T) {
	x := &Exchange{Request: Request{Method: "GET", URL: "/api/v1/ping"}, Response: Response{Status: 418,
		Body: []byte(`{"code":-1003,"msg":"Way too many requests; IP banned until 1513693008350."}`)}}
	f := FactsOf(spoken, x)
	if want := time.UnixMilli(1513693008350).UTC(); !f.BannedUntil.Equal(want) {
		t.Errorf("expected %v, found %v", want, f.BannedUntil)
	}
}
