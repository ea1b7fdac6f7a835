package venue

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// publicRoutes need no signature.
var publicRoutes = []entry{
	{"GET", "/api/v1/ping /api/v3/ping", open, (*Venue).ping, ""},
	{"GET", "/api/v1/time /api/v3/time", open, (*Venue).time, ""},
	{"GET", "/api/v1/exchangeInfo /api/v3/exchangeInfo", open, (*Venue).exchangeInfo, "symbol symbols permissions showPermissionSets symbolStatus"},
	{"GET", "/api/v1/depth /api/v3/depth", open, (*Venue).depth, ""},
	{"GET", "/api/v1/trades /api/v3/trades", open, (*Venue).recentTrades, ""},
	{"GET", "/api/v1/historicalTrades /api/v3/historicalTrades", keyed, (*Venue).oldTrades, ""},
	{"GET", "/api/v1/aggTrades /api/v3/aggTrades", open, (*Venue).aggTrades, ""},
	{"GET", "/api/v1/klines /api/v3/klines /api/v3/uiKlines", open, (*Venue).klines, "timeZone"},
	{"GET", "/api/v1/avgPrice /api/v3/avgPrice", open, (*Venue).avgPrice, ""},
	{"GET", "/api/v1/ticker/24hr /api/v3/ticker/24hr", open, (*Venue).ticker24hr, "symbols type symbolStatus"},
	{"GET", "/api/v1/ticker/price /api/v3/ticker/price", open, (*Venue).tickerPrice, "symbols symbolStatus"},
	{"GET", "/api/v1/ticker/bookTicker /api/v3/ticker/bookTicker", open, (*Venue).bookTicker, "symbols symbolStatus"},
	{"GET", "/api/v1/ticker/allPrices", open, (*Venue).tickerPrice, ""},
	{"GET", "/api/v1/ticker/allBookTickers", open, (*Venue).bookTicker, ""},
}

func (v *Venue) ping(c *Call) { c.out.constant("{}") }

func (v *Venue) time(c *Call) {
	c.out.b = append(c.out.b, `{"serverTime":`...)
	c.out.b = strconv.AppendInt(c.out.b, c.At.UnixMilli(), 10)
	c.out.b = append(c.out.b, '}')
}

// market returns the market that the mandatory parameter symbol names.
func (v *Venue) market(c *Call) *market.Market {
	name := c.mandatory("symbol")
	if c.refused() {
		return nil
	}
	m := v.marketOf(name)
	if m == nil {
		c.refuse(symbolRefusal(name))
	}
	return m
}

func (v *Venue) marketOf(name string) *market.Market {
	for _, m := range v.markets {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// symbolRefusal tells a name that no symbol can have from one that none has.
func symbolRefusal(name string) *refusal {
	for i := range len(name) {
		ch := name[i]
		if !(ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9' || ch == '-' || ch == '_' || ch == '.') || i >= 20 {
			return illegal("symbol", "^[A-Z0-9-_.]{1,20}$")
		}
	}
	return errSymbol
}

// selected returns the markets that symbol or symbols (["A","B"]) names, all
// when neither was sent, and whether the answer is one object.
func (v *Venue) selected(c *Call) (list []*market.Market, one bool) {
	_, single := c.Get("symbol")
	text, several := c.Get("symbols")
	switch {
	case single && several:
		c.refuse(badRequest(-1128, "Combination of optional parameters invalid."))
	case single:
		return []*market.Market{v.market(c)}, true
	case several:
		return v.named(c, text), false
	}
	return v.markets, false
}

// named reads a JSON array of symbols.
func (v *Venue) named(c *Call, text string) []*market.Market {
	inner, ok := strings.CutPrefix(text, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	var list []*market.Market
	for _, name := range strings.Split(inner, ",") {
		name = strings.TrimSpace(name)
		if !ok || !ok2 || len(name) < 3 || name[0] != '"' || name[len(name)-1] != '"' {
			c.refuse(illegal("symbols", `^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$`))
			return nil
		}
		m := v.marketOf(name[1 : len(name)-1])
		if m == nil {
			c.refuse(errSymbol)
			return nil
		}
		list = append(list, m)
	}
	return list
}

// depthLimits are the values that limit may have (until 2022 no others were
// taken).
var depthLimits = []int64{5, 10, 20, 50, 100, 500, 1000, 5000}

func (v *Venue) depth(c *Call) {
	m := v.market(c)
	limit := c.integer("limit")
	if limit >= 0 && !slices.Contains(depthLimits, limit) {
		c.refuse(badRequest(-1100, "Illegal characters found in parameter 'limit'; legal range is '5, 10, 20, 50, 100, 500, 1000, 5000'."))
	}
	if c.refused() {
		return
	}
	if limit < 0 {
		limit = 100
	}
	update, bids, asks := v.book.Depth(m.Name, c.At.UnixMilli(), int(limit))
	c.out.open('{')
	c.out.intAt("lastUpdateId", update)
	c.out.levelsAt("bids", bids)
	c.out.levelsAt("asks", asks)
	c.out.close('}')
}

func (w *writer) levelsAt(name string, levels []market.Level) {
	w.openAt(name, '[')
	for _, l := range levels {
		w.open('[')
		w.amount(l.Price)
		w.amount(l.Qty)
		w.close(']')
	}
	w.close(']')
}

// tradesMost is the most that one answer has of trades, orders and candles.
const tradesMost = 1000

func (v *Venue) recentTrades(c *Call) {
	m, limit := v.market(c), c.count("limit", 500, tradesMost)
	if !c.refused() {
		v.tradesFrom(c, m, -1, limit)
	}
}

func (v *Venue) oldTrades(c *Call) {
	m, limit, from := v.market(c), c.count("limit", 500, tradesMost), c.integer("fromId")
	if !c.refused() {
		v.tradesFrom(c, m, from, limit)
	}
}

// tradesFrom answers with trades from an ID on, the latest for -1.
func (v *Venue) tradesFrom(c *Call, m *market.Market, from int64, limit int) {
	now := c.At.UnixMilli()
	if last, ok := m.LastAt(now); from < 0 && ok {
		from = max(0, last.ID-int64(limit)+1)
	}
	objects(&c.out, m.From(nil, from, now, limit), func(t *market.Trade) {
		c.out.intAt("id", t.ID)
		c.out.amountAt("price", t.Price)
		c.out.amountAt("qty", t.Qty)
		c.out.amountAt("quoteQty", t.Quote)
		c.out.intAt("time", t.Time)
		c.out.boolAt("isBuyerMaker", t.BuyerMaker)
		c.out.boolAt("isBestMatch", true)
	})
}

// maxAggSpan is the longest time that aggTrades looks over when both ends are
// given, in milliseconds.
const maxAggSpan = 3600_000

func (v *Venue) aggTrades(c *Call) {
	m, limit := v.market(c), c.count("limit", 500, tradesMost)
	from, start, end := c.integer("fromId"), c.integer("startTime"), c.integer("endTime")
	if c.refused() {
		return
	}
	now := c.At.UnixMilli()
	var list []market.Trade
	switch {
	case from >= 0 && (start >= 0 || end >= 0):
		c.refuse(badRequest(-1128, "Combination of optional parameters invalid."))
	case start >= 0 && end >= 0 && end-start > maxAggSpan:
		c.refuse(badRequest(-1127, "More than 1 hours between startTime and endTime."))
	case from >= 0:
		list = m.FromAggregate(nil, from, now, limit)
	case start >= 0:
		last := now
		if end >= 0 {
			last = min(now, end)
		}
		list = aggregatesIn(m, start, last, limit)
	default:
		if end >= 0 {
			now = min(now, end)
		}
		if last, ok := m.LastAt(now); ok {
			list = m.FromAggregate(nil, max(0, last.Aggregate-int64(limit)+1), now, limit)
		}
	}
	if !c.refused() {
		writeAggregates(&c.out, list)
	}
}

// aggregatesIn are the trades of the first aggregates between two times. The
// trades of an aggregate share their time, so that none is cut.
func aggregatesIn(m *market.Market, from, to int64, limit int) []market.Trade {
	var list []market.Trade
	n, last := 0, int64(-1)
	m.Between(from, to, func(t *market.Trade) bool {
		if t.Aggregate != last {
			n, last = n+1, t.Aggregate
		}
		if n <= limit {
			list = append(list, *t)
		}
		return n <= limit
	})
	return list
}

func writeAggregates(w *writer, list []market.Trade) {
	w.open('[')
	for i := 0; i < len(list); {
		first, last := &list[i], &list[i]
		qty := amount.Amount(0)
		for ; i < len(list) && list[i].Aggregate == first.Aggregate; i++ {
			last = &list[i]
			qty += last.Qty
		}
		w.open('{')
		w.intAt("a", first.Aggregate)
		w.amountAt("p", first.Price)
		w.amountAt("q", qty)
		w.intAt("f", first.ID)
		w.intAt("l", last.ID)
		w.intAt("T", first.Time)
		w.boolAt("m", first.BuyerMaker)
		w.boolAt("M", true)
		w.close('}')
	}
	w.close(']')
}

func (v *Venue) klines(c *Call) {
	m, name := v.market(c), c.mandatory("interval")
	interval, ok := market.IntervalOf(name)
	if !ok {
		c.refuse(errInterval)
	}
	limit := c.count("limit", 500, tradesMost)
	start, end := c.integer("startTime"), c.integer("endTime")
	if c.refused() {
		return
	}
	now := c.At.UnixMilli()
	last := now
	if end >= 0 {
		last = min(now, end)
	}
	at := interval.Back(interval.Start(last), limit-1)
	if start >= 0 {
		if at = interval.Start(start); at < start {
			at = interval.Next(at)
		}
	}
	c.out.open('[')
	at = max(at, interval.Start(market.Listed.UnixMilli()))
	m.Candles(interval, at, last, now, limit, func(start int64, k *market.Candle) {
		writeKline(&c.out, k, start, interval.Next(start)-1)
	})
	c.out.close(']')
}

func writeKline(w *writer, k *market.Candle, start, end int64) {
	w.open('[')
	w.int(start)
	w.amount(k.Open)
	w.amount(k.High)
	w.amount(k.Low)
	w.amount(k.Close)
	w.amount(k.Volume)
	w.int(end)
	w.amount(k.Quote)
	w.int(k.Count)
	w.amount(k.TakerBase)
	w.amount(k.TakerQuote)
	w.str("0")
	w.close(']')
}
