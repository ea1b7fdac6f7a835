package book

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// publicLevels is how deep an order may reach into the public book: as deep as
// the deepest answer of the time shows it, a thousand levels.
const publicLevels = 1000

// offer is what an order could take: of another order, or of the public book.
type offer struct {
	price, qty amount.Amount
	maker      *order // nil: the public market's
}

// offers lists what an order could take at a time, best first; at one price
// wallets' orders come before the public market's.
func (s *symbol) offers(o *order, now int64) []offer {
	resting := s.asks
	if !o.isBuy() {
		resting = s.bids
	}
	public := s.publicSide(o.isBuy(), now)
	better := func(a, b amount.Amount) bool { return a == b || (a < b) == o.isBuy() }
	var list []offer
	for len(resting) > 0 || len(public) > 0 {
		var next offer
		if len(public) == 0 || len(resting) > 0 && better(resting[0].Price, public[0].Price) {
			next = offer{resting[0].Price, resting[0].left(), resting[0]}
			resting = resting[1:]
		} else {
			next = offer{public[0].Price, public[0].Qty, nil}
			public = public[1:]
		}
		if !o.crosses(next.price) {
			break
		}
		list = append(list, next)
	}
	return list
}

// publicSide is the side of the public book that a buyer (or seller) takes
// from, less what was taken of it already.
func (s *symbol) publicSide(buyer bool, now int64) []market.Level {
	update, bids, asks := s.Market.Depth(now, publicLevels)
	if update != s.update {
		s.update, s.taken = update, nil
	}
	side := asks
	if !buyer {
		side = bids
	}
	return s.untaken(side)
}

// untaken removes from levels of the current update what was taken of them.
func (s *symbol) untaken(side []market.Level) []market.Level {
	if len(s.taken) == 0 {
		return side
	}
	kept := side[:0]
	for _, l := range side {
		if l.Qty -= s.taken[l.Price]; l.Qty > 0 {
			kept = append(kept, l)
		}
	}
	return kept
}

// deal is one part of what an order takes.
type deal struct {
	offer
	qty amount.Amount
}

// deals works out what an order takes of what is offered, and how much of
// either asset that is.
func (s *symbol) deals(o *order, now int64) (list []deal, qty, quote amount.Amount) {
	for _, of := range s.offers(o, now) {
		take := min(of.qty, o.left()-qty)
		if o.QuoteQty > 0 {
			worth, _ := (o.QuoteQty - quote).MulDiv(amount.One, of.price)
			take = min(of.qty, worth.Floor(s.StepSize))
		}
		if take <= 0 {
			break
		}
		cost, _ := of.price.Mul(take)
		list = append(list, deal{of, take})
		qty, quote = qty+take, quote+cost
	}
	return list, qty, quote
}

// match lets an order take what it may. What it does not take stays open for
// settle to decide.
func (s *symbol) match(o *order, now int64) []Fill {
	list, qty, _ := s.deals(o, now)
	if o.TIF == FOK && qty < o.left() {
		return nil
	}
	var fills []Fill
	for _, d := range list {
		if d.maker == nil {
			if s.taken == nil {
				s.taken = map[amount.Amount]amount.Amount{}
			}
			s.taken[d.price] += d.qty
			fills = append(fills, s.fill(o, nil, d.price, d.qty, now, false))
			continue
		}
		fills = append(fills, s.fill(o, d.maker, d.price, d.qty, now, false))
	}
	return fills
}

// settle puts what is left of an order on the book, or ends it.
func (s *symbol) settle(o *order, now int64) {
	switch {
	case !o.open: // filled
	case o.Type == Market || o.TIF != GTC:
		status := Expired
		if o.QuoteQty > 0 && o.Executed > 0 {
			status = Filled
		}
		s.end(o, status, now)
	default:
		s.rest(o)
	}
}

// rest puts an order on its side of the book, behind those of the same price.
func (s *symbol) rest(o *order) {
	s.changes++
	side := &s.asks
	if o.isBuy() {
		side = &s.bids
	}
	at := slices.IndexFunc(*side, func(x *order) bool {
		return x.Price != o.Price && (x.Price < o.Price) == o.isBuy()
	})
	if at < 0 {
		at = len(*side)
	}
	*side = slices.Insert(*side, at, o)
}

// fill trades a quantity of an order at a price with another order, or with
// the public market when there is none. It returns the order's part.
func (s *symbol) fill(o, other *order, price, qty amount.Amount, now int64, maker bool) Fill {
	s.changes++
	quote, _ := price.Mul(qty)
	f := s.pay(o, price, qty, quote, now, maker)
	if other != nil {
		s.pay(other, price, qty, quote, now, true)
		return f
	}
	base, money := s.book.public.of(s.Base), s.book.public.of(s.Quote)
	if o.isBuy() {
		base.Free -= qty
		money.Free += quote
	} else {
		base.Free += qty
		money.Free -= quote
	}
	return f
}

// pay books one order's part of a trade: what it gives leaves what was reserved
// for it (or, where nothing was, what is free), what it gets is free, less the
// commission.
func (s *symbol) pay(o *order, price, qty, quote amount.Amount, now int64, maker bool) Fill {
	gives, gets, give, get, reserved := s.Base, s.Quote, qty, quote, qty
	if o.isBuy() {
		gives, gets, give, get = s.Quote, s.Base, quote, qty
		reserved, _ = o.Price.Mul(qty)
	}
	from, to := o.wallet.of(gives), o.wallet.of(gets)
	if o.Type == Market {
		from.Free -= give
	} else {
		from.Locked -= reserved
		from.Free += reserved - give // bought for less than was reserved
		o.reserved -= reserved
	}
	commission, _ := get.MulDiv(Rate, RateScale)
	to.Free += get - commission
	s.book.fees[gets] += commission

	o.Executed += qty
	o.Quote += quote
	o.Updated, o.wallet.updated = now, now
	o.Status = PartiallyFilled
	if o.QuoteQty == 0 && o.left() == 0 {
		s.end(o, Filled, now)
	}
	s.book.lastFill++
	f := Fill{
		ID: s.book.lastFill, OrderID: o.ID, Symbol: s.Name, Buyer: o.isBuy(), Maker: maker,
		Price: price, Qty: qty, Quote: quote, Commission: commission, FeeAsset: gets, Time: now,
	}
	o.wallet.rememberFill(f)
	return f
}

// end closes an order: what is still reserved for it is free again.
func (s *symbol) end(o *order, status string, now int64) {
	s.changes++
	asset := s.Base
	if o.isBuy() {
		asset = s.Quote
	}
	balance := o.wallet.of(asset)
	balance.Locked -= o.reserved
	balance.Free += o.reserved
	o.reserved, o.open, o.Status, o.Updated, o.wallet.updated = 0, false, status, now, now
	is := func(x *order) bool { return x == o }
	s.bids = slices.DeleteFunc(s.bids, is)
	s.asks = slices.DeleteFunc(s.asks, is)
	s.stops = slices.DeleteFunc(s.stops, is)
	o.wallet.open = slices.DeleteFunc(o.wallet.open, is)
}

// Depth is the public order book at a time with the wallets' orders in it, and
// without what was taken of it.
func (b *Book) Depth(name string, now int64, limit int) (update int64, bids, asks []market.Level) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.symbols[name]
	s.advance(now)
	update, bids, asks = s.Market.Depth(now, limit+len(s.taken))
	if update != s.update {
		s.update, s.taken = update, nil
	}
	return update + s.changes, s.merged(bids, s.bids, true, limit), s.merged(asks, s.asks, false, limit)
}

// merged puts orders among the levels of a side and cuts it at a limit.
func (s *symbol) merged(side []market.Level, orders []*order, falling bool, limit int) []market.Level {
	side = s.untaken(side)
	if len(orders) == 0 {
		return side[:min(limit, len(side))]
	}
	list := make([]market.Level, 0, limit+1)
	for len(list) <= limit && (len(side) > 0 || len(orders) > 0) {
		var next market.Level
		if len(orders) == 0 || len(side) > 0 && (side[0].Price > orders[0].Price) == falling && side[0].Price != orders[0].Price {
			next, side = side[0], side[1:]
		} else {
			next = market.Level{Price: orders[0].Price, Qty: orders[0].left()}
			orders = orders[1:]
		}
		if n := len(list); n > 0 && list[n-1].Price == next.Price {
			list[n-1].Qty += next.Qty
			continue
		}
		list = append(list, next)
	}
	return list[:min(limit, len(list))]
}
