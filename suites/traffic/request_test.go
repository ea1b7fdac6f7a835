package traffic

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// requestOf scans a request.
func requestOf(method, url, body string, fields ...Field) *Facts {
	f := new(Facts)
	f.ScanRequest(spoken, &Exchange{Request: Request{Method: method, URL: url, Header: fields, Body: []byte(body)}})
	return f
}

func TestParameters(t *testing.T) {
	f := requestOf("POST", "https://x/api/v3/order?&a=1&&b&=c&d=%41+%42&", "a=2&e=x=y")
	want := []Param{{"a", "1", InQuery, 0}, {"b", "", InQuery, 0}, {"", "c", InQuery, 0}, {"d", "A B", InQuery, 0}, {"a", "2", InBody, 0}, {"e", "x=y", InBody, 0}}
	if !slices.Equal(f.Params, want) || !f.BodyIsForm {
		t.Errorf("expected %v, found %v", want, f.Params)
	}
	if v, ok := f.Param("a"); v != "1" || !ok {
		t.Errorf("expected the query's value to count, found %q, %t", v, ok)
	}
	if v, ok := f.Param("f"); v != "" || ok {
		t.Errorf("expected no value, found %q, %t", v, ok)
	}
	many := requestOf("GET", "https://x/?"+strings.Repeat("a=1&", maxParams+9), "")
	if len(many.Params) != maxParams {
		t.Errorf("expected %d parameters at the most, found %d", maxParams, len(many.Params))
	}
}

// What is a form shows by its bytes.
func TestFormsAreToldByTheirBytes(t *testing.T) {
	for body, want := range map[string]bool{
		"a=1": true, "=": true, "a b=1": true, "a": false, `{"a":"="}`: false, `["="]`: false, "<a b='c'>": false, "--x\r\na=1": false, "--x=1": false, "-a=1": false, `"a=1"`: false,
		"a\n=1": false, "a\t=1": false, "a\x1f=1": false, "a =1": true, "a=\n": true, "\xff=1": true,
	} {
		if f := requestOf("POST", "/api/v3/order", body); f.BodyIsForm != want || len(f.Params) > 0 != want {
			t.Errorf("%q: expected to be a form: %t, found %t and %v", body, want, f.BodyIsForm, f.Params)
		}
	}
}

// The authority stands in the URL or in Host.
func TestHostOfARequest(t *testing.T) {
	for _, c := range []struct{ url, field, host, port string }{
		{"/api/v1/ping", "API.binance.com:8443", "api.binance.com", "8443"},
		{"/api/v1/ping", "api.binance.com", "api.binance.com", ""},
		{"https://one.example/x", "two.example:1", "one.example", ""},
		{"https://u@one.example:5/x", "", "one.example", "5"},
		{"https://[::1]/x", "", "[::1]", ""},
		{"?a=b", "h", "h", ""}, {"", "h", "h", ""}, {"ping", "h", "h", ""}, {"one.example/x#y?z=1", "", "one.example", ""},
		{"https://one.example#frag", "", "one.example", ""},
	} {
		var fields []Field
		if c.field != "" {
			fields = append(fields, Field{"host", c.field})
		}
		if f := requestOf("GET", c.url, "", fields...); f.Host != c.host || f.Port != c.port {
			t.Errorf("%s with Host %q: expected %q and %q, found %q and %q", c.url, c.field, c.host, c.port, f.Host, f.Port)
		}
	}
	if f := requestOf("GET", "one.example/x#y?z=1", ""); f.Path != "/x" || f.Query != "" {
		t.Errorf("expected the fragment to be cut, found %q and %q", f.Path, f.Query)
	}
}

// The ids and hashes by which requests are told apart.
func TestWhatNamesARequest(t *testing.T) {
	const order = "https://x/api/v3/order?"
	f := requestOf("POST", order+"symbol=A&symbol=B&newClientOrderId=c&orderId=7&origClientOrderId=o&timestamp=5&timestamp=6&signature=s", "", Field{"x-mbx-apikey", "k"})
	if f.Symbol != Hash("A") || f.ClientID != Hash("c") || f.OrderRef != Hash("o") || f.Stamp() != Hash("5") || f.APIKey != Hash("k") || !f.HasSignature() {
		t.Errorf("expected the first of each, and the client's own id of an order, found %+v", f)
	}
	f = requestOf("POST", order+"withdrawOrderId=w&orderId=7", "")
	if f.Symbol != 0 || f.ClientID != Hash("w") || f.OrderRef != Hash("7") || f.Stamp() != 0 || f.APIKey != 0 || f.HasSignature() {
		t.Errorf("expected what stands instead, and 0 for the rest, found %+v", f)
	}
	base := requestOf("POST", order+"symbol=A", "")
	for _, name := range []string{"newClientOrderId", "withdrawOrderId", "newOrderRespType", "listClientOrderId", "limitClientOrderId", "stopClientOrderId", "clientTranId", "name"} {
		if g := requestOf("POST", order+"symbol=A&"+name+"=1", ""); g.Business != base.Business || g.Logical == base.Logical {
			t.Errorf("%s: expected another request for the same business", name)
		}
	}
	for _, name := range []string{"timestamp", "signature", "recvWindow"} {
		if g := requestOf("POST", order+"symbol=A&"+name+"=1", ""); g.Business != base.Business || g.Logical != base.Logical {
			t.Errorf("%s: expected the same request", name)
		}
	}
	for _, other := range []*Facts{
		requestOf("POST", order+"symbol=A&price=1", ""), requestOf("POST", order+"symbol=A&orderId=1", ""), requestOf("POST", order+"symbo=lA", ""),
		requestOf("DELETE", order+"symbol=A", ""), requestOf("POST", "https://x/api/v3/orders?symbol=A", ""), requestOf("POST", order+"A=symbol", ""),
	} {
		if other.Business == base.Business || other.Logical == base.Logical {
			t.Errorf("%s %s?%s: expected other business than %s's", other.Request.Method, other.Path, other.Query, base.Query)
		}
	}
	for _, pair := range [][2]string{{"quantity=1.0", "quantity=1.00"}, {"symbol=a", "symbol=A"}, {"origClientOrderId=1", "origClientOrderId=2"}} {
		one, two := requestOf("GET", order+pair[0], ""), requestOf("GET", order+pair[1], "")
		if one.Business == two.Business {
			t.Errorf("%s and %s: expected what is read otherwise to be other business", pair[0], pair[1])
		}
	}
	for _, name := range []string{"origClientOrderId", "cancelOrigClientOrderId"} {
		if one, two := requestOf("POST", order+name+"=1", ""), requestOf("POST", order+name+"=2", ""); one.Business == two.Business {
			t.Errorf("%s: expected the id of an order that is there to count", name)
		}
	}
	if a, b := requestOf("POST", order+"a=b&c=d", ""), requestOf("POST", order+"a=d&c=b", ""); a.Logical == b.Logical {
		t.Error("expected values to belong to their names")
	}
}

func TestPlainDecimals(t *testing.T) {
	for v, want := range map[string]string{
		"1.50": "1.5", "1.0": "1", "1.": "1", "100": "100", "0.010": "0.01", ".50": ".5", "1.2.0": "1.2.0", "a.0": "a.0", "1.0a": "1.0a", "1/.0": "1/.0", "1:.0": "1:.0", "": "", "1.05": "1.05", "9.90": "9.9",
	} {
		if got := plainDecimal(v); got != want {
			t.Errorf("%q: expected %q, found %q", v, want, got)
		}
	}
}

// A call is blurred whose body was not read, unless it is signed in its query.
func TestBlurredCalls(t *testing.T) {
	for _, c := range []struct {
		method, url, body string
		gaps              Gap
		want              bool
	}{
		{"POST", "/o", "", 0, false}, {"POST", "/o", "", GapRequestBody, true}, {"POST", "/o", "{}", 0, true}, {"POST", "/o", "x", 0, true}, {"POST", "/o", "a=1", 0, false},
		{"GET", "/o", "", GapRequestBody, false}, {"GET", "/o", "{}", 0, false}, {"POST", "/o?signature=1", "{}", 0, false}, {"POST", "/o?signature=1", "", GapRequestBody, false},
		{"POST", "/o", "", GapResponseBody, false},
	} {
		f := new(Facts)
		f.ScanRequest(spoken, &Exchange{Request: Request{Method: c.method, URL: c.url, Body: []byte(c.body)}, Gaps: c.gaps})
		if got := f.Blurred(); got != c.want {
			t.Errorf("%+v: found %t", c, got)
		}
	}
}

// What of an answer was recorded.
func TestWhatWasRecorded(t *testing.T) {
	for _, c := range []struct {
		status                       int
		gaps                         Gap
		answered, unlabelled, bodied bool
	}{
		{200, 0, true, false, true}, {200, GapResponse, false, false, false}, {0, 0, false, false, false}, {0, GapStatus, false, true, true},
		{0, GapStatus | GapResponse, false, false, false}, {200, GapStatus, true, false, true}, {200, GapResponseBody, true, false, false},
		{200, GapTruncated, true, false, false}, {200, GapUndecoded, true, false, false}, {200, GapHost, true, false, true}, {0, GapStatus | GapTruncated, false, true, false},
	} {
		f := factsOf(Exchange{Response: Response{Status: c.status, Body: []byte("{}")}, Gaps: c.gaps})
		if f.Answered() != c.answered || f.Unlabelled() != c.unlabelled || f.BodySeen() != c.bodied {
			t.Errorf("%+v: found %t, %t, %t", c, f.Answered(), f.Unlabelled(), f.BodySeen())
		}
	}
	for status, want := range map[int]bool{199: false, 200: true, 299: true, 300: false} {
		if got := factsOf(answer(status, "")).Success(); got != want {
			t.Errorf("%d: expected success %t, found %t", status, want, got)
		}
	}
	if !(GapHost | GapOrder).Has(GapHost) || (GapHost).Has(GapHost|GapOrder) || Gap(0).Has(GapHost) {
		t.Error("expected a set of gaps to have what is in it, all of it")
	}
}

// What the message of a ban says of its end.
func TestBanInAMessage(t *testing.T) {
	const end = 1563616933000
	for body, want := range map[string]int64{
		`{"code":-1003,"msg":"Way too many requests; IP banned until 1563616933000. Please"}`: end,
		`{"code":-1003,"msg":"IP banned until 1563616933000"}`:                                end,
		`{"code":-1003,"msg":"banned until 1563616933"}`:                                      0,
		`{"code":-1003,"msg":"banned until then"}`:                                            0,
		`{"code":-1003,"msg":"banned until 15636169330000000000000"}`:                         0,
		`{"code":-1003,"msg":"banned until /:"}`:                                              0,
		`{"code":-1003,"msg":"banned until 1563616933000:"}`:                                  end,
		`{"code":-1003,"msg":"1563616933000"}`:                                                0,
		`{"code":-1003,"msg":""}`:                                                             0,
		`{"code":-1003,"msg":"Too many requests."}`:                                           0,
		`{"code":-1121,"msg":"IP banned until 1563616933000."}`:                               0,
	} {
		var got int64
		if f := factsOf(answer(418, body)); !f.BannedUntil.IsZero() {
			got = f.BannedUntil.UnixMilli()
		}
		if got != want {
			t.Errorf("%s: expected %d, found %d", body, want, got)
		}
	}
	for status, want := range map[int]time.Duration{429: time.Minute, 418: 0} {
		if got := factsOf(answer(status, `{"code":-1003,"msg":"current limit is 1200 requests per minute"}`)).LimitWindow; got != want {
			t.Errorf("%d: expected a window of %v, found %v", status, want, got)
		}
	}
}

// signed is a request that was sent at a time and answered at another.
func signed(stamp, body string, status int, date time.Time) Exchange {
	x := answer(status, body)
	if !date.IsZero() {
		x.Response.Header = Header{{"Date", date.Format("Mon, 02 Jan 2006 15:04:05 GMT")}}
	}
	x.Request = Request{Method: "GET", URL: "https://api.binance.com/api/v3/account?timestamp=" + stamp + "&signature=00"}
	return x
}

// An accepted timestamp more than a minute from the Date was edited, or the Date
// was; and so was a Date older than the venue.
func TestEditedDates(t *testing.T) {
	noon := at("2019-07-20T12:00:00Z")
	const minute = 60_000
	ms := func(d int64) string { return fmt.Sprint(noon.UnixMilli() + d) }
	unsigned := signed(ms(0), "{}", 200, noon.Add(time.Hour))
	unsigned.Request.URL = "https://api.binance.com/api/v3/account?timestamp=" + ms(0)
	for _, c := range []struct {
		name string
		x    Exchange
		want bool
	}{
		{"at once", signed(ms(0), "{}", 200, noon), false},
		{"a minute and a second before", signed(ms(-minute-1000), "{}", 200, noon), false},
		{"more than that before", signed(ms(-minute-1001), "{}", 200, noon), true},
		{"a minute and a second behind", signed(ms(minute+1000), "{}", 200, noon), false},
		{"more than that behind", signed(ms(minute+1001), "{}", 200, noon), true},
		{"refused", signed(ms(-9*minute), `{"code":-1021,"msg":"x"}`, 400, noon), false},
		{"not the venue's answer", signed(ms(-9*minute), ``, 200, noon), false},
		{"in seconds", signed("1563624000", "{}", 200, noon), false},
		{"zeros", signed("0000000000000", "{}", 200, noon), false},
		{"no number", signed("[FILTERED]xyz", "{}", 200, noon), false},
		{"with a zero before it", signed("0"+ms(-9*minute), "{}", 200, noon), false},
		{"not signed", unsigned, false},
		{"no Date", signed(ms(0), "{}", 200, time.Time{}), false},
		{"a Date older than the venue", signed("x", "{}", 200, at("2016-12-31T23:59:59Z")), true},
		{"a Date as old as the venue", signed("x", "{}", 200, at("2017-01-01T00:00:00Z")), false},
	} {
		if got := factsOf(c.x).EditedDate; got != c.want {
			t.Errorf("%s: expected to be edited: %t, found %t", c.name, c.want, got)
		}
	}
}

// The recorder's own instants more than a minute from Date: one of them is wrong.
func TestDatesThatContradictTheRecorder(t *testing.T) {
	noon := at("2019-07-20T12:00:00Z")
	with := func(sent, received Span, fields ...Field) Exchange {
		x := answer(200, "{}", append(fields, Field{"Date", noon.Format("Mon, 02 Jan 2006 15:04:05 GMT")})...)
		x.Sent, x.Received = sent, received
		return x
	}
	after := func(d time.Duration) Span { return Exactly(noon.Add(d)) }
	for _, c := range []struct {
		name string
		x    Exchange
		want bool
	}{
		{"together", with(after(0), after(0)), false},
		{"received a minute and a second after", with(Span{}, after(61*time.Second)), false},
		{"received later", with(Span{}, after(61*time.Second+1)), true},
		{"received a minute before", with(after(-time.Hour), after(-time.Minute)), false},
		{"received earlier", with(after(-time.Hour), after(-time.Minute-1)), true},
		{"sent alone, long before", with(after(-time.Hour), Span{}), true},
		{"from a store, which is as old as it is", with(Span{}, after(time.Hour), Field{"Age", "3600"}), false},
		{"no instants", with(Span{}, Span{}), false},
	} {
		f := factsOf(c.x)
		if f.DateOff != c.want || f.Timed() != (c.x.Sent.Known() || c.x.Received.Known()) {
			t.Errorf("%s: expected to contradict: %t, found %t, timed %t", c.name, c.want, f.DateOff, f.Timed())
		}
		if !f.Era.Equal(noon) {
			t.Errorf("%s: expected the Date to tell the era, found %v", c.name, f.Era)
		}
	}
	x := answer(200, "{}")
	x.Received = Exactly(noon)
	if f := factsOf(x); !f.Era.Equal(noon) || f.Exact || f.DateOff {
		t.Errorf("expected the arrival to tell the era without a Date, found %v, exact %t", f.Era, f.Exact)
	}
}

// What a recorder took out of a signed request.
func TestWhatWasTakenOutOfASignedRequest(t *testing.T) {
	sign, key := strings.Repeat("c8db5682", 8), strings.Repeat("vmPUZE6m", 8)
	const ok, refused = `{}`, `{"code":-1022,"msg":"Signature for this request is not valid."}`
	call := func(query, key, body string, status int) Exchange {
		x := answer(status, body)
		x.Request = Request{Method: "GET", URL: "https://api.binance.com/api/v3/account?" + query}
		if key != "" {
			x.Request.Header = Header{{"X-MBX-APIKEY", key}}
		}
		return x
	}
	gap := func(x Exchange) Exchange { x.Gaps = GapRequestHeader; return x }
	const stamp = "timestamp=1563616810000"
	for _, c := range []struct {
		name string
		x    Exchange
		want string
	}{
		{"all is there", call(stamp+"&signature="+sign, key, ok, 200), ""},
		{"nothing was signed", call("", "", ok, 200), ""},
		{"a key alone", call("", key, ok, 200), ""},
		{"a masked key", call("", "[KEY]", ok, 200), "key"},
		{"no timestamp", call("signature="+sign, key, ok, 200), "timestamp"},
		{"a timestamp of zeros", call("timestamp=0&signature="+sign, key, ok, 200), "timestamp"},
		{"a timestamp in words", call("timestamp=TS&signature="+sign, key, ok, 200), "timestamp"},
		{"an accepted timestamp of no unit", call("timestamp=5&signature="+sign, key, ok, 200), "timestamp"},
		{"a refused timestamp of 1", call("timestamp=1&signature="+sign, key, `{"code":-1021,"msg":"x"}`, 400), ""},
		{"a refused timestamp of no unit", call("timestamp=5&signature="+sign, key, `{"code":-1021,"msg":"x"}`, 400), ""},
		{"a short signature", call(stamp+"&signature=00", key, ok, 200), "signature"},
		{"a short signature that was refused for it", call(stamp+"&signature=00", key, refused, 400), ""},
		{"a placeholder that was refused", call(stamp+"&signature=[S]", key, refused, 400), "signature"},
		{"our own mask that was refused", call(stamp+"&signature=masked1", key, refused, 400), "signature"},
		{"a short signature refused for another reason", call(stamp+"&signature=00", key, `{"code":-1021,"msg":"x"}`, 400), "signature"},
		{"our own whole mask that was refused", call(stamp+"&signature=masked0123456fxxxx", key, refused, 400), "signature"},
		{"a refused timestamp of zero", call("timestamp=0&signature="+sign, key, `{"code":-1021,"msg":"x"}`, 400), "timestamp"},
		{"a refused timestamp in words", call("timestamp=TS&signature="+sign, key, `{"code":-1021,"msg":"x"}`, 400), "timestamp"},
		{"no signature, and accepted", call(stamp, key, ok, 200), "signature"},
		{"no signature, and refused", call(stamp, key, `{"code":-1102,"msg":"x"}`, 400), ""},
		{"no signature, and not the venue's answer", call(stamp, key, ``, 200), ""},
		{"no signature and no key: public", call(stamp, "", ok, 200), ""},
		{"words in the place of time, without a signature", call("timestamp=TS", "", ok, 200), "timestamp"},
		{"no key, and accepted", call(stamp+"&signature="+sign, "", ok, 200), "key"},
		{"no key, and refused", call(stamp+"&signature="+sign, "", `{"code":-2014,"msg":"x"}`, 401), ""},
		{"no key, and not the venue's answer", call(stamp+"&signature="+sign, "", ``, 200), ""},
		{"no key, but no header either", gap(call(stamp+"&signature="+sign, "", ok, 200)), ""},
		{"a short key that was refused for its form", call(stamp+"&signature="+sign, "short", `{"code":-2014,"msg":"x"}`, 401), ""},
		{"a short key that was not known", call(stamp+"&signature="+sign, "short", `{"code":-2015,"msg":"x"}`, 401), ""},
		{"a short key refused for another reason", call(stamp+"&signature="+sign, "short", `{"code":-1021,"msg":"x"}`, 400), "key"},
	} {
		var got []string
		f := factsOf(c.x)
		timestamp, signature, key := f.SigningLost()
		for what, lost := range map[string]bool{"timestamp": timestamp, "signature": signature, "key": key} {
			if lost {
				got = append(got, what)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: expected %q to be lost, found %q", c.name, c.want, got)
		}
	}
}

// Keys and signatures are long and do not repeat; what stands in their place
// does, or is short.
func TestMasks(t *testing.T) {
	sign := "c8db56825ae71d6d79447849e617115f"
	for v, want := range map[string]bool{
		sign: false, sign[1:]: true, "": true, strings.Repeat("0", 64): true, strings.Repeat("x", 63) + "y": false, "masked" + sign: true, "Masked" + sign: false,
		sign + "%2B%2F%3D": false, sign + "+/=-_": false, sign + "AZaz09": false, sign + " ": true, sign + "[": true, sign + "@": true, sign + "`": true, sign + "{": true, sign + ":": true, "a" + sign + "a": false, sign + ".": true, "a" + strings.Repeat("b", 40): false,
	} {
		if got := isMask(v); got != want {
			t.Errorf("%q: expected to be a mask: %t, found %t", v, want, got)
		}
	}
}

// Plans are built of paths; one that is none says what is wrong with it.
func TestPathsOfPlans(t *testing.T) {
	for path, want := range map[string]string{
		"": `path "": expected it to begin with $`, "$[x]": `expected [*] or [n], found "[x]"`, "$[1": `expected [*] or [n], found "[1"`, "$[-1]": `found "[-1]"`,
		"$.": `expected a member name, found "."`, "$..": `expected a member name`, "$.a.": `expected a member name, found "."`, "$x": `expected . or [, found "x"`,
		"$.a.*[*][2].b": "", "$": "", "$[0]": "", "$.a": "",
	} {
		_, err := spoken.NewPlan(nil, []TimeQuery{{Path: "$.ok"}, {Path: path}})
		if path == "$.." {
			continue // any name: ""
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: expected %q, found %v", path, want, err)
		}
	}
	if _, err := spoken.NewPlan([]OrderQuery{{Array: "rows", Key: "time"}}, nil); err == nil {
		t.Error("expected an array's path to begin with $")
	}
	if _, err := spoken.NewPlan([]OrderQuery{{Array: "$", Key: "[x]"}}, nil); err == nil {
		t.Error("expected a key's index to be a number")
	}
}

// A path leads to the same values whatever else is asked for beside it.
func TestPathsLeadToTheirValues(t *testing.T) {
	const body = `{"a":{"x":[1563616800001,{"b":1563616800002}],"y":{"b":1563616800003}},"b":[[1,2,1563616800004,4],[1,2,1563616800005],[]],"c":1563616800006}`
	paths := map[string]int{
		"$.c": 1, "$.a.x[0]": 1, "$.a.x[1].b": 1, "$.a.*.b": 1, "$.b[*][2]": 2, "$.b[1][2]": 1, "$.b[0][2]": 1, "$.b[0][3]": 0, "$.b[2][0]": 0, "$.b[7][0]": 0,
		"$.z": 0, "$.a.*[0]": 1, "$.a.*[*].b": 1, "$.c.d": 0, "$.a[0]": 0,
	}
	for path, want := range paths {
		alone := scan(mustPlan(nil, []TimeQuery{{Path: path}}), body)
		if got := alone.Times[0].Good; got != want {
			t.Errorf("%s alone: expected %d times, found %d", path, want, got)
		}
	}
	// Asked for together, a more exact path takes its values from a wider one.
	together := scan(mustPlan(nil, []TimeQuery{{Path: "$.b[*][2]"}, {Path: "$.b[1][2]"}, {Path: "$.c"}, {Path: "$.b[*][0]"}}), body)
	if got := fmt.Sprint(together.Times[0].Good, together.Times[1].Good, together.Times[2].Good, together.Times[3].Unknown); got != "1 1 1 1" {
		t.Errorf("expected the second row's time to be its own, found %s", got)
	}
}

// Members of the envelope are found wherever they stand at the top, and of the
// top alone; a number at which the body was cut is another number.
func TestCaptures(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":-1121,"msg":"x"}`:                `-1121 "x"`,
		`{"msg":"x","data":{"code":5},"code":-1}`: `-1 "x"`,
		`{"code":-11`:           ` `,
		`{"code":-11 `:          ` `,
		`{"code":-11 ,`:         `-11 `,
		`{"code":-1,"code":-2}`: `-2 `,
		`[{"code":-1}]`:         ` `,
		`{"data":[{"msg":"y"}],"msg":{"text":"x"}}`: ` {"text":"x"}`,
	} {
		b := scan(spoken.Plan(), body)
		if got := string(b.Capture(CaptureCode).Raw) + " " + string(b.Capture(CaptureMsg).Raw); got != want {
			t.Errorf("%s: expected %s, found %s", body, want, got)
		}
	}
	b := scan(spoken.Plan(), `{"code":1,"msg":"a","success":true,"message":"b","rateLimits":[],"data":null,"more":{}}`)
	for c, want := range map[Capture]string{CaptureCode: "1", CaptureMsg: `"a"`, CaptureSuccess: "true", CaptureMessage: `"b"`, CaptureRateLimits: "[]", CaptureData: "null"} {
		if got := string(b.Capture(c).Raw); got != want {
			t.Errorf("capture %d: expected %s, found %s", c, want, got)
		}
	}
	if b.Members != 7 || scan(spoken.Plan(), `[{"a":1}]`).Members != 0 || scan(spoken.Plan(), `{"a":{"b":1,"c":2}}`).Members != 1 {
		t.Errorf("expected the members of the top to be counted, found %d", b.Members)
	}
}

// The value of a captured member.
func TestValuesOfMembers(t *testing.T) {
	for raw, want := range map[string]string{
		`"x"`: "x", `"a\u00e9\"\/"`: `aé"/`, `"\ud83d"`: `\ud83d`, `""`: "", `"a/b"`: "a/b", "\"a\xff\"": "a\xff",
	} {
		if got := (Value{KindString, []byte(raw)}).Text(); got != want {
			t.Errorf("%s: expected %q, found %q", raw, want, got)
		}
	}
	if got := (Value{KindNumber, []byte("5")}).Text(); got != "" {
		t.Errorf("expected a number to be no text, found %q", got)
	}
	if _, ok := (Value{KindString, []byte("5")}).Int(); ok {
		t.Error("expected a text to be no number")
	}
	if n, ok := (Value{KindNumber, []byte("-5")}).Int(); n != -5 || !ok {
		t.Errorf("expected -5, found %d, %t", n, ok)
	}
}

// Bodies may nest so deep and no deeper, whether they are read or passed by.
func TestDepthOfBodies(t *testing.T) {
	for _, plan := range []*Plan{spoken.Plan(), orderPlan()} {
		for depth, want := range map[int]Fault{MaxBodyDepth: FaultNone, MaxBodyDepth + 1: FaultDepth} {
			if b := scan(plan, strings.Repeat("[", depth)+strings.Repeat("]", depth)); b.Fault != want {
				t.Errorf("%d levels: expected fault %d, found %d", depth, want, b.Fault)
			}
			if b := scan(plan, strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth)); b.Fault != want {
				t.Errorf("%d objects: expected fault %d, found %d", depth, want, b.Fault)
			}
		}
	}
	if (&Body{Fault: FaultNone, Kind: KindNone}).JSON() || !(&Body{Kind: KindNull}).JSON() || (&Body{Kind: KindObject, Fault: FaultTrailing}).JSON() {
		t.Error("expected a value without a fault to be JSON, and nothing else")
	}
}

// Whole numbers of fields, with white space around them, up to 18 digits.
func TestNumbersOfFields(t *testing.T) {
	for v, want := range map[string]int64{
		"0": 0, "007": 7, "\t5 ": 5, "-5": -1, "+5": -1, "5.0": -1, "5s": -1, "999999999999999999": 999999999999999999, "1000000000000000000": -1, "/": -1, ":": -1, " ": -1,
		"5,\t5": 5, ",": -1, ",,": -1, "5,5,6": -1, ",5": -1,
	} {
		if got := decimal(v); got != want {
			t.Errorf("%q: expected %d, found %d", v, want, got)
		}
	}
	both := factsOf(answer(200, "{}", Field{"X-MBX-USED-WEIGHT", "0"}, Field{"X-MBX-USED-WEIGHT-1M", "9"}))
	if got := both.Weight(); got != 0 {
		t.Errorf("expected the older name to count where both are sent, found %d", got)
	}
	if got := factsOf(answer(200, "{}", Field{"X-MBX-USED-WEIGHT-1M", "9"})).Weight(); got != 9 {
		t.Errorf("expected the newer name to count where it is alone, found %d", got)
	}
}

// Words that people put in the place of what they take out, and those that the
// venue's own messages have in them as well.
func TestWordsForWhatWasTakenOut(t *testing.T) {
	for text, want := range map[string]bool{
		"value was redacted": true, "REDACTED": true, "[filtered]": true, "unredacted": false, "redacted1": true, "a signature": false, "dummy": false, "": false,
		"masked": true, "removed": true, "scrubbed": true, "sanitized": true, "sanitised": true, "anonymized": true, "anonymised": true, "obfuscated": true, "censored": true,
		"truncated": true, "omitted": true, "placeholder": true, "`masked{": true, "@masked[": true,
	} {
		if got := SaysTakenOut(text); got != want {
			t.Errorf("%q: expected %t, found %t", text, want, got)
		}
	}
	for v, want := range map[string]bool{
		"fake": true, "fak": false, "secret": true, "hidden": true, "dummy": true, "timestamp": true, "signature": true, "xxx": true, "XxX": true, "xx": false, "xxy": false,
		"a...": true, "a..": false, "a fake": false, " fake": false, "masked0123456f": false, "masked0123456": true, "fake_" + strings.Repeat("1", 35): true, "fake_" + strings.Repeat("1", 36): false,
	} {
		if got := IsPlaceholder(v); got != want {
			t.Errorf("%q: expected to be a placeholder: %t, found %t", v, want, got)
		}
	}
	for _, c := range "<>[]{}*$#…" {
		if v := "12" + string(c) + "34"; !IsPlaceholder(v) {
			t.Errorf("%q: expected to be a placeholder", v)
		}
	}
}

// Without an outcome an exchange is no statement.
func TestStatements(t *testing.T) {
	for want, a := range map[bool]*Annotation{true: {Told: Told{Outcome: OutcomeOK}}, false: {Lost: LostReset}} {
		if got := (&Exchange{Annotation: a}).Statement(); got != want {
			t.Errorf("%+v: expected a statement: %t, found %t", a, want, got)
		}
	}
	if (&Exchange{}).Statement() {
		t.Error("expected ordinary traffic to be no statement")
	}
}

// A window is bounded by what a venue may mean, and a year is the longest.
func TestEdgesOfWindows(t *testing.T) {
	for msg, want := range map[string]time.Duration{
		"current limit is 5 orders per 365 DAY": 365 * 24 * time.Hour, "current limit is 5 orders per 366 DAY": 0, "current limit is 5 orders per 2 hours": 2 * time.Hour,
		"current limit is 5 orders per -1 SECOND": 0, "current limit is 5 per x SECOND": 0, "current limit is 5 orders per 1 ": 0,
	} {
		if got := spoken.limitWindow([]byte(msg)); got != want {
			t.Errorf("%q: expected %v, found %v", msg, want, got)
		}
	}
}

// A flight as long as the longest is still that of a connection opened for it.
func TestEdgesOfArrivals(t *testing.T) {
	noon := at("2019-07-20T12:00:00Z")
	for opened, want := range map[time.Duration]time.Duration{longestOpening: longestOpening + InFlight, longestOpening + 1: InFlight, 0: InFlight} {
		a := Arrival{OpenedAt: noon.Add(-opened), FirstByteAt: noon}
		if got := noon.Sub(a.Sent().Earliest); got != want {
			t.Errorf("opened %v before: expected it to be sent %v before at the most, found %v", opened, want, got)
		}
	}
	free := Arrival{OpenedAt: noon.Add(-time.Second), FreeAt: noon, FirstByteAt: noon}
	if got := free.Ready(); !got.Equal(noon) {
		t.Errorf("expected a connection that was free at that instant to be ready, found %v", got)
	}
}
