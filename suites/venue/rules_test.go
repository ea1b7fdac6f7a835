package venue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/limits"
)

// judge lets all rules judge what was kept, as a history that misses nothing.
func judge(t testing.TB, kept []*traffic.Exchange) *rule.Tally {
	t.Helper()
	edition := edition.Default()
	e := engine.New(rule.All(edition), engine.Options{Edition: edition})
	e.Begin()
	for _, x := range kept {
		x.CompleteHistory = true
		e.Observe(x)
	}
	e.End()
	return e.Tally()
}

// sound demands that nothing that binds the server was broken.
func sound(t testing.TB, kept []*traffic.Exchange) *rule.Tally {
	t.Helper()
	tally := judge(t, kept)
	for i := range tally.Rules {
		r := &tally.Rules[i]
		if r.Error != "" {
			t.Errorf("%s: %s", r.ID, r.Error)
		}
		if r.Failed == 0 || r.Rule().Party == clause.Client {
			continue
		}
		f := r.Findings[0]
		t.Errorf("%s: %d findings, the first at %s %s: %s Expected %s, seen %s", r.ID, r.Failed, f.At.Method, f.At.Path, f.Message, f.Expected, f.Seen)
	}
	return tally
}

// tour calls every route of the catalogue that the venue serves, each in a way
// that succeeds, and returns those it called.
func tour(c *client) {
	public := func(path, query string) { c.ok(c.send("GET", path, query, "")) }
	for _, version := range []string{"/api/v1", "/api/v3"} {
		public(version+"/ping", "")
		public(version+"/time", "")
		public(version+"/exchangeInfo", "")
		for _, limit := range []int{5, 100, 500, 1000} {
			public(version+"/depth", fmt.Sprint("symbol=BTCUSDT&limit=", limit))
		}
		public(version+"/trades", "symbol=BTCUSDT&limit=20")
		public(version+"/historicalTrades", "symbol=BTCUSDT&limit=20&fromId=100")
		public(version+"/aggTrades", "symbol=BTCUSDT&limit=20")
		public(version+"/avgPrice", "symbol=BTCUSDT")
		for _, interval := range strings.Fields("1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M") {
			public(version+"/klines", "symbol=BTCUSDT&limit=3&interval="+interval)
		}
		for _, ticker := range []string{"/ticker/24hr", "/ticker/price", "/ticker/bookTicker"} {
			public(version+ticker, "symbol=BTCUSDT")
			public(version+ticker, "symbol=ETHBTC")
			public(version+ticker, "")
		}
		c.now.at = c.now.at.Add(time.Minute)
	}
	public("/api/v1/ticker/allPrices", "")
	public("/api/v1/ticker/allBookTickers", "")
	for _, version := range []string{"/api/v1", "/api/v3"} {
		tourTrading(c, version, version+"/account")
		listen := body[struct{ ListenKey string }](c.t, c.ok(c.send("POST", version+"/userDataStream", "", "")))
		c.ok(c.send("PUT", version+"/userDataStream", "listenKey="+listen.ListenKey, ""))
		c.ok(c.send("DELETE", version+"/userDataStream", "listenKey="+listen.ListenKey, ""))
		c.now.at = c.now.at.Add(time.Minute)
	}
	tourWAPI(c)
	c.now.at = c.now.at.Add(time.Minute)
	tourMargin(c)
}

func tourTrading(c *client, base, account string) {
	c.ok(c.signed("GET", account, ""))
	if base != "/sapi/v1/margin" {
		c.ok(c.signed("POST", "/api/v3/order/test", resting))
	}
	for range 2 {
		c.ok(c.signed("POST", base+"/order", resting))
		c.ok(c.signed("POST", base+"/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.002"))
		c.now.at = c.now.at.Add(time.Second)
	}
	open := body[[]orderAnswer](c.t, c.ok(c.signed("GET", base+"/openOrders", "symbol=BTCUSDT")))
	c.ok(c.signed("GET", base+"/openOrders", ""))
	c.ok(c.signed("GET", base+"/order", fmt.Sprint("symbol=BTCUSDT&orderId=", open[0].OrderID)))
	for _, o := range open {
		c.ok(c.signed("DELETE", base+"/order", fmt.Sprint("symbol=BTCUSDT&orderId=", o.OrderID)))
	}
	c.ok(c.signed("GET", base+"/allOrders", "symbol=BTCUSDT"))
	c.ok(c.signed("GET", base+"/myTrades", "symbol=BTCUSDT"))
}

func tourWAPI(c *client) {
	// Dust needs a small balance, which the sub-account is sent.
	sub := *c
	sub.key, sub.secret = c.v.Accounts()[2].Key, c.v.Accounts()[2].Secret
	for _, asset := range []string{"ETH", "USDT"} {
		c.ok(c.signed("POST", "/wapi/v3/sub-account/transfer.html", "fromEmail=alice@venue.example&toEmail=carol@venue.example&amount=0.001&asset="+asset))
	}
	sub.kept = c.kept
	sub.ok(sub.signed("POST", "/sapi/v1/asset/dust", "asset=ETH&asset=USDT"))
	sub.ok(sub.signed("GET", "/wapi/v3/userAssetDribbletLog.html", ""))
	c.kept = sub.kept
	for range 2 {
		c.ok(c.signed("POST", "/wapi/v3/withdraw.html", "asset=ETH&address=0x1&amount=1&name=test"))
		c.ok(c.signed("POST", "/wapi/v3/sub-account/transfer.html", "fromEmail=alice@venue.example&toEmail=carol@venue.example&asset=BTC&amount=0.1"))
	}
	for _, call := range []string{
		"depositHistory", "withdrawHistory", "depositAddress?asset=BTC", "accountStatus", "apiTradingStatus", "userAssetDribbletLog", "tradeFee",
		"assetDetail", "withdrawFee?asset=BTC", "sub-account/list", "sub-account/assets?email=carol@venue.example",
		"sub-account/transfer/history?email=carol@venue.example",
	} {
		path, query, _ := strings.Cut(call, "?")
		c.ok(c.signed("GET", "/wapi/v3/"+path+".html", query))
	}
	c.ok(c.send("GET", "/wapi/v3/systemStatus.html", "", ""))
}

func tourMargin(c *client) {
	const base = "/sapi/v1/margin"
	c.ok(c.signed("POST", base+"/transfer", "asset=BTC&amount=1&type=1"))
	c.ok(c.signed("POST", base+"/transfer", "asset=USDT&amount=1000&type=1"))
	c.ok(c.signed("POST", base+"/loan", "asset=ETH&amount=2"))
	c.ok(c.signed("POST", base+"/loan", "asset=ETH&amount=1"))
	c.ok(c.signed("POST", base+"/repay", "asset=ETH&amount=1"))
	c.ok(c.signed("POST", base+"/transfer", "asset=BTC&amount=0.1&type=2"))
	for _, q := range []string{"", "/query"} {
		c.ok(c.signed("GET", base+q+"/loan", "asset=ETH"))
		c.ok(c.signed("GET", base+q+"/repay", "asset=ETH"))
		c.ok(c.send("GET", base+q+"/asset", "asset=BTC", ""))
		c.ok(c.send("GET", base+q+"/pair", "symbol=BTCUSDT", ""))
		c.ok(c.send("GET", base+q+"/priceIndex", "symbol=BTCUSDT", ""))
	}
	c.ok(c.signed("GET", base+"/transfer", "type=ROLL_IN"))
	for _, path := range []string{"/allAssets", "/allPairs"} {
		c.ok(c.send("GET", base+path, "", ""))
	}
	for _, path := range []string{"/maxBorrowable", "/maxTransferable"} {
		c.ok(c.signed("GET", base+path, "asset=BTC"))
	}
	c.ok(c.signed("GET", base+"/interestHistory", ""))
	c.ok(c.signed("GET", base+"/forceLiquidationRec", ""))
	tourTrading(c, base, base+"/account")
	c.now.at = c.now.at.Add(time.Minute)
	placed := body[orderAnswer](c.t, c.ok(c.signed("POST", base+"/order", resting)))
	c.ok(c.signed("GET", base+"/query/account", ""))
	c.ok(c.signed("GET", base+"/query/openOrders", ""))
	c.ok(c.signed("GET", base+"/query/order", fmt.Sprint("symbol=BTCUSDT&orderId=", placed.OrderID)))
	c.ok(c.signed("GET", base+"/query/allOrders", "symbol=BTCUSDT"))
	c.ok(c.signed("GET", base+"/query/myTrades", "symbol=BTCUSDT"))
	listen := body[struct{ ListenKey string }](c.t, c.ok(c.send("POST", "/sapi/v1/userDataStream", "", "")))
	c.ok(c.send("PUT", "/sapi/v1/userDataStream", "listenKey="+listen.ListenKey, ""))
	c.ok(c.send("DELETE", "/sapi/v1/userDataStream", "listenKey="+listen.ListenKey, ""))
}

// eras are clocks on either side of what changed since 2019. A wide limit lets
// the tour pass at the weights of each.
var eras = []time.Time{
	july2019,
	time.Date(2019, 9, 3, 8, 0, 10, 0, time.UTC),
	time.Date(2021, 6, 1, 8, 0, 10, 0, time.UTC),
	time.Date(2024, 6, 1, 8, 0, 10, 0, time.UTC),
	time.Date(2026, 6, 1, 8, 0, 10, 0, time.UTC),
}

func TestTourIsSound(t *testing.T) {
	for _, era := range eras {
		t.Run(era.Format("2006-01"), func(t *testing.T) {
			now := &clock{era}
			v, err := venue.New(venue.Config{Clock: now.now, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			c := newClient(t, v, now)
			tour(c)
			tally := sound(t, c.kept)
			if era != july2019 {
				return
			}
			for i := range tally.Rules {
				t.Logf("%-30s %s", tally.Rules[i].ID, tally.Rules[i].Verdict())
			}
			everyRoute(t, c.kept)
		})
	}
}

// unserved are routes of the catalogue that the venue does not have: orders in
// lists and other things that came years after the edition.
func unserved(e *edition.Endpoint) bool {
	for _, part := range []string{
		"rderList", "/oco", "/sor/", "/amend", "/order/amendments", "cancelReplace", "/my", "BlockTrades", "executionRules", "eferencePrice",
		"/ticker/tradingDay",
	} {
		if strings.Contains(e.Path, part) && !strings.HasSuffix(e.Path, "/myTrades") {
			return true
		}
	}
	return e.Path == "/api/v3/ticker"
}

// later are routes that are served but no part of the tour of 2019.
var later = []string{
	"GET /api/v3/account/commission", "DELETE /api/v3/openOrders", "GET /api/v3/rateLimit/order", "GET /api/v3/uiKlines", "GET /sapi/v1/asset/assetDividend",
}

// everyRoute demands that the tour called each route that the catalogue has and
// the venue serves.
func everyRoute(t *testing.T, kept []*traffic.Exchange) {
	called := map[string]bool{}
	for _, x := range kept {
		path, _, _ := strings.Cut(strings.TrimPrefix(x.Request.URL, "https://api.binance.com"), "?")
		called[x.Request.Method+" "+path] = true
	}
	for i := range edition.Default().Catalogue.Endpoints {
		e := &edition.Default().Catalogue.Endpoints[i]
		if !called[e.ID] && !unserved(e) && !slices.Contains(later, e.ID) {
			t.Errorf("%s: expected it to be called", e.ID)
		}
	}
}

// The routes ask for what the catalogue says they ask for.
func TestRoutesAreSecuredAsTheCatalogueSays(t *testing.T) {
	v, now := newVenue(t, venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	c := newClient(t, v, now)
	for i := range edition.Default().Catalogue.Endpoints {
		e := &edition.Default().Catalogue.Endpoints[i]
		if unserved(e) {
			continue
		}
		c.key = ""
		bare := c.send(e.Method, e.Path, "", "")
		c.key = v.Accounts()[0].Key
		c.send(e.Method, e.Path, "", "")
		asksKey := bare.StatusCode == 401
		message := string(c.kept[len(c.kept)-1].Response.Body)
		asksSignature := strings.Contains(message, "'signature'") || strings.Contains(message, "'timestamp'")
		var wantKey, wantSignature bool
		switch e.Security {
		case "NONE":
		case "MARKET_DATA", "USER_STREAM":
			wantKey = true
		default:
			wantKey, wantSignature = true, true
		}
		if asksKey != wantKey || asksSignature != wantSignature {
			t.Errorf("%s (%s): expected it to ask for a key %t and a signature %t, found %t and %t", e.ID, e.Security, wantKey, wantSignature, asksKey, asksSignature)
		}
	}
}

// A refusal of every route is sound too.
func TestRefusalsAreSound(t *testing.T) {
	var endless []venue.Limit
	for _, l := range limits.Default() {
		l.Limit = 1 << 30
		endless = append(endless, l)
	}
	v, now := newVenue(t, venue.Config{Limits: venue.LimitRules{Limits: endless}})
	c := newClient(t, v, now)
	for i := range edition.Default().Catalogue.Endpoints {
		e := &edition.Default().Catalogue.Endpoints[i]
		if unserved(e) {
			continue
		}
		c.send(e.Method, e.Path, "", "")
		c.signed(e.Method, e.Path, "symbol=NOSUCH&asset=NOSUCH&limit=x&interval=x")
		c.key = ""
		c.send(e.Method, e.Path, "", "")
		c.key = v.Accounts()[0].Key
	}
	c.signed("POST", "/wapi/v3/withdraw.html", "asset=ETH&address=0x1&amount=1000000")
	c.signed("POST", "/sapi/v1/margin/transfer", "asset=ETH&amount=1000000&type=1")
	c.signed("POST", "/sapi/v1/margin/loan", "asset=ETH&amount=1000000")
	c.signed("POST", "/sapi/v1/margin/repay", "asset=ETH&amount=1000000")
	sound(t, c.kept)
}

// An address that goes on after 429s is banned, and every answer on the way is
// as the document has it.
func TestBanIsSound(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	c.send("GET", "/api/v1/exchangeInfo", "", "")
	statuses := map[int]int{}
	for range 3 {
		for range 60 {
			statuses[c.send("GET", "/api/v1/ticker/24hr", "", "").StatusCode]++
		}
		now.at = now.at.Add(130 * time.Second * time.Duration(statuses[418]))
	}
	if statuses[200] == 0 || statuses[429] < 10 || statuses[418] < 3 {
		t.Errorf("expected all of 200, 429 and 418, found %v", statuses)
	}
	tally := sound(t, c.kept)
	for _, id := range []string{"limit-enforced", "ban-follows-429", "ban-length", "bans-grow", "retry-after-present", "retry-after-meaning", "retry-after-seconds"} {
		i := slices.IndexFunc(tally.Rules, func(r rule.RuleTally) bool { return r.ID == id })
		if got := tally.Rules[i].Verdict(); got != rule.Pass {
			t.Errorf("%s: expected a pass, found %s", id, got)
		}
	}
}
