package market

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Candle is the aggregate of the trades of an interval.
type Candle struct {
	Open, High, Low, Close amount.Amount
	Volume, Quote          amount.Amount
	TakerBase, TakerQuote  amount.Amount // bought by takers
	FirstID, LastID        int64
	Count                  int64
}

func (c *Candle) add(t *Trade) {
	if c.Count == 0 {
		c.Open, c.High, c.Low, c.FirstID = t.Price, t.Price, t.Price, t.ID
	}
	c.High, c.Low, c.Close = max(c.High, t.Price), min(c.Low, t.Price), t.Price
	c.Volume += t.Qty
	c.Quote += t.Quote
	if !t.BuyerMaker {
		c.TakerBase += t.Qty
		c.TakerQuote += t.Quote
	}
	c.LastID = t.ID
	c.Count++
}

const (
	hourMs = 60 * minuteMs
	dayMs  = 24 * hourMs
)

// Range returns the aggregate of the trades from one time to another, both in
// milliseconds and inclusive: of whole blocks as their shapes have it, of the
// ends by trade.
func (m *Market) Range(from, to int64) Candle {
	var c Candle
	var w walk
	for n := max(0, blockOf(from)); n <= blockOf(to); n++ {
		b := m.block(n, &w)
		if from <= b.start() && b.start()+blockMs-1 <= to {
			m.addBlock(&c, &b)
			continue
		}
		for i := range b.parts {
			if at := b.start() + b.parts[i].after; at >= from && at <= to {
				t := m.trade(&b, i)
				c.add(&t)
			}
		}
	}
	return c
}

// addBlock adds all trades of a block.
func (m *Market) addBlock(c *Candle, b *block) {
	price := func(ticks int64) amount.Amount { return amount.Amount(b.price+ticks) * m.TickSize }
	high, low := price(b.high), price(b.low)
	if c.Count == 0 {
		c.Open, c.High, c.Low, c.FirstID = price(b.parts[0].ticks), high, low, b.number*blockTrades
	}
	c.High, c.Low, c.Close = max(c.High, high), min(c.Low, low), price(b.parts[blockTrades-1].ticks)
	c.Volume += amount.Amount(b.steps*b.scale) * m.StepSize
	c.Quote += amount.Amount((b.price*b.steps + b.worth) * b.scale * m.unit)
	c.TakerBase += amount.Amount(b.taker*b.scale) * m.StepSize
	c.TakerQuote += amount.Amount((b.price*b.taker + b.paid) * b.scale * m.unit)
	c.LastID = b.number*blockTrades + blockTrades - 1
	c.Count += blockTrades
}

// Interval is a length of candles, such as "1m" or "1M".
type Interval struct {
	Name   string
	length int64 // milliseconds; 0 for months
	offset int64 // of the first start after 1970
}

// intervals are those of the document's enumeration. Weeks begin on Monday;
// 1970 began on a Thursday.
var intervals = []Interval{
	{"1m", minuteMs, 0}, {"3m", 3 * minuteMs, 0}, {"5m", 5 * minuteMs, 0}, {"15m", 15 * minuteMs, 0}, {"30m", 30 * minuteMs, 0},
	{"1h", hourMs, 0}, {"2h", 2 * hourMs, 0}, {"4h", 4 * hourMs, 0}, {"6h", 6 * hourMs, 0}, {"8h", 8 * hourMs, 0}, {"12h", 12 * hourMs, 0},
	{"1d", dayMs, 0}, {"3d", 3 * dayMs, 0}, {"1w", 7 * dayMs, 4 * dayMs}, {"1M", 0, 0},
}

// IntervalOf returns the interval of a name, and false for one outside the
// enumeration.
func IntervalOf(name string) (Interval, bool) {
	for _, i := range intervals {
		if i.Name == name {
			return i, true
		}
	}
	return Interval{}, false
}

// Start returns the start of the interval that a time lies in.
func (i Interval) Start(ms int64) int64 {
	if i.length == 0 {
		t := time.UnixMilli(ms).UTC()
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	into := (ms - i.offset) % i.length
	if into < 0 {
		into += i.length
	}
	return ms - into
}

// Next returns the start of the interval behind the one that starts at a time.
func (i Interval) Next(start int64) int64 {
	if i.length == 0 {
		return time.UnixMilli(start).UTC().AddDate(0, 1, 0).UnixMilli()
	}
	return start + i.length
}

// Back returns the start of the n-th interval before the one that starts at a
// time.
func (i Interval) Back(start int64, n int) int64 {
	if i.length == 0 {
		return time.UnixMilli(start).UTC().AddDate(0, -n, 0).UnixMilli()
	}
	return start - int64(n)*i.length
}

// Candles calls yield with the candles of the intervals from one start to the
// last that begins no later than a time, of the trades made up to now; at the
// most limit of them. An interval in which nothing was traded yet stands at the
// last price.
func (m *Market) Candles(i Interval, start, last, now int64, limit int, yield func(start int64, c *Candle)) {
	if i.length > 0 && i.length < hourMs && limit > 0 {
		m.shortCandles(i, start, min(last, start+int64(limit-1)*i.length), now, yield)
		return
	}
	for ; start <= last && limit > 0; start, limit = i.Next(start), limit-1 {
		c := m.Range(start, min(i.Next(start)-1, now))
		m.flush(start, &c, yield)
	}
}

// shortCandles is Candles for intervals shorter than what the cache keeps: one
// walk over the trades of all.
func (m *Market) shortCandles(i Interval, start, last, now int64, yield func(int64, *Candle)) {
	var c Candle
	m.Between(start, min(i.Next(i.Start(last))-1, now), func(t *Trade) bool {
		for ; t.Time >= start+i.length; start += i.length {
			m.flush(start, &c, yield)
			c = Candle{}
		}
		c.add(t)
		return true
	})
	for ; start <= last; start += i.length {
		m.flush(start, &c, yield)
		c = Candle{}
	}
}

// flush yields a candle, of the last price when there was no trade.
func (m *Market) flush(start int64, c *Candle, yield func(int64, *Candle)) {
	if c.Count == 0 {
		last, ok := m.LastAt(start - 1)
		if !ok {
			return
		}
		c = &Candle{Open: last.Price, High: last.Price, Low: last.Price, Close: last.Price, FirstID: -1, LastID: -1}
	}
	yield(start, c)
}
