package market

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

var noon = time.Date(2019, 7, 20, 12, 0, 0, 0, time.UTC).UnixMilli()

func each(t *testing.T, test func(t *testing.T, m *Market)) {
	for i := range Symbols() {
		s := &Symbols()[i]
		t.Run(s.Name, func(t *testing.T) { test(t, New(s, 7)) })
	}
}

// An order that keeps the filters must have an exact worth, or balances could
// not add up.
func TestPriceTimesQuantityIsExact(t *testing.T) {
	for _, s := range Symbols() {
		if hi, lo := int64(s.TickSize), int64(s.StepSize); hi*lo < 1e8 || hi*lo%1e8 != 0 {
			t.Errorf("%s: expected tick %s times step %s to be whole units", s.Name, s.TickSize, s.StepSize)
		}
		if _, ok := s.MaxPrice.Mul(s.MaxQty); !ok {
			t.Errorf("%s: expected the greatest order to be in range", s.Name)
		}
	}
}

func TestTradesFollowEachOther(t *testing.T) {
	each(t, func(t *testing.T, m *Market) {
		var last Trade
		n := 0
		m.Between(noon-3*hourMs, noon+3*hourMs, func(now *Trade) bool {
			switch {
			case now.Price < m.MinPrice || now.Price > m.MaxPrice || now.Price%m.TickSize != 0:
				t.Fatalf("%+v: expected a price that keeps the filter", *now)
			case now.Qty < m.MinQty || now.Qty > m.MaxQty || now.Qty%m.StepSize != 0:
				t.Fatalf("%+v: expected a quantity that keeps the filter", *now)
			case n == 0:
			case now.ID != last.ID+1 || now.Time < last.Time:
				t.Fatalf("%+v after %+v: expected the next ID and no earlier time", *now, last)
			case now.Aggregate == last.Aggregate:
				if now.Time != last.Time || now.Price != last.Price || now.BuyerMaker != last.BuyerMaker {
					t.Fatalf("%+v and %+v: expected one time, price and side in an aggregate", *now, last)
				}
			case now.Aggregate != last.Aggregate+1:
				t.Fatalf("%+v after %+v: expected the next aggregate", *now, last)
			}
			last = *now
			n++
			return true
		})
		if n < 6*60*8-blockTrades {
			t.Errorf("expected %d trades or more, found %d", 6*60*8-blockTrades, n)
		}
	})
}

func TestFirstTradeHasIDZero(t *testing.T) {
	each(t, func(t *testing.T, m *Market) {
		list := m.From(nil, 0, noon, 3)
		if len(list) != 3 || list[0].ID != 0 || list[0].Aggregate != 0 || list[0].Time < Listed.UnixMilli() {
			t.Errorf("expected trades from 0 on, found %+v", list)
		}
		if _, ok := m.LastAt(Listed.UnixMilli() - 1); ok {
			t.Error("expected no trade before the listing")
		}
	})
}

// Any trade can be had by its ID, its aggregate or its time, and is the same.
func TestTradesAreFoundAnyWay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	each(t, func(t *testing.T, m *Market) {
		for range 200 {
			at := Listed.UnixMilli() + r.Int64N(noon-Listed.UnixMilli())
			last, ok := m.LastAt(at)
			if !ok {
				continue
			}
			if byID := m.From(nil, last.ID, at, 5); len(byID) != 1 || byID[0] != last {
				t.Fatalf("by ID: expected %+v alone, found %+v", last, byID)
			}
			whole := m.FromAggregate(nil, last.Aggregate, at, 1)
			if !slices.Contains(whole, last) {
				t.Fatalf("by aggregate: expected %+v in %+v", last, whole)
			}
		}
	})
}

// A range is what its trades make it, whole blocks or not.
func TestRangesAreTheirTrades(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	each(t, func(t *testing.T, m *Market) {
		for range 50 {
			from := noon - r.Int64N(3*dayMs)
			to := from + r.Int64N(2*dayMs)
			var want Candle
			m.Between(from, to, func(t *Trade) bool {
				want.add(t)
				return true
			})
			if got := m.Range(from, to); got != want {
				t.Fatalf("%d to %d: by trade\n%+v, found\n%+v", from, to, want, got)
			}
		}
	})
}

func TestIntervals(t *testing.T) {
	for _, i := range intervals {
		start := i.Start(noon)
		next := i.Next(start)
		if start > noon || next <= noon || i.Start(start) != start || i.Start(next-1) != start || i.Start(next) != next {
			t.Errorf("%s: expected noon inside, found %d to %d", i.Name, start, next)
		}
		if i.Back(next, 1) != start {
			t.Errorf("%s: expected %d before %d, found %d", i.Name, start, next, i.Back(next, 1))
		}
	}
	week, _ := IntervalOf("1w")
	if day := time.UnixMilli(week.Start(noon)).UTC().Weekday(); day != time.Monday {
		t.Errorf("expected weeks from Monday, found %s", day)
	}
	if _, ok := IntervalOf("2m"); ok {
		t.Error("expected no interval 2m")
	}
}

// candle is the one that starts at a time.
func (m *Market) candle(i Interval, start, now int64) (c Candle) {
	m.Candles(i, start, start, now, 1, func(_ int64, k *Candle) { c = *k })
	return c
}

// Candles are what their trades make them, of every interval, however many are
// asked for.
func TestCandlesAreTheirTrades(t *testing.T) {
	each(t, func(t *testing.T, m *Market) {
		now := noon + 1234
		for _, i := range intervals {
			const n = 4
			at := i.Back(i.Start(now), n-1)
			found := 0
			m.Candles(i, at, now, now, n, func(start int64, c *Candle) {
				want := m.Range(start, min(i.Next(start)-1, now))
				if start != at || *c != want && want.Count > 0 {
					t.Errorf("%s at %d: expected %+v at %d, found %+v", i.Name, start, want, at, *c)
				}
				at = i.Next(at)
				found++
			})
			if found != n {
				t.Errorf("%s: expected %d candles, found %d", i.Name, n, found)
			}
		}
	})
}

func TestEmptyCandleStandsAtTheLastPrice(t *testing.T) {
	m := New(bitcoin(t), 7)
	i, _ := IntervalOf("1m")
	for minute := noon; minute < noon+hourMs; minute += minuteMs {
		before, _ := m.LastAt(minute - 1)
		c := m.candle(i, minute, minute-1)
		if c.Count != 0 || c.Open != before.Price || c.Close != before.Price || c.Volume != 0 {
			t.Fatalf("expected an empty candle at %s, found %+v", before.Price, c)
		}
	}
}

func TestDepth(t *testing.T) {
	each(t, func(t *testing.T, m *Market) {
		lastUpdate := int64(0)
		for at := noon; at < noon+hourMs; at += 777 {
			update, bids, asks := m.Depth(at, 100)
			last, _ := m.LastAt(at)
			if update < lastUpdate {
				t.Fatalf("expected an update of %d or more, found %d", lastUpdate, update)
			}
			lastUpdate = update
			if bids[0].Price > last.Price || asks[0].Price < last.Price || bids[0].Price >= asks[0].Price {
				t.Fatalf("expected %s about the last price, found %s and %s", last.Price, bids[0].Price, asks[0].Price)
			}
			for i := 1; i < len(bids); i++ {
				if bids[i].Price >= bids[i-1].Price || bids[i].Qty <= 0 {
					t.Fatalf("bids: expected falling prices, found %+v", bids[i-1:i+1])
				}
			}
			for i := 1; i < len(asks); i++ {
				if asks[i].Price <= asks[i-1].Price || asks[i].Qty <= 0 {
					t.Fatalf("asks: expected rising prices, found %+v", asks[i-1:i+1])
				}
			}
			if _, few, _ := m.Depth(at, 5); !slices.Equal(few, bids[:5]) {
				t.Fatalf("expected the same best levels for any limit")
			}
		}
	})
}

// The walk moves, and never far at once.
func TestPricesWalk(t *testing.T) {
	each(t, func(t *testing.T, m *Market) {
		c := m.Range(noon-dayMs, noon-1)
		if c.High == c.Low || c.High > c.Low*13/10 {
			t.Errorf("expected a day's prices to move by less than 30 %%, found %s to %s", c.Low, c.High)
		}
		year := m.Range(noon-365*dayMs, noon-1)
		if year.High < year.Low*105/100 || year.Low < m.Symbol.base/2 || year.High > m.Symbol.base*3/2 {
			t.Errorf("expected a year's prices within half of %s, found %s to %s", m.Symbol.base, year.Low, year.High)
		}
	})
}

func TestSeedsDiffer(t *testing.T) {
	a, b := New(bitcoin(t), 1), New(bitcoin(t), 2)
	if a.Range(noon-hourMs, noon) == b.Range(noon-hourMs, noon) {
		t.Error("expected another market by another seed")
	}
}

// The seed's market never changes: recordings made of it stay true.
func TestMarketOfASeedIsForEver(t *testing.T) {
	m := New(bitcoin(t), 1)
	got, _ := m.LastAt(noon)
	want := Trade{
		ID: 8484479, Aggregate: 7423919, Time: 1563623999245,
		Price: amount.MustParse("9215.83"), Qty: amount.MustParse("0.0197"), Quote: amount.MustParse("181.551851"),
	}
	if got != want {
		t.Errorf("expected %+v, found %+v", want, got)
	}
}

func BenchmarkMinuteCandle(b *testing.B) {
	m := New(bitcoin(b), 1)
	i, _ := IntervalOf("1m")
	b.ReportAllocs()
	for at := noon; b.Loop(); at -= minuteMs {
		m.candle(i, at, noon)
	}
}

func BenchmarkFiveHundredMonths(b *testing.B) {
	m := New(bitcoin(b), 1)
	i, _ := IntervalOf("1M")
	now := time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for b.Loop() {
		m.Candles(i, i.Back(i.Start(now), 499), now, now, 500, func(int64, *Candle) {})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(bitcoin(b), 1)
	}
}

func BenchmarkDayTicker(b *testing.B) {
	m := New(bitcoin(b), 1)
	for b.Loop() {
		m.Range(noon-dayMs+1234567, noon+1234567)
	}
}

func bitcoin(t testing.TB) *Symbol {
	t.Helper()
	i := slices.IndexFunc(Symbols(), func(s Symbol) bool { return s.Name == "BTCUSDT" })
	if i < 0 {
		t.Fatal("expected BTCUSDT among the symbols, found none")
	}
	return &Symbols()[i]
}
