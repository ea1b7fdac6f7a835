package traffic_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func init() { traffic.Speak(edition.Default().Dialect) }

// another is the dialect of an API that says the same in other words: other names of
// fields and parameters, another envelope, and microseconds.
func another(t *testing.T) *traffic.Dialect {
	t.Helper()
	d, err := traffic.NewDialect(traffic.Dialect{
		Fields: traffic.FieldNames{
			Prefixes: []string{"Toy-"}, UsedWeight: "Toy-Cost", UsedWeightMinute: "Toy-Cost-Minute", APIKey: "Authorization", UUID: "Toy-Trace",
		},
		Params: []traffic.ParamName{
			{Name: "at", Role: traffic.RoleTimestamp}, {Name: "mac", Role: traffic.RoleSignature}, {Name: "ttl", Role: traffic.RoleRecvWindow},
			{Name: "ref", Role: traffic.RoleNewOrderID}, {Name: "byRef", Role: traffic.RoleOldOrderID}, {Name: "order", Role: traffic.RoleOrderID},
			{Name: "pair", Role: traffic.RoleSymbol}, {Name: "way", Role: traffic.RoleSide}, {Name: "since", Role: traffic.RoleFrom},
		},
		Families: []traffic.FamilyName{
			{Prefix: "/v9/spot", Family: traffic.Family{Envelope: traffic.EnvelopeCode, Main: true, Weighed: true}},
			{Prefix: "/v9/pay", Family: traffic.Family{Envelope: traffic.EnvelopeSuccess, OnlyTimeouts: true}},
		},
		Members: traffic.Members{Code: "error.number", Msg: "error.text", Success: "done", Symbol: "pair"},
		Codes:   []traffic.CodeMeaning{{Code: 77, Meaning: traffic.TooManyRequests}},
		Phrases: traffic.Phrases{BannedUntil: "back at ", Limit: "you may "},
		Amounts: []string{"size"},
		Clock: traffic.Clock{
			Unit: traffic.UnitMicroseconds, From: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
			Timeout: 10 * time.Second, Ahead: time.Second, Behind: 5 * time.Second, Farthest: time.Minute,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func fields(lines ...string) traffic.Header {
	var h traffic.Header
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h = append(h, traffic.Field{Name: name, Value: value})
	}
	return h
}

// The same said in two dialects is scanned into the same facts.
func TestTwoDialects(t *testing.T) {
	type said struct {
		url, request, body string
		key, answer        traffic.Header
	}
	const date = "Date: Sat, 20 Jul 2019 10:00:00 GMT"
	for _, c := range []struct {
		name        string
		method      string
		status      int
		seed, other said
	}{
		{"a look-up", "GET", 200, said{
			url: "/api/v3/order?symbol=LTCBTC&origClientOrderId=a1&timestamp=1563616800000&signature=ab", key: fields("X-MBX-APIKEY: k"),
			answer: fields(date, "X-MBX-USED-WEIGHT: 17", "X-MBX-USED-WEIGHT-1M: 17", "x-mbx-uuid: u"), body: `{"orderId":1}`,
		}, said{
			url: "/v9/spot/order?pair=LTCBTC&byRef=a1&at=1563616800000000&mac=ab", key: fields("Authorization: k"),
			answer: fields(date, "Toy-Cost: 17", "toy-cost-minute: 17", "toy-trace: u"), body: `{"order":1}`,
		}},
		{"a ban", "POST", 418, said{
			url: "/api/v3/order", request: "symbol=LTCBTC&side=buy&price=1.0&newClientOrderId=a1&startTime=1563616800000&timestamp=1563616800000&recvWindow=5000&signature=ab", key: fields("X-MBX-APIKEY: k"),
			answer: fields(date, "Retry-After: 60"), body: `{"code":-1003,"msg":"Way too many requests; IP banned until 1563616860000."}`,
		}, said{
			url: "/v9/spot/order", request: "pair=LTCBTC&way=buy&size=1.0&ref=a1&since=1563616800000000&at=1563616800000000&ttl=5000&mac=ab", key: fields("Authorization: k"),
			answer: fields(date, "Retry-After: 60"), body: `{"error":{"number":77,"text":"No more; back at 1563616860000000."}}`,
		}},
		{"a refusal by a window", "GET", 429, said{
			url: "/api/v1/ping", answer: fields(date), body: `{"code":-1003,"msg":"Too much request weight used; current limit is 1200 request weight per 1 MINUTE."}`,
		}, said{
			url: "/v9/spot/ping", answer: fields(date), body: `{"error":{"number":77,"text":"you may 1200 per 1 MINUTE."}}`,
		}},
		{"an error of the other envelope", "POST", 200, said{
			url: "/wapi/v3/withdraw.html", answer: fields(date, "X-SAPI-USED-IP-WEIGHT-1M: 1"), body: `{"success":false}`,
		}, said{
			url: "/v9/pay/withdraw", answer: fields(date, "Toy-Else: 1"), body: `{"done":false}`,
		}},
		{"what is nobody's", "GET", 502, said{url: "/x", answer: fields(date, "Server: cloudflare"), body: `<html>`}, said{url: "/x", answer: fields(date, "Server: cloudflare"), body: `<html>`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := func(d *traffic.Dialect, s said) string {
				return shown(traffic.FactsOf(d, &traffic.Exchange{
					Request:  traffic.Request{Method: c.method, URL: s.url, Header: s.key, Body: []byte(s.request)},
					Response: traffic.Response{Status: c.status, Header: s.answer, Body: []byte(s.body)},
				}))
			}
			if got, want := facts(another(t), c.other), facts(edition.Default().Dialect, c.seed); got != want {
				t.Errorf("expected the facts of the 2019 edition\n%s\nfound\n%s", want, got)
			}
		})
	}
}

// shown is what facts say whatever the words were.
func shown(f *traffic.Facts) string {
	stamp, signature, key := f.SigningLost()
	ask := f.Ask()
	return fmt.Sprintln(f.Family, f.ClientID, f.OrderRef, f.Symbol, f.APIKey, f.HasSignature(), f.HasTimestamp(), f.BodyIsForm, ask) +
		fmt.Sprintln(f.Date, f.Sent, f.Received, f.EditedDate, f.Era, f.Maker, f.Means, f.UsedWeight, f.UsedWeight1m, f.HasUsedWeight1m) +
		fmt.Sprintln(f.RetryAfterSec, f.BannedUntil, f.LimitWindow, f.VenueField, f.HeadersSeen(), stamp, signature, key, f.Body.Capture(traffic.CaptureSuccess).Kind)
}

// A body's times are right in the dialect's unit, and wrong in all others.
func TestUnitOfADialect(t *testing.T) {
	const body = `[{"t":1563616800000},{"t":1563616800000000},{"t":1563616800},{"t":0}]`
	for _, c := range []struct {
		d           *traffic.Dialect
		bad, asked  int
		wrong       traffic.Unit
		older, soon int64
	}{
		{edition.Default().Dialect, 1, 1, traffic.UnitSeconds, 1300000000000, 1500000000000},
		{another(t), 2, 0, traffic.UnitMilliseconds, 1200000000000000, 1300000000000000},
	} {
		plan, err := c.d.NewPlan(nil, []traffic.TimeQuery{{Path: "$[*].t"}})
		if err != nil {
			t.Fatal(err)
		}
		var b traffic.Body
		traffic.ScanBody(&b, []byte(body), plan)
		if got := &b.Times[0]; got.Good != 1 || got.Bad.Count != c.bad || got.Asked.Count != c.asked || got.Bad.Unit != c.wrong || got.Unknown != 1 {
			t.Errorf("%s: expected one good time, %d bad and %d asked for, found %+v", c.d.Clock.Unit, c.bad, c.asked, got)
		}
		if !c.d.Instant(c.older).IsZero() || c.d.Instant(c.soon).IsZero() {
			t.Errorf("%s: expected %d to be too old for the venue, and %d not", c.d.Clock.Unit, c.older, c.soon)
		}
	}
}

// What a dialect can't be.
func TestNoDialect(t *testing.T) {
	for want, spoil := range map[string]func(*traffic.Dialect){
		"unit of instants":    func(d *traffic.Dialect) { d.Clock.Unit = traffic.UnitDigits },
		"between 1970":        func(d *traffic.Dialect) { d.Clock.From = time.Time{} },
		"found it twice":      func(d *traffic.Dialect) { d.Params = append(d.Params, d.Params[0]) },
		"names, found none":   func(d *traffic.Dialect) { d.Params = append(d.Params, traffic.ParamName{}) },
		"up to 64":            func(d *traffic.Dialect) { d.Params = make([]traffic.ParamName, 65) },
		"ends of names":       func(d *traffic.Dialect) { d.Amounts = []string{""} },
		`family "/v9/"`:       func(d *traffic.Dialect) { d.Families[0].Prefix = "/v9/" },
		"beginnings of names": func(d *traffic.Dialect) { d.Fields.Prefixes = []string{""} },
		"as the venue's own":  func(d *traffic.Dialect) { d.Fields.UUID = "Trace" },
		"in one object":       func(d *traffic.Dialect) { d.Members.Msg = "text" },
		"member name":         func(d *traffic.Dialect) { d.Members.Code, d.Members.Msg = "error..number", "error..text" },
	} {
		d := *another(t)
		spoil(&d)
		if _, err := traffic.NewDialect(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected an error that says %q, found %v", want, err)
		}
	}
}

// A refusal is read as it is written, and each dialect writes its own.
func TestRefusals(t *testing.T) {
	for want, d := range map[string]*traffic.Dialect{
		`{"code":-7,"msg":"\"no\""}`: edition.Default().Dialect, `{"error":{"number":-7,"text":"\"no\""}}`: another(t),
	} {
		body := d.Refusal(-7, `"no"`)
		var b traffic.Body
		traffic.ScanBody(&b, body, d.Plan())
		if code, is := b.Capture(traffic.CaptureCode).Int(); !is || code != -7 || b.Capture(traffic.CaptureMsg).Text() != `"no"` || !b.JSON() || string(body) != want {
			t.Errorf("expected %s, found %s, read as code %d", want, body, code)
		}
	}
	if got := another(t).Pointer(traffic.CaptureMsg); got != "/error/text" {
		t.Errorf("expected a pointer into the object, found %q", got)
	}
}

// Names are found as the lists have them, whatever stands beside them in the table.
func TestRolesOfNames(t *testing.T) {
	d := edition.Default().Dialect
	got := map[string]traffic.Role{}
	for _, p := range d.Params {
		got[p.Name] = d.RoleOf(p.Name)
	}
	want := map[string]traffic.Role{}
	for _, p := range d.Params {
		want[p.Name] = p.Role
	}
	for name, role := range map[string]traffic.Role{
		"": traffic.RoleOther, "limit": traffic.RoleLimit, "Symbol": traffic.RoleOther, "symbols": traffic.RoleOther,
		"listClientOrderId": traffic.RoleAnew, "pendingBelowClientOrderId": traffic.RoleAnew, "ClientOrderId": traffic.RoleAnew,
		"cancelOrigClientOrderId": traffic.RoleOther, "origListClientOrderId": traffic.RoleOther, "origQty": traffic.RoleAmount, "stopPrice": traffic.RoleAmount,
	} {
		got[name], want[name] = d.RoleOf(name), role
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("expected %v, found %v", want, got)
	}
}
