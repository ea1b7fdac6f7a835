package book

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

var start = time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC).UnixMilli()

// fixture is a book with wallets that have plenty of everything.
type fixture struct {
	*Book
	now     int64
	btc     *market.Market
	wallets []*Wallet
}

func newFixture(t testing.TB, wallets int) *fixture {
	var markets []*market.Market
	for i := range market.Symbols() {
		markets = append(markets, market.New(&market.Symbols()[i], 5))
	}
	f := &fixture{Book: NewBook(markets), now: start, btc: markets[3]}
	for range wallets {
		w := f.NewWallet()
		for _, asset := range market.Assets() {
			if err := f.Transfer(nil, w, asset, 1000*amount.One, f.now); err != nil {
				t.Fatal(err)
			}
		}
		f.wallets = append(f.wallets, w)
	}
	return f
}

func (f *fixture) balance(w *Wallet, asset string) Balance {
	list, _ := f.Balances(w, f.now)
	for _, b := range list {
		if b.Asset == asset {
			return b
		}
	}
	return Balance{Asset: asset}
}

func (f *fixture) best() (bid, ask amount.Amount) {
	_, bids, asks := f.Depth("BTCUSDT", f.now, 1)
	return bids[0].Price, asks[0].Price
}

func (f *fixture) limit(side string, price amount.Amount, qty string) Order {
	return Order{Symbol: "BTCUSDT", Side: side, Type: Limit, TIF: GTC, Price: price, Qty: amount.MustParse(qty)}
}

func (f *fixture) conserved(t testing.TB) {
	t.Helper()
	for _, asset := range market.Assets() {
		if sum := f.Sum(asset); sum != 0 {
			t.Fatalf("%s: expected nothing made or lost, found %s", asset, sum)
		}
	}
	locked := map[*Wallet]map[string]amount.Amount{}
	for _, w := range f.wallets {
		locked[w] = map[string]amount.Amount{}
		for _, o := range w.open {
			asset := f.symbols[o.Symbol].Base
			if o.isBuy() {
				asset = f.symbols[o.Symbol].Quote
				if worth, _ := o.Price.Mul(o.left()); worth != o.reserved {
					t.Fatalf("%+v: expected %s reserved, found %s", o.Order, worth, o.reserved)
				}
			} else if o.reserved != o.left() {
				t.Fatalf("%+v: expected %s reserved, found %s", o.Order, o.left(), o.reserved)
			}
			locked[w][asset] += o.reserved
		}
		for _, b := range w.balances {
			if b.Free < 0 || b.Locked != locked[w][b.Asset] {
				t.Fatalf("expected %s of %s locked for open orders and nothing below zero, found %+v", locked[w][b.Asset], b.Asset, *b)
			}
		}
	}
}

func TestLimitOrderWaitsAndIsCancelled(t *testing.T) {
	f := newFixture(t, 1)
	w := f.wallets[0]
	bid, _ := f.best()
	o, fills, err := f.Place(w, f.limit(Buy, bid/2-bid/2%f.btc.TickSize, "0.01"), f.now)
	if err != nil || len(fills) > 0 || o.Status != New {
		t.Fatalf("expected an order that waits, found %+v %v %v", o, fills, err)
	}
	worth, _ := o.Price.Mul(o.Qty)
	if b := f.balance(w, "USDT"); b.Locked != worth || b.Free != 1000*amount.One-worth {
		t.Errorf("expected %s locked, found %+v", worth, b)
	}
	f.conserved(t)
	o, err = f.Cancel(w, "BTCUSDT", Ref{ID: o.ID}, f.now)
	if err != nil || o.Status != Canceled {
		t.Errorf("expected it cancelled, found %+v %v", o, err)
	}
	if b := f.balance(w, "USDT"); b.Locked != 0 || b.Free != 1000*amount.One {
		t.Errorf("expected everything free again, found %+v", b)
	}
	if _, err := f.Cancel(w, "BTCUSDT", Ref{ID: o.ID}, f.now); !errors.Is(err, ErrUnknown) {
		t.Errorf("expected it to be unknown then, found %v", err)
	}
}

func TestMarketOrderTakesThePublicBook(t *testing.T) {
	f := newFixture(t, 1)
	w := f.wallets[0]
	_, ask := f.best()
	o, fills, err := f.Place(w, Order{Symbol: "BTCUSDT", Side: Buy, Type: Market, Qty: amount.MustParse("0.01")}, f.now)
	if err != nil || o.Status != Filled || len(fills) == 0 || fills[0].Price != ask || fills[0].Maker {
		t.Fatalf("expected it filled from %s on, found %+v %+v %v", ask, o, fills, err)
	}
	fee, _ := o.Executed.MulDiv(Rate, RateScale)
	var fees amount.Amount
	for _, fill := range fills {
		fees += fill.Commission
	}
	if b := f.balance(w, "BTC"); b.Free != 1000*amount.One+o.Executed-fees || fees > fee {
		t.Errorf("expected 0.01 less fees of %s, found %+v", fees, b)
	}
	if b := f.balance(w, "USDT"); b.Free != 1000*amount.One-o.Quote || b.Locked != 0 {
		t.Errorf("expected %s paid, found %+v", o.Quote, b)
	}
	f.conserved(t)
}

// What was taken of the public book stays taken until the book changes.
func TestTakenLiquidityIsGone(t *testing.T) {
	f := newFixture(t, 1)
	_, _, asks := f.Depth("BTCUSDT", f.now, 2)
	o := f.limit(Buy, asks[0].Price, asks[0].Qty.String())
	o.TIF = IOC
	if got, _, err := f.Place(f.wallets[0], o, f.now); err != nil && !errors.Is(err, ErrBalance) || err == nil && got.Status != Filled {
		t.Fatalf("expected it filled, found %+v %v", got, err)
	}
	if _, _, now := f.Depth("BTCUSDT", f.now, 1); now[0] != asks[1] {
		t.Errorf("expected %+v to be the best, found %+v", asks[1], now[0])
	}
}

func TestOrdersMatchByPriceThenTime(t *testing.T) {
	f := newFixture(t, 4)
	_, ask := f.best()
	place := func(w int, side string, price amount.Amount, qty string) Order {
		o, _, err := f.Place(f.wallets[w], f.limit(side, price, qty), f.now)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	high, low := ask-f.btc.TickSize, ask-2*f.btc.TickSize
	if b, _ := f.best(); b >= low {
		t.Fatal("expected a public spread wide enough for orders inside it: choose another time for the fixture")
	}
	first := place(0, Buy, low, "0.01")
	second := place(1, Buy, low, "0.01")
	third := place(2, Buy, high, "0.01")
	taker := place(3, Sell, low, "0.025")
	for _, c := range []struct {
		w    int
		o    Order
		want string
	}{{2, third, "0.01"}, {0, first, "0.01"}, {1, second, "0.005"}} {
		if got, _ := f.Find(f.wallets[c.w], "BTCUSDT", Ref{ID: c.o.ID}, f.now); got.Executed != amount.MustParse(c.want) {
			t.Errorf("order %d: expected %s executed, found %s", c.o.ID, c.want, got.Executed)
		}
	}
	if taker.Status != Filled {
		t.Errorf("expected the taker filled, found %+v", taker)
	}
	f.conserved(t)
}

func TestWaitingOrderIsFilledWhenThePublicGetsThere(t *testing.T) {
	f := newFixture(t, 1)
	k := f.btc.Range(f.now+1, f.now+6*hour)
	price := (k.Low + (k.High-k.Low)/4).Floor(f.btc.TickSize)
	side := Buy
	if bid, _ := f.best(); price > bid {
		side = Sell
		price = (k.High - (k.High-k.Low)/4).Floor(f.btc.TickSize)
	}
	o, _, err := f.Place(f.wallets[0], f.limit(side, price, "0.01"), f.now)
	if err != nil {
		t.Fatal(err)
	}
	f.now += 6 * hour
	got, ok := f.Find(f.wallets[0], "BTCUSDT", Ref{ID: o.ID}, f.now)
	if !ok || got.Status != Filled {
		t.Errorf("expected the order at %s filled between %s and %s, found %+v", price, k.Low, k.High, got)
	}
	f.conserved(t)
}

func TestStopOrderWakes(t *testing.T) {
	f := newFixture(t, 1)
	last, _ := f.btc.LastAt(f.now)
	k := f.btc.Range(f.now+1, f.now+24*hour)
	o := f.limit(Buy, 0, "0.01")
	o.Type, o.StopPrice = StopLossLimit, (last.Price + (k.High-last.Price)/2).Floor(f.btc.TickSize)
	if k.High <= last.Price+2*f.btc.TickSize {
		t.Skip("the price does not rise in this stretch")
	}
	o.Price = o.StopPrice + 1000*f.btc.TickSize
	placed, _, err := f.Place(f.wallets[0], o, f.now)
	if err != nil || placed.Working {
		t.Fatalf("expected it asleep, found %+v %v", placed, err)
	}
	f.now += 24 * hour
	got, _ := f.Find(f.wallets[0], "BTCUSDT", Ref{ID: placed.ID}, f.now)
	if got.Status != Filled || !got.Working {
		t.Errorf("expected it awake and filled, found %+v", got)
	}
	f.conserved(t)
}

func TestRejections(t *testing.T) {
	f := newFixture(t, 1)
	w := f.wallets[0]
	bid, ask := f.best()
	tick := f.btc.TickSize
	low := (bid / 2).Floor(tick)
	with := func(o Order, change func(*Order)) Order { change(&o); return o }
	base := with(f.limit(Buy, low, "0.01"), func(o *Order) { o.ClientID = "mine" })
	if _, _, err := f.Place(w, base, f.now); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    Order
		want error
	}{
		{"duplicate", base, ErrDuplicate},
		{"tick", with(f.limit(Buy, low+1, "0.01"), func(*Order) {}), FilterError("PRICE_FILTER")},
		{"far", f.limit(Buy, 20*tick, "0.01"), FilterError("PERCENT_PRICE")},
		{"step", with(f.limit(Buy, low, "0.01"), func(o *Order) { o.Qty++ }), FilterError("LOT_SIZE")},
		{"many", f.limit(Buy, low, "9001"), FilterError("LOT_SIZE")},
		{"market lot", Order{Symbol: "BTCUSDT", Side: Buy, Type: Market, Qty: 901 * amount.One}, FilterError("MARKET_LOT_SIZE")},
		{"little", f.limit(Buy, low, "0.001"), FilterError("MIN_NOTIONAL")},
		{"iceberg parts", with(f.limit(Buy, low, "0.1"), func(o *Order) { o.Iceberg = amount.MustParse("0.009") }), FilterError("ICEBERG_PARTS")},
		{"iceberg", with(f.limit(Buy, low, "0.1"), func(o *Order) { o.Iceberg = amount.One }), ErrIceberg},
		{"money", f.limit(Buy, low, "100"), ErrBalance},
		{"goods", f.limit(Sell, ask*2-ask*2%tick, "1001"), ErrBalance},
		{"market money", Order{Symbol: "BTCUSDT", Side: Buy, Type: Market, Qty: amount.One}, ErrBalance},
		{"taking maker", with(f.limit(Buy, ask, "0.01"), func(o *Order) { o.Type = LimitMaker }), ErrWouldTake},
		{"stop at once", with(f.limit(Buy, ask, "0.01"), func(o *Order) { o.Type, o.StopPrice = StopLossLimit, low }), ErrTrigger},
	} {
		_, _, err := f.Place(w, c.o, f.now)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: expected %v, found %v", c.name, c.want, err)
		}
		if again := f.Test(w, c.o, f.now); !errors.Is(again, c.want) {
			t.Errorf("%s: tested, expected %v, found %v", c.name, c.want, again)
		}
	}
	if open := f.Open(w, "", f.now); len(open) != 1 {
		t.Errorf("expected nothing placed but the first, found %d", len(open))
	}
	f.conserved(t)
}

func TestNumberOfOpenOrdersIsBounded(t *testing.T) {
	f := newFixture(t, 1)
	bid, _ := f.best()
	o := f.limit(Sell, (bid * 2).Floor(f.btc.TickSize), "0.001")
	for i := range MaxOpen {
		if _, _, err := f.Place(f.wallets[0], o, f.now); err != nil {
			t.Fatalf("order %d: %v", i, err)
		}
	}
	if _, _, err := f.Place(f.wallets[0], o, f.now); !errors.Is(err, FilterError("MAX_NUM_ORDERS")) {
		t.Errorf("expected the number to be bounded, found %v", err)
	}
}

func TestFillOrKillAndImmediateOrCancel(t *testing.T) {
	f := newFixture(t, 1)
	_, _, asks := f.Depth("BTCUSDT", f.now, 1)
	f.Transfer(nil, f.wallets[0], "USDT", 10_000_000*amount.One, f.now)
	more := asks[0].Qty + f.btc.StepSize*1000
	kill := f.limit(Buy, asks[0].Price, more.String())
	kill.TIF = FOK
	if o, fills, err := f.Place(f.wallets[0], kill, f.now); err != nil || o.Status != Expired || len(fills) > 0 || o.Executed != 0 {
		t.Errorf("FOK: expected nothing done, found %+v %v %v", o, fills, err)
	}
	part := kill
	part.TIF = IOC
	if o, _, err := f.Place(f.wallets[0], part, f.now); err != nil || o.Status != Expired || o.Executed != asks[0].Qty {
		t.Errorf("IOC: expected %s executed, found %+v %v", asks[0].Qty, o, err)
	}
	f.conserved(t)
}

// Whatever is done in whatever order, nothing is made or lost, and what is
// locked is what open orders need.
func TestRandomTradingConserves(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			f := newFixture(t, 3)
			placed, filled := 0, 0
			for range 1500 {
				f.now += r.Int64N(30_000)
				if r.IntN(50) == 0 {
					f.now += r.Int64N(2 * day)
				}
				w := f.wallets[r.IntN(3)]
				m := f.symbols[market.Symbols()[r.IntN(len(market.Symbols()))].Name]
				switch r.IntN(8) {
				case 0:
					if open := f.Open(w, "", f.now); len(open) > 0 {
						o := open[r.IntN(len(open))]
						if _, err := f.Cancel(w, o.Symbol, Ref{ID: o.ID}, f.now); err != nil {
							t.Fatalf("%+v: %v", o, err)
						}
					}
				case 1:
					asset := market.Assets()[r.IntN(5)]
					_ = f.Transfer(w, f.wallets[r.IntN(3)], asset, amount.Amount(r.Int64N(int64(amount.One))), f.now)
				default:
					if _, fills, err := f.Place(w, randomOrder(r, m, f.now), f.now); err == nil {
						placed++
						filled += len(fills)
					}
				}
				f.conserved(t)
			}
			if placed < 300 || filled < 100 {
				t.Errorf("expected a lively market, found %d orders and %d fills at once", placed, filled)
			}
		})
	}
}

func randomOrder(r *rand.Rand, s *symbol, now int64) Order {
	last, _ := s.LastAt(now)
	price := (last.Price * amount.Amount(985+r.Int64N(31)) / 1000).Floor(s.TickSize)
	worth := s.MinNotional * amount.Amount(1+r.Int64N(6))
	qty, _ := worth.MulDiv(amount.One, price)
	o := Order{
		Symbol: s.Name, Side: []string{Buy, Sell}[r.IntN(2)], Type: Limit, TIF: []string{GTC, GTC, IOC, FOK}[r.IntN(4)],
		Price: price, Qty: qty.Floor(s.StepSize) + s.StepSize,
	}
	switch r.IntN(8) {
	case 0:
		o.Type, o.TIF, o.Price = Market, GTC, 0
	case 1:
		o.Type, o.TIF, o.Price, o.Qty, o.QuoteQty = Market, GTC, 0, 0, worth
	case 2:
		o.Type, o.TIF = LimitMaker, GTC
	case 3:
		o.Type, o.StopPrice = StopLossLimit, price
	case 4:
		o.Type, o.StopPrice = TakeProfitLimit, price
	}
	return o
}

func BenchmarkPlaceAndCancel(b *testing.B) {
	f := newFixture(b, 1)
	bid, _ := f.best()
	o := f.limit(Buy, (bid / 2).Floor(f.btc.TickSize), "0.01")
	b.ReportAllocs()
	for b.Loop() {
		placed, _, err := f.Place(f.wallets[0], o, f.now)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Cancel(f.wallets[0], "BTCUSDT", Ref{ID: placed.ID}, f.now); err != nil {
			b.Fatal(err)
		}
	}
}
