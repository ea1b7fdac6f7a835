package venue

import (
	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// each writes one object, or an array of objects, for the selected markets.
func (v *Venue) each(c *Call, write func(*Call, *market.Market)) {
	list, one := v.selected(c)
	if c.refused() {
		return
	}
	if !one {
		c.out.open('[')
	}
	for _, m := range list {
		c.out.open('{')
		write(c, m)
		c.out.close('}')
	}
	if !one {
		c.out.close(']')
	}
}

func (v *Venue) tickerPrice(c *Call) {
	v.each(c, func(c *Call, m *market.Market) {
		last, _ := m.LastAt(c.At.UnixMilli())
		c.out.strAt("symbol", m.Name)
		c.out.amountAt("price", last.Price)
	})
}

func (v *Venue) bookTicker(c *Call) {
	v.each(c, func(c *Call, m *market.Market) {
		c.out.strAt("symbol", m.Name)
		v.writeBest(c, m)
	})
}

func (v *Venue) writeBest(c *Call, m *market.Market) {
	bid, ask := v.best(c, m)
	c.out.amountAt("bidPrice", bid.Price)
	c.out.amountAt("bidQty", bid.Qty)
	c.out.amountAt("askPrice", ask.Price)
	c.out.amountAt("askQty", ask.Qty)
}

func (v *Venue) best(c *Call, m *market.Market) (bid, ask market.Level) {
	_, bids, asks := v.book.Depth(m.Name, c.At.UnixMilli(), 1)
	if len(bids) > 0 {
		bid = bids[0]
	}
	if len(asks) > 0 {
		ask = asks[0]
	}
	return bid, ask
}

// avgMinutes is the time that avgPrice looks back over.
const avgMinutes = 5

func (v *Venue) avgPrice(c *Call) {
	m := v.market(c)
	if c.refused() {
		return
	}
	now := c.At.UnixMilli()
	k := m.Range(now-avgMinutes*60_000, now)
	last, _ := m.LastAt(now)
	price := last.Price
	if k.Volume > 0 {
		price, _ = k.Quote.MulDiv(amount.One, k.Volume)
	}
	c.out.open('{')
	c.out.intAt("mins", avgMinutes)
	c.out.amountAt("price", price)
	c.out.intAt("closeTime", last.Time)
	c.out.close('}')
}

const day = 24 * 3600_000 // milliseconds

func (v *Venue) ticker24hr(c *Call) {
	v.each(c, func(c *Call, m *market.Market) {
		now := c.At.UnixMilli()
		v.writeTicker(c, m, now-day, now)
	})
}

// writeTicker writes the statistics of the trades behind one instant and up to
// another.
func (v *Venue) writeTicker(c *Call, m *market.Market, open, close int64) {
	k := m.Range(open+1, close)
	before, _ := m.LastAt(open)
	last, _ := m.LastAt(close)
	bid, ask := v.best(c, m)
	w := &c.out
	w.strAt("symbol", m.Name)
	w.amountAt("priceChange", k.Close-k.Open)
	w.strAt("priceChangePercent", percent(k.Close-k.Open, k.Open))
	average := amount.Amount(0)
	if k.Volume > 0 {
		average, _ = k.Quote.MulDiv(amount.One, k.Volume)
	}
	w.amountAt("weightedAvgPrice", average)
	w.amountAt("prevClosePrice", before.Price)
	w.amountAt("lastPrice", k.Close)
	w.amountAt("lastQty", last.Qty)
	w.amountAt("bidPrice", bid.Price)
	w.amountAt("bidQty", bid.Qty)
	w.amountAt("askPrice", ask.Price)
	w.amountAt("askQty", ask.Qty)
	w.amountAt("openPrice", k.Open)
	w.amountAt("highPrice", k.High)
	w.amountAt("lowPrice", k.Low)
	w.amountAt("volume", k.Volume)
	w.amountAt("quoteVolume", k.Quote)
	w.intAt("openTime", open)
	w.intAt("closeTime", close)
	w.intAt("firstId", k.FirstID)
	w.intAt("lastId", k.LastID)
	w.intAt("count", k.Count)
}

// percent is part of whole in percent with three decimals, cut.
func percent(part, whole amount.Amount) string {
	if whole <= 0 {
		return "0.000"
	}
	sign := ""
	if part < 0 {
		sign, part = "-", -part
	}
	p, _ := part.MulDiv(100*amount.One, whole)
	s := p.String()
	return sign + s[:len(s)-amount.Digits+3]
}
