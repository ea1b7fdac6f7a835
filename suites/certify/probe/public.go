package probe

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// experiment begins another group of the experiment's exchanges.
func (p *prober) experiment(name string) traffic.Experiment {
	p.group++
	return traffic.Experiment{Name: name, Group: p.group}
}

// get sends a GET, with the API key if there is one and the route wants it.
func (p *prober) get(try traffic.Experiment, path, query string) *answer {
	return p.send(call{method: "GET", path: path, query: query, try: try})
}

// meet finds out whom it speaks to: which version of market data is served,
// what the clock shows, which limits and symbols there are.
func (p *prober) meet() {
	try := p.experiment("meet")
	versions := [2]string{"/api/v1", "/api/v3"}
	if edition.DateOf(p.now()) >= p.held.MarketDataOnV3From {
		versions = [2]string{"/api/v3", "/api/v1"}
	}
	p.version = versions[0]
	ping := p.get(try, p.version+"/ping", "")
	if ping.status == 404 {
		p.version = versions[1]
		ping = p.get(try, p.version+"/ping", "")
	}
	if !ping.json && ping.status != 0 {
		p.stop("%s is no server of this API: ping was answered by status %d and no JSON", p.c.Target, ping.status)
		return
	}
	a := p.get(try, p.version+"/time", "")
	p.server.set(a, p.last, p.now())
	a = p.get(try, p.version+"/exchangeInfo", "")
	symbol, known := p.info.learn(a.body)
	var told struct{ Price json.Number }
	a = p.get(try, "/api/v3/ticker/price", "symbol="+p.info.symbol)
	if json.Unmarshal(a.body, &told) == nil && known {
		p.info.size(symbol, decimal(told.Price))
	}
	p.tryKeys(try)
}

// tryKeys sends one signed call. Keys that are refused sign nothing more: that
// every further call is refused would show nothing but this.
func (p *prober) tryKeys(try traffic.Experiment) {
	if !p.hasKeys() {
		return
	}
	a := p.signed(try, "GET", "/api/v3/account", "")
	switch a.code {
	case -1021:
		p.summary.Refused = "signed calls were left out: the server refused the timestamp, which was made by the clock that it tells"
	case -1022, -2008, -2014, -2015:
		p.summary.Refused = fmt.Sprintf("signed calls were left out: the server refused the API key or what the secret key signed (status %d, code %d)", a.status, a.code)
	}
}

// marketData asks for every list and kind of answer without a key.
func (p *prober) marketData() {
	try := p.experiment("market-data")
	s := "symbol=" + p.info.symbol
	p.get(try, "/api/v3/time", "")
	p.get(try, p.version+"/klines", s+"&interval=1m&limit=5")
	p.get(try, p.version+"/klines", s+"&interval=1d&limit=5")
	p.get(try, p.version+"/trades", s+"&limit=5")
	p.get(try, p.version+"/aggTrades", s+"&limit=5")
	p.get(try, p.version+"/depth", s+"&limit=5")
	p.get(try, p.version+"/depth", s+"&limit=100")
	p.get(try, p.version+"/depth", s+"&limit=1000")
	p.get(try, "/api/v3/avgPrice", s)
	p.get(try, "/api/v3/ticker/price", "")
	p.get(try, "/api/v3/ticker/bookTicker", s)
	p.get(try, "/api/v3/ticker/bookTicker", "")
	p.get(try, "/wapi/v3/systemStatus.html", "")
	if p.hasKeys() {
		p.send(call{method: "GET", path: p.version + "/historicalTrades", query: s + "&limit=5", key: p.c.APIKey, try: try})
	}
}

// malformed sends what is wrong with a request, one thing at a time.
func (p *prober) malformed() {
	try := p.experiment("malformed")
	s := "symbol=" + p.info.symbol
	p.get(try, p.version+"/depth", "")
	p.get(try, p.version+"/depth", "symbol=")
	p.get(try, p.version+"/depth", "symbol=NONE")
	p.get(try, p.version+"/depth", s+"&unknown=1")
	p.get(try, p.version+"/klines", s)
	p.get(try, p.version+"/klines", s+"&interval=7m")
	p.get(try, p.version+"/trades", s+"&limit=x")
	p.get(try, p.version+"/aggTrades", s+"&startTime=2019-07-20T10:00:00Z&endTime=2019-07-20T10:10:00Z")
	p.get(try, p.version+"/ping", "unknown=1")
	// The parameters of a GET stand in the query string: in the body they are
	// not there.
	p.send(call{method: "GET", path: p.version + "/depth", body: s, try: try})
	p.send(call{method: "GET", path: "/api/v3/account", query: "timestamp={now}&signature=" + noSignature, try: try}) // without a key
	p.send(call{method: "GET", path: "/api/v3/account", query: "timestamp={now}&signature=" + noSignature, key: foreignKey("z"), try: try})
	p.signedMalformed(try)
}

// noSignature has the form of one.
const noSignature = "0000000000000000000000000000000000000000000000000000000000000000"

// foreignKey has the form of a key, and is nobody's.
func foreignKey(letter string) string { return strings.Repeat(letter, 64) }

func (p *prober) signedMalformed(try traffic.Experiment) {
	if !p.mayOrder() {
		return
	}
	key := p.c.APIKey
	const path = "/api/v3/order/test"
	order := p.orderParams()
	p.send(call{method: "POST", path: path, query: order + "&signature=" + noSignature, key: key, try: try})
	p.send(call{method: "POST", path: path, query: order, key: key, try: try})
	p.send(call{method: "POST", path: path, query: without(order, "symbol"), key: key, sign: true, try: try})
	p.send(call{method: "POST", path: path, query: without(order, "side"), key: key, sign: true, try: try})
	p.send(call{method: "POST", path: path, query: without(order, "timestamp") + "&timestamp=1500000000000", key: key, sign: true, try: try})
	p.send(call{method: "GET", path: "/api/v3/allOrders", query: "timestamp={now}", key: key, sign: true, try: try})
}
