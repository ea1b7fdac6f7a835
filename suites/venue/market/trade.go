package market

import (
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// Trade is one trade of the public market.
type Trade struct {
	ID         int64 // from 0 without gaps
	Aggregate  int64 // ID of the aggregate trade that it is part of
	Time       int64 // milliseconds since 1970
	Price, Qty amount.Amount
	Quote      amount.Amount // price times quantity, exact
	BuyerMaker bool          // the buyer's order was on the book before
}

// Trades come in pairs of minutes: an even minute has n of them and the odd
// one behind it tradesPerPair-n. So minutes differ, and yet the ID of any
// minute's first trade is known at once. In each minute one order takes two
// others at one price and one time, which makes one aggregate trade of two.
const (
	tradesPerPair     = 16
	aggregatesPerPair = tradesPerPair - 2
	fewest, spread    = 4, 9 // an even minute has 4 to 12, an odd one 12 to 4
	most              = tradesPerPair - fewest
)

// minuteMs is a minute in milliseconds.
const minuteMs = 60_000

// Market is the public market in one symbol. It is immutable but for a cache,
// and safe for concurrent use.
type Market struct {
	*Symbol
	seed     uint64
	lattices [octaves]uint64 // seeds of the walk's octaves
	base     int64           // price that the walk wanders about, in ticks
	unit     int64           // worth of one step at one tick
	cache    *cache
}

// New returns the market in a symbol as the seed has it.
func New(s *Symbol, seed uint64) *Market {
	m := &Market{
		Symbol: s, seed: mix(seed ^ s.identity), cache: &cache{},
		base: int64(s.base / s.TickSize), unit: int64(s.TickSize) * int64(s.StepSize) / int64(amount.One),
	}
	for k := range m.lattices {
		m.lattices[k] = mix(m.seed + uint64(k)<<56)
	}
	return m
}

var firstMinute = Listed.Unix() / 60 // even, for it begins a day

// minute describes the trades of one minute.
type minute struct {
	number      int64 // minutes since 1970
	n           int   // how many
	first       int64 // ID of the first
	aggregate   int64 // ID of the first's aggregate
	twin        int   // this trade and the next are one aggregate
	open, close int64 // prices at both ends, in ticks
	random      uint64
}

// minuteOf returns a minute, by a walk that may stand at its start from the
// minute before.
func (m *Market) minuteOf(number int64, w *walk) minute {
	at := minute{number: number, random: mix(m.seed + uint64(number)*2)}
	since := number - firstMinute
	pair := since >> 1
	even := fewest + int(mix(m.seed^uint64(pair))%spread)
	at.n, at.first, at.aggregate = even, pair*tradesPerPair, pair*aggregatesPerPair
	if since&1 == 1 {
		at.n = tradesPerPair - even
		at.first += int64(even)
		at.aggregate += int64(even) - 1
	}
	at.twin = int(at.random>>56) % (at.n - 1)
	at.open = m.price(number, w)
	at.close = m.price(number+1, w)
	return at
}

// price is where the walk stands at the start of a minute, in ticks.
func (m *Market) price(number int64, w *walk) int64 {
	if w.minute == number {
		return w.price
	}
	w.price = max(1, m.base+mulShift(m.base, w.moveTo(number, &m.lattices)))
	return w.price
}

// mulShift is a·w/walkScale for a walk w; prices in ticks keep it inside 64
// bits (10^8 ticks by 2^32·0.41).
func mulShift(a, w int64) int64 { return a * (w >> 8) / (walkScale >> 8) }

// trades appends the minute's trades.
func (m *Market) trades(list []Trade, at minute) []Trade {
	slot, tick := int64(minuteMs/at.n), int64(0)
	var last Trade
	for i := range at.n {
		r := mix(at.random + uint64(i) + 1)
		t := Trade{ID: at.first + int64(i), Aggregate: at.aggregate + int64(i)}
		if i > at.twin {
			t.Aggregate--
		}
		if i == at.twin+1 {
			t.Time, t.Price, t.BuyerMaker = last.Time, last.Price, last.BuyerMaker
		} else {
			t.Time = at.number*minuteMs + int64(i)*slot + int64(r>>40)%slot
			tick = at.tick(i, r)
			t.Price = amount.Amount(tick) * m.TickSize
			t.BuyerMaker = r&1 == 0
		}
		steps := m.steps(r)
		t.Qty, t.Quote = amount.Amount(steps)*m.StepSize, amount.Amount(tick*steps*m.unit)
		list, last = append(list, t), t
	}
	return list
}

// tick is the price of the i-th trade: on the way from the minute's open to
// its close, with a jitter of some parts in ten thousand between the ends.
func (at *minute) tick(i int, r uint64) int64 {
	switch i {
	case 0:
		return at.open
	case at.n - 1:
		return at.close
	}
	line := at.open + (at.close-at.open)*int64(i)/int64(at.n-1)
	reach := 1 + line>>12
	return max(1, line+int64(r>>8)%(2*reach+1)-reach)
}

// steps is a quantity in steps, skewed as real ones are: mostly small, now and
// then large.
func (m *Market) steps(r uint64) int64 {
	u := int64(r >> 20 & (1<<16 - 1))
	skewed := u * u >> 16 * u >> 16 // u³ of 2^16
	return 1 + skewed*m.typical*4>>16
}

// minutesBetween are the minutes that may hold trades from one time to
// another, both in milliseconds and inclusive.
func minutesBetween(from, to int64) (first, last int64) {
	return max(from/minuteMs, firstMinute), to / minuteMs
}

// Between calls yield with the trades from one time to another, both in
// milliseconds and inclusive, oldest first, until it returns false.
func (m *Market) Between(from, to int64, yield func(*Trade) bool) {
	var room [most]Trade
	first, last := minutesBetween(from, to)
	var w walk
	for n := first; n <= last; n++ {
		list := m.trades(room[:0], m.minuteOf(n, &w))
		for i := range list {
			if t := &list[i]; t.Time >= from && t.Time <= to && !yield(t) {
				return
			}
		}
	}
}

// LastAt returns the latest trade no later than a time, and false when there
// is none.
func (m *Market) LastAt(ms int64) (Trade, bool) {
	var room [most]Trade
	for n := ms / minuteMs; n >= firstMinute; n-- {
		list := m.trades(room[:0], m.minuteOf(n, &walk{}))
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].Time <= ms {
				return list[i], true
			}
		}
	}
	return Trade{}, false
}

// From appends up to limit trades that begin with an ID and end no later than
// a time.
func (m *Market) From(list []Trade, id, to int64, limit int) []Trade {
	pair := max(id, 0) / tradesPerPair
	m.Between((firstMinute+2*pair)*minuteMs, to, func(t *Trade) bool {
		if t.ID >= id && limit > 0 {
			list = append(list, *t)
			limit--
		}
		return limit > 0
	})
	return list
}

// FromAggregate is From for the ID of an aggregate: up to limit whole
// aggregates.
func (m *Market) FromAggregate(list []Trade, id, to int64, limit int) []Trade {
	pair := max(id, 0) / aggregatesPerPair
	m.Between((firstMinute+2*pair)*minuteMs, to, func(t *Trade) bool {
		if t.Aggregate >= id+int64(limit) {
			return false
		}
		if t.Aggregate >= id {
			list = append(list, *t)
		}
		return true
	})
	return list
}

// Ms is a time as the API counts it, in milliseconds since 1970.
func Ms(t time.Time) int64 { return t.UnixMilli() }
