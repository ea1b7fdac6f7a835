package certify

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
)

// route is a method and a path of the API.
type route struct{ method, path string }

// routesOf are the requests that serve an op: whichever version of the API a
// client speaks, one of them is what its caller asked for.
var routesOf = map[driver.Op][]route{
	driver.Ping:                gets("/api/v1/ping", "/api/v3/ping"),
	driver.Time:                gets("/api/v1/time", "/api/v3/time"),
	driver.ExchangeInfo:        gets("/api/v1/exchangeInfo", "/api/v3/exchangeInfo"),
	driver.Klines:              gets("/api/v1/klines", "/api/v3/klines", "/api/v3/uiKlines"),
	driver.Trades:              gets("/api/v1/trades", "/api/v3/trades", "/api/v1/historicalTrades", "/api/v3/historicalTrades"),
	driver.AggTrades:           gets("/api/v1/aggTrades", "/api/v3/aggTrades"),
	driver.Depth:               gets("/api/v1/depth", "/api/v3/depth"),
	driver.Ticker24hr:          gets("/api/v1/ticker/24hr", "/api/v3/ticker/24hr"),
	driver.TickerPrice:         gets("/api/v1/ticker/price", "/api/v3/ticker/price", "/api/v1/ticker/allPrices"),
	driver.Account:             gets("/api/v1/account", "/api/v3/account"),
	driver.PlaceOrder:          all("POST", "/api/v1/order", "/api/v3/order"),
	driver.CancelOrder:         all("DELETE", "/api/v1/order", "/api/v3/order"),
	driver.QueryOrder:          gets("/api/v1/order", "/api/v3/order"),
	driver.OpenOrders:          gets("/api/v1/openOrders", "/api/v3/openOrders"),
	driver.AllOrders:           gets("/api/v1/allOrders", "/api/v3/allOrders"),
	driver.MyTrades:            gets("/api/v1/myTrades", "/api/v3/myTrades"),
	driver.Withdraw:            all("POST", "/wapi/v3/withdraw.html", "/sapi/v1/capital/withdraw/apply"),
	driver.DepositHistory:      gets("/wapi/v3/depositHistory.html", "/sapi/v1/capital/deposit/hisrec"),
	driver.WithdrawHistory:     gets("/wapi/v3/withdrawHistory.html", "/sapi/v1/capital/withdraw/history"),
	driver.DepositAddress:      gets("/wapi/v3/depositAddress.html", "/sapi/v1/capital/deposit/address"),
	driver.SystemStatus:        gets("/wapi/v3/systemStatus.html", "/sapi/v1/system/status"),
	driver.AccountStatus:       gets("/wapi/v3/accountStatus.html", "/sapi/v1/account/status"),
	driver.StartUserDataStream: all("POST", "/api/v1/userDataStream", "/api/v3/userDataStream", "/sapi/v1/userDataStream"),
}

func gets(paths ...string) []route { return all("GET", paths...) }

func all(method string, paths ...string) []route {
	list := make([]route, len(paths))
	for i, p := range paths {
		list[i] = route{method, p}
	}
	return list
}

// reads are the ops that a program which nobody drives may have instead of
// klines: public market data, of which any will do where a scenario needs a
// read.
var reads = []driver.Op{driver.Klines, driver.Trades, driver.AggTrades, driver.Depth, driver.Ticker24hr, driver.TickerPrice}

// alike are the ops that stand for one in observe mode, itself included.
func alike(op driver.Op) []driver.Op {
	if slices.Contains(reads, op) {
		return reads
	}
	return []driver.Op{op}
}

// serves reports whether a request is one that an op needs, by its route and
// by what tells its calls apart: a parameter that was commanded under the
// venue's name and came with another value is another call's.
func serves(op driver.Op, params map[string]any, method, path string, param func(string) (string, bool)) bool {
	if !slices.Contains(routesOf[op], route{method, path}) {
		return false
	}
	for _, name := range []string{"symbol", "asset", "orderId", "origClientOrderId"} {
		want, commanded := params[name]
		got, sent := param(name)
		if text, ok := want.(string); commanded && sent && ok && !strings.EqualFold(text, got) {
			return false
		}
	}
	return true
}
