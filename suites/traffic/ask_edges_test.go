package traffic

import (
	"strings"
	"testing"
)

// What a request asks for, each parameter by any of its names.
func TestWhatARequestAsksFor(t *testing.T) {
	for query, want := range map[string]Ask{
		"": {}, "asset=BTC": {Asset: hashUpper("BTC")}, "coin=btc": {Asset: hashUpper("BTC")}, "side=Buy": {Side: hashUpper("BUY")},
		"startTime=15&endTime=16": {From: 15, Until: 16}, "startTime=x": {}, "symbol=A&limit=5": {},
		"fromId=1": {Narrow: true}, "orderId=1": {Narrow: true}, "orderListId=1": {Narrow: true}, "status=1": {Narrow: true}, "page=1": {Narrow: true}, "current=1": {Narrow: true}, "offset=1": {Narrow: true}, "txId=1": {Narrow: true}, "tranId=1": {Narrow: true},
		"type=market": {Immediate: true, Type: hashUpper("MARKET")}, "type=LIMIT": {Type: hashUpper("limit")}, "direction=IN": {Type: hashUpper("in")}, "isIsolated=true": {Isolated: hashUpper("TRUE")}, "withdrawOrderId=1": {Narrow: true}, "archived=true": {Narrow: true}, "isolatedSymbol=A": {Narrow: true}, "timestamp=1563616810000": {At: 1563616810000}, "timestamp=1563616810000123": {At: 1563616810000}, "timestamp=1563616810": {}, "timestamp=15636168100001": {}, "timestamp=999999999999": {}, "timestamp=1000000000000": {At: 1000000000000}, "timestamp=10000000000000": {}, "timestamp=9999999999999": {At: 9999999999999}, "timestamp=999999999999999": {}, "timestamp=1000000000000000": {At: 1000000000000}, "timestamp=9999999999999999": {At: 9999999999999}, "timestamp=10000000000000000": {}, "timestamp=x": {}, "timeInForce=ioc": {Immediate: true}, "timeInForce=FOK": {Immediate: true}, "timeInForce=GTC": {}, "type=MARKET&timeInForce=GTC": {Immediate: true, Type: hashUpper("MARKET")}, "timeInForce=IOC&type=LIMIT": {Immediate: true, Type: hashUpper("LIMIT")},
	} {
		if got := requestOf("GET", "/api/v3/x?"+query, "").Ask(); got != want {
			t.Errorf("%q: expected %+v, found %+v", query, want, got)
		}
	}
	for _, pair := range [][2]string{{"a", "A"}, {"z", "Z"}} {
		if hashUpper(pair[0]) != hashUpper(pair[1]) {
			t.Errorf("expected %s and %s to be one", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"`", "@"}, {"{", "["}, {"ab", "ba"}, {"a", ""}, {"a", "b"}} {
		if hashUpper(pair[0]) == hashUpper(pair[1]) {
			t.Errorf("expected %s and %s to be two", pair[0], pair[1])
		}
	}
}

// Times are read by the unit of who writes them, those beyond 64 bits too.
func TestTimesByTheDialectsUnit(t *testing.T) {
	const secs, ms = UnitSeconds, UnitMilliseconds
	for _, c := range []struct {
		unit, asked Unit
		query       string
		want        Ask
	}{
		{secs, ms, "timestamp=1563616810", Ask{At: 1563616810000}},
		{secs, ms, "timestamp=1563616810123", Ask{At: 1563616810123}},
		{secs, ms, "timestamp=1563616810123456", Ask{}},
		{secs, UnitUnknown, "timestamp=1563616810123", Ask{}},
		{secs, ms, "timestamp=999999999", Ask{}},
		{secs, ms, "timestamp=1000000000", Ask{At: 1000000000000}},
		{secs, ms, "timestamp=9999999999", Ask{At: 9999999999000}},
		{secs, ms, "timestamp=10000000000", Ask{}},
		{secs, ms, "timestamp=-1563616810", Ask{}},
		{secs, ms, "startTime=15&endTime=16", Ask{From: 15000, Until: 16000}},
		{secs, ms, "startTime=-9223372036854775808&endTime=9223372036854775807", Ask{From: -9223372036854775000, Until: 9223372036854775000}},
		{secs, ms, "startTime=9223372036854775&endTime=9223372036854776", Ask{From: 9223372036854775000, Until: 9223372036854775000}},
		{secs, ms, "endTime=99999999999999999999", Ask{Until: 9223372036854775000}},
		{UnitMicroseconds, ms, "timestamp=1563616810123456&startTime=1999", Ask{At: 1563616810123, From: 1}},
		{UnitMicroseconds, ms, "timestamp=1563616810123", Ask{At: 1563616810123}},
		{UnitMicroseconds, ms, "timestamp=1563616810", Ask{}},
		{UnitNanoseconds, ms, "timestamp=1563616810123456789&endTime=9223372036854775807", Ask{At: 1563616810123, Until: 9223372036854}},
		{UnitNanoseconds, ms, "timestamp=9223372036854775807", Ask{At: 9223372036854}},
		{UnitNanoseconds, ms, "timestamp=9223372036854775808", Ask{}},
		{ms, UnitUnknown, "timestamp=1563616810123456", Ask{}},
		{ms, UnitUnknown, "startTime=9223372036854775807", Ask{From: 9223372036854775807}},
	} {
		f := requestOf("GET", "/api/v3/x?"+c.query, "")
		words := *f.Dialect
		words.Clock.Unit, words.Clock.AskedUnit = c.unit, c.asked
		f.Dialect = &words
		if got := f.Ask(); got != c.want {
			t.Errorf("%s in %s or %s: expected %+v, found %+v", c.query, c.unit, c.asked, c.want, got)
		}
	}
}

// Numbers of something are compared by their value, however they are written.
func TestAmountsByTheirValue(t *testing.T) {
	for _, same := range [][]string{
		{"0.01", ".01", "0.010", "00.01", "1e-2", "1E-2", "+0.01", "0.1e-1", "10e-3"}, {"0", "0.0", ".0", "00", "0e5", "0."}, {"100", "1e2", "100.", "0100.00", "1E+2"}, {"1", "1.0", "1e0"}, {"12", "1.2e1"}, {"10"}, {"120"}, {"1e64"}, {"1e-64"}, {"0.1"},
		{strings.Repeat("9", 64)}, {"9" + strings.Repeat("0", 63), "9e63"},
	} {
		first, ok := hashAmount(same[0])
		for _, v := range same {
			if h, is := hashAmount(v); h != first || !is || !ok {
				t.Errorf("%s and %s: expected one amount, found %d and %d, %t", same[0], v, first, h, is)
			}
		}
		for _, other := range []string{"0.02", "1000", "0.011", "2"} {
			if h, _ := hashAmount(other); h == first {
				t.Errorf("%s and %s: expected two amounts", same[0], other)
			}
		}
	}
	for _, v := range []string{"", ".", "+", "-1", "1.2.3", "1,5", "x", "1e", "1e65", "1e-65", "1e1.5", "1/", "1:", " 1", strings.Repeat("9", 65)} {
		if h, ok := hashAmount(v); ok || h != 0 {
			t.Errorf("%q: expected no amount, found %d", v, h)
		}
	}
	for name, want := range map[string]bool{"quantity": true, "stopPrice": true, "amount": true, "quoteOrderQty": true, "QTY": true, "fromAmount": true, "qt": false, "qtyx": false, "symbol": false, "sideEffectType": false, "country": false, "isIsolate": false, "addressTag": false, "pric": false, "": false} {
		if got := spoken.RoleOf(name) == RoleAmount; got != want {
			t.Errorf("%q: expected to be an amount: %t, found %t", name, want, got)
		}
	}
}
