//go:build unix

package main

import (
	"fmt"
	"strconv"
	"time"
)

// exchange is one exchange as a writer of recordings sees it.
type exchange struct {
	number      int
	at          time.Time // sent
	took        time.Duration
	method, url string
	form        string // the request's body
	status      int
	used        int // X-MBX-USED-WEIGHT
	body        []byte
}

// client makes the traffic of one trading program: mostly market data with
// bodies of some ten kilobytes, orders and their confirmations, and now and
// then an error. All of it conforms to the document, so that a linter's time
// goes into reading and judging, not into findings.
type client struct {
	x      exchange
	minute int
}

// newClient starts a client at an instant at which the catalogue knows the
// weights of its calls.
func newClient() *client {
	return &client{x: exchange{at: time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)}}
}

// round is the calls of one round of the client, in its order.
var round = [...]func(*client){
	(*client).klines, (*client).depth, (*client).order, (*client).confirm,
	(*client).trades, (*client).depth, (*client).refused, (*client).openOrders,
	(*client).serverTime, (*client).depth, (*client).myTrades, (*client).price,
}

// next makes the next exchange, which is valid until the one after it.
func (c *client) next() *exchange {
	x := &c.x
	const apart = 650 * time.Millisecond // some 92 calls a minute, far below the limits
	x.at = x.at.Add(apart)
	if m := x.at.Minute(); m != c.minute {
		c.minute, x.used = m, 0
	}
	x.took = time.Duration(20+x.number%40) * time.Millisecond
	x.method, x.form, x.status, x.body = "GET", "", 200, x.body[:0]
	round[x.number%len(round)](c)
	x.number++
	return x
}

const api = "https://api.binance.com/api"

func (c *client) call(weight int, target string) {
	c.x.used += weight
	c.x.url = api + target
}

// signed appends what signing adds to a target.
func (c *client) signed(target string) string {
	return target + "recvWindow=5000&timestamp=" + strconv.FormatInt(c.x.at.UnixMilli(), 10) +
		"&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
}

// rows writes n rows between brackets.
func (c *client) rows(n int, row func(i int)) {
	c.put("[")
	for i := range n {
		if i > 0 {
			c.put(",")
		}
		row(i)
	}
	c.put("]")
}

// put appends to the body: strings as they are, integers in decimal, prices
// (float64) with eight decimals.
func (c *client) put(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			c.x.body = append(c.x.body, p...)
		case int:
			c.x.body = strconv.AppendInt(c.x.body, int64(p), 10)
		case float64:
			c.x.body = append(strconv.AppendFloat(append(c.x.body, '"'), p, 'f', 8, 64), '"')
		}
	}
}

// wave is a number near base that differs from row to row.
func (c *client) wave(base float64, i int) float64 {
	return base * (1 + float64((i*7919+c.x.number*104729)%1000)/20000)
}

func (c *client) klines() {
	c.call(1, "/v1/klines?symbol=BTCUSDT&interval=1m&limit=500")
	open := int(c.x.at.Truncate(time.Minute).Add(-500 * time.Minute).UnixMilli())
	c.rows(500, func(i int) {
		at := open + i*60_000
		c.put("[", at, ",", c.wave(9919, i), ",", c.wave(9925, i), ",", c.wave(9910, i), ",", c.wave(9921, i), ",",
			c.wave(36.3, i), ",", at+59_999, ",", c.wave(360318, i), ",", 300+i%90, ",", c.wave(18, i), ",", c.wave(180318, i), `,"0"]`)
	})
}

func (c *client) depth() {
	c.call(1, "/v1/depth?symbol=LTCBTC&limit=100")
	c.put(`{"lastUpdateId":`, 1027024+c.x.number*17, `,"bids":`)
	c.rows(100, func(i int) { c.put("[", 4-float64(i)/1e4, ",", c.wave(431, i), "]") })
	c.put(`,"asks":`)
	c.rows(100, func(i int) { c.put("[", 4.1+float64(i)/1e4, ",", c.wave(12, i), "]") })
	c.put("}")
}

func (c *client) trades() {
	c.call(1, "/v1/trades?symbol=LTCBTC&limit=200")
	first, ago := 28457+c.x.number*200, int(c.x.at.UnixMilli())-200*50
	c.rows(200, func(i int) {
		c.put(`{"id":`, first+i, `,"price":`, c.wave(4, i), `,"qty":`, c.wave(12, i), `,"quoteQty":`, c.wave(48, i),
			`,"time":`, ago+i*50, `,"isBuyerMaker":true,"isBestMatch":true}`)
	})
}

func (c *client) myTrades() {
	c.call(5, c.signed("/v3/myTrades?symbol=BNBBTC&limit=50&"))
	first, ago := 28457+c.x.number*50, int(c.x.at.UnixMilli())-50*60_000
	c.rows(50, func(i int) {
		c.put(`{"symbol":"BNBBTC","id":`, first+i, `,"orderId":`, 100234+first+i, `,"price":`, c.wave(4, i), `,"qty":`, c.wave(12, i),
			`,"quoteQty":`, c.wave(48, i), `,"commission":`, c.wave(10, i), `,"commissionAsset":"BNB","time":`, ago+i*60_000,
			`,"isBuyer":true,"isMaker":false,"isBestMatch":true}`)
	})
}

func (c *client) openOrders() {
	c.call(1, c.signed("/v3/openOrders?symbol=LTCBTC&"))
	ago := int(c.x.at.UnixMilli()) - 10*60_000
	c.rows(10, func(i int) {
		c.put(`{"symbol":"LTCBTC","orderId":`, 1000+c.x.number+i, `,"clientOrderId":"my`, c.x.number+i, `","price":`, c.wave(0.1, i),
			`,"origQty":"1.0","executedQty":"0.0","cummulativeQuoteQty":"0.0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","stopPrice":"0.0","icebergQty":"0.0","time":`,
			ago+i*60_000, `,"updateTime":`, ago+i*60_000, `,"isWorking":true}`)
	})
}

func (c *client) order() {
	c.call(1, "/v3/order")
	c.x.method = "POST"
	c.x.form = c.signed(fmt.Sprintf("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&newClientOrderId=my%d&", c.x.number))
	c.put(`{"symbol":"LTCBTC","orderId":`, 28+c.x.number, `,"orderListId":-1,"clientOrderId":"my`, c.x.number,
		`","transactTime":`, int(c.x.at.UnixMilli())+10, `}`)
}

func (c *client) confirm() {
	c.call(1, c.signed(fmt.Sprintf("/v3/order?symbol=LTCBTC&origClientOrderId=my%d&", c.x.number-1)))
	c.put(`{"symbol":"LTCBTC","orderId":`, 27+c.x.number, `,"clientOrderId":"my`, c.x.number-1,
		`","price":"0.1","origQty":"1.0","executedQty":"0.0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","time":`,
		int(c.x.at.UnixMilli())-640, `,"updateTime":`, int(c.x.at.UnixMilli())-640, `,"isWorking":true}`)
}

func (c *client) refused() {
	c.call(1, fmt.Sprintf("/v1/klines?symbol=NOPE%d&interval=1m", c.x.number))
	c.x.status = 400
	c.put(`{"code":-1121,"msg":"Invalid symbol."}`)
}

func (c *client) serverTime() {
	c.call(1, "/v1/time")
	c.put(`{"serverTime":`, int(c.x.at.UnixMilli())+10, "}")
}

func (c *client) price() {
	c.call(1, "/v3/ticker/price?symbol=LTCBTC")
	c.put(`{"symbol":"LTCBTC","price":`, c.wave(4, 0), "}")
}
