package market

import "github.com/mbxcheck/mbxcheck/suites/venue/amount"

// Level is one price of an order book and all that is offered at it.
type Level struct{ Price, Qty amount.Amount }

// depthMs is how long an order book stands unchanged while nothing is traded.
const depthMs = 1000

// Depth returns the best levels of the order book at a time, bids from the
// highest and asks from the lowest price, and its number, which grows with
// time. The last price lies between the best bid and the best ask, or at one of
// them. The best levels are the same whatever the limit.
func (m *Market) Depth(ms int64, limit int) (update int64, bids, asks []Level) {
	last, ok := m.LastAt(ms)
	if !ok {
		return 0, nil, nil
	}
	since := (ms - listedMs) / depthMs
	update = last.ID + since + 1
	random := mix(m.seed ^ uint64(update)<<1)
	tick := int64(last.Price / m.TickSize)
	return update, m.side(tick, -1, random, limit), m.side(tick, +1, random+1, limit)
}

// side is one side of the book, away from the last price in ticks. The best
// level lies no tick (asks: one tick) to a few ticks away from it.
func (m *Market) side(tick, step int64, random uint64, limit int) []Level {
	reach := 1 + tick>>14 // gaps of up to some parts in ten thousand
	at := tick
	if step > 0 {
		at++
	}
	levels := make([]Level, 0, limit)
	for i := range limit {
		r := mix(random + uint64(i)<<8)
		at += step * int64(r%uint64(reach+1))
		if i > 0 {
			at += step
		}
		if at < 1 || amount.Amount(at)*m.TickSize > m.MaxPrice {
			break
		}
		levels = append(levels, Level{amount.Amount(at) * m.TickSize, amount.Amount(m.steps(r)) * m.StepSize})
	}
	return levels
}
