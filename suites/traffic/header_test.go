package traffic

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// factsOf scans an exchange as the engine does.
func factsOf(x Exchange) *Facts {
	if x.Request.Method == "" {
		x.Request.Method = "GET"
	}
	if x.Request.URL == "" {
		x.Request.URL = "https://api.binance.com/api/v1/ping"
	}
	return FactsOf(spoken, &x)
}

func answer(status int, body string, fields ...Field) Exchange {
	return Exchange{Response: Response{Status: status, Header: fields, Body: []byte(body)}}
}

// seenOf is what the header of an answer shows.
type seenOf struct {
	date             string
	used, used1m     int64
	has1m            bool
	after            string
	hasAfter         bool
	afterSec         int64
	hit, masked, own bool
	kept, differ     bool
}

// What each field shows, in any spelling of its name, and that no other field of
// the same length shows it.
func TestWhatFieldsShow(t *testing.T) {
	const sat = "Sat, 20 Jul 2019 10:00:00 GMT"
	for _, c := range []struct {
		fields []Field
		want   seenOf
	}{
		{nil, seenOf{}},
		{[]Field{{"Date", sat}}, seenOf{date: sat}},
		{[]Field{{"Date", sat}, {"Date", "Sat, 20 Jul 2019 11:00:00 GMT"}}, seenOf{date: sat}},
		{[]Field{{"Date", "[FILTERED]"}}, seenOf{masked: true}},
		{[]Field{{"Date", "yesterday"}}, seenOf{}},
		{[]Field{{"Dato", sat}}, seenOf{}},
		{[]Field{{"X-MBX-USED-WEIGHT", "17"}}, seenOf{used: 17, own: true}},
		{[]Field{{"X-MBX-USED-WEIGHT", "***"}}, seenOf{own: true, masked: true}},
		{[]Field{{"X-MBX-USED-WEIGHT", "many"}}, seenOf{own: true}},
		{[]Field{{"X-MBX-USED-HEIGHT", "17"}}, seenOf{own: true}},
		{[]Field{{"X-MBX-USED-WEIGHT-1M", "18"}}, seenOf{used1m: 18, has1m: true, own: true}},
		{[]Field{{"X-MBX-USED-WEIGHT-1M", "x"}}, seenOf{has1m: true, own: true}},
		{[]Field{{"X-MBX-USED-WEIGHT-5M", "18"}}, seenOf{own: true}},
		{[]Field{{"X-MBX-UUID", "1"}}, seenOf{own: true, kept: true}},
		{[]Field{{"X-MBX-ABCD", "1"}}, seenOf{own: true}},
		{[]Field{{"X-MBY-UUID", "1"}}, seenOf{}},
		{[]Field{{"X-MBX-", "1"}}, seenOf{}},
		{[]Field{{"X-MBX-A", "1"}}, seenOf{own: true}},
		{[]Field{{"X-SAPI-USED-IP-WEIGHT-1M", "1"}}, seenOf{own: true}},
		{[]Field{{"X-SAPI-UNUSED", "1"}}, seenOf{}},
		{[]Field{{"Retry-After", "5"}}, seenOf{after: "5", hasAfter: true, afterSec: 5}},
		{[]Field{{"Retry-After", "5"}, {"Retry-After", "9"}}, seenOf{after: "5", hasAfter: true, afterSec: 5, differ: true}},
		{[]Field{{"Retry-After", "5"}, {"Retry-After", "5"}}, seenOf{after: "5", hasAfter: true, afterSec: 5}},
		{[]Field{{"Retry-After", "soon"}}, seenOf{after: "soon", hasAfter: true}},
		{[]Field{{"Retry-After", "<seconds>"}}, seenOf{after: "<seconds>", hasAfter: true, masked: true}},
		{[]Field{{"Retry-Aftar", "5"}}, seenOf{}},
		{[]Field{{"Retry-After", "5"}, {"Retry-After", "6"}, {"Retry-After", "5"}}, seenOf{after: "5", hasAfter: true, afterSec: 5, differ: true}},
		{[]Field{{"Retry-After", "5 "}, {"Retry-After", "\t5"}}, seenOf{after: "5 ", hasAfter: true, afterSec: 5}},
		{[]Field{{"Retry-After", "<seconds>"}, {"Date", sat}}, seenOf{after: "<seconds>", hasAfter: true, masked: true, date: sat}},
		{[]Field{{"Date", "[FILTERED]"}, {"X-MBX-USED-WEIGHT", "many"}}, seenOf{masked: true, own: true}},
		{[]Field{{"X-Cache", "Hit from cloudfront"}, {"Age", "0"}}, seenOf{hit: true}},
		{[]Field{{"Age", "1"}}, seenOf{hit: true}},
		{[]Field{{"Age", "0"}}, seenOf{}},
		{[]Field{{"Age", "old"}}, seenOf{}},
		{[]Field{{"Abc", "5"}}, seenOf{}},
		{[]Field{{"Ages", "5"}}, seenOf{}},
		{[]Field{{"X-Cache", "Hit from cloudfront"}}, seenOf{hit: true}},
		{[]Field{{"X-Cache", "Miss from cloudfront"}}, seenOf{}},
		{[]Field{{"X-Cache", "Miss"}, {"Age", "3"}, {"X-Cache", "Miss"}}, seenOf{hit: true}},
		{[]Field{{"X-Cachd", "Hit"}}, seenOf{}},
		{[]Field{{"Server", "nginx"}}, seenOf{kept: true}},
		{[]Field{{"Serves", "nginx"}}, seenOf{}},
		{[]Field{{"", ""}, {"X", ""}, {"TE", ""}, {"Vary", "x"}}, seenOf{}},
	} {
		for _, spell := range []func(string) string{strings.ToLower, strings.ToUpper, strings.Clone} {
			var fields []Field
			for _, one := range c.fields {
				fields = append(fields, Field{spell(one.Name), one.Value})
			}
			want := c.want
			want.used, want.used1m, want.afterSec = orNone(want.used), orNone(want.used1m), orNone(want.afterSec)
			f := factsOf(answer(200, "{}", fields...))
			got := seenOf{"", f.UsedWeight, f.UsedWeight1m, f.HasUsedWeight1m, f.RetryAfter, f.HasRetryAfter, f.RetryAfterSec, f.CacheHit, f.FieldMasked, f.VenueField, f.fieldsKept, f.WaitsDiffer}
			if !f.Date.IsZero() {
				got.date = f.Date.Format("Mon, 02 Jan 2006 15:04:05 GMT")
			}
			if got != want {
				t.Errorf("%v: expected %+v, found %+v", fields, want, got)
			}
		}
	}
}

// orNone has -1 stand for a number that the table leaves out.
func orNone(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}

// Marks of a CDN make a page that is no JSON an intermediary's, whichever it is.
func TestMarksOfIntermediaries(t *testing.T) {
	for _, c := range []struct {
		field Field
		want  Maker
	}{
		{Field{"Via", "1.1 proxy"}, MakerIntermediary}, {Field{"Vib", "1.1 proxy"}, MakerUnknown}, {Field{"Vias", "1.1 proxy"}, MakerUnknown},
		{Field{"Server", "CloudFront"}, MakerIntermediary}, {Field{"Server", "cloudflare"}, MakerIntermediary}, {Field{"Server", "awselb/2.0"}, MakerIntermediary},
		{Field{"Server", "nginx"}, MakerUnknown}, {Field{"CF-Ray", "5"}, MakerIntermediary}, {Field{"CF-Raz", "5"}, MakerUnknown},
		{Field{"X-Cache", "Error from cloudfront"}, MakerIntermediary}, {Field{"X-Amz-Cf-Id", "5"}, MakerIntermediary}, {Field{"X-Amz-Id", "5"}, MakerUnknown},
		{Field{"Content-Type", "text/html; charset=utf-8"}, MakerIntermediary}, {Field{"Content-Type", "text/plain"}, MakerUnknown}, {Field{"Content-Typo", "text/html"}, MakerUnknown},
		{Field{"X-MBX-UUID", "5"}, MakerVenue},
	} {
		if got := factsOf(answer(502, "gateway", c.field)).Maker; got != c.want {
			t.Errorf("%v: expected %s, found %s", c.field, c.want, got)
		}
	}
	asked := factsOf(answer(200, "", Field{"X-Cache", "Miss from cloudfront"}, Field{"X-Cache", "Error"}))
	if asked.Maker != MakerVenue {
		t.Errorf("expected one line that says that the origin was asked to be enough, found %s", asked.Maker)
	}
	for _, beside := range []Field{{"Server", "nginx"}, {"Vary", "Origin"}} {
		if two := factsOf(answer(502, "gateway", Field{"CF-Ray", "5"}, beside)); two.Maker != MakerIntermediary {
			t.Errorf("expected one mark to be enough beside %v, found %s", beside, two.Maker)
		}
	}
}

// Who made a response, by its status, its body and what its header says.
func TestMakerByEvidence(t *testing.T) {
	miss, html, cdn := Field{"X-Cache", "Miss from cloudfront"}, Field{"Content-Type", "text/html"}, Field{"Via", "1.1 x"}
	with := func(x Exchange, gaps Gap) Exchange { x.Gaps = gaps; return x }
	for _, c := range []struct {
		name string
		x    Exchange
		want Maker
	}{
		{"no status", answer(0, `{}`), MakerUnknown},
		{"no response", with(answer(200, `{}`), GapResponse), MakerUnknown},
		{"a list", answer(502, `[]`, cdn), MakerVenue},
		{"a text in quotes", answer(502, `"x"`), MakerUnknown},
		{"an object and something behind it, through a CDN", answer(502, `{} x`, cdn), MakerIntermediary},
		{"a text in quotes, through a CDN", answer(502, `"x"`, cdn), MakerIntermediary},
		{"nothing, and the CDN had to ask", answer(200, ``, miss), MakerVenue},
		{"nothing with a redirection, though the CDN had to ask", answer(300, ``, miss), MakerIntermediary},
		{"nothing with an error, though the CDN had to ask", answer(504, ``, miss), MakerIntermediary},
		{"nothing from a CDN", answer(200, ``, cdn), MakerIntermediary},
		{"nothing at all with success", answer(200, ``), MakerUnknown},
		{"text with success", answer(200, `ok`), MakerVenue},
		{"text with success, though the CDN had to ask", answer(200, `ok`, miss), MakerIntermediary},
		{"text with a redirection", answer(300, `ok`), MakerUnknown},
		{"a page of success", answer(399, `<html>`, html), MakerUnknown},
		{"a page of an error", answer(400, `<html>`, html), MakerIntermediary},
		{"a body that was not recorded", with(answer(200, `x`, cdn), GapResponseBody), MakerUnknown},
		{"a body that could not be decoded", with(answer(200, `x`, cdn), GapUndecoded), MakerUnknown},
		{"a body that was cut, from a CDN", with(answer(200, `{"a`, cdn), GapTruncated), MakerIntermediary},
	} {
		if got := factsOf(c.x).Maker; got != c.want {
			t.Errorf("%s: expected %s, found %s", c.name, c.want, got)
		}
	}
}

// Whether the header was recorded whole shows by fields that nobody picks.
func TestHeadersSeen(t *testing.T) {
	date, kind, server := Field{"Date", "Sat, 20 Jul 2019 10:00:00 GMT"}, Field{"Content-Type", "application/json"}, Field{"Server", "nginx"}
	noon := at("2019-07-20T12:00:00Z")
	exact := func(x Exchange, duration time.Duration, received Span) Exchange {
		x.Sent, x.Duration, x.Received = Exactly(noon), duration, received
		return x
	}
	gap := func(x Exchange, g Gap) Exchange { x.Gaps = g; return x }
	for _, c := range []struct {
		name string
		x    Exchange
		want bool
	}{
		{"nothing", answer(200, `{}`), false},
		{"Date and Content-Type alone", answer(200, `{}`, date, kind), false},
		{"Date and one more", answer(200, `{}`, date, Field{"Vary", "x"}), true},
		{"Server alone", answer(200, `{}`, server), true},
		{"one that anybody may pick", answer(200, `{}`, Field{"Vary", "x"}), false},
		{"four of the two that are picked", answer(200, `{}`, date, date, kind, kind), false},
		{"five of them", answer(200, `{}`, date, date, kind, kind, kind), true},
		{"a field before Date", answer(200, `{}`, Field{"Vary", "x"}, date), true},
		{"both instants", exact(answer(200, `{}`, kind), 0, Exactly(noon)), true},
		{"an instant and a duration", exact(answer(200, `{}`, kind), time.Second, Span{}), true},
		{"one instant", exact(answer(200, `{}`, kind), 0, Span{}), false},
		{"both instants, but no field", exact(answer(200, `{}`), 0, Exactly(noon)), false},
		{"no answer", answer(0, `{}`, date, server), false},
		{"a gap", gap(answer(200, `{}`, date, server), GapResponseHeader), false},
	} {
		if got := factsOf(c.x).HeadersSeen(); got != c.want {
			t.Errorf("%s: expected to be seen whole: %t, found %t", c.name, c.want, got)
		}
	}
}

// A body of another length than its Content-Length was edited, unless anything
// else explains it.
func TestEditedBody(t *testing.T) {
	length := func(n string) Field { return Field{"Content-Length", n} }
	with := func(change func(x *Exchange)) Exchange {
		x := answer(200, `{}`, length("9"))
		change(&x)
		return x
	}
	for _, c := range []struct {
		name string
		x    Exchange
		want bool
	}{
		{"as long as told", answer(200, `{}`, length("2")), false},
		{"shorter than told", answer(200, `{}`, length("3")), true},
		{"longer than told", answer(200, `{"a":1}`, length("3")), true},
		{"longer by white space at its end", answer(200, "{} \t\r\n", length("2")), false},
		{"longer by more than white space", answer(200, "{} x", length("2")), true},
		{"a length of 0", answer(200, `{}`, length("0")), true},
		{"a field as long as the length's", answer(200, `{}`, Field{"Content-Lenght", "9"}), false},
		{"a field as long as the coding's", answer(200, `{}`, length("9"), Field{"Content-Encodimg", "gzip"}), true},
		{"no length told", answer(200, `{}`), false},
		{"a length that is none", answer(200, `{}`, length("many")), false},
		{"a coded length", answer(200, `{}`, length("9"), Field{"Content-Encoding", "gzip"}), false},
		{"a length of what is not coded", answer(200, `{}`, length("9"), Field{"Content-Encoding", "identity"}), true},
		{"coded twice", answer(200, `{}`, length("9"), Field{"Content-Encoding", "gzip"}, Field{"Content-Encoding", "identity"}), false},
		{"no body", answer(200, ``, length("9")), false},
		{"HEAD", with(func(x *Exchange) { x.Request.Method = "HEAD" }), false},
		{"a coding that was undone", with(func(x *Exchange) { x.CodingUndone = true }), false},
		{"a coding that was found", with(func(x *Exchange) { x.CodingFound = true }), false},
		{"cut", with(func(x *Exchange) { x.Gaps = GapTruncated }), false},
		{"not decoded", with(func(x *Exchange) { x.Gaps = GapUndecoded }), false},
		{"the rest as it was", with(func(x *Exchange) { x.Gaps = GapHost }), true},
	} {
		if got := factsOf(c.x).EditedBody; got != c.want {
			t.Errorf("%s: expected to be edited: %t, found %t", c.name, c.want, got)
		}
	}
}

func TestHeaderOfAnExchange(t *testing.T) {
	h := Header{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}}
	if n := h.Count("a"); n != 3 {
		t.Errorf("expected 3 lines of A, found %d", n)
	}
	if v, ok := h.Get("c"); v != "4" || !ok {
		t.Errorf("expected 4, found %q, %t", v, ok)
	}
	if v, ok := h.Get("AB"); v != "" || ok {
		t.Errorf("expected none, found %q, %t", v, ok)
	}
	set := append(Header(nil), h...)
	set.Set("a", "9")
	if want := (Header{{"A", "9"}, {"B", "2"}, {"C", "4"}}); !equalHeaders(set, want) {
		t.Errorf("expected %v, found %v", want, set)
	}
	set.Set("D", "6")
	if want := (Header{{"A", "9"}, {"B", "2"}, {"C", "4"}, {"D", "6"}}); !equalHeaders(set, want) {
		t.Errorf("expected %v, found %v", want, set)
	}
	h.Del("a")
	if want := (Header{{"B", "2"}, {"C", "4"}}); !equalHeaders(h, want) {
		t.Errorf("expected %v, found %v", want, h)
	}
}

func equalHeaders(a, b Header) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// A clone shares nothing with the exchange, and an exchange that is emptied keeps
// nothing but room.
func TestCloneAndReset(t *testing.T) {
	x := Exchange{Client: "ip", At: Position{File: "f", Number: 3}, Gaps: GapHost,
		Request:  Request{Method: "GET", URL: "u", Header: Header{{"A", "b"}}, Body: []byte("q")},
		Response: Response{Status: 200, Header: Header{{"C", "d"}}, Body: []byte("r")}}
	c := x.Clone()
	x.Request.Header[0].Value, x.Response.Header[0].Name, x.Request.Body[0], x.Response.Body[0] = "!", "!", '!', '!'
	if c.Client != "ip" || c.At.File != "f" || c.At.Number != 3 || c.Gaps != GapHost || c.Request.Header[0] != (Field{"A", "b"}) || c.Response.Header[0] != (Field{"C", "d"}) ||
		string(c.Request.Body) != "q" || string(c.Response.Body) != "r" || c.Request.Method != "GET" || c.Request.URL != "u" || c.Response.Status != 200 {
		t.Errorf("expected the exchange as it was, found %+v", c)
	}
	x.Reset()
	if x.Client != "" || x.At != (Position{}) || x.Gaps != 0 || x.Request.URL != "" || x.Response.Status != 0 ||
		len(x.Request.Header)+len(x.Request.Body)+len(x.Response.Header)+len(x.Response.Body) != 0 {
		t.Errorf("expected nothing to be left, found %+v", x)
	}
	if cap(x.Request.Header) == 0 || cap(x.Request.Body) == 0 || cap(x.Response.Header) == 0 || cap(x.Response.Body) == 0 {
		t.Error("expected the room to be kept")
	}
}

// TestHeaderOf: fields by name, and those of one name as they came.
func TestHeaderOf(t *testing.T) {
	want := Header{{"Accept", "b"}, {"Accept", "a"}, {"Host", ""}, {"X-Mbx-Apikey", "k"}}
	for range 20 { // the order of a map is another each time
		got := HeaderOf(http.Header{"X-Mbx-Apikey": {"k"}, "Accept": {"b", "a"}, "Via": nil, "Host": {""}})
		if !slices.Equal(got, want) {
			t.Fatalf("expected %v, found %v", want, got)
		}
	}
	if got := HeaderOf(nil); got != nil {
		t.Errorf("expected none of none, found %v", got)
	}
}
