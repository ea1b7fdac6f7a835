package clients_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/certify/process"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// patience is far more than any client takes on a busy machine.
const patience = 5 * time.Minute

// stand is a venue of a client's own, with a handler of its own before it.
type stand struct {
	*testing.T
	handler     http.Handler
	key, secret string
}

// atOnce is how many clients are at work at once, in each of the tests: more than
// there are cores, for most of the time they wait.
const atOnce = 4

func TestMain(m *testing.M) {
	process.Inside()
	if err := flag.Lookup("test.parallel").Value.Set(strconv.Itoa(atOnce)); err != nil { // unless -parallel says it
		panic(err)
	}
	os.Exit(m.Run())
}

// serve makes a venue that a handler stands before.
func serve(t *testing.T, around func(http.Handler) http.Handler) *stand {
	t.Helper()
	v, err := venue.New(venue.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return &stand{T: t, handler: around(v), key: v.Accounts()[0].Key, secret: v.Accounts()[0].Secret}
}

// asIs lets a venue stand by itself.
func asIs(v http.Handler) http.Handler { return v }

// ask asks the venue itself, past the client.
func (s *stand) ask(path string, params url.Values, into any) {
	s.Helper()
	if params == nil {
		params = url.Values{}
	}
	if path != "/api/v3/ticker/price" {
		params.Set("timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10))
	}
	query := params.Encode()
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(query))
	if path != "/api/v3/ticker/price" {
		query += "&signature=" + hex.EncodeToString(mac.Sum(nil))
	}
	r := httptest.NewRequest("GET", path+"?"+query, nil)
	r.Header.Set("X-MBX-APIKEY", s.key)
	res := httptest.NewRecorder()
	s.handler.ServeHTTP(res, r)
	if res.Code != 200 {
		s.Fatalf("%s: expected 200, found %d %s", path, res.Code, res.Body)
	}
	if err := json.Unmarshal(res.Body.Bytes(), into); err != nil {
		s.Fatalf("%s: %v: %s", path, err, res.Body)
	}
}

type order struct {
	OrderID       int64  `json:"orderId"`
	ClientOrderID string `json:"clientOrderId"`
	Status        string `json:"status"`
	Side          string `json:"side"`
	Price         string `json:"price"`
	OrigQty       string `json:"origQty"`
}

func (s *stand) openOrders() []order {
	var open []order
	s.ask("/api/v3/openOrders", url.Values{"symbol": {"BTCUSDT"}}, &open)
	return open
}

func (s *stand) allOrders() []order {
	var all []order
	s.ask("/api/v3/allOrders", url.Values{"symbol": {"BTCUSDT"}}, &all)
	return all
}

// withdrawals are how many there have been.
func (s *stand) withdrawals() int {
	var all struct {
		List []struct{} `json:"withdrawList"`
	}
	s.ask("/wapi/v3/withdrawHistory.html", nil, &all)
	return len(all.List)
}

// belowMarket is a price that no seller takes, and that every filter lets pass.
func (s *stand) belowMarket() string {
	var ticker struct {
		Price string `json:"price"`
	}
	s.ask("/api/v3/ticker/price", url.Values{"symbol": {"BTCUSDT"}}, &ticker)
	price, err := strconv.ParseFloat(ticker.Price, 64)
	if err != nil {
		s.Fatal(err)
	}
	return fmt.Sprintf("%.2f", float64(int(price*0.9)))
}

// conversation is a driver at work on a stand.
type conversation struct {
	*stand
	p    *driver.Conversation
	at   *wire.Front
	ctx  context.Context
	done []driver.Op
}

func (s *stand) start(c clients.Client) *conversation {
	s.Helper()
	// Cleanups run after the end of the test's own context.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.Context()), patience)
	s.Cleanup(cancel)
	if clients.Fetches(".", c) && os.Getenv("CI") != "true" {
		s.Skipf("not tried: its npm packages are not installed, and CI=true, which has the tests install them, is not set")
	}
	argv, err := clients.Prepare(ctx, ".", c)
	if missing, ok := errors.AsType[*clients.MissingError](err); ok && os.Getenv("CI") != "true" {
		s.Skipf("not tried: %s, and CI=true is not set", missing)
	}
	if err != nil {
		s.Fatal(err)
	}
	front := wire.NewFront(wire.Config{Handler: s.handler})
	p, err := process.Start(ctx, process.Options{Command: argv, Way: wire.ByURL, APIKey: s.key, SecretKey: s.secret, Driven: true}, front)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		p.Stdin.Close()
		select {
		case <-p.Ended():
		case <-ctx.Done():
			s.Errorf("expected the driver to exit within %s after the end of its input", patience)
		}
		p.Stop()
		if err := p.Err(); err != nil {
			s.Errorf("at the end: %v\n%s", err, p.Output())
		}
		front.Close()
	})
	talk, err := driver.Converse(ctx, p.Stdin, p.Stdout)
	if err != nil {
		s.Fatalf("%v\n%s", err, p.Output())
	}
	return &conversation{stand: s, p: talk, at: front, ctx: ctx}
}

// do has the client do something, and expects an answer.
func (c *conversation) do(op driver.Op, params map[string]any) driver.Answer {
	c.Helper()
	a, err := c.p.Do(c.ctx, driver.Command{Op: op, Params: params, DeadlineMs: patience.Milliseconds()})
	if err != nil {
		c.Fatal(err)
	}
	c.done = append(c.done, op)
	return a
}

// ok has the client do something that is expected to succeed. It returns nil
// when the client says that it can't do it.
func (c *conversation) ok(op driver.Op, params map[string]any) *driver.Result {
	c.Helper()
	if !c.p.Hello.Has(op) {
		before := c.at.Requests()
		if a := c.do(op, params); a.Outcome != traffic.OutcomeUnsupported || c.at.Requests() != before {
			c.Errorf("%s: expected unsupported and nothing sent, found %s and %d requests", op, a.Outcome, c.at.Requests()-before)
		}
		return nil
	}
	a := c.do(op, params)
	if a.Outcome != traffic.OutcomeOK {
		c.Errorf("%s: expected ok, found %s", op, shown(a))
		return nil
	}
	if a.Result == nil {
		return &driver.Result{}
	}
	return a.Result
}

func (c *conversation) rows(op driver.Op, params map[string]any, least int64) {
	c.Helper()
	if r := c.ok(op, params); r != nil && (r.Rows == nil || *r.Rows < least) {
		c.Errorf("%s: expected at least %d rows, found %v", op, least, r.Rows)
	}
}

func shown(a driver.Answer) string {
	if a.Error == nil {
		return string(a.Outcome)
	}
	text, err := json.Marshal(a.Error)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s", a.Outcome, text)
}

type params = map[string]any

// Strangers trade at the venue as they would at the real one, and what they say
// has happened is what the venue has.
func TestClientsAtTheVenue(t *testing.T) {
	t.Parallel()
	for _, client := range clients.All() {
		t.Run(client.Name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, asIs).start(client)
			c.market()
			c.trade()
			c.money()
			// Flags make clients send things again, refused ones too, for half a
			// minute: what they say in the end is the same.
			if len(client.Flags) == 0 {
				c.refusals(client.Name)
			}
			c.lacks()
		})
	}
}

func (c *conversation) market() {
	c.Helper()
	symbol := params{"symbol": "BTCUSDT"}
	c.ok(driver.Ping, nil)
	c.ok(driver.Time, nil)
	c.ok(driver.ExchangeInfo, nil)
	r := c.ok(driver.Klines, params{"symbol": "BTCUSDT", "interval": "1m", "limit": 5})
	if r == nil || r.Rows == nil || *r.Rows != 5 || r.FirstMs == nil || r.LastMs == nil || *r.LastMs-*r.FirstMs != 4*time.Minute.Milliseconds() {
		c.Errorf("klines: expected 5 rows from minute to minute, the last newest, found %+v", r)
	}
	c.rows(driver.Trades, params{"symbol": "BTCUSDT", "limit": 5}, 5)
	c.rows(driver.AggTrades, params{"symbol": "BTCUSDT", "limit": 5}, 5)
	c.ok(driver.Depth, params{"symbol": "BTCUSDT", "limit": 5})
	c.ok(driver.Ticker24hr, symbol)
	c.ok(driver.TickerPrice, symbol)
}

func (c *conversation) trade() {
	c.Helper()
	c.ok(driver.Account, nil)
	price := c.belowMarket()
	r := c.ok(driver.PlaceOrder, params{
		"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
		"quantity": "0.01", "price": price, "newClientOrderId": "mine-1",
	})
	if r == nil {
		return
	}
	open := c.openOrders()
	if len(open) != 1 || open[0].OrderID != r.OrderID || open[0].ClientOrderID != "mine-1" || r.ClientOrderID != "mine-1" ||
		open[0].Side != "BUY" || !strings.HasPrefix(open[0].Price, price) || !strings.HasPrefix(open[0].OrigQty, "0.01") {
		c.Fatalf("placeOrder: the client says %+v, the venue has %+v", *r, open)
	}
	for _, by := range []params{{"orderId": r.OrderID}, {"origClientOrderId": "mine-1"}} {
		by["symbol"] = "BTCUSDT"
		if q := c.ok(driver.QueryOrder, by); q != nil && (q.OrderID != r.OrderID || q.ClientOrderID != "mine-1") {
			c.Errorf("queryOrder %v: expected %+v, found %+v", by, *r, *q)
		}
	}
	c.rows(driver.OpenOrders, params{"symbol": "BTCUSDT"}, 1)
	if q := c.ok(driver.CancelOrder, params{"symbol": "BTCUSDT", "orderId": r.OrderID}); q != nil && q.OrderID != r.OrderID {
		c.Errorf("cancelOrder: expected %d, found %+v", r.OrderID, *q)
	}
	if open := c.openOrders(); len(open) != 0 {
		c.Errorf("cancelOrder: the venue still has %+v", open)
	}
	if r := c.ok(driver.PlaceOrder, params{"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}); r != nil {
		all := c.allOrders()
		if last := all[len(all)-1]; len(all) != 2 || last.OrderID != r.OrderID || last.Status != "FILLED" {
			c.Errorf("placeOrder MARKET: the client says %+v, the venue has %+v", *r, all)
		}
	}
	c.rows(driver.AllOrders, params{"symbol": "BTCUSDT", "limit": 10}, 2)
	c.rows(driver.MyTrades, params{"symbol": "BTCUSDT", "limit": 10}, 1)
	c.ok(driver.StartUserDataStream, nil)
}

func (c *conversation) money() {
	c.Helper()
	asset := params{"asset": "BTC"}
	before := c.withdrawals()
	if c.ok(driver.Withdraw, params{"asset": "BTC", "address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "amount": "0.5"}) != nil {
		if n := c.withdrawals() - before; n != 1 {
			c.Errorf("withdraw: the client says that it is done, the venue has %d", n)
		}
	}
	c.ok(driver.DepositHistory, asset)
	c.ok(driver.WithdrawHistory, asset)
	c.ok(driver.DepositAddress, asset)
	c.ok(driver.SystemStatus, nil)
	c.ok(driver.AccountStatus, nil)
}

// vague names the clients whose caller learns of a refused withdrawal that
// something went wrong, and no more: they have one error for every envelope of
// /wapi that they know no words of.
var vague = []string{"ccxt-1"}

// refusals are told as such, and have not happened.
func (c *conversation) refusals(client string) {
	c.Helper()
	orders, withdrawals := len(c.allOrders()), c.withdrawals()
	for _, try := range []driver.Command{
		{Op: driver.PlaceOrder, Params: params{"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1000", "price": c.belowMarket()}},
		{Op: driver.CancelOrder, Params: params{"symbol": "BTCUSDT", "orderId": 999999}},
		{Op: driver.QueryOrder, Params: params{"symbol": "BTCUSDT", "orderId": 999999}},
		{Op: driver.Withdraw, Params: params{"asset": "BTC", "address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "amount": "100000"}},
	} {
		if !c.p.Hello.Has(try.Op) {
			continue
		}
		want := traffic.OutcomeRejected
		if try.Op == driver.Withdraw && slices.Contains(vague, client) {
			want = traffic.OutcomeError
		}
		if a := c.do(try.Op, try.Params); a.Outcome != want || a.Error.Message == "" {
			c.Errorf("%s that the venue must refuse: expected %s with a message, found %s", try.Op, want, shown(a))
		}
	}
	if len(c.allOrders()) != orders || c.withdrawals() != withdrawals {
		c.Errorf("expected %d orders and %d withdrawals after refusals, found %d and %d", orders, withdrawals, len(c.allOrders()), c.withdrawals())
	}
}

// lacks prints what the client has no op for.
func (c *conversation) lacks() {
	var lacking []string
	for _, op := range c.done {
		if !c.p.Hello.Has(op) && !slices.Contains(lacking, string(op)) {
			lacking = append(lacking, string(op))
		}
	}
	h := &c.p.Hello
	c.Logf("%s %s, %s: unsupported: %s", h.Client, h.Version, h.Configuration, strings.Join(lacking, ", "))
}
