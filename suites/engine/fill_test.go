package engine

import (
	"reflect"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// An event that is filled again keeps nothing of what it was.
func TestFillSetsEveryField(t *testing.T) {
	used := reflect.ValueOf(&rule.Event{}).Elem()
	for i := range used.NumField() {
		f := used.Field(i)
		switch f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(time.Unix(1, 0)))
		case traffic.Span:
			f.Set(reflect.ValueOf(traffic.Exactly(time.Unix(1, 0))))
		case traffic.Ask:
			f.Set(reflect.ValueOf(traffic.Ask{Asset: 1, Side: 1, From: 1, Until: 1, At: 1, Isolated: 1, Type: 1, Narrow: true, Immediate: true}))
		case traffic.Family:
			f.Set(reflect.ValueOf(traffic.Family{Number: 1, Envelope: 1, Weighed: true, Main: true, OnlyTimeouts: true}))
		case traffic.Position:
			f.Set(reflect.ValueOf(traffic.Position{File: "x", Line: 1, Number: 1}))
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			case reflect.Uint8, reflect.Uint64:
				f.SetUint(1)
			case reflect.Int, reflect.Int64:
				f.SetInt(1)
			default:
				t.Fatalf("%s: expected a kind that this test knows, found %s", used.Type().Field(i).Name, f.Kind())
			}
		}
	}
	facts := traffic.FactsOf(edition.Default().Dialect, &traffic.Exchange{})
	names := interner{kept: map[string]string{}}
	got, want := used.Addr().Interface().(*rule.Event), &rule.Event{OwnWeight: 1, Client: 1, Key: 1, Address: 1, Episode: 1} // which others set
	fill(got, facts, nil, &names)
	fill(want, facts, nil, &names)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("expected the event of a new one\n%+v\nfound\n%+v", want, got)
	}
}

// filled makes an exchange an event, as the engine does.
func filled(x *traffic.Exchange) *rule.Event {
	names := interner{kept: map[string]string{}}
	f, e := traffic.FactsOf(edition.Default().Dialect, x), new(rule.Event)
	fill(e, f, edition.Default().Catalogue.Lookup(x.Request.Method, f.Path), &names)
	return e
}

// What an event says of a request.
func TestWhatEventsSayOfRequests(t *testing.T) {
	asked := func(method, url string, gaps traffic.Gap) *traffic.Exchange {
		x := told(200, `{}`)
		x.Request.Method, x.Request.URL, x.Gaps = method, "https://api.binance.com"+url, gaps
		return x
	}
	timed := func(x *traffic.Exchange) *traffic.Exchange {
		x.Sent, x.Received = traffic.Exactly(noon), traffic.Exactly(noon)
		return x
	}
	for _, c := range []struct {
		x             *traffic.Exchange
		path          string
		changes, asks bool
		repetition    rule.Repetition
		alone, loose  bool
	}{
		{x: asked("GET", "/api/v1/ping", 0), path: "/api/v1/ping"},
		{x: asked("GET", "/api/v1/none?side=BUY", 0), path: "/api/v1/none"},
		{x: asked("GET", "/api/v3/account?side=BUY&signature=1", 0), path: "/api/v3/account", asks: true},
		{x: asked("POST", "/api/v3/order?side=BUY", 0), path: "/api/v3/order", changes: true, asks: true, repetition: rule.RepetitionActs},
		{x: asked("PUT", "/api/v9/none?side=BUY", 0), path: "/api/v9/none", changes: true, asks: true},
		{x: asked("DELETE", "/api/v3/order?side=BUY&orderId=5", 0), path: "/api/v3/order", changes: true, asks: true, repetition: rule.RepetitionIdle},
		{x: asked("GET", "/api/v1/ping", traffic.GapOrder), path: "/api/v1/ping", alone: true, loose: true},
		{x: asked("GET", "/api/v1/ping", traffic.GapRequestHeader), path: "/api/v1/ping", loose: true},
		{x: asked("GET", "/api/v1/ping", traffic.GapHost), path: "/api/v1/ping"},
		{x: timed(asked("GET", "/api/v1/ping", traffic.GapOrder)), path: "/api/v1/ping", loose: true},
	} {
		e := filled(c.x)
		if e.Path != c.path || e.Method != c.x.Request.Method || e.StateChanging != c.changes || (e.Ask.Side != 0) != c.asks || e.Repetition != c.repetition || e.Alone != c.alone || e.Loose != c.loose {
			t.Errorf("%s %s: expected %+v, found %+v", c.x.Request.Method, c.x.Request.URL, c, e)
		}
	}
}

// What an event says of an answer.
func TestWhatEventsSayOfAnswers(t *testing.T) {
	const date = "Sat, 20 Jul 2019 12:00:30 GMT"
	with := func(status int, body string, fields ...traffic.Field) *traffic.Exchange {
		x := told(status, body)
		x.Response.Header = fields
		return x
	}
	of := func(a *traffic.Annotation, x *traffic.Exchange) *traffic.Exchange { x.Annotation = a; return x }
	signedFor := func(method, body string) *traffic.Exchange {
		x := with(200, body)
		x.Request.Method, x.Request.URL = method, "https://api.binance.com/api/v3/openOrders?signature=1"
		return x
	}
	cut := func(x *traffic.Exchange) *traffic.Exchange { x.Gaps = traffic.GapTruncated; return x }
	driven, lost := &traffic.Annotation{Command: traffic.Command{ID: 1}}, &traffic.Annotation{Lost: traffic.LostClosed}
	for _, c := range []struct {
		name string
		x    *traffic.Exchange
		got  func(e *rule.Event) any
		want any
	}{
		{"seconds to wait", with(429, `{}`, traffic.Field{Name: "Retry-After", Value: "5"}), func(e *rule.Event) any { return e.RetryAfterSec }, int64(5)},
		{"seconds and no instant to wait for", with(429, `{}`, traffic.Field{Name: "Retry-After", Value: "0"}), func(e *rule.Event) any { return e.RetryAfterAt }, time.Time{}},
		{"waits that differ", with(429, `{}`, traffic.Field{Name: "Retry-After", Value: "5"}, traffic.Field{Name: "Retry-After", Value: "6"}), func(e *rule.Event) any { return e.RetryAfterSec }, int64(-1)},
		{"dates to wait for that differ", with(429, `{}`, traffic.Field{Name: "Retry-After", Value: date}, traffic.Field{Name: "Retry-After", Value: "6"}), func(e *rule.Event) any { return e.RetryAfterAt }, time.Time{}},
		{"a date to wait for", with(429, `{}`, traffic.Field{Name: "Retry-After", Value: date}), func(e *rule.Event) any { return e.RetryAfterAt }, noon},
		{"nothing to wait for", with(429, `{}`), func(e *rule.Event) any { return e.RetryAfterAt }, time.Time{}},
		{"nobody's", with(429, `x`), func(e *rule.Event) any { return e.Unclaimed }, true},
		{"the venue's by its code", with(429, `{"code":-1003,"msg":"x"}`), func(e *rule.Event) any { return e.Unclaimed }, false},
		{"the venue's by a field", with(429, `x`, traffic.Field{Name: "X-MBX-USED-WEIGHT", Value: "5"}), func(e *rule.Event) any { return e.Unclaimed }, false},
		{"the venue's by success", with(429, `{"success":false}`), func(e *rule.Event) any { return e.Unclaimed }, false},
		{"nobody's with a word for success", with(429, `{"success":"x"}`), func(e *rule.Event) any { return e.Unclaimed }, true},
		{"nobody's with null for success", with(429, `{"success":null}`), func(e *rule.Event) any { return e.Unclaimed }, true},
		{"nobody's with a message", with(429, `{"message":true,"data":true}`), func(e *rule.Event) any { return e.Unclaimed }, true},
		{"ahead", with(400, `{"code":-1021,"msg":"Timestamp for this request was 1000ms ahead of the server's time."}`), func(e *rule.Event) any { return e.Ahead }, true},
		{"behind", with(400, `{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}`), func(e *rule.Event) any { return e.Ahead }, false},
		{"ahead by another code", with(400, `{"code":-1020,"msg":"ahead of the server"}`), func(e *rule.Event) any { return e.Ahead }, false},
		{"ahead in another member", with(400, `{"code":-1021,"msg":"x","success":"ahead of the server"}`), func(e *rule.Event) any { return e.Ahead }, false},
		{"no data for who is driven", of(driven, with(200, `x`)), func(e *rule.Event) any { return e.NoData }, true},
		{"no data on a side of a proxy", of(&traffic.Annotation{Hop: traffic.Hop{ID: 1, Side: traffic.Front}}, with(200, `x`)), func(e *rule.Event) any { return e.NoData }, false},
		{"no bytes", with(200, ``), func(e *rule.Event) any { return e.Empty }, true},
		{"bytes", with(200, `x`), func(e *rule.Event) any { return e.Empty }, false},
		{"succeeded", with(200, `{}`), func(e *rule.Event) any { return e.Succeeded }, true},
		{"an error with success", with(200, `{"code":-1,"msg":"x"}`), func(e *rule.Event) any { return e.Succeeded }, false},
		{"no success", with(400, `{}`), func(e *rule.Event) any { return e.Succeeded }, false},
		{"data for who drives nobody", with(200, `x`), func(e *rule.Event) any { return e.NoData }, false},
		{"no data", of(driven, with(200, `x`)), func(e *rule.Event) any { return e.NoData }, true},
		{"data", of(driven, with(200, `{}`)), func(e *rule.Event) any { return e.NoData }, false},
		{"a refusal", of(driven, with(400, `x`)), func(e *rule.Event) any { return e.NoData }, false},
		{"cut by the recorder", of(driven, cut(with(200, `x`))), func(e *rule.Event) any { return e.NoData }, false},
		{"cut off", of(lost, with(200, `{}`)), func(e *rule.Event) any { return e.NoData }, true},
		{"a limit", with(200, `{"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}]}`), func(e *rule.Event) any { return e.WeightLimit }, int64(1200)},
		{"no list of limits", with(200, `{"rateLimits":{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}}`), func(e *rule.Event) any { return e.WeightLimit }, int64(0)},
		{"no limits", with(200, `{"data":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":1200}]}`), func(e *rule.Event) any { return e.WeightLimit }, int64(0)},
		{"a list of some", signedFor("GET", `[{}]`), func(e *rule.Event) any { return e.List }, rule.SomeList},
		{"a list of none", signedFor("GET", "[ \t\r\n]"), func(e *rule.Event) any { return e.List }, rule.EmptyList},
		{"a list that was cut behind its first digit", signedFor("GET", `[1`), func(e *rule.Event) any { return e.List }, rule.SomeList},
		{"a list that was cut", signedFor("GET", `[`), func(e *rule.Event) any { return e.List }, rule.EmptyList},
		{"a list further within", signedFor("GET", `{"rows": [ 1]}`), func(e *rule.Event) any { return e.List }, rule.SomeList},
		{"no list", signedFor("GET", `{}`), func(e *rule.Event) any { return e.List }, rule.NoList},
		{"a list of who was not asked for one", signedFor("DELETE", `[{}]`), func(e *rule.Event) any { return e.List }, rule.NoList},
		{"anybody's list", with(200, `[{}]`), func(e *rule.Event) any { return e.List }, rule.NoList},
	} {
		if got := c.got(filled(c.x)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: expected %v, found %v", c.name, c.want, got)
		}
	}
}
