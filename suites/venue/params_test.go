package venue

import (
	"net/url"
	"slices"
	"strings"
	"testing"
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
		if got := unsigned(in); got != want {
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
		if got, want := unsigned(s), strings.Join(pairs, "&"); got != want {
			t.Fatalf("%q: expected %q, found %q", s, want, got)
		}
	})
}

// Anything may be sent; the venue answers with one JSON object or array, or a
// page, and never panics.
func FuzzDo(f *testing.F) {
	v, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	key := v.accounts.list[0].Key
	for path := range v.routes {
		f.Add("GET", path, "symbol=BTCUSDT&interval=1m&limit=5", "")
		f.Add("POST", path, "", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1000")
	}
	f.Fuzz(func(t *testing.T, method, path, query, form string) {
		c := &Call{
			Method: method, Path: path, Query: query, Body: []byte(form),
			ContentType: "application/x-www-form-urlencoded", APIKey: key, Address: "192.0.2.1",
		}
		var a Answer
		v.Do(c, &a)
		if a.Status < 200 || a.Status > 599 || len(a.Body) == 0 {
			t.Fatalf("%s %s?%s: found %d with %d bytes", method, path, query, a.Status, len(a.Body))
		}
	})
}
