package traffic

import (
	"math/big"
	"testing"
)

// Integers are those of math/big, however they are written, in value and order.
func TestWholeNumbersAgainstTheLibrary(t *testing.T) {
	var texts []string
	for _, digits := range []string{"0", "1", "5", "10", "100", "12345", "999999999999999999", "9223372036854775807", "9223372036854775808", "99999999999999999999", "100000000000000000000", "123456789012345678901234567890"} {
		for _, sign := range []string{"", "-"} {
			for _, rest := range []string{"", ".0", ".00", ".5", ".05", "e0", "e1", "E+2", "e-1", "e-2", ".50e1", ".0e-1", ".5e2", "e3", "e20", ".10e2"} {
				texts = append(texts, sign+digits+rest)
			}
		}
	}
	var wholes []Whole
	var values []*big.Int
	for _, text := range texts {
		theirs, _ := new(big.Rat).SetString(text)
		ours, ok := parseWhole([]byte(text))
		if ok != theirs.IsInt() || ok && ours.String() != theirs.Num().String() {
			t.Errorf("%s: expected %s, found %s, %t", text, theirs.RatString(), ours, ok)
			continue
		}
		n, small := parseInt([]byte(text))
		if small != (ok && theirs.Num().IsInt64()) || small && n != theirs.Num().Int64() {
			t.Errorf("%s: expected 64 bits to hold it: %t, found %d, %t", text, ok && theirs.Num().IsInt64(), n, small)
		}
		if ok {
			wholes, values = append(wholes, ours), append(values, theirs.Num())
		}
	}
	for i, a := range wholes {
		for j, b := range wholes {
			if got, want := a.compare(b), values[i].Cmp(values[j]); got != want {
				t.Fatalf("%s and %s: expected %d, found %d", a, b, want, got)
			}
		}
	}
	for text, want := range map[string]bool{"1e400": true, "1e401": false, "0e401": true, "-0e99999999999999999999": true, "1e99999999999999999999": false, "10e-99999": false} {
		if _, ok := parseWhole([]byte(text)); ok != want {
			t.Errorf("%s: expected to be read: %t, found %t", text, want, ok)
		}
	}
}

// The version of a path says nothing of what is asked for.
func TestPathsWithoutTheirVersion(t *testing.T) {
	for path, want := range map[string][2]string{
		"/api/v3/order": {"/api", "/order"}, "/api/v10/order": {"/api", "/order"}, "/api/v0/order/test": {"/api", "/order/test"}, "/sapi/v9/a/v1/b": {"/sapi", "/a/v1/b"},
		"/v3/order": {"", "/v3/order"}, "/api/v3": {"", "/api/v3"}, "/api/vx/order": {"", "/api/vx/order"}, "/api/v!/order": {"", "/api/v!/order"}, "/api/x3/order": {"", "/api/x3/order"}, "/api/v9": {"", "/api/v9"}, "/api/v/order": {"", "/api/v/order"}, "/api/v": {"", "/api/v"}, "/api/v:/x": {"", "/api/v:/x"}, "": {"", ""}, "/api/order": {"", "/api/order"}, "a/v3/": {"a", "/"},
	} {
		if family, call := unversioned(path); family != want[0] || call != want[1] {
			t.Errorf("%q: expected %q, found %q and %q", path, want, family, call)
		}
	}
}

// The same business, however its parameters are written.
func TestBusinessAsItIsMeant(t *testing.T) {
	business := func(query string) uint64 { return requestOf("POST", "https://x/api/v3/order?"+query, "").Business }
	for _, pair := range [][2]string{
		{"symbol=BTCUSDT", "symbol=btcusdt"}, {"side=BUY", "side=buy"}, {"type=LIMIT", "type=Limit"}, {"timeInForce=GTC", "timeInForce=gtc"}, {"asset=BTC", "asset=btc"}, {"coin=BTC", "coin=btc"},
		{"quantity=1.0", "quantity=1"}, {"quantity=.5", "quantity=5e-1"}, {"x=1.50", "x=1.5"}, {"x=1&strategyId=5", "x=1"}, {"x=1&strategyType=5", "x=1"}, {"x=1&selfTradePreventionMode=A", "x=1"},
	} {
		if business(pair[0]) != business(pair[1]) {
			t.Errorf("%s and %s: expected one business", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"symbol=A", "side=A"}, {"quantity=1", "price=1"}, {"x=a", "x=A"}, {"address=1.0x", "address=1x"}, {"addressTag=01", "addressTag=1"}, {"symbol=BTCUSDT", "symbol=BTCUSDC"}, {"quantity=", "quantity=0"}, {"x=1.50", "x=1.05"}, {"a=b.0", "a=b"},
	} {
		if business(pair[0]) == business(pair[1]) {
			t.Errorf("%s and %s: expected other business", pair[0], pair[1])
		}
	}
	one, other := requestOf("POST", "https://x/api/v1/order?a=1", ""), requestOf("POST", "https://x/api/v3/order?a=1", "")
	if one.Business != other.Business || one.Logical == other.Logical {
		t.Error("expected another version to be the same business, and another request")
	}
	if requestOf("POST", "https://x/api/v1/order", "").Business == requestOf("POST", "https://x/sapi/v1/order", "").Business {
		t.Error("expected another part of the API to be other business")
	}
}

// How a request is signed: another window, or a timestamp or signature of another
// length.
func TestHowRequestsAreSigned(t *testing.T) {
	signing := func(query string) uint64 { return requestOf("GET", "https://x/api/v3/account?"+query, "").Signing() }
	if signing("a=1") != 0 {
		t.Error("expected nothing of a request that is not signed")
	}
	if signing("timestamp=1563616810000&signature=aa") != signing("timestamp=1563616810001&signature=bb") {
		t.Error("expected values of one length to be signed alike")
	}
	seen := map[uint64]string{}
	for _, query := range []string{
		"timestamp=1563616810000&signature=aa", "timestamp=1563616810&signature=aa", "timestamp=1563616810000&signature=aaa", "timestamp=1563616810000", "signature=aa", "timestamp=&signature=", "signature=", "timestamp=",
		"recvWindow=5000&timestamp=1563616810000&signature=aa", "recvWindow=6000&timestamp=1563616810000&signature=aa", "recvWindow=5000", "timestamp=aa",
	} {
		h := signing(query)
		if other, met := seen[h]; met || h == 0 {
			t.Errorf("%q and %q: expected to be signed otherwise", query, other)
		}
		seen[h] = query
	}
}

// Names are compared with their escapes undone, wherever they are asked for.
func TestNamesAsTheyAreMeant(t *testing.T) {
	for body, want := range map[string]string{
		`{"\u0063ode":-1}`: "-1", `{"c\u006fde":-1}`: "-1", `{"code":-1}`: "-1", `{"c\\ode":-1}`: "", `{"\u0063odes":-1}`: "", `{"a_long_name_before_it":1,"cod\u0065":-2}`: "-2", `{"c\"ode":-1}`: "",
	} {
		if got := string(scan(spoken.Plan(), body).Capture(CaptureCode).Raw); got != want {
			t.Errorf("%s: expected %q, found %q", body, want, got)
		}
	}
}
