package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	aKey       = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
	aSignature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
)

// signed is an order as it was sent: no recorder touched it.
func signed() *traffic.Exchange {
	return &traffic.Exchange{
		Request: traffic.Request{
			Method: "GET", Header: traffic.Header{{Name: "X-MBX-APIKEY", Value: aKey}},
			URL: "https://api.binance.com/api/v3/account?timestamp=1563616800000&signature=" + aSignature,
		},
		Response: traffic.Response{
			Status: 200, Body: []byte("{}"),
			Header: traffic.Header{{Name: "Date", Value: "Sat, 20 Jul 2019 10:00:00 GMT"}, {Name: "X-MBX-USED-WEIGHT", Value: "5"}},
		},
	}
}

func TestArtefacts(t *testing.T) {
	url := func(old, new string) func(*traffic.Exchange) {
		return func(x *traffic.Exchange) { x.Request.URL = strings.Replace(x.Request.URL, old, new, 1) }
	}
	gap := func(g traffic.Gap) func(*traffic.Exchange) { return func(x *traffic.Exchange) { x.Gaps |= g } }
	for _, c := range []struct {
		name string
		do   func(*traffic.Exchange)
		want []rule.Artefact
	}{
		{"untouched", func(*traffic.Exchange) {}, nil},
		{"no timestamp", url("timestamp=1563616800000&", ""), []rule.Artefact{rule.NoTimestamp}},
		{"neither timestamp nor signature", url("?timestamp=1563616800000&signature="+aSignature, ""), []rule.Artefact{rule.NoTimestamp, rule.NoSignature}},
		{"nothing of the signing", func(x *traffic.Exchange) {
			url("?timestamp=1563616800000&signature="+aSignature, "")(x)
			x.Request.Header = traffic.Header{{Name: "Accept", Value: "*/*"}}
		}, []rule.Artefact{rule.NoTimestamp, rule.NoSignature, rule.NoAPIKey}},
		{"not signed, and refused", func(x *traffic.Exchange) {
			url("?timestamp=1563616800000&signature="+aSignature, "")(x)
			x.Response.Status, x.Response.Body = 400, []byte(`{"code":-1102,"msg":"x"}`)
		}, nil},
		{"nothing of the signing of an order", func(x *traffic.Exchange) {
			x.Request = traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order", Body: []byte("symbol=A")}
		}, []rule.Artefact{rule.NoTimestamp, rule.NoSignature, rule.NoAPIKey}},
		{"nothing of the signing, by who keeps no bodies of requests", func(x *traffic.Exchange) {
			x.Request, x.Gaps = traffic.Request{Method: "POST", URL: "https://api.binance.com/api/v3/order"}, traffic.GapRequestBody
		}, nil},
		{"nothing of the signing, by who keeps no fields of requests", func(x *traffic.Exchange) {
			url("?timestamp=1563616800000&signature="+aSignature, "")(x)
			x.Request.Header, x.Gaps = nil, traffic.GapRequestHeader
		}, []rule.Artefact{rule.NoTimestamp, rule.NoSignature}},
		{"nothing of the signing but a masked key", func(x *traffic.Exchange) {
			url("?timestamp=1563616800000&signature="+aSignature, "")(x)
			x.Request.Header.Set("X-MBX-APIKEY", "***")
		}, []rule.Artefact{rule.NoTimestamp, rule.NoSignature, rule.NoAPIKey}},
		{"a route that nobody knows", func(x *traffic.Exchange) {
			x.Request = traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v9/none"}
		}, nil},
		{"masked timestamp", url("1563616800000", "[FILTERED]"), []rule.Artefact{rule.NoTimestamp}},
		{"no signature", url("&signature="+aSignature, ""), []rule.Artefact{rule.NoSignature}},
		{"masked signature", url(aSignature, "<SIGNATURE>"), []rule.Artefact{rule.NoSignature}},
		{"our own mask", url(aSignature, strings.Repeat("0", 64)), []rule.Artefact{rule.NoSignature}},
		{"signature in base64", url(aSignature, strings.Repeat("aB%2B", 20)+"%3D"), nil},
		{"masked key", func(x *traffic.Exchange) { x.Request.Header.Set("X-MBX-APIKEY", "***") }, []rule.Artefact{rule.NoAPIKey}},
		{"no key", func(x *traffic.Exchange) { x.Request.Header = traffic.Header{{Name: "Accept", Value: "*/*"}} }, []rule.Artefact{rule.NoAPIKey}},
		{"no request fields", func(x *traffic.Exchange) { x.Request.Header, x.Gaps = nil, traffic.GapRequestHeader }, nil},
		{"forgotten to sign", func(x *traffic.Exchange) {
			url("&signature="+aSignature, "")(x)
			x.Response.Status, x.Response.Body = 400, []byte(`{"code":-1102,"msg":"x"}`)
		}, nil},
		{"edited Date", func(x *traffic.Exchange) { x.Response.Header.Set("Date", "Sat, 20 Jul 2019 10:01:30 GMT") }, []rule.Artefact{rule.EditedDate}},
		{"Date before the venue", func(x *traffic.Exchange) {
			x.Request.URL = "https://api.binance.com/api/v1/ping"
			x.Request.Header = nil
			x.Response.Header.Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
		}, []rule.Artefact{rule.EditedDate}},
		{"Date off the recorder's clock", func(x *traffic.Exchange) {
			x.Request.URL = "https://api.binance.com/api/v1/ping"
			x.Received = traffic.Exactly(time.Date(2019, 7, 20, 10, 2, 0, 0, time.UTC))
		}, []rule.Artefact{rule.DateOff}},
		{"recorder's clock within a minute", func(x *traffic.Exchange) {
			x.Received = traffic.Exactly(time.Date(2019, 7, 20, 10, 0, 50, 0, time.UTC))
		}, nil},
		{"timestamp of zeros", url("1563616800000", "0000000000000"), []rule.Artefact{rule.NoTimestamp}},
		{"timestamp of no unit that was accepted", url("1563616800000", "1"), []rule.Artefact{rule.NoTimestamp}},
		{"timestamp in seconds", url("1563616800000", "1563616800"), nil},
		{"slow clock", func(x *traffic.Exchange) { x.Response.Header.Set("Date", "Sat, 20 Jul 2019 10:00:30 GMT") }, nil},
		{"masked weight", func(x *traffic.Exchange) { x.Response.Header.Set("X-MBX-USED-WEIGHT", "redacted") }, []rule.Artefact{rule.MaskedField}},
		{"masked Date", func(x *traffic.Exchange) { x.Response.Header.Set("Date", "{{now}}") }, []rule.Artefact{rule.MaskedField}},
		{"stale coding", func(x *traffic.Exchange) { x.CodingUndone = true }, []rule.Artefact{rule.StaleCoding}},
		{"host", gap(traffic.GapHost), []rule.Artefact{rule.NoHost}},
		{"undecoded", gap(traffic.GapUndecoded), []rule.Artefact{rule.Undecoded}},
		{"cut", gap(traffic.GapTruncated), []rule.Artefact{rule.CutBody}},
		{"no body", gap(traffic.GapResponseBody), []rule.Artefact{rule.NoBody}},
		{"no header", gap(traffic.GapResponseHeader), []rule.Artefact{rule.NoHeader}},
		{"no status", gap(traffic.GapStatus), []rule.Artefact{rule.NoStatus}},
		{"no response", func(x *traffic.Exchange) { x.Response, x.Gaps = traffic.Response{}, traffic.GapResponse }, []rule.Artefact{rule.NoResponse}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := signed()
			c.do(x)
			var want rule.Artefacts
			for _, a := range c.want {
				want[a] = 1
			}
			e := New(nil, Options{})
			e.Begin()
			e.Observe(x)
			e.End()
			if got := e.Tally().Traffic.Artefacts; got != want {
				t.Errorf("expected %v, found %v", want, got)
			}
		})
	}
}

// TestArtefactsCost: counting allocates nothing.
func TestArtefactsCost(t *testing.T) {
	edition := edition.Default()
	e := New(nil, Options{Edition: edition})
	e.Begin()
	x := signed()
	x.Gaps, x.CodingUndone = traffic.GapTruncated, true
	e.Observe(x)
	if n := testing.AllocsPerRun(100, func() { e.Observe(x) }); n != 0 {
		t.Errorf("%v allocations for an exchange", n)
	}
}

// The routes whose requests are signed, by what the catalogue calls them.
func TestSignedRoutes(t *testing.T) {
	for security, want := range map[string]bool{"USER_DATA": true, "TRADE": true, "MARGIN": true, "WITHDRAW": true, "USER_STREAM": false, "MARKET_DATA": false, "NONE": false} {
		if got := (&edition.Endpoint{Security: security}).IsSigned(); got != want {
			t.Errorf("%s: expected to be signed: %t, found %t", security, want, got)
		}
	}
	if (*edition.Endpoint)(nil).IsSigned() {
		t.Error("expected a route that nobody knows not to be signed")
	}
}
