package book

import (
	"cmp"
	"slices"
	"strconv"
	"sync"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// Book is the order books of all symbols and the wallets that trade in them. It
// is safe for concurrent use: one lock, under which the books are first brought
// up to the time that every call comes with. A time before the one the book has
// seen changes nothing.
type Book struct {
	mu       sync.Mutex
	symbols  map[string]*symbol
	wallets  []*Wallet
	public   Wallet // the other side of what the public market fills
	fees     map[string]amount.Amount
	outside  map[string]amount.Amount // paid in less paid out
	lastID   int64
	lastFill int64
}

// Rate is the commission of makers and takers alike, in parts of RateScale:
// 0.1 %, of what is received.
const (
	Rate      = 10
	RateScale = 10_000
)

// symbol is the order book of one market.
type symbol struct {
	*market.Market
	book       *Book
	bids, asks []*order // best first, of one price the oldest first
	stops      []*order // asleep
	seen       int64    // all public trades up to this time are taken into account

	// taken is what orders took of the public book of an update, by price.
	update int64
	taken  map[amount.Amount]amount.Amount

	changes int64 // of the book by orders, so that its number tells them
}

// NewBook makes the books of some markets.
func NewBook(markets []*market.Market) *Book {
	b := &Book{symbols: map[string]*symbol{}, fees: map[string]amount.Amount{}, outside: map[string]amount.Amount{}}
	b.public = *newWallet()
	for _, m := range markets {
		b.symbols[m.Name] = &symbol{Market: m, book: b}
	}
	return b
}

func newWallet() *Wallet {
	return &Wallet{balances: map[string]*Balance{}, orders: map[string][]*order{}, fills: map[string][]Fill{}}
}

// NewWallet opens an empty wallet.
func (b *Book) NewWallet() *Wallet {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := newWallet()
	b.wallets = append(b.wallets, w)
	return w
}

// Transfer moves a free amount of an asset from one wallet to another; nil is
// the world outside. It fails with ErrBalance.
func (b *Book) Transfer(from, to *Wallet, asset string, n amount.Amount, now int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	if from != nil && from.of(asset).Free < n {
		return ErrBalance
	}
	if from != nil {
		from.of(asset).Free -= n
		from.updated = now
	} else {
		b.outside[asset] += n
	}
	if to != nil {
		to.of(asset).Free += n
		to.updated = now
	} else {
		b.outside[asset] -= n
	}
	return nil
}

// Balances returns what a wallet has, by asset, and when that last changed (0
// for never).
func (b *Book) Balances(w *Wallet, now int64) ([]Balance, int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	list := make([]Balance, 0, len(w.balances))
	for _, balance := range w.balances {
		list = append(list, *balance)
	}
	slices.SortFunc(list, func(x, y Balance) int { return cmp.Compare(x.Asset, y.Asset) })
	return list, w.updated
}

// Sum returns all there is of an asset, in wallets, fees and the public market,
// less what came from outside: 0 unless money was made or lost.
func (b *Book) Sum(asset string) amount.Amount {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := b.fees[asset] + b.public.of(asset).Free - b.outside[asset]
	for _, w := range b.wallets {
		balance := w.of(asset)
		sum += balance.Free + balance.Locked
	}
	return sum
}

// advance brings all books up to a time.
func (b *Book) advance(now int64) {
	for _, s := range b.symbols {
		s.advance(now)
	}
}

const (
	hour = 3600_000 // milliseconds
	day  = 24 * hour
)

// advance lets the orders that wait meet the public trades since the time last
// seen. Days and hours whose prices reach no order are passed over.
func (s *symbol) advance(now int64) {
	for s.seen < now {
		if len(s.bids)+len(s.asks)+len(s.stops) == 0 {
			s.seen = now
			return
		}
		from := s.seen + 1
		end := from - from%day + day - 1
		if from%day != 0 || end > now || s.reached(from, end) {
			end = min(now, from-from%hour+hour-1)
			if s.reached(from, end) {
				s.Between(from, end, s.hear)
			}
		}
		s.seen = end
	}
	s.sweep(now)
}

// reached reports whether public trades between two times come to the price of
// an order.
func (s *symbol) reached(from, to int64) bool {
	k := s.Range(from, to)
	return k.Count > 0 &&
		(len(s.bids) > 0 && s.bids[0].Price >= k.Low || len(s.asks) > 0 && s.asks[0].Price <= k.High ||
			slices.ContainsFunc(s.stops, func(o *order) bool { return o.triggered(k.Low) || o.triggered(k.High) }))
}

// hear takes a public trade into account: it wakes stop orders, and fills the
// orders at its price and those it has gone through.
func (s *symbol) hear(t *market.Trade) bool {
	left := t.Qty
	for _, o := range s.past(t.Price) {
		qty := o.left()
		if o.Price == t.Price {
			qty = min(qty, left)
			left -= qty
		}
		if qty > 0 {
			s.fill(o, nil, o.Price, qty, t.Time, true)
		}
	}
	for _, o := range slices.Clone(s.stops) {
		if o.triggered(t.Price) {
			s.wake(o, t.Time)
		}
	}
	return true
}

// past lists the orders that wait at a price or beyond, in price-time order.
func (s *symbol) past(price amount.Amount) []*order {
	var list []*order
	for _, side := range [][]*order{s.bids, s.asks} {
		for _, o := range side {
			if !o.crosses(price) {
				break
			}
			list = append(list, o)
		}
	}
	return list
}

// sweep fills the orders that the public book of the moment has gone past.
func (s *symbol) sweep(now int64) {
	if len(s.bids)+len(s.asks) == 0 {
		return
	}
	_, bids, asks := s.Market.Depth(now, 1)
	for len(s.bids) > 0 && len(asks) > 0 && s.bids[0].Price >= asks[0].Price {
		s.fill(s.bids[0], nil, s.bids[0].Price, s.bids[0].left(), now, true)
	}
	for len(s.asks) > 0 && len(bids) > 0 && s.asks[0].Price <= bids[0].Price {
		s.fill(s.asks[0], nil, s.asks[0].Price, s.asks[0].left(), now, true)
	}
}

// wake turns a stop order into the limit order that it held back.
func (s *symbol) wake(o *order, now int64) {
	s.stops = slices.DeleteFunc(s.stops, func(x *order) bool { return x == o })
	o.Working, o.Updated = true, now
	s.match(o, now)
	s.settle(o, now)
}

// clientID makes an ID for an order whose client chose none.
func clientID(id int64) string { return "venue-" + strconv.FormatInt(id, 36) }
