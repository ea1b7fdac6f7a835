package market

import (
	"sync"

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

// Trades come in blocks of sixteen minutes, of one number of trades each, so
// that the block of any ID and any time is known at once. What happens in a
// block follows one of some shapes, moved to the price at which the walk stands
// then, with its quantities multiplied: so what all its trades come to is known
// without going through them.
const (
	blockMs         = 16 * minuteMs
	blockTrades     = 128
	blockAggregates = blockTrades - blockTwins
	blockTwins      = 16 // pairs of trades that are one aggregate
	shapes          = 64
	scales          = 4 // quantities are multiplied by 1 to 4
	minuteMs        = 60_000
)

// part is a trade as a shape has it.
type part struct {
	after      int64 // milliseconds from the block's start
	ticks      int64 // from the block's price
	steps      int64
	aggregate  int64 // from the block's first
	buyerMaker bool
}

// shape is what happens in a block, and what it comes to. It is made when a block
// first follows it: most venues are asked for a few symbols and hours, and making
// all shapes of all symbols would be most of what their start takes.
type shape struct {
	once         sync.Once
	parts        [blockTrades]part
	high, low    int64 // ticks
	steps, worth int64 // steps, and ticks times steps
	taker, paid  int64 // the same of what takers bought
}

// Market is the public market in one symbol. It always says the same, and is safe
// for concurrent use; it takes half a megabyte.
type Market struct {
	*Symbol
	seed     uint64
	lattices [octaves]uint64 // seeds of the walk's octaves
	base     int64           // price that the walk wanders about, in ticks
	unit     int64           // worth of one step at one tick
	shapes   [shapes]shape
}

// New returns the market in a symbol as the seed has it.
func New(s *Symbol, seed uint64) *Market {
	m := &Market{
		Symbol: s, seed: mix(seed ^ s.identity),
		base: int64(s.base / s.TickSize), unit: int64(s.TickSize) * int64(s.StepSize) / int64(amount.One),
	}
	for k := range m.lattices {
		m.lattices[k] = mix(m.seed + uint64(k)<<56)
	}
	return m
}

// shape returns one of the shapes.
func (m *Market) shape(i uint64) *shape {
	s := &m.shapes[i]
	s.once.Do(func() { s.make(m, mix(m.seed^i<<32)) })
	return s
}

// make fills a shape in: at random distances in time, prices that stray from
// the block's and come back, and quantities skewed as real ones are.
func (s *shape) make(m *Market, random uint64) {
	var at [blockTrades]int64
	total := int64(0)
	for i := range at {
		total += 1 + int64(mix(random+uint64(i))>>40)%19
		at[i] = total
	}
	total++
	twin, stray, reach := 0, int64(0), 1+m.base>>12
	for i := range s.parts {
		r := mix(random ^ uint64(i+1)<<16)
		p := part{after: at[i] * blockMs / total, aggregate: int64(i - twin), steps: m.steps(r), buyerMaker: r&1 == 0}
		stray += int64(r>>8)%(2*reach+1) - reach
		stray -= stray / 8
		p.ticks = stray
		if group := i % (blockTrades / blockTwins); i > 0 && group == 1+int(random>>(i/8*3)&3) {
			before := &s.parts[i-1]
			p.after, p.ticks, p.buyerMaker, p.aggregate = before.after, before.ticks, before.buyerMaker, before.aggregate
			twin++
		}
		s.add(i, p)
	}
}

func (s *shape) add(i int, p part) {
	if i == 0 {
		s.high, s.low = p.ticks, p.ticks
	}
	s.parts[i] = p
	s.high, s.low = max(s.high, p.ticks), min(s.low, p.ticks)
	s.steps += p.steps
	s.worth += p.steps * p.ticks
	if !p.buyerMaker {
		s.taker += p.steps
		s.paid += p.steps * p.ticks
	}
}

// steps is a quantity in steps, skewed as real ones are: mostly small, now and
// then large.
func (m *Market) steps(r uint64) int64 {
	u := int64(r >> 20 & (1<<16 - 1))
	skewed := u * u >> 16 * u >> 16 // u³ of 2^16
	return 1 + skewed*m.typical*4>>16
}

// block is one block of trades.
type block struct {
	number int64 // from 0, which begins at the listing
	price  int64 // ticks
	scale  int64
	*shape
}

var listedMs = Listed.UnixMilli()

// blockOf is the number of the block that a time lies in, negative before the
// listing.
func blockOf(ms int64) int64 {
	if ms < listedMs {
		return -1
	}
	return (ms - listedMs) / blockMs
}

func (b *block) start() int64 { return listedMs + b.number*blockMs }

// block returns a block, by a walk that may stand at the one before.
func (m *Market) block(number int64, w *walk) block {
	r := mix(m.seed + uint64(number)*2)
	return block{
		number: number, scale: 1 + int64(r>>32)%scales, shape: m.shape(r % shapes),
		price: m.base + mulShift(m.base, w.moveTo(number, &m.lattices)),
	}
}

// mulShift is a·w/walkScale for a walk w; prices in ticks keep it inside 64
// bits (10^8 ticks by 2^32·0.42).
func mulShift(a, w int64) int64 { return a * (w >> 8) / (walkScale >> 8) }

// trade returns the i-th trade of a block.
func (m *Market) trade(b *block, i int) Trade {
	p := &b.parts[i]
	tick, steps := b.price+p.ticks, p.steps*b.scale
	return Trade{
		ID: b.number*blockTrades + int64(i), Aggregate: b.number*blockAggregates + p.aggregate,
		Time: b.start() + p.after, BuyerMaker: p.buyerMaker,
		Price: amount.Amount(tick) * m.TickSize, Qty: amount.Amount(steps) * m.StepSize, Quote: amount.Amount(tick * steps * m.unit),
	}
}

// Between calls yield with the trades from one time to another, both in
// milliseconds and inclusive, oldest first, until it returns false. A trade is
// yield's only until it returns.
func (m *Market) Between(from, to int64, yield func(*Trade) bool) {
	var w walk
	var t Trade // one for all: yield keeps copies
	for n := max(0, blockOf(from)); n <= blockOf(to); n++ {
		b := m.block(n, &w)
		for i := range b.parts {
			if at := b.start() + b.parts[i].after; at < from || at > to {
				continue
			}
			if t = m.trade(&b, i); !yield(&t) {
				return
			}
		}
	}
}

// LastAt returns the latest trade no later than a time, and false when there
// is none.
func (m *Market) LastAt(ms int64) (Trade, bool) {
	for n := blockOf(ms); n >= 0; n-- {
		b := m.block(n, &walk{})
		for i := blockTrades - 1; i >= 0; i-- {
			if b.start()+b.parts[i].after <= ms {
				return m.trade(&b, i), true
			}
		}
	}
	return Trade{}, false
}

// From appends up to limit trades that begin with an ID and end no later than
// a time.
func (m *Market) From(list []Trade, id, to int64, limit int) []Trade {
	m.Between(listedMs+max(id, 0)/blockTrades*blockMs, to, func(t *Trade) bool {
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
	m.Between(listedMs+max(id, 0)/blockAggregates*blockMs, to, func(t *Trade) bool {
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
