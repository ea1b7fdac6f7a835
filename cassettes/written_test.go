package cassettes

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// FuzzReadWhatIsWritten is the law of all formats that are written: what is written
// and read again is the same, but for what the format says it loses.
func FuzzReadWhatIsWritten(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, []byte(`{"a":"`+strings.Repeat("é", int(seed%3))+`"}`), "*/*")
	}
	for i, text := range []string{
		"", "\n  {\"serverTime\": 1}\r\n\t# é \x00 \u2028 'it''s' ", "\xff\xfe\x00\x01", "\x1b\xff\x00", "\n  - a: |+\n\n", "\xff\x00\u0085\u2029\ufeff",
		`["0011","ff"]`, `["a"]`, "symbol=LTCBTC&side=BUY", "{\"code\":-1121,\n\"msg\":\"Invalid symbol: é \u0001\"}", "<html>\x00</html>", "null", `"`, "...",
	} {
		for seed := range uint64(10) {
			f.Add(100*uint64(i)+seed, []byte(text), []string{"'\"# :", "~", " a: b # c", "null", "<2>", "a\tb", "é", "masked"}[seed%8])
		}
	}
	f.Fuzz(func(t *testing.T, seed uint64, body []byte, value string) {
		x := settled(anExchange(rand.New(rand.NewPCG(seed, 0)), body, strings.ToValidUTF8(value, "?")))
		for _, f := range formats {
			if f.Write == nil || x.Statement() && f.Loses.Has(format.LosesAnnotation) {
				continue
			}
			text := formattest.Written(t, f, x, ping)
			got := formattest.All(t, f, text)
			if len(got) != 2 || got[1].Request.URL != ping.Request.URL {
				t.Fatalf("%s: expected two exchanges, found %d in\n%s", f.Name, len(got), text)
			}
			if want := without(x, f.Loses); !alike(got[0], want) {
				t.Errorf("%s: expected\n%sfound\n%sin\n%s", f.Name, told(want), told(got[0]), text)
			}
		}
	})
}

// A recording of nothing is one of its format, and whole.
func TestNothingWritten(t *testing.T) {
	for _, f := range formats {
		if f.Write == nil {
			continue
		}
		// An empty file of lines is one without lines, of which nothing tells whose.
		text := formattest.Written(t, f)
		if is, _ := f.Sniff(text); is != (len(text) > 0) || len(formattest.All(t, f, text)) > 0 {
			t.Errorf("%s: found %q", f.Name, text)
		}
	}
}

// TestStatementsHaveTheirPlace: what a client told its caller is written as what it
// is, or not at all.
func TestStatementsHaveTheirPlace(t *testing.T) {
	at := traffic.Exactly(time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC))
	x := &traffic.Exchange{Sent: at, Received: at, Annotation: &traffic.Annotation{Told: traffic.Told{Outcome: traffic.OutcomeUnknown}}}
	for name, has := range map[string]bool{"x.ndjson": true, "x.har": false, "x.yaml": false} {
		text, err := Encode(name, slices.Values([]*traffic.Exchange{x}), nil)
		if (err == nil) != has {
			t.Errorf("%s: expected it written: %t, found %v", name, has, err)
		}
		if has && len(formattest.All(t, writer(t, name), text)) != 1 {
			t.Errorf("%s: expected one statement, found %s", name, text)
		}
	}
}

// ping stands behind each exchange, so that none is the last: where a recording ends
// with JSON that breaks off, readers take it that the file was cut.
var ping = &traffic.Exchange{
	Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/ping", Header: traffic.Header{{Name: "Accept", Value: "*/*"}}},
	Response: traffic.Response{Status: 200, Header: traffic.Header{{Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}}, Body: []byte("{}")},
}

// settled is an exchange as readers make it of what was recorded and masked: bodies
// are decoded, as often as it takes, and gaps found.
func settled(x *traffic.Exchange) *traffic.Exchange {
	const codings = 10 // there are texts that compressed are themselves
	x = (*mask.Masker)(nil).Exchange(x)
	for range codings {
		x = finished(x)
		if !x.CodingFound {
			break
		}
		x.CodingFound = false // it is found decoded from now on
	}
	return x
}

// finished is an exchange as a reader hands it on.
func finished(x *traffic.Exchange) *traffic.Exchange {
	b := format.NewBuilder(formattest.Input("", "made"))
	b.Begin(1)
	b.X = *x.Clone()
	return b.Finish().Clone()
}

// told is an exchange for people to compare.
func told(x *traffic.Exchange) string {
	var b strings.Builder
	formattest.Dump(&b, x)
	fmt.Fprintf(&b, "gaps %b, coding undone %t, found %t, %+v\n", x.Gaps, x.CodingUndone, x.CodingFound, x.Arrival)
	return b.String()
}

// alike compares exchanges, but for where they stand.
func alike(a, b *traffic.Exchange) bool {
	plain := func(x *traffic.Exchange) *traffic.Exchange {
		c := x.Clone()
		c.At = traffic.Position{}
		c.Request.Header, c.Response.Header = append(traffic.Header{}, c.Request.Header...), append(traffic.Header{}, c.Response.Header...)
		c.Request.Body, c.Response.Body = append([]byte{}, c.Request.Body...), append([]byte{}, c.Response.Body...)
		return c
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// without is an exchange as it is read from a recording that loses something.
func without(x *traffic.Exchange, lost format.Losses) *traffic.Exchange {
	y := x.Clone()
	if lost.Has(format.LosesHistory) {
		y.CompleteHistory = false
	}
	if lost.Has(format.LosesAnnotation) {
		y.Annotation = nil
	}
	if lost.Has(format.LosesBounds) {
		withoutBounds(y)
	}
	if lost.Has(format.LosesCoding) && !x.Gaps.Has(traffic.GapUndecoded) {
		if _, coded := x.Response.Header.Get("Content-Encoding"); coded {
			y.Response.Header.Del("Content-Encoding")
			y.Response.Header.Del("Content-Length")
		}
	}
	if lost.Has(format.LosesSpelling) {
		inGo(y.Request.Header)
		inGo(y.Response.Header)
	}
	if x.Response.Status == 0 && (lost.Has(format.LosesNoStatus) || lost.Has(format.LosesNoHead) && len(y.Response.Header) == 0) {
		y.Gaps |= traffic.GapResponse
	}
	if lost.Has(format.LosesGaps) {
		y.Gaps &= traffic.GapResponse
		y.CodingUndone = false
		y = finished(y) // what is seen in the messages themselves is found again
	}
	return y
}

// withoutBounds leaves instants that are exact, or follow from a request's coming.
func withoutBounds(x *traffic.Exchange) {
	const day = 24 * time.Hour // what took longer is no duration
	began := x.Sent
	if x.Arrival.Seen() {
		began = traffic.Exactly(x.Arrival.FirstByteAt)
	}
	if began.Exact() && x.Received.Exact() {
		x.Duration = x.Received.Earliest.Sub(began.Earliest)
	}
	if x.Duration < 0 || x.Duration >= day {
		x.Duration = 0
	}
	x.Received = traffic.Span{}
	switch {
	case !began.Exact():
		x.Sent = traffic.Span{}
		return
	case x.Arrival.Seen():
		x.Sent = x.Arrival.Sent()
	}
	if x.Duration > 0 {
		x.Received = traffic.Exactly(began.Earliest.Add(x.Duration))
	}
}

// inGo orders fields as a map of Go's canonical names does.
func inGo(h traffic.Header) {
	for i := range h {
		h[i].Name = http.CanonicalHeaderKey(h[i].Name)
	}
	slices.SortStableFunc(h, func(a, b traffic.Field) int { return strings.Compare(a.Name, b.Name) })
}

// anExchange makes an exchange of any kind.
func anExchange(r *rand.Rand, body []byte, value string) *traffic.Exchange {
	now := time.Date(2019, 7, 20, 10, 0, 0, r.IntN(1e9), time.UTC)
	x := &traffic.Exchange{
		Request:  traffic.Request{Method: anyOf(r, "GET", "POST", "PUT", "DELETE", "HEAD"), URL: anyOf(r, "https://api.binance.com", "http://127.0.0.1:1", "") + "/api/v1/x" + anyOf(r, "", "?a=b", "?a="+value), Header: aHeader(r, value)},
		Response: traffic.Response{Status: anyOf(r, 200, 400, 418, 204, 0), Header: aHeader(r, value)},
		Client:   anyOf(r, "", "203.0.113.7", value), CompleteHistory: r.IntN(4) == 0,
		Sent: aSpan(r, now), Duration: anyOf(r, 0, 249, 1000001, 20*time.Millisecond, 3*time.Hour),
	}
	for _, to := range []*[]byte{&x.Request.Body, &x.Response.Body} {
		if r.IntN(2) == 0 {
			*to = body
		}
	}
	if r.IntN(3) == 0 {
		x.Gaps = traffic.Gap(r.UintN(1 << 12))
	}
	if x.Received = aSpan(r, now.Add(anyOf(r, 0, 249, 1000001, time.Minute, time.Duration(r.Int64N(int64(time.Hour)))))); r.IntN(3) == 0 {
		x.Arrival = traffic.Arrival{OpenedAt: anyOf(r, time.Time{}, now.Add(-time.Minute), now.Add(-3)), FreeAt: anyOf(r, time.Time{}, now.Add(-time.Second)), FirstByteAt: now}
		x.Sent = x.Arrival.Sent()
	}
	if r.IntN(4) == 0 {
		x.Annotation = anAnnotation(r, value)
	}
	if x.Statement() { // which has no messages, and both instants
		x.Request, x.Response, x.Gaps = traffic.Request{}, traffic.Response{}, 0
		x.Sent, x.Received = traffic.Exactly(now), traffic.Exactly(now)
	}
	return x
}

func anyOf[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func aSpan(r *rand.Rand, at time.Time) traffic.Span {
	return anyOf(r, traffic.Span{}, traffic.Exactly(at), traffic.Exactly(at), traffic.Span{Earliest: at.Add(-time.Second), Latest: at})
}

func aHeader(r *rand.Rand, value string) (h traffic.Header) {
	for range r.IntN(5) {
		h = append(h, anyOf(r,
			traffic.Field{Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}, traffic.Field{Name: "set-x", Value: "1"}, traffic.Field{Name: "Set-X", Value: value},
			traffic.Field{Name: "Content-Encoding", Value: "gzip"}, traffic.Field{Name: "Content-Length", Value: "82"}, traffic.Field{Name: "X-MBX-USED-WEIGHT", Value: "12"},
			traffic.Field{Name: "Content-Type", Value: anyOf(r, "application/json", "application/x-www-form-urlencoded")}, traffic.Field{Name: "Accept", Value: value}))
	}
	return h
}

func anAnnotation(r *rand.Rand, value string) *traffic.Annotation {
	a := &traffic.Annotation{Lost: anyOf(r, "", traffic.LostReset, traffic.LostHung)}
	if r.IntN(2) == 0 {
		a.Command = traffic.Command{ID: r.Int64N(1 << 53), Op: "placeOrder", Own: r.IntN(2) == 0}
	}
	if r.IntN(2) == 0 {
		a.Experiment = traffic.Experiment{Name: "any-order", Group: r.Int64N(9), Variant: value}
	}
	if r.IntN(2) == 0 {
		a.Hop = traffic.Hop{ID: 1 + uint64(r.Int64N(traffic.MaxHop)), Side: anyOf(r, traffic.Front, traffic.Behind)}
	} else if r.IntN(2) == 0 || *a == (traffic.Annotation{}) {
		a.Told = traffic.Told{Outcome: traffic.OutcomeUnknown, Type: value, Status: anyOf(r, 0, 504), Code: -1007, RetryAfter: anyOf(r, 0, time.Second)}
	}
	return a
}
