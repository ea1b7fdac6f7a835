package main

import (
	"fmt"
	"maps"
	"net/url"
	"time"
)

// lostCall is a call of unknown outcome, look-ups of it, and what is sent next.
func lostCall(g *generator, m moment) {
	c := g.business()
	flight := time.Duration(1+g.IntN(900)) * time.Millisecond
	a := answer{status: pick(g, 504, 504, 503, 500, 502, 599, 400, 200, 418), flight: flight, bare: g.chance(20)}
	a.body = pick(g, `{"code":-1007,"msg":"Timeout waiting for response from backend server."}`, `{"code":-1006,"msg":"x"}`, `{"code":-1000,"msg":"x"}`, "", "<html>504</html>", `{"orderId":1}`)
	a.page = a.body == "<html>504</html>"
	g.ask(m, c.method, c.path, g.signed(m, c.params), a)
	at := flight
	for range g.IntN(3) {
		took := g.lookUp(m.after(at+pick(g, 0, time.Millisecond, 500*time.Millisecond, -time.Millisecond)), c)
		at += pick(g, took+time.Second, took+501*time.Millisecond, took/2, took)
	}
	at += pick(g, 0, time.Millisecond, -time.Millisecond, time.Second, 20*time.Second, -flight/2)
	for range g.IntN(3) {
		next := m.after(max(at, time.Millisecond))
		if g.chance(10) {
			next.client = pick(g, g.clients...)
		}
		if g.chance(10) {
			next.key = pick(g, g.keys...)
		}
		d := g.changed(c)
		g.ask(next, d.method, d.path, g.signed(next, d.params), answer{status: pick(g, 200, 200, 504), body: `{"orderId":2}`})
		at += time.Duration(g.IntN(3000)) * time.Millisecond
	}
	if g.chance(5) {
		g.ask(m.after(at), "POST", "/api/v3/userDataStream", nil, answer{status: 200, body: `{"listenKey":"x"}`})
	}
}

// call is a request before it is signed.
type call struct {
	method, path string
	params       url.Values
}

func (c call) clone() call {
	c.params = maps.Clone(c.params)
	return c
}

// business is a call that changes something.
func (g *generator) business() call {
	n := g.unique()
	order := url.Values{"symbol": {pick(g, "BTCUSDT", "ETHUSDT")}, "side": {"BUY"}, "type": {"LIMIT"}, "timeInForce": {"GTC"}, "quantity": {n}, "price": {"0.10"}}
	switch g.IntN(4) {
	case 0:
		order.Set("type", "MARKET")
		order.Del("timeInForce")
		order.Del("price")
	case 1:
		order.Set("timeInForce", pick(g, "IOC", "FOK"))
	}
	if g.chance(60) {
		order.Set("newClientOrderId", "id"+n)
	}
	amount := url.Values{"asset": {"BTC"}, "amount": {n + ".50"}}
	return pick(g,
		call{"POST", "/api/v3/order", order}, call{"POST", "/api/v3/order", order}, call{"POST", "/api/v3/order", order},
		call{"POST", "/sapi/v1/margin/order", order}, call{"POST", "/api/v3/order/test", order},
		call{"POST", "/sapi/v1/margin/loan", amount}, call{"POST", "/sapi/v1/margin/transfer", amount},
		call{"POST", "/wapi/v3/withdraw.html", amount},
		call{"DELETE", "/api/v3/openOrders", url.Values{"symbol": {"BTCUSDT"}}},
		call{"DELETE", "/api/v3/order", url.Values{"symbol": {"BTCUSDT"}, "orderId": {n}}},
		call{"DELETE", "/api/v3/order", url.Values{"symbol": {"BTCUSDT"}}},
		call{"POST", "/api/v3/userDataStream", url.Values{}},
	)
}

// changed is the same call, or one that is like it.
func (g *generator) changed(c call) call {
	d := c.clone()
	set := func(name, v string) {
		if d.params.Get(name) != "" {
			d.params.Set(name, v)
		}
	}
	switch g.IntN(12) {
	case 0, 1, 2:
		set("newClientOrderId", "another")
	case 3:
		d.params.Del("newClientOrderId")
	case 4:
		set("quantity", d.params.Get("quantity")+pick(g, ".0", ".000", "."))
		set("amount", d.params.Get("amount")+"0")
		set("price", pick(g, "0.1", ".1", "0.100"))
	case 5:
		set("quantity", d.params.Get("quantity")+"1")
		set("amount", d.params.Get("amount")+"1")
	case 6:
		set("side", "SELL")
		set("asset", "ETH")
	case 7:
		set("symbol", "XRPUSDT")
	case 8:
		d.params.Set("newOrderRespType", "FULL")
	case 9:
		d.path = pick(g, "/api/v1/order", c.path)
	case 10:
		d.params.Set("strategyId", "7")
	}
	return d
}

// lookUp asks for what became of a call, rightly or not, and returns how long it
// takes.
func (g *generator) lookUp(m moment, c call) time.Duration {
	a := answer{status: pick(g, 200, 200, 200, 200, 400, 401, 429, 500, 0), body: "[]", flight: pick(g, 50*time.Millisecond, 900*time.Millisecond, 4*time.Second)}
	params := url.Values{}
	for _, name := range []string{"symbol", "asset"} {
		if v := c.params.Get(name); v != "" && g.chance(90) {
			params.Set(name, v)
		}
	}
	if g.chance(10) {
		params.Set("symbol", "XRPUSDT")
	}
	path := g.lookUpPath(c.path)
	switch {
	case path == "/api/v3/order" || path == "/sapi/v1/margin/order":
		a.body = `{"orderId":7,"status":"NEW"}`
		if a.status == 400 {
			a.body = pick(g, `{"code":-2013,"msg":"Order does not exist."}`, `{"code":-1121,"msg":"Invalid symbol."}`)
		}
		name, id := "origClientOrderId", pick(g, c.params.Get("newClientOrderId"), c.params.Get("newClientOrderId"), "other")
		if v := c.params.Get("orderId"); v != "" && g.chance(70) {
			name, id = "orderId", v
		}
		if id == "" {
			id = "another"
		}
		params.Set(name, id)
	case g.chance(20):
		a.body = `[{"orderId":7}]`
	}
	if a.status >= 400 && path[len(path)-5:] != "order" {
		a.body = `{"code":-1121,"msg":"Invalid symbol."}`
	}
	if g.chance(12) && path[len(path)-5:] != "order" {
		away := pick(g, -48*time.Hour, 48*time.Hour, -time.Minute, time.Minute)
		params.Set(pick(g, "startTime", "endTime"), fmt.Sprint(m.at.Add(g.skew+away).UnixMilli()))
	}
	if g.chance(8) && path[len(path)-5:] != "order" {
		params.Set(pick(g, "orderId", "fromId", "status"), "1")
	}
	a.unkept = a.status == 200 && g.chance(6)
	if a.unkept {
		a.body = ""
	}
	if g.chance(6) {
		m.key = pick(g, g.keys...)
	}
	g.ask(m, "GET", path, g.signed(m, params), a)
	return a.flight
}

// lookUpPath is where one would look, or not.
func (g *generator) lookUpPath(path string) string {
	if g.chance(8) {
		return "/api/v3/account"
	}
	switch path {
	case "/sapi/v1/margin/order":
		return "/sapi/v1/margin/" + pick(g, "order", "openOrders", "allOrders", "myTrades", "loan")
	case "/sapi/v1/margin/loan", "/sapi/v1/margin/transfer":
		return pick(g, path, path, "/sapi/v1/margin/repay", "/sapi/v1/margin/account")
	case "/wapi/v3/withdraw.html":
		return pick(g, "/wapi/v3/withdrawHistory.html", "/wapi/v3/withdrawHistory.html", "/wapi/v3/depositHistory.html")
	}
	return pick(g, "/api/v3/order", "/api/v3/order", "/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/myTrades", "/sapi/v1/margin/order", "/api/v3/depth")
}
