package probe

import (
	"encoding/json"
	"strings"
	"testing"
)

const someInfo = `{"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200},
{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":1,"limit":10},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":100000}],
"symbols":[{"symbol":"LTCBTC","status":"TRADING","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.00000100"},
{"filterType":"LOT_SIZE","minQty":"0.01000000","stepSize":"0.01000000"},{"filterType":"MIN_NOTIONAL","minNotional":"0.00100000"}]}]}`

func TestOrdersFitTheFilters(t *testing.T) {
	var i info
	s, known := i.learn([]byte(someInfo))
	i.size(s, 0.0051234567)
	if !known || i.symbol != "LTCBTC" || i.weightLimit != 1200 || i.ordersLimit != 10 {
		t.Errorf("expected the first symbol that trades, and the limits, found %+v", i)
	}
	// Twice 0.001 BTC.
	if i.lowPrice != "0.004611" || i.quantity != "0.44" {
		t.Errorf("expected 0.44 at 0.004611, found %s at %s", i.quantity, i.lowPrice)
	}
}

// FuzzInfo holds whatever a server tells against what the prober makes of it:
// nothing but plain values goes into a request.
func FuzzInfo(f *testing.F) {
	f.Add([]byte(someInfo), 0.005)
	f.Add([]byte(`{"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":"1","limit":"1e999"}],"symbols":[{"symbol":"A&B=C","status":"TRADING"}]}`), 1e308)
	f.Add([]byte(`{"symbols":[{"symbol":"ABCDEF","status":"TRADING","filters":[{"filterType":"LOT_SIZE","stepSize":"1e-300","minQty":"NaN"},{"filterType":"PRICE_FILTER","tickSize":"Inf"}]}]}`), 1e-308)
	f.Add([]byte(`{"symbols":[null,{"filters":[null]}],"rateLimits":null}`), -1.0)
	f.Fuzz(func(t *testing.T, body []byte, last float64) {
		var i info
		s, _ := i.learn(body)
		i.size(s, last)
		if !isSymbol(i.symbol) {
			t.Errorf("expected a symbol, found %q", i.symbol)
		}
		for _, v := range []string{i.lowPrice, i.quantity} {
			if len(v) > 2*longestDecimal || strings.Trim(v, "0123456789.") != "" || v != "" && !json.Valid([]byte(v)) {
				t.Errorf("expected a plain number or none, found %q", v)
			}
		}
		if (i.lowPrice == "") != (i.quantity == "") || i.weightLimit < 0 || i.ordersLimit < 0 || i.ordersEvery < 0 {
			t.Errorf("expected all of an order or nothing, and no limit below zero: %+v", i)
		}
	})
}
