package venue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

type orderAnswer struct {
	Symbol, ClientOrderID, OrigClientOrderID, Status, Type, Side, TimeInForce string
	OrderID, TransactTime, Time, UpdateTime                                   int64
	Price, OrigQty, ExecutedQty, CummulativeQuoteQty                          string
	Fills                                                                     []struct{ Price, Qty, Commission, CommissionAsset string }
}

// resting is an order that no price of the test's day comes near.
const resting = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=2000"

func TestOrderLivesItsLife(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	placed := body[orderAnswer](t, c.ok(c.signed("POST", "/api/v3/order", resting+"&newClientOrderId=mine")))
	if placed.Status != "NEW" || placed.ClientOrderID != "mine" || placed.TransactTime != now.at.UnixMilli() || placed.Price != "2000.00000000" {
		t.Errorf("expected a new order, found %+v", placed)
	}
	c.expect(c.signed("POST", "/api/v3/order", resting+"&newClientOrderId=mine"), 400, -2010, "Duplicate order sent.")
	byID := body[orderAnswer](t, c.ok(c.signed("GET", "/api/v1/order", fmt.Sprint("symbol=BTCUSDT&orderId=", placed.OrderID))))
	if byID.Time != placed.TransactTime || byID.OrigQty != "0.01000000" {
		t.Errorf("expected the order, found %+v", byID)
	}
	if open := body[[]orderAnswer](t, c.ok(c.signed("GET", "/api/v3/openOrders", ""))); len(open) != 1 || open[0].OrderID != placed.OrderID {
		t.Errorf("expected it among the open, found %+v", open)
	}
	if got := c.balance("USDT"); got != [2]string{"99980.00000000", "20.00000000"} {
		t.Errorf("expected 20 USDT locked, found %v", got)
	}
	gone := body[orderAnswer](t, c.ok(c.signed("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine&newClientOrderId=stop")))
	if gone.Status != "CANCELED" || gone.OrigClientOrderID != "mine" || gone.ClientOrderID != "stop" {
		t.Errorf("expected it cancelled, found %+v", gone)
	}
	c.expect(c.signed("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine"), 400, -2011, "Unknown order sent.")
	c.expect(c.signed("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=999"), 400, -2013, "Order does not exist.")
	c.expect(c.signed("GET", "/api/v3/order", "symbol=BTCUSDT"), 400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
	if all := body[[]orderAnswer](t, c.ok(c.signed("GET", "/api/v3/allOrders", "symbol=BTCUSDT"))); len(all) != 1 || all[0].Status != "CANCELED" {
		t.Errorf("expected it in the history, found %+v", all)
	}
	if got := c.balance("USDT"); got != [2]string{"100000.00000000", "0.00000000"} {
		t.Errorf("expected everything free again, found %v", got)
	}
}

func (c *client) balance(asset string) [2]string {
	c.t.Helper()
	info := body[struct {
		Balances []struct{ Asset, Free, Locked string }
	}](c.t, c.ok(c.signed("GET", "/api/v3/account", "")))
	for _, b := range info.Balances {
		if b.Asset == asset {
			return [2]string{b.Free, b.Locked}
		}
	}
	return [2]string{}
}

func TestMarketOrderIsFilled(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	full := body[orderAnswer](t, c.ok(c.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.5")))
	if full.Status != "FILLED" || len(full.Fills) == 0 || full.Fills[0].CommissionAsset != "BTC" {
		t.Errorf("expected it filled with fills, found %+v", full)
	}
	byQuote := body[orderAnswer](t, c.ok(c.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quoteOrderQty=100&newOrderRespType=RESULT")))
	if byQuote.Status != "FILLED" || byQuote.Fills != nil || byQuote.ExecutedQty == "0.00000000" {
		t.Errorf("expected it filled and no fills told, found %+v", byQuote)
	}
	ack := body[orderAnswer](t, c.ok(c.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01&newOrderRespType=ACK")))
	if ack.Status != "" || ack.OrderID == 0 {
		t.Errorf("expected an acknowledgement only, found %+v", ack)
	}
	trades := body[[]struct {
		ID, OrderID, Time int64
		IsBuyer, IsMaker  bool
	}](t, c.ok(c.signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT")))
	if len(trades) < 3 || trades[0].OrderID != full.OrderID || !trades[0].IsBuyer || trades[0].IsMaker {
		t.Errorf("expected the trades, found %+v", trades)
	}
}

func TestOrderRefusals(t *testing.T) {
	v, now := newVenue(t, venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	c := newClient(t, v, now)
	for _, s := range []struct {
		params string
		code   int
		msg    string
	}{
		{"side=BUY&type=LIMIT", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."},
		{"symbol=NOSUCH&side=BUY&type=LIMIT", -1121, "Invalid symbol."},
		{"symbol=BTCUSDT&type=LIMIT", -1102, "Mandatory parameter 'side' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=HOLD&type=LIMIT", -1117, "Invalid side."},
		{"symbol=BTCUSDT&side=BUY", -1102, "Mandatory parameter 'type' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=BUY&type=NICE", -1116, "Invalid orderType."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=NOW&quantity=1&price=1", -1115, "Invalid timeInForce."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=1", -1102, "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=1", -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1", -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=one&price=1", -1100, ""},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=-1&price=1", -1100, ""},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0&price=1", -1013, "Invalid quantity."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.000000001", -1111, "Precision is over the maximum defined for this asset."},
		{"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=1", -1106, "Parameter 'price' sent when not required."},
		{"symbol=BTCUSDT&side=BUY&type=MARKET", -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
		{"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1&stopPrice=1", -2010, "Stop loss orders are not supported for this symbol."},
		{resting + "&newClientOrderId=a%20b", -1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."},
		{resting + "&newOrderRespType=SOME", -1100, ""},
		{strings.Replace(resting, "price=2000", "price=2000.001", 1), -1013, "Filter failure: PRICE_FILTER"},
		{strings.Replace(resting, "price=2000", "price=20", 1), -1013, "Filter failure: PERCENT_PRICE"},
		{strings.Replace(resting, "quantity=0.01", "quantity=0.0000001", 1), -1013, "Filter failure: LOT_SIZE"},
		{strings.Replace(resting, "quantity=0.01", "quantity=0.001", 1), -1013, "Filter failure: MIN_NOTIONAL"},
		{strings.Replace(resting, "quantity=0.01", "quantity=100", 1), -2010, "Account has insufficient balance for requested action."},
		{"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.01&price=20000", -2010, "Order would immediately match and take."},
		{"symbol=BTCUSDT&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.01&price=20000&stopPrice=20000", -2010, "Order would trigger immediately."},
		{resting + "&icebergQty=0.02", -2010, "IcebergQty exceeds QTY."},
		{strings.Replace(resting, "GTC", "IOC", 1) + "&icebergQty=0.005", -1014, "Unsupported order combination."},
	} {
		for _, path := range []string{"/api/v3/order", "/api/v3/order/test"} {
			c.expect(c.signed("POST", path, s.params), 400, s.code, s.msg)
		}
	}
	if open := body[[]orderAnswer](t, c.ok(c.signed("GET", "/api/v3/openOrders", ""))); len(open) != 0 {
		t.Errorf("expected no order placed, found %+v", open)
	}
}

func TestOrderLimitIsTold(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	now.at = now.at.AddDate(0, 1, 0)
	c := newClient(t, v, now)
	now.at = now.at.Truncate(1e9)
	r := c.ok(c.signed("POST", "/api/v3/order", resting))
	if r.Header.Get("X-MBX-ORDER-COUNT-1S") != "1" || r.Header.Get("X-MBX-ORDER-COUNT-1D") != "1" {
		t.Errorf("expected order counts from 2019-08-15, found %v", r.Header)
	}
	at := now.at
	for range 9 {
		c.ok(c.signed("POST", "/api/v3/order", resting))
		now.at = at // within one second
	}
	r = c.signed("POST", "/api/v3/order", resting)
	if r.Header.Get("Retry-After") != "1" {
		t.Errorf("expected a second to wait, found %q", r.Header.Get("Retry-After"))
	}
	c.expect(r, 429, -1015, "Too many new orders; current limit is 10 orders per SECOND.")
	c.ok(c.signed("GET", "/api/v3/openOrders", ""))
}

func TestListenKeys(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	type answer struct{ ListenKey string }
	first := body[answer](t, c.ok(c.send("POST", "/api/v1/userDataStream", "", "")))
	again := body[answer](t, c.ok(c.send("POST", "/api/v3/userDataStream", "", "")))
	if first.ListenKey == "" || first != again {
		t.Errorf("expected one key while it lives, found %+v and %+v", first, again)
	}
	c.ok(c.send("PUT", "/api/v1/userDataStream", "listenKey="+first.ListenKey, ""))
	c.ok(c.send("DELETE", "/api/v1/userDataStream", "", "listenKey="+first.ListenKey))
	c.expect(c.send("PUT", "/api/v1/userDataStream", "listenKey="+first.ListenKey, ""), 400, -1125, "This listenKey does not exist.")
}
