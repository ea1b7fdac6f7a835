package venue

import (
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// orderTypes are those that every symbol takes. STOP_LOSS and TAKE_PROFIT, in
// the document's enumeration, were taken by none in 2019.
var orderTypes = []string{"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"}

func (v *Venue) exchangeInfo(c *Call) {
	list, _ := v.selected(c)
	if c.refused() {
		return
	}
	w := &c.out
	w.open('{')
	w.strAt("timezone", "UTC")
	w.intAt("serverTime", c.At.UnixMilli())
	objectsAt(w, "rateLimits", v.counter.Limits(), func(l *Limit) {
		w.strAt("rateLimitType", l.Type)
		w.strAt("interval", l.Unit)
		w.intAt("intervalNum", l.Num)
		w.intAt("limit", l.Limit)
	})
	w.textsAt("exchangeFilters", nil)
	w.openAt("symbols", '[')
	for _, m := range list {
		writeSymbol(w, m)
	}
	w.close(']')
	w.close('}')
}

// writeSymbol writes a symbol as in 2019, with the members of later years that
// clients of today ask for.
func writeSymbol(w *writer, m *market.Market) {
	w.open('{')
	w.strAt("symbol", m.Name)
	w.strAt("status", "TRADING")
	w.strAt("baseAsset", m.Base)
	w.intAt("baseAssetPrecision", 8)
	w.strAt("quoteAsset", m.Quote)
	w.constant(`"quotePrecision":8,"quoteAssetPrecision":8,"baseCommissionPrecision":8,"quoteCommissionPrecision":8`)
	w.textsAt("orderTypes", orderTypes)
	w.constant(`"icebergAllowed":true,"ocoAllowed":false,"quoteOrderQtyMarketAllowed":true,"allowTrailingStop":false,"cancelReplaceAllowed":false`)
	w.constant(`"isSpotTradingAllowed":true`)
	w.boolAt("isMarginTradingAllowed", m.Margin)
	writeFilters(w, m)
	permissions := []string{"SPOT"}
	if m.Margin {
		permissions = append(permissions, "MARGIN")
	}
	w.textsAt("permissions", permissions)
	w.openAt("permissionSets", '[')
	w.open('[')
	for _, p := range permissions {
		w.str(p)
	}
	w.close(']')
	w.close(']')
	w.strAt("defaultSelfTradePreventionMode", "NONE")
	w.textsAt("allowedSelfTradePreventionModes", []string{"NONE"})
	w.close('}')
}

// What the filters have that does not differ from symbol to symbol.
const (
	multiplierUp   = 10 // PERCENT_PRICE: at most ten times the average price
	multiplierDown = 10 // and at least a tenth
	icebergParts   = 10
	maxOpenOrders  = 200
	maxAlgoOrders  = 5
)

func writeFilters(w *writer, m *market.Market) {
	w.openAt("filters", '[')
	filter := func(name string) {
		w.open('{')
		w.strAt("filterType", name)
	}
	filter("PRICE_FILTER")
	w.amountAt("minPrice", m.MinPrice)
	w.amountAt("maxPrice", m.MaxPrice)
	w.amountAt("tickSize", m.TickSize)
	w.close('}')
	filter("PERCENT_PRICE")
	w.constant(`"multiplierUp":"10","multiplierDown":"0.1"`)
	w.intAt("avgPriceMins", avgMinutes)
	w.close('}')
	filter("LOT_SIZE")
	w.amountAt("minQty", m.MinQty)
	w.amountAt("maxQty", m.MaxQty)
	w.amountAt("stepSize", m.StepSize)
	w.close('}')
	filter("MIN_NOTIONAL")
	w.amountAt("minNotional", m.MinNotional)
	w.boolAt("applyToMarket", true)
	w.intAt("avgPriceMins", avgMinutes)
	w.close('}')
	filter("ICEBERG_PARTS")
	w.intAt("limit", icebergParts)
	w.close('}')
	filter("MARKET_LOT_SIZE")
	w.amountAt("minQty", 0)
	w.amountAt("maxQty", m.MaxMarketQty)
	w.amountAt("stepSize", 0)
	w.close('}')
	filter("MAX_NUM_ORDERS")
	w.intAt("maxNumOrders", maxOpenOrders)
	w.close('}')
	filter("MAX_NUM_ALGO_ORDERS")
	w.intAt("maxNumAlgoOrders", maxAlgoOrders)
	w.close('}')
	w.close(']')
}
