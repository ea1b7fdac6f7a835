package venue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// parse reads an amount of an answer.
func parse(t testing.TB, s string) amount.Amount {
	t.Helper()
	a, err := amount.Parse(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return a
}

type tradeAnswer struct {
	ID                   int64
	Price, Qty, QuoteQty string
	Time                 int64
	IsBuyerMaker         bool
}

type klineAnswer struct {
	open, end                                  int64
	o, h, l, c, volume, quote, taker, takQuote amount.Amount
	count                                      int64
}

func (c *client) klines(query string) []klineAnswer {
	c.t.Helper()
	var list []klineAnswer
	for _, row := range body[[][]any](c.t, c.ok(c.send("GET", "/api/v1/klines", query, ""))) {
		a := func(i int) amount.Amount { return parse(c.t, row[i].(string)) }
		n := func(i int) int64 { return int64(row[i].(float64)) }
		list = append(list, klineAnswer{n(0), n(6), a(1), a(2), a(3), a(4), a(5), a(7), a(9), a(10), n(8)})
	}
	return list
}

// Candles, trades, aggregates and tickers tell one story.
func TestMarketDataAgree(t *testing.T) {
	v, now := newVenue(t, venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	c := newClient(t, v, now)
	const symbol = "symbol=ETHUSDT"
	trades := body[[]tradeAnswer](t, c.ok(c.send("GET", "/api/v1/trades", symbol+"&limit=1000", "")))
	if len(trades) != 1000 || trades[999].Time > now.at.UnixMilli() {
		t.Fatalf("expected a thousand trades up to now, found %d", len(trades))
	}
	for _, k := range c.klines(fmt.Sprint(symbol, "&interval=5m&limit=10")) {
		if k.end > now.at.UnixMilli() {
			continue // still going on
		}
		sum := klineAnswer{open: k.open, end: k.end}
		for _, tr := range trades {
			if tr.Time >= k.open && tr.Time <= k.end {
				sum.add(t, tr)
			}
		}
		if sum != k {
			t.Errorf("candle at %d: its trades make %+v, found %+v", k.open, sum, k)
		}
	}
	old := body[[]tradeAnswer](t, c.ok(c.send("GET", "/api/v1/historicalTrades", fmt.Sprint(symbol, "&limit=7&fromId=", trades[500].ID), "")))
	if fmt.Sprint(old) != fmt.Sprint(trades[500:507]) {
		t.Errorf("expected the same trades by ID, found %+v", old)
	}
	aggregatesAgree(t, c, symbol, trades)
}

func (k *klineAnswer) add(t testing.TB, tr tradeAnswer) {
	price, qty, quote := parse(t, tr.Price), parse(t, tr.Qty), parse(t, tr.QuoteQty)
	if k.count == 0 {
		k.o, k.h, k.l = price, price, price
	}
	k.h, k.l, k.c = max(k.h, price), min(k.l, price), price
	k.volume, k.quote, k.count = k.volume+qty, k.quote+quote, k.count+1
	if !tr.IsBuyerMaker {
		k.taker, k.takQuote = k.taker+qty, k.takQuote+quote
	}
}

func aggregatesAgree(t *testing.T, c *client, symbol string, trades []tradeAnswer) {
	type aggregate struct{ A, F, L, T int64 }
	from, to := trades[100].Time, trades[900].Time
	list := body[[]struct {
		aggregate
		P, Q string
		M    json.RawMessage // m and M compare alike
	}](t, c.ok(c.send("GET", "/api/v1/aggTrades", fmt.Sprint(symbol, "&limit=1000&startTime=", from, "&endTime=", min(to, from+3600_000)), "")))
	if len(list) < 100 {
		t.Fatalf("expected a hundred aggregates, found %d", len(list))
	}
	for _, a := range list {
		qty := amount.Amount(0)
		for id := a.F; id <= a.L; id++ {
			tr := trades[id-trades[0].ID]
			qty += parse(t, tr.Qty)
			if tr.Price != a.P || tr.Time != a.T {
				t.Errorf("aggregate %d: expected the price and time of trade %+v, found %+v", a.A, tr, a)
			}
		}
		if qty != parse(t, a.Q) {
			t.Errorf("aggregate %d: expected %s, found %s", a.A, qty, a.Q)
		}
	}
	byID := body[[]aggregate](t, c.ok(c.send("GET", "/api/v1/aggTrades", fmt.Sprint(symbol, "&limit=3&fromId=", list[5].A), "")))
	if len(byID) != 3 || byID[0].A != list[5].A || byID[2].F != list[7].F {
		t.Errorf("expected the same aggregates by ID, found %+v", byID)
	}
}

func TestTickerAgreesWithCandles(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	now.at = time.Date(2019, 7, 20, 9, 59, 59, 862e6, time.UTC) // the client's step leads to the end of a minute
	day := c.klines("symbol=BTCUSDT&interval=1h&limit=24")
	now.at = now.at.Add(-137 * time.Millisecond)
	ticker := body[struct {
		OpenPrice, HighPrice, LowPrice, LastPrice, Volume, QuoteVolume string
		Count, FirstID, LastID, OpenTime, CloseTime                    int64
	}](t, c.ok(c.send("GET", "/api/v1/ticker/24hr", "symbol=BTCUSDT", "")))
	sum := klineAnswer{o: day[0].o, h: day[0].h, l: day[0].l, c: day[23].c}
	for _, k := range day {
		sum.h, sum.l = max(sum.h, k.h), min(sum.l, k.l)
		sum.volume, sum.quote, sum.count = sum.volume+k.volume, sum.quote+k.quote, sum.count+k.count
	}
	found := klineAnswer{
		o: parse(t, ticker.OpenPrice), h: parse(t, ticker.HighPrice), l: parse(t, ticker.LowPrice), c: parse(t, ticker.LastPrice),
		volume: parse(t, ticker.Volume), quote: parse(t, ticker.QuoteVolume), count: ticker.Count,
	}
	if found != sum || ticker.LastID-ticker.FirstID+1 != ticker.Count || ticker.CloseTime != now.at.UnixMilli() || ticker.CloseTime-ticker.OpenTime != 86_400_000 {
		t.Errorf("expected %+v of 24 candles, found %+v", sum, ticker)
	}
}

// What a clause of selection promises: startTime begins a list, its absence
// means the latest.
func TestKlinesAreSelectedByTime(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	at := time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	hours := func(extra string) (opens []int64) {
		for _, k := range c.klines("symbol=BTCUSDT&interval=1h" + extra) {
			opens = append(opens, (k.open-at)/3600_000)
		}
		return opens
	}
	latest := (now.at.UnixMilli() - at) / 3600_000
	for _, s := range []struct{ extra, want string }{
		{"&limit=2", fmt.Sprint([]int64{latest - 1, latest})},
		{fmt.Sprint("&limit=2&startTime=", at), "[0 1]"},
		{fmt.Sprint("&limit=2&startTime=", at+1), "[1 2]"},
		{fmt.Sprint("&startTime=", at, "&endTime=", at+2*3600_000), "[0 1 2]"},
		{fmt.Sprint("&limit=2&endTime=", at+3600_000), "[0 1]"},
		{fmt.Sprint("&limit=2&startTime=", now.at.UnixMilli()+3600_000), "[]"},
		{"&limit=1&startTime=0", fmt.Sprint([]int64{(time.Date(2017, 7, 14, 0, 0, 0, 0, time.UTC).UnixMilli() - at) / 3600_000})},
	} {
		if got := fmt.Sprint(hours(s.extra)); got != s.want {
			t.Errorf("%s: expected hours %s, found %s", s.extra, s.want, got)
		}
	}
}

// The same seed, clock and requests give the same bytes.
func TestVenueIsItsSeed(t *testing.T) {
	run := func(seed uint64) []byte {
		v, now := newVenue(t, venue.Config{Seed: seed})
		c := newClient(t, v, now)
		tour(c)
		var all bytes.Buffer
		for _, x := range c.kept {
			fmt.Fprintf(&all, "%d %s\n", x.Response.Status, x.Response.Body)
		}
		return all.Bytes()
	}
	if !bytes.Equal(run(1), run(1)) {
		t.Error("expected the same answers by one seed")
	}
	if bytes.Equal(run(1), run(2)) {
		t.Error("expected other answers by another seed")
	}
}

// Before the first trade and centuries later the venue answers all the same.
func TestAnyClock(t *testing.T) {
	for _, at := range []time.Time{
		time.Unix(0, 0), time.Date(2017, 7, 13, 23, 59, 59, 0, time.UTC), time.Date(2017, 7, 14, 0, 0, 0, 1, time.UTC), time.Date(2105, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		now := &clock{at}
		v, err := venue.New(venue.Config{Clock: now.now})
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range []string{
			"/api/v1/time", "/api/v1/exchangeInfo", "/api/v1/depth?symbol=BTCUSDT", "/api/v1/trades?symbol=BTCUSDT", "/api/v1/aggTrades?symbol=BTCUSDT",
			"/api/v1/klines?symbol=BTCUSDT&interval=1M", "/api/v1/klines?symbol=BTCUSDT&interval=1m", "/api/v3/avgPrice?symbol=BTCUSDT", "/api/v1/ticker/24hr",
		} {
			r := get(v, url)
			data, _ := io.ReadAll(r.Body)
			if r.StatusCode != 200 || !json.Valid(data) {
				t.Errorf("%s at %s: expected 200, found %d %.200s", url, at, r.StatusCode, data)
			}
		}
		c := newClient(t, v, now)
		c.ok(c.signed("GET", "/api/v3/account", ""))
		c.signed("POST", "/api/v3/order", resting)
		c.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1")
	}
}

func TestLargeBodyIsRefused(t *testing.T) {
	v, _ := newVenue(t, venue.Config{})
	for _, known := range []bool{true, false} {
		r := httptest.NewRequest("POST", "/api/v3/order", strings.NewReader(strings.Repeat("a", 1<<20)))
		if !known {
			r.ContentLength = -1
		}
		rec := httptest.NewRecorder()
		v.ServeHTTP(rec, r)
		if rec.Code != http.StatusRequestEntityTooLarge || rec.Header().Get("X-MBX-USED-WEIGHT") == "" {
			t.Errorf("length known %t: expected 413 and the used weight, found %d %v", known, rec.Code, rec.Header())
		}
	}
}

// What came after the edition answers too.
func TestLaterRoutes(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	c.ok(c.signed("POST", "/api/v3/order", resting))
	c.ok(c.signed("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT"))
	c.expect(c.signed("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT"), 400, -2011, "Unknown order sent.")
	c.ok(c.signed("POST", "/sapi/v1/capital/withdraw/apply", "coin=ETH&address=0x1&amount=1"))
	for _, path := range []string{
		"/api/v3/account/commission?symbol=BTCUSDT", "/api/v3/rateLimit/order", "/sapi/v1/capital/config/getall", "/sapi/v1/capital/withdraw/history",
		"/sapi/v1/capital/deposit/hisrec", "/sapi/v1/capital/deposit/address?coin=BTC", "/sapi/v1/asset/tradeFee", "/sapi/v1/asset/assetDetail",
		"/sapi/v1/asset/assetDividend", "/sapi/v1/account/status", "/sapi/v1/account/apiTradingStatus", "/sapi/v1/account/apiRestrictions",
	} {
		path, query, _ := strings.Cut(path, "?")
		body[any](t, c.ok(c.signed("GET", path, query)))
	}
	body[any](t, c.ok(c.send("GET", "/sapi/v1/system/status", "", "")))
	body[any](t, c.ok(c.send("GET", "/api/v3/uiKlines", "symbol=BTCUSDT&interval=1h&limit="+strconv.Itoa(3), "")))
	sound(t, c.kept)
}
