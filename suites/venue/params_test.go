package venue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

func TestUnsigned(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"a=1":                       "a=1",
		"signature=x":               "",
		"a=1&signature=x":           "a=1",
		"signature=x&a=1":           "a=1",
		"a=1&signature=x&b=2":       "a=1&b=2",
		"mysignature=x":             "mysignature=x",
		"mysignature=x&signature=y": "mysignature=x",
		"a=signature=x":             "a=signature=x",
	} {
		if got := unsigned(in, "signature"); got != want {
			t.Errorf("%q: expected %q, found %q", in, want, got)
		}
	}
}

func TestParseParams(t *testing.T) {
	got, ok := parseParams(nil, "a=1&&b=x+y%20z&c&=v&d=%e2%82%ac&a=2", true)
	want := []Param{{"a", "1", true}, {"b", "x y z", true}, {"c", "", true}, {"", "v", true}, {"d", "€", true}, {"a", "2", true}}
	if !ok || !slices.Equal(got, want) {
		t.Errorf("expected %v, found %v %t", want, got, ok)
	}
	for _, bad := range []string{"a=%", "a=%1", "%zz=1", strings.Repeat("a=1&", maxParams+1)} {
		if _, ok := parseParams(nil, bad, false); ok {
			t.Errorf("%.20q: expected it to be refused", bad)
		}
	}
}

// What net/url makes of parameters, the venue makes of them.
func FuzzParseParams(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a=%41+b", "a=1&a=2", "&&=&%", "symbols=%5B%22A%22%5D"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseParams(nil, s, false)
		if !ok || strings.Contains(s, ";") { // net/url takes no semicolons
			return
		}
		want, err := url.ParseQuery(s)
		if err != nil {
			t.Fatalf("%q: expected an error, as net/url has %v", s, err)
		}
		seen := url.Values{}
		for _, p := range got {
			seen.Add(p.Name, p.Value)
		}
		if seen.Encode() != want.Encode() {
			t.Fatalf("%q: expected %v, found %v", s, want, seen)
		}
	})
}

// Whatever is signed, the payload holds every parameter but the signature, as
// sent.
func FuzzUnsigned(f *testing.F) {
	for _, s := range []string{"a=1&signature=x", "signature=x", "signature=&signature=", "a=signature=1&signature=2&b", "&&signature=&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		pairs := strings.Split(s, "&")
		if i := slices.IndexFunc(pairs, func(p string) bool { return strings.HasPrefix(p, "signature=") }); i >= 0 {
			pairs = slices.Delete(pairs, i, i+1)
		}
		if got, want := unsigned(s, "signature"), strings.Join(pairs, "&"); got != want {
			t.Fatalf("%q: expected %q, found %q", s, want, got)
		}
	})
}

// Anything may be sent, signed or not: the venue answers something, never
// panics, and no money is made or lost.
func FuzzDo(f *testing.F) {
	at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	v, err := New(Config{Clock: func() time.Time { return at }, Limits: LimitRules{Limits: []Limit{}}})
	if err != nil {
		f.Fatal(err)
	}
	for path := range v.routes {
		f.Add("GET", path, "symbol=BTCUSDT&interval=1m&limit=5", "", false)
		f.Add("GET", path, "symbol=BTCUSDT&asset=BTC", "", true)
		f.Add("POST", path, "", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1000", true)
		f.Add("POST", path, "symbol=BTCUSDT&side=SELL&type=MARKET", "quantity=0.01", true)
		f.Add("POST", path, "asset=BTC&coin=BTC&amount=0.1&type=1&address=x", "", true)
		f.Add("DELETE", path, "symbol=BTCUSDT&orderId=1", "", true)
	}
	f.Fuzz(func(t *testing.T, method, path, query, form string, isSigned bool) {
		alice := v.accounts.list[0]
		if isSigned {
			query += "&timestamp=" + strconv.FormatInt(at.UnixMilli(), 10)
			payload := unsigned(query, "signature")
			if method != "GET" {
				payload += unsigned(form, "signature")
			}
			mac := hmac.New(sha256.New, []byte(alice.Secret))
			mac.Write([]byte(payload))
			query += "&signature=" + hex.EncodeToString(mac.Sum(nil))
		}
		c := &Call{
			Method: method, Path: path, Query: query, Body: []byte(form),
			ContentType: "application/x-www-form-urlencoded", APIKey: alice.Key, Address: "192.0.2.1",
		}
		var a Answer
		v.Do(c, &a)
		if a.Status < 200 || a.Status > 599 || len(a.Body) == 0 || c.route != nil && !json.Valid(a.Body) {
			t.Fatalf("%s %s?%s %s: found %d with %s", method, path, query, form, a.Status, a.Body)
		}
		for _, asset := range market.Assets() {
			if sum := v.book.Sum(asset); sum != 0 {
				t.Fatalf("%s %s?%s %s: expected nothing made or lost, found %s %s", method, path, query, form, sum, asset)
			}
		}
	})
}
