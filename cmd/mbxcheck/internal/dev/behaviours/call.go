package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is what a client asks the venue for.
type call struct {
	method, path string
	params       url.Values
	signed       bool
}

// symbols tell the calls of threads apart, and what an order of each costs.
var symbols = []struct{ name, price string }{
	{"BTCUSDT", "9000.00"}, {"ETHUSDT", "180.00"}, {"BNBUSDT", "20.00"}, {"LTCUSDT", "80.00"}, {"LTCBTC", "0.008000"},
}

func klines(i int) call {
	return call{"GET", "/api/v1/klines", url.Values{"symbol": {symbols[i%len(symbols)].name}, "interval": {"1m"}, "limit": {"5"}}, false}
}

func account() call { return call{"GET", "/api/v3/account", url.Values{}, true} }

// order is an order of a thread; no two threads and numbers make the same.
func order(thread, number int) call {
	s := symbols[thread%len(symbols)]
	quantity := strconv.FormatFloat(0.01*float64(1+number+10*(thread/len(symbols))), 'f', 2, 64)
	if s.name != "BTCUSDT" {
		quantity = "1" + quantity[1:]
	}
	return call{"POST", "/api/v3/order", url.Values{
		"symbol": {s.name}, "side": {"BUY"}, "type": {"LIMIT"}, "timeInForce": {"GTC"}, "quantity": {quantity}, "price": {s.price},
	}, true}
}

func cancel(symbol, orderID string) call {
	return call{"DELETE", "/api/v3/order", url.Values{"symbol": {symbol}, "orderId": {orderID}}, true}
}

func withdrawal(thread int) call {
	return call{"POST", "/wapi/v3/withdraw.html", url.Values{
		"asset": {"USDT"}, "address": {"0x00112233445566778899aabbccddeeff00112233"}, "amount": {strconv.Itoa(50 + thread)},
	}, true}
}

// lookUp asks what became of a call.
func (c call) lookUp() call {
	switch {
	case strings.HasPrefix(c.path, "/wapi/"):
		return call{"GET", "/wapi/v3/withdrawHistory.html", url.Values{"asset": c.params["asset"]}, true}
	case c.method == "DELETE":
		return call{"GET", c.path, url.Values{"symbol": c.params["symbol"], "orderId": c.params["orderId"]}, true}
	}
	return call{"GET", c.path, url.Values{"symbol": c.params["symbol"], "origClientOrderId": c.params[clientOrderID]}, true}
}

// Parameters in which the same call may differ.
const (
	clientOrderID   = "newClientOrderId"
	withdrawOrderID = "withdrawOrderId"
)

// named is the call under a client's name for it, where it takes one.
func (c call) named(id string) call {
	name := clientOrderID
	switch {
	case c.path == "/wapi/v3/withdraw.html":
		name = withdrawOrderID
	case c.method != "POST":
		return c
	}
	params := url.Values{}
	for k, v := range c.params {
		params[k] = v
	}
	params.Set(name, id)
	c.params = params
	return c
}

func (c call) id() string { return c.params.Get(clientOrderID) + c.params.Get(withdrawOrderID) }

// same is equal of two calls that ask for the same thing.
func (c call) same() string {
	params := url.Values{}
	for k, v := range c.params {
		if k != clientOrderID && k != withdrawOrderID {
			params[k] = v
		}
	}
	return c.method + " " + c.path + "?" + params.Encode()
}

// note is what the diary says of the decision to send it.
func (c call) note() note {
	symbol := c.params.Get("symbol") + c.params.Get("asset")
	return note{
		Event: decided, Method: c.method, Path: c.path, Same: c.same(), Symbol: symbol,
		ClientID: c.id(), About: c.params.Get("origClientOrderId") + c.params.Get("orderId"),
	}
}

// request writes the call out, signed as of now.
func (c call) request(ctx context.Context, base, key, secret string, inQuery bool) (*http.Request, error) {
	text := c.params.Encode()
	if c.signed {
		if text != "" {
			text += "&"
		}
		text += "timestamp=" + strconv.FormatInt(time.Now().UnixMilli(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		text += "&signature=" + hex.EncodeToString(mac.Sum(nil))
	}
	target, body := base+c.path, ""
	if c.method == "POST" && !inQuery {
		body = text
	} else if text != "" {
		target += "?" + text
	}
	r, err := http.NewRequestWithContext(ctx, c.method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.GetBody = nil // so that no library sends it again
	if body == "" {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.signed {
		r.Header.Set("X-MBX-APIKEY", key)
	}
	return r, nil
}
