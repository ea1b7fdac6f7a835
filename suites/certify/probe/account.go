package probe

import (
	"encoding/json"
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// account asks for every list of an account. On a server of this machine it
// first trades, withdraws and borrows, for lists to have rows; elsewhere money
// may be money, and only test orders are sent.
func (p *prober) account() {
	if !p.hasKeys() {
		return
	}
	if p.c.Target.loopback {
		p.trade()
		p.borrow()
	} else {
		p.leaveOut("Real orders, withdrawals and loans were left out: %s is not of this machine, where money is play money.", p.c.Target.Host())
	}
	try := p.experiment("account")
	s := "symbol=" + p.info.symbol
	p.signed(try, "GET", "/api/v3/account", "")
	p.signed(try, "GET", "/api/v3/openOrders", s)
	p.signed(try, "GET", "/api/v3/allOrders", s)
	p.signed(try, "GET", "/api/v3/myTrades", s)
	p.signed(try, "GET", "/wapi/v3/accountStatus.html", "")
	p.signed(try, "GET", "/wapi/v3/depositHistory.html", "")
	p.signed(try, "GET", "/wapi/v3/withdrawHistory.html", "")
	p.signed(try, "GET", "/wapi/v3/depositAddress.html", "asset=BTC")
	p.signed(try, "GET", "/wapi/v3/depositAddress.html", "asset="+noSymbol) // an error of /wapi
	p.signed(try, "GET", "/sapi/v1/margin/transfer", "type=ROLL_IN")
	p.signed(try, "GET", "/sapi/v1/margin/loan", "asset=ETH")
	p.signed(try, "GET", "/sapi/v1/margin/loan", "") // an error of /sapi
	p.signed(try, "GET", "/sapi/v1/margin/interestHistory", "")
}

// placed is what is read of the answer to an order.
type placed struct{ OrderID int64 }

// order sends a real order when the limits of orders allow it.
func (p *prober) order(try traffic.Experiment, params string) *answer {
	p.wait(p.info.ordersEvery)
	return p.signed(try, "POST", "/api/v3/order", params)
}

// trade places orders that fill and orders that rest, and cancels these.
func (p *prober) trade() {
	if !p.mayOrder() {
		return
	}
	try := p.experiment("orders")
	for range 2 {
		p.order(try, fmt.Sprintf("symbol=%s&side=SELL&type=MARKET&quantity=%s", p.info.symbol, p.info.quantity))
	}
	var resting []int64
	for range 2 {
		a := p.order(try, without(p.orderParams(), "timestamp"))
		var o placed
		if json.Unmarshal(a.body, &o) == nil && o.OrderID > 0 {
			resting = append(resting, o.OrderID)
		}
	}
	s := "symbol=" + p.info.symbol
	p.signed(try, "GET", "/api/v3/openOrders", s)
	for _, id := range resting {
		p.signed(try, "DELETE", "/api/v3/order", fmt.Sprintf("%s&orderId=%d", s, id))
	}
	if len(resting) > 0 {
		p.signed(try, "GET", "/api/v3/order", fmt.Sprintf("%s&orderId=%d", s, resting[0]))
	}
}

// borrow moves play money between wallets, each thing twice.
func (p *prober) borrow() {
	try := p.experiment("wallets")
	for range 2 {
		p.signed(try, "POST", "/wapi/v3/withdraw.html", "asset=ETH&address=0x1&amount=1&name=probe")
		p.signed(try, "POST", "/sapi/v1/margin/transfer", "asset=BTC&amount=1&type=1")
		p.signed(try, "POST", "/sapi/v1/margin/loan", "asset=ETH&amount=1")
	}
}
