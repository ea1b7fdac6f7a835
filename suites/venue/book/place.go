package book

import (
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// The venue's bounds on the orders of one wallet in one symbol, as its filters
// tell them.
const (
	MaxOpen         = 200 // MAX_NUM_ORDERS
	MaxStops        = 5   // MAX_NUM_ALGO_ORDERS
	MaxIcebergParts = 10  // ICEBERG_PARTS

	// MaxFactor: prices may be from a tenth of the average to ten times it
	// (PERCENT_PRICE), which is taken over AverageMinutes.
	MaxFactor      = 10
	AverageMinutes = 5
)

// Place takes an order: ID, status and times are filled in, the client's ID
// where it is empty. It returns the order as it stands then and what was filled
// at once, or why it is rejected: ErrBalance, ErrDuplicate, ErrWouldTake,
// ErrTrigger, ErrIceberg or a FilterError. The symbol must exist.
func (b *Book) Place(w *Wallet, o Order, now int64) (Order, []Fill, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	s := b.symbols[o.Symbol]
	work := &order{Order: o, wallet: w}
	work.Time, work.Updated, work.Status, work.Working = now, now, New, true
	if work.TIF == "" {
		work.TIF = GTC
	}
	if err := s.admit(work, now); err != nil {
		return Order{}, nil, err
	}
	b.lastID++
	work.ID = b.lastID
	if work.ClientID == "" {
		work.ClientID = clientID(work.ID)
	}
	s.reserve(work)
	work.open = true
	w.updated = now
	w.open = append(w.open, work)
	w.remember(work)
	if work.isStop() {
		work.Working = false
		s.stops = append(s.stops, work)
		return work.Order, nil, nil
	}
	fills := s.match(work, now)
	if work.QuoteQty > 0 {
		work.Qty = work.Executed
	}
	s.settle(work, now)
	return work.Order, fills, nil
}

// Test says why an order would be rejected, nil if it would not be.
func (b *Book) Test(w *Wallet, o Order, now int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	if o.TIF == "" {
		o.TIF = GTC
	}
	return b.symbols[o.Symbol].admit(&order{Order: o, wallet: w}, now)
}

// admit says why an order is rejected: by the symbol's filters first, then by
// what the wallet has.
func (s *symbol) admit(o *order, now int64) error {
	if err := s.filters(o, now); err != nil {
		return err
	}
	if o.ClientID != "" && o.wallet.opened(o.Symbol, o.ClientID) != nil {
		return ErrDuplicate
	}
	last, _ := s.LastAt(now)
	switch {
	case o.isStop() && o.triggered(last.Price):
		return ErrTrigger
	case o.Type == LimitMaker && len(s.offers(o, now)) > 0:
		return ErrWouldTake
	case o.Iceberg > o.Qty:
		return ErrIceberg
	}
	asset, need := s.needs(o, now)
	if o.wallet.of(asset).Free < need {
		return ErrBalance
	}
	return nil
}

// needs is what an order may cost: of a market order, what it takes now.
func (s *symbol) needs(o *order, now int64) (asset string, n amount.Amount) {
	switch {
	case o.Type == Market && o.isBuy():
		_, _, quote := s.deals(o, now)
		return s.Quote, max(quote, o.QuoteQty)
	case o.Type == Market:
		_, qty, _ := s.deals(o, now)
		return s.Base, max(qty, o.Qty)
	case o.isBuy():
		n, _ = o.Price.Mul(o.Qty)
		return s.Quote, n
	}
	return s.Base, o.Qty
}

// reserve locks what a limit order may cost.
func (s *symbol) reserve(o *order) {
	if o.Type == Market {
		return
	}
	asset, n := s.needs(o, 0)
	balance := o.wallet.of(asset)
	balance.Free -= n
	balance.Locked += n
	o.reserved = n
}

// filters returns the FilterError of the first filter that an order breaks.
func (s *symbol) filters(o *order, now int64) error {
	last, _ := s.LastAt(now)
	price := o.Price
	switch {
	case o.Type == Market:
		price = last.Price
	case !s.fitsPrice(o.Price) || o.isStop() && !s.fitsPrice(o.StopPrice):
		return FilterError("PRICE_FILTER")
	case o.Price > s.average(now)*MaxFactor || o.Price < s.average(now)/MaxFactor:
		return FilterError("PERCENT_PRICE")
	}
	switch {
	case o.QuoteQty > 0:
		if o.QuoteQty < s.MinNotional {
			return FilterError("MIN_NOTIONAL")
		}
		return nil
	case o.Qty < s.MinQty || o.Qty > s.MaxQty || o.Qty%s.StepSize != 0:
		return FilterError("LOT_SIZE")
	case o.Type == Market && o.Qty > s.MaxMarketQty:
		return FilterError("MARKET_LOT_SIZE")
	}
	if worth, ok := price.Mul(o.Qty); !ok || worth < s.MinNotional {
		return FilterError("MIN_NOTIONAL")
	}
	return s.numbers(o)
}

func (s *symbol) fitsPrice(p amount.Amount) bool {
	return p >= s.MinPrice && p <= s.MaxPrice && p%s.TickSize == 0
}

// numbers holds the order against the filters that count.
func (s *symbol) numbers(o *order) error {
	if o.Iceberg > 0 && (o.Qty+o.Iceberg-1)/o.Iceberg > MaxIcebergParts {
		return FilterError("ICEBERG_PARTS")
	}
	open, stops := 0, 0
	for _, x := range o.wallet.open {
		if x.Symbol == o.Symbol {
			open++
			if x.isStop() && !x.Working {
				stops++
			}
		}
	}
	switch {
	case open >= MaxOpen && o.Type != Market:
		return FilterError("MAX_NUM_ORDERS")
	case stops >= MaxStops && o.isStop():
		return FilterError("MAX_NUM_ALGO_ORDERS")
	}
	return nil
}

// average is the price that the document calls average: of the trades of the
// last minutes, by their quantities.
func (s *symbol) average(now int64) amount.Amount {
	k := s.Range(now-AverageMinutes*60_000, now)
	if price, ok := k.Quote.MulDiv(amount.One, k.Volume); ok {
		return price
	}
	last, _ := s.LastAt(now)
	return last.Price
}

// Ref names an order by the venue's ID, the client's, or both.
type Ref struct {
	ID       int64 // 0: not given
	ClientID string
}

func (r Ref) is(o *order) bool {
	return (r.ID == 0 || r.ID == o.ID) && (r.ClientID == "" || r.ClientID == o.ClientID)
}

// Cancel ends an open order and returns it. It fails with ErrUnknown, or with
// ErrMismatch when the two IDs name different orders.
func (b *Book) Cancel(w *Wallet, name string, ref Ref, now int64) (Order, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	mismatch := false
	for _, o := range w.open {
		switch {
		case o.Symbol != name:
		case ref.is(o):
			b.symbols[name].end(o, Canceled, now)
			return o.Order, nil
		case ref.ID == o.ID:
			mismatch = true
		}
	}
	if mismatch {
		return Order{}, ErrMismatch
	}
	return Order{}, ErrUnknown
}

// Find returns the order of a reference, the latest of them, and false when
// there is none.
func (b *Book) Find(w *Wallet, name string, ref Ref, now int64) (Order, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	for _, o := range slices.Backward(w.orders[name]) {
		if ref.is(o) {
			return o.Order, true
		}
	}
	return Order{}, false
}

// Open returns a wallet's open orders by ID, in one symbol or, for "", in all.
func (b *Book) Open(w *Wallet, name string, now int64) []Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	var list []Order
	for _, o := range w.open {
		if name == "" || o.Symbol == name {
			list = append(list, o.Order)
		}
	}
	return list
}

// Span selects from a list: elements from an ID on, or of a time, or the
// latest of all; and at the most Limit of them.
type Span struct {
	FromID     int64 // -1: from no ID
	Start, End int64 // milliseconds, inclusive; -1: open
	Limit      int
}

// cut returns the part of an ascending list that a span selects: the first of
// it when it says where to begin, the last otherwise.
func cut[T any](list []T, sp Span, at func(*T) (id, ms int64)) []T {
	var kept []T
	for i := range list {
		id, ms := at(&list[i])
		if id >= sp.FromID && ms >= sp.Start && (sp.End < 0 || ms <= sp.End) {
			kept = append(kept, list[i])
		}
	}
	if len(kept) <= sp.Limit {
		return kept
	}
	if sp.FromID >= 0 || sp.Start >= 0 {
		return kept[:sp.Limit]
	}
	return kept[len(kept)-sp.Limit:]
}

// Orders returns orders of a wallet in a symbol, by ID.
func (b *Book) Orders(w *Wallet, name string, sp Span, now int64) []Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	all := make([]Order, len(w.orders[name]))
	for i, o := range w.orders[name] {
		all[i] = o.Order
	}
	return cut(all, sp, func(o *Order) (int64, int64) { return o.ID, o.Time })
}

// Fills returns trades of a wallet in a symbol, by ID; of one order only unless
// that is 0.
func (b *Book) Fills(w *Wallet, name string, order int64, sp Span, now int64) []Fill {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	all := w.fills[name]
	if order != 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(f Fill) bool { return f.OrderID != order })
	}
	return cut(all, sp, func(f *Fill) (int64, int64) { return f.ID, f.Time })
}
