package general

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// judgedBy is what one rule makes of exchanges: kept, broken and undecided.
func judgedBy(t *testing.T, id string, opts engine.Options, xs ...*traffic.Exchange) string {
	t.Helper()
	var rules []*rule.Rule
	for _, r := range rule.All(edition.Default()) {
		if r.ID == id {
			rules = append(rules, r)
		}
	}
	opts.Edition = edition.Default()
	e := engine.New(rules, opts)
	e.Begin()
	for _, x := range xs {
		e.Observe(x)
	}
	e.End()
	tally := e.Tally().Rules[0]
	return fmt.Sprint(tally.Passed, tally.Failed, tally.Inconclusive)
}

// Rows that run oldest first, whatever their ids; and all that keeps anybody from
// saying so.
func TestRowsThatRiseInTime(t *testing.T) {
	top, within := &edition.Order{Array: "$", Key: "id"}, &edition.Order{Array: "$.rows", Key: "id"}
	for _, c := range []struct {
		body string
		spec *edition.Order
		want bool
	}{
		{`[{"id":2,"time":1},{"id":1,"time":2}]`, top, true},
		{`[{"T":1,"id":2},{"T":2,"id":1},{"T":9}]`, top, true},
		{`[{"time":1,"time":9},{"time":2}]`, top, true}, // the first of a name counts
		{`[{"x":{"time":9},"time":1},{"y":[1],"time":2}]`, top, true},
		{`{"a":{"rows":1},"rows":[{"time":1},{"time":2}]}`, within, true},
		{`[{"time":1},{"time":1}]`, top, false},
		{`[{"time":2},{"time":1}]`, top, false},
		{`[{"time":0},{"time":1}]`, top, false},
		{`[{"time":1}]`, top, false},
		{`[]`, top, false},
		{`[{"time":1},{"id":2}]`, top, false},
		{`[{"time":1},{"time":"2"}]`, top, false},
		{`[{"time":1},{"time":2},5]`, top, false},
		{`[{"time":1},{"time":2}`, top, false},
		{`[{"time":1},{"time":2},{`, top, false},
		{`[{"time":1},{"time"`, top, false},
		{`[{"time":1},{"time":}]`, top, false},
		{`{"time":1}`, top, false},
		{``, top, false},
		{`{"rows":{"time":1}}`, within, false},
		{`{"a":1}`, within, false},
		{`{"a":]}`, within, false},
		{`{5:1}`, within, false},
		{`[{"time":1},{"time":2}]`, within, false},
		{`["rows",[{"time":1},{"time":2}]]`, within, false},
		{`{"rows"`, within, false},
		{`[{"time":1},{"time":2}]`, &edition.Order{Array: "$", Key: "time"}, false},
		{`[{"T":1},{"T":2}]`, &edition.Order{Array: "$", Key: "T"}, false},
		{`[[1],[2]]`, &edition.Order{Array: "$", Key: "[0]"}, false},
	} {
		if got := risesInTime(edition.Default().Dialect, []byte(c.body), c.spec); got != c.want {
			t.Errorf("%s in %s: expected to rise: %t, found %t", c.body, c.spec.Array, c.want, got)
		}
	}
	for body, want := range map[string]bool{`{"rows":[]}`: true, `{"a":[],"rows":[]}`: true, `{"a":[]}`: false, `{"a":]}`: false, `{"rows"`: false, `{"rows":1}`: false, `[]`: false} {
		if got := enterList(jsontext.NewDecoder(strings.NewReader(body)), "rows"); got != want {
			t.Errorf("%s: expected a list to be entered: %t, found %t", body, want, got)
		}
	}
}

// A member is found at the top alone, whatever stands before it.
func TestMembersOfObjects(t *testing.T) {
	for object, want := range map[string]bool{
		`{"symbols":1}`: true, `{"a":{"symbols":1},"b":[2],"timezone":""}`: true, `{"a":{"symbols":1}}`: false, `{}`: false, `{"a":}`: false, `{"a":1`: false, `{`: false, ``: false,
		`{"a":"symbols"}`: false,
	} {
		if got := hasMember([]byte(object), "symbols", "timezone"); got != want {
			t.Errorf("%s: expected %t, found %t", object, want, got)
		}
	}
	for body, want := range map[string]string{`{"a":1}`: "a", `[1]`: "", `{}`: "", `{5`: "", ``: "", `"x"`: "", `{"`: ""} {
		if got := firstMember([]byte(body)); got != want {
			t.Errorf("%s: expected %q, found %q", body, want, got)
		}
	}
	for list, want := range map[string]bool{`["..."]`: true, `[{"a":1},"[more]"]`: true, `[1]`: false, `["a"]`: false, `[`: false, `[]`: false} {
		if got := isShortened([]byte(list)); got != want {
			t.Errorf("%s: expected to be shortened: %t, found %t", list, want, got)
		}
	}
	for list, want := range map[string]string{`[{"rateLimitType":"A"},{},5,"...",{"rateLimitType":5},{"rateLimitType":"B"}]`: `["A" "" "" "" "B"]`, `{`: "[]", `[]`: "[]"} {
		if got := fmt.Sprintf("%q", limitTypesIn([]byte(list))); got != want {
			t.Errorf("%s: expected %s, found %s", list, want, got)
		}
	}
}

// Numbers with which the schemas' library may be asked.
func TestCountableNumbers(t *testing.T) {
	for number, want := range map[string]bool{
		"0": true, "-1.5": true, "1e308": true, "1e309": false, "-1e309": false, "1e-400": true, "1E5": true, "1e999999": false, "1e-000324": false, "1e-999": true, "1e+3000": false, "1e0001": true, "1e00001": false,
		strings.Repeat("9", 308): true, strings.Repeat("9", 310): false,
	} {
		if got := countable(number) == nil; got != want {
			t.Errorf("%.20s: expected to be countable: %t, found %t", number, want, got)
		}
	}
	for document, want := range map[string]bool{`{"a":[1,{"b":2}]}`: true, `{"a":[1,{"b":1e999}]}`: false, `"1e999"`: true, `{`: false, ``: true} {
		if got := countableIn([]byte(document)) == nil; got != want {
			t.Errorf("%s: expected to be countable: %t, found %t", document, want, got)
		}
	}
}

// Hosts of this machine, to the edges of what is an address.
func TestLoopbackHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "a.localhost": true, "[::1]": true, "127.0.0.1": true, "127.0.0.0": true, "127.9.9.9": true, "127.0.0.x": false, "127.0.0./": false, "127.0.0.:": false,
		"128.0.0.1": false, "localhost.example": false, "xlocalhost": false, "[::2]": false, "1127.0.0.1": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("%s: expected to be this machine: %t, found %t", host, want, got)
		}
	}
}

// Whole numbers as a limit is written.
func TestIntegersOfLimits(t *testing.T) {
	for v, want := range map[string]bool{"0": true, "9": true, "500": true, "-5": true, "": false, "-": false, "--5": false, "5.0": false, "5/": false, "5:": false, "x": false, "+5": false} {
		if got := isInteger(v); got != want {
			t.Errorf("%q: expected to be an integer: %t, found %t", v, want, got)
		}
	}
}

// Times of parameters at the edges of what is one.
func TestEdgesOfParamUnits(t *testing.T) {
	for value, want := range map[string]traffic.Unit{
		"1e9": traffic.UnitFraction, "999999999.5": traffic.UnitOtherKind, "9.9e18": traffic.UnitFraction, "1e19": traffic.UnitOtherKind, "-1.5e12": traffic.UnitOtherKind, "/5": traffic.UnitOtherKind, ":5": traffic.UnitOtherKind,
		"9": traffic.UnitUnknown, "1563616800000.": traffic.UnitFraction, "0x5d2bfe00": traffic.UnitOtherKind, "Sat, 20 Jul 2019 10:00:00 GMT": traffic.UnitDateString,
		strings.Repeat("1", 40): traffic.UnitOtherKind, strings.Repeat("1", 41): traffic.UnitOtherKind, "2019-07-20T10:00:00.000000000000000000000": traffic.UnitDateString,
	} {
		if got, _ := paramUnit(spoken, value); got != want {
			t.Errorf("%q: expected %s, found %s", value, want, got)
		}
	}
}

func answered(url string, status int, body string, fields ...traffic.Field) *traffic.Exchange {
	at := time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)
	fields = append(fields, traffic.Field{Name: "Date", Value: at.Format("Mon, 02 Jan 2006 15:04:05 GMT")}, traffic.Field{Name: "Server", Value: "nginx"})
	return &traffic.Exchange{
		At: traffic.Position{File: "case", Number: 1}, Sent: traffic.Exactly(at), Received: traffic.Exactly(at.Add(50 * time.Millisecond)),
		Request: traffic.Request{Method: "GET", URL: url}, Response: traffic.Response{Status: status, Body: []byte(body), Header: fields},
	}
}

// A body that was recorded alone is judged where its route is known, and a page is
// nobody's.
func TestBodiesRecordedAlone(t *testing.T) {
	for _, c := range []struct{ url, body, want string }{
		{"https://api.binance.com/api/v1/ping", `{}`, "1 0 0"},
		{"https://api.binance.com/api/v1/ping", `"x"`, "0 1 0"},
		{"https://api.binance.com/api/v1/ping", `ok`, "0 1 0"},
		{"https://api.binance.com/api/v1/ping", "\ufeff <html>", "0 0 1"},
		{"https://api.binance.com/api/v1/ping", strings.Repeat("[", traffic.MaxBodyDepth+1), "0 0 1"},
		{"https://api.binance.com/api/v9/pings", `ok`, "0 0 0"},
	} {
		x := &traffic.Exchange{BareBody: true, Gaps: traffic.GapStatus | traffic.GapResponseHeader | traffic.GapRequestHeader,
			Request: traffic.Request{Method: "GET", URL: c.url}, Response: traffic.Response{Body: []byte(c.body)}}
		if got := judgedBy(t, "json-body", engine.Options{}, x); got != c.want {
			t.Errorf("%.20q of %s: expected %s, found %s", c.body, c.url, c.want, got)
		}
	}
	for body, want := range map[string]string{"\x1f\x8b\x08x": "0 0 1", "\xff\xfe": "0 0 1", "ok": "0 1 0"} {
		if got := judgedBy(t, "json-body", engine.Options{}, answered("https://api.binance.com/api/v1/ping", 200, body)); got != want {
			t.Errorf("%q: expected %s, found %s", body, want, got)
		}
	}
}

// The limits of a gateway of one's own count where the user says so.
func TestGatewaysOfOnesOwn(t *testing.T) {
	refusal := answered("https://api.binance.com/api/v1/ping", 429, "slow down", traffic.Field{Name: "Retry-After", Value: "30"}, traffic.Field{Name: "Via", Value: "1.1 gateway"})
	early := answered("https://api.binance.com/api/v1/time", 200, `{}`)
	early.At.Number = 2
	early.Sent, early.Received = early.Sent.Shift(5*time.Second), early.Received.Shift(5*time.Second)
	for counts, want := range map[bool]string{true: "0 1 0", false: "0 0 0"} {
		if got := judgedBy(t, "back-off-after-429", engine.Options{GatewayCounts: counts}, refusal, early); got != want {
			t.Errorf("gateways count: %t: expected %s, found %s", counts, want, got)
		}
	}
}

// Microseconds are taken by the real venue since the day it does, and by none of
// the reference venue's edition.
func TestMicrosecondsByVenue(t *testing.T) {
	late := func(host string, whole bool) *traffic.Exchange {
		x := answered("https://"+host+"/api/v1/klines?symbol=A&interval=1m&startTime=1735689610000000", 200, `[]`)
		at := time.Date(2025, 1, 1, 0, 0, 10, 0, time.UTC)
		x.Response.Header[0].Value = at.Format("Mon, 02 Jan 2006 15:04:05 GMT")
		x.Sent, x.Received, x.CompleteHistory = traffic.Exactly(at), traffic.Exactly(at.Add(time.Second)), whole
		return x
	}
	for _, c := range []struct {
		name      string
		x         *traffic.Exchange
		reference bool
		want      string
	}{
		{"the venue", late("api.binance.com", false), false, "0 0 1"}, {"the venue, from the first request on", late("api.binance.com", true), false, "0 0 1"},
		{"this machine", late("127.0.0.1:8080", false), false, "0 0 1"}, {"this machine, from the first request on", late("127.0.0.1:8080", true), false, "0 1 0"},
		{"nobody knows which, from the first request on", late("", true), false, "0 0 1"},
		{"the reference venue", late("api.binance.com", false), true, "0 1 0"},
	} {
		if got := judgedBy(t, "ms-request-times", engine.Options{Reference: c.reference}, c.x); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.name, c.want, got)
		}
	}
}

// A ticker's symbol in a GET's body is not there: nobody knows what was asked.
func TestSymbolInABodyDecidesNothing(t *testing.T) {
	for body, want := range map[string]string{"symbol=A": "0 0 1", "symbols=x": "0 0 1", "": "0 1 0"} {
		x := answered("https://api.binance.com/api/v3/ticker/price?x=1", 200, `{"symbol":"A","price":"1"}`)
		x.Request.Body = []byte(body)
		if got := judgedBy(t, "top-level-kind", engine.Options{}, x); got != want {
			t.Errorf("%q: expected %s, found %s", body, want, got)
		}
	}
}

// The documented messages of a code, the first and how many more.
func TestDocumentedMessages(t *testing.T) {
	for want, messages := range map[string][]string{"a message of the matching engine or a filter": nil, "one": {"one"}, "one (or one of 1 others)": {"one", "two"}, "one (or one of 2 others)": {"one", "two", "three"}} {
		if got := documented(messages); got != want {
			t.Errorf("%q: expected %q, found %q", messages, want, got)
		}
	}
}

// A plant needs a statement to change.
func TestLastTold(t *testing.T) {
	told := func(o traffic.Outcome) *traffic.Exchange {
		return &traffic.Exchange{Annotation: &traffic.Annotation{Told: traffic.Told{Outcome: o}}}
	}
	want := told(traffic.OutcomeOK)
	c := &conversation.Conversation{Exchanges: []*traffic.Exchange{told(traffic.OutcomeError), want, {}, told(traffic.OutcomeWatched)}}
	if got := lastTold(c); got != want {
		t.Errorf("expected the last word that is not the watch's end, found %+v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("expected a panic where nothing was told")
		}
	}()
	lastTold(&conversation.Conversation{Exchanges: []*traffic.Exchange{told(traffic.OutcomeWatched)}})
}

// A list of limits is judged up to some length, its last byte included.
func TestLongestListOfLimits(t *testing.T) {
	list := func(kind string, length int) string {
		row := `[{"rateLimitType":"` + kind + `","interval":"MINUTE","intervalNum":1,"limit":1200}`
		return row + strings.Repeat(" ", length-len(row)-1) + "]"
	}
	for _, c := range []struct {
		id, url, body string
		length        int
		want          string
	}{
		{"rate-limit-types", "https://api.binance.com/api/v1/exchangeInfo", `{"timezone":"UTC","rateLimits":` + list("REQUEST_WEIGHT", maxRateLimits) + `}`, maxRateLimits, "1 0 0"},
		{"rate-limit-types", "https://api.binance.com/api/v1/exchangeInfo", `{"timezone":"UTC","rateLimits":` + list("REQUEST_WEIGHT", maxRateLimits+1) + `}`, maxRateLimits + 1, "0 0 1"},
		{"rate-limit-shape", "https://api.binance.com/api/v1/exchangeInfo", `{"timezone":"UTC","rateLimits":` + list("REQUEST_WEIGHT", maxRateLimits) + `}`, maxRateLimits, "1 0 0"},
		{"rate-limit-shape", "https://api.binance.com/api/v1/exchangeInfo", `{"timezone":"UTC","rateLimits":` + list("REQUEST_WEIGHT", maxRateLimits+1) + `}`, maxRateLimits + 1, "0 0 1"},
		{"wapi-rate-limits", "https://api.binance.com/wapi/v3/systemStatus.html", `{"status":0,"rateLimits":` + list("REQUESTS", maxRateLimits) + `}`, maxRateLimits, "1 0 0"},
		{"wapi-rate-limits", "https://api.binance.com/wapi/v3/systemStatus.html", `{"status":0,"rateLimits":` + list("REQUESTS", maxRateLimits+1) + `}`, maxRateLimits + 1, "0 0 1"},
	} {
		if got := judgedBy(t, c.id, engine.Options{}, answered(c.url, 200, c.body)); got != c.want {
			t.Errorf("%s, %d bytes: expected %s, found %s", c.id, c.length, c.want, got)
		}
	}
}

// A counter that stands at nothing is one.
func TestCounterAtZero(t *testing.T) {
	none := traffic.Field{Name: "X-MBX-USED-WEIGHT", Value: "0"}
	if got := judgedBy(t, "used-weight-legacy-name", engine.Options{}, answered("https://api.binance.com/api/v1/ping", 200, `{}`, none)); got != "1 0 0" {
		t.Errorf("expected a counter of 0 to keep the name, found %s", got)
	}
	late := answered("https://api.binance.com/api/v1/ping", 429, `{}`, none)
	if got := judgedBy(t, "retry-after-present", engine.Options{}, late); got != "0 1 0" {
		t.Errorf("expected a counter of 0 to show that the venue made the refusal, found %s", got)
	}
}

// The limit is known where the host is the venue's and the date is one of those of
// which it was published.
func TestPublishedLimit(t *testing.T) {
	for _, c := range []struct {
		e    rule.Event
		want int64
	}{
		{rule.Event{Host: "api.binance.com", Era: lost}, 1200},
		{rule.Event{Host: "api.binance.com"}, 0},
		{rule.Event{Host: "api.example.com", Era: lost}, 0},
		{rule.Event{Host: "api.binance.com", Era: time.Unix(0, 0)}, 0},
	} {
		if got := publishedLimit(edition.Default(), &c.e); got != c.want {
			t.Errorf("%q at %s: expected %d, found %d", c.e.Host, c.e.Era, c.want, got)
		}
	}
}

// Whether a recording shows all parameters that were sent.
func TestParametersThatAreKept(t *testing.T) {
	get, post := traffic.Request{Method: "GET"}, traffic.Request{Method: "POST"}
	with := func(name, value string) traffic.Request {
		return traffic.Request{Method: "POST", Header: traffic.Header{{Name: name, Value: value}}}
	}
	body := traffic.Request{Method: "POST", Body: []byte("a=1")}
	facts := func(r traffic.Request, query string, exact bool) *traffic.Facts {
		return &traffic.Facts{Exchange: &traffic.Exchange{Request: r}, Query: query, Exact: exact}
	}
	form := facts(body, "", true)
	form.BodyIsForm = true
	filtered, bodiless, headless := facts(get, "a=1", true), facts(post, "a=1", true), facts(post, "a=1", true)
	filtered.Gaps, bodiless.Gaps, headless.Gaps = traffic.GapFiltered, traffic.GapRequestBody, traffic.GapRequestHeader
	for _, c := range []struct {
		name string
		f    *traffic.Facts
		want bool
	}{
		{"a query", facts(get, "a=1", true), true},
		{"a query, by Dates", facts(get, "a=1", false), true},
		{"no query", facts(get, "", true), true},
		{"no query, by Dates", facts(get, "", false), false},
		{"names were filtered", filtered, false},
		{"the body was not recorded", bodiless, false},
		{"the fields, which tell of a body, were not recorded", headless, false},
		{"a form", form, true},
		{"a body that is no form", facts(body, "", true), false},
		{"no body", facts(post, "a=1", true), true},
		{"no body, a form was meant", facts(with("Content-Type", "application/x-www-form-urlencoded"), "a=1", true), false},
		{"no body, something else was meant", facts(with("Content-Type", "application/json"), "a=1", true), true},
		{"no body, of no length", facts(with("Content-Length", "0"), "a=1", true), true},
		{"no body, of some length", facts(with("Content-Length", "3"), "a=1", true), false},
	} {
		if got := keepsParams(c.f); got != c.want {
			t.Errorf("%s: expected to be kept: %t, found %t", c.name, c.want, got)
		}
	}
}

// A body that is not as long as its field says was not recorded as it was sent.
func TestLengthsOfBodies(t *testing.T) {
	for length, want := range map[string]string{"0": "0 0 1", "2": "0 0 1", "3": "0 1 0", "4": "0 0 1"} {
		x := answered("https://api.binance.com/api/v1/ping", 200, `"x"`, traffic.Field{Name: "Content-Length", Value: length})
		if got := judgedBy(t, "json-body", engine.Options{}, x); got != want {
			t.Errorf("3 bytes, of which %s were sent: expected %s, found %s", length, want, got)
		}
	}
}

// The first parameter of the query string that stands in the body too.
func TestParametersInBothPlaces(t *testing.T) {
	query := func(name, value string) traffic.Param {
		return traffic.Param{Name: name, Value: value, Place: traffic.InQuery}
	}
	body := func(name, value string) traffic.Param {
		return traffic.Param{Name: name, Value: value, Place: traffic.InBody}
	}
	for _, c := range []struct {
		name      string
		ps        []traffic.Param
		equalPass bool
		at, and   int // of the two in the list, -1 for none
	}{
		{"none", nil, false, -1, -1},
		{"in one place each", []traffic.Param{query("a", "1"), body("b", "1")}, false, -1, -1},
		{"twice in the query string", []traffic.Param{query("a", "1"), query("a", "2"), body("b", "1")}, false, -1, -1},
		{"twice in the body", []traffic.Param{query("b", "1"), body("a", "1"), body("a", "2")}, false, -1, -1},
		{"in both", []traffic.Param{query("b", "1"), query("a", "1"), body("c", "1"), body("a", "2")}, false, 1, 3},
		{"in both, with the same value", []traffic.Param{query("a", "1"), body("a", "1")}, false, 0, 1},
		{"in both, with the same value, which may pass", []traffic.Param{query("a", "1"), body("a", "1")}, true, -1, -1},
		{"in both, with another value, where the same may pass", []traffic.Param{query("a", "1"), body("a", "2")}, true, 0, 1},
		{"the first of two", []traffic.Param{query("a", "1"), query("b", "1"), body("b", "2"), body("a", "2")}, false, 0, 3},
	} {
		q, b := inBothPlaces(c.ps, c.equalPass)
		switch {
		case c.at < 0 && (q != nil || b != nil):
			t.Errorf("%s: expected none, found %v and %v", c.name, q, b)
		case c.at >= 0 && (q != &c.ps[c.at] || b != &c.ps[c.and]):
			t.Errorf("%s: expected those at %d and %d, found %v and %v", c.name, c.at, c.and, q, b)
		}
	}
}
