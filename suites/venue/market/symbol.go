package market

import (
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Symbol is one market: a pair of assets and the rules for orders in it.
//
// TickSize times StepSize is never below 10^-8, so that price times quantity
// of any order that keeps the filters is exact.
type Symbol struct {
	Name, Base, Quote string

	TickSize, MinPrice, MaxPrice amount.Amount // PRICE_FILTER
	StepSize, MinQty, MaxQty     amount.Amount // LOT_SIZE
	MaxMarketQty                 amount.Amount // MARKET_LOT_SIZE
	MinNotional                  amount.Amount // MIN_NOTIONAL

	Margin bool // may be traded on margin

	base     amount.Amount // the price that the walk wanders about
	typical  int64         // steps of a middling trade
	identity uint64        // by which the seed differs from symbol to symbol
}

// Listed is when trading in every symbol began: the first trade stands in the
// minute after it.
var Listed = time.Date(2017, 7, 14, 0, 0, 0, 0, time.UTC)

func listing(base, quote, price, tick, maxPrice, step, maxQty, minNotional string, typical int64) Symbol {
	s := Symbol{
		Name: base + quote, Base: base, Quote: quote, Margin: true,
		TickSize: amount.MustParse(tick), MaxPrice: amount.MustParse(maxPrice),
		StepSize: amount.MustParse(step), MaxQty: amount.MustParse(maxQty),
		MinNotional: amount.MustParse(minNotional),
		base:        amount.MustParse(price), typical: typical,
	}
	s.MinPrice, s.MinQty, s.MaxMarketQty = s.TickSize, s.StepSize, s.MaxQty/10
	for _, c := range []byte(s.Name) {
		s.identity = mix(s.identity ^ uint64(c))
	}
	return s
}

// symbols are the pairs that the venue's own examples and the recordings of
// 2019 use most, at about their prices of July 2019.
var symbols = []Symbol{
	listing("ETH", "BTC", "0.021", "0.000001", "1000", "0.01", "100000", "0.0001", 120),
	listing("LTC", "BTC", "0.0088", "0.000001", "1000", "0.01", "100000", "0.0001", 300),
	listing("BNB", "BTC", "0.0028", "0.0000001", "1000", "0.1", "900000", "0.0001", 80),
	listing("BTC", "USDT", "10500", "0.01", "1000000", "0.000001", "9000", "10", 40000),
	listing("ETH", "USDT", "225", "0.01", "100000", "0.0001", "9000", "10", 9000),
	listing("BNB", "USDT", "30", "0.0001", "10000", "0.01", "90000", "10", 900),
	listing("LTC", "USDT", "92", "0.01", "100000", "0.0001", "90000", "10", 18000),
	listing("BNB", "ETH", "0.13", "0.000001", "1000", "0.01", "90000", "0.01", 500),
}

// Symbols lists the markets in the order in which the venue lists them. The
// slice is shared: read only.
func Symbols() []Symbol { return symbols }

// Assets lists every asset that some symbol trades, once, in the symbols'
// order.
func Assets() []string {
	var names []string
	for _, s := range symbols {
		for _, name := range []string{s.Base, s.Quote} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
