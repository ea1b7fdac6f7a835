package probe

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// hasKeys reports whether signed probes can be made.
func (p *prober) hasKeys() bool {
	return p.c.APIKey != "" && p.c.SecretKey != "" && p.summary.Refused == ""
}

// mayOrder reports whether an order that fits the filters can be signed.
func (p *prober) mayOrder() bool { return p.hasKeys() && p.info.quantity != "" }

// orderParams are those of a limit order that nobody would fill, in the
// alphabet's order: a server that minds the order shall accept this one.
func (p *prober) orderParams() string { return p.orderHead(p.info.symbol) + "&" + orderTail }

func (p *prober) orderHead(symbol string) string {
	return "price=" + p.info.lowPrice + "&quantity=" + p.info.quantity + "&side=BUY&symbol=" + symbol
}

const orderTail = "timeInForce=GTC&timestamp={now}&type=LIMIT"

// noSymbol is one that no venue lists.
const noSymbol = "NONE"

// without leaves a parameter out.
func without(params, name string) string {
	list := slices.DeleteFunc(strings.Split(params, "&"), func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
	return strings.Join(list, "&")
}

// parameters sends one call in several orders, and with its parameters in
// several places.
func (p *prober) parameters() {
	p.orders(call{method: "GET", path: p.version + "/klines", query: "interval=1m&limit=5&symbol=" + p.info.symbol})
	switch {
	case p.summary.Refused != "":
		return
	case !p.hasKeys():
		p.leaveOut("Signed calls were left out, and with them the places of parameters, accounts, orders and wallets: there is no API key and secret.")
		return
	case !p.mayOrder():
		p.leaveOut("Test orders were left out: exchangeInfo and ticker/price did not tell what an order must fit in.")
		return
	}
	const path = "/api/v3/order/test"
	p.orders(call{method: "POST", path: path, query: p.orderParams(), key: p.c.APIKey, sign: true})
	try := p.experiment(general.TryPlaces)
	head, wrong := p.orderHead(p.info.symbol), p.orderHead(noSymbol)
	for _, v := range []struct{ variant, query, body string }{
		{general.PlaceQuery, head + "&" + orderTail, ""},
		{general.PlaceBody, "", head + "&" + orderTail},
		{general.PlaceMixed, head, orderTail},
		{general.PlaceInvalid, wrong, orderTail},
		{general.PlaceQueryValid, head, "symbol=" + noSymbol + "&" + orderTail},
		{general.PlaceQueryInvalid, wrong, "symbol=" + p.info.symbol + "&" + orderTail},
	} {
		try.Variant = v.variant
		p.send(call{method: "POST", path: path, query: v.query, body: v.body, key: p.c.APIKey, sign: true, try: try})
	}
	p.stream()
}

// orders sends a call with its parameters as they stand, reversed, and turned
// by one.
func (p *prober) orders(c call) {
	c.try = p.experiment(general.TryOrder)
	given := strings.Split(c.query, "&")
	reversed := slices.Clone(given)
	slices.Reverse(reversed)
	turned := append(slices.Clone(given[1:]), given[0])
	for i, order := range [][]string{given, reversed, turned} {
		c.query, c.try.Variant = strings.Join(order, "&"), string(rune('1'+i))
		p.send(c)
	}
}

// stream keeps a user data stream alive by query string and by body: PUT and
// DELETE take parameters in both, too.
func (p *prober) stream() {
	const path = "/api/v3/userDataStream"
	try := p.experiment("stream")
	a := p.send(call{method: "POST", path: path, key: p.c.APIKey, try: try})
	var told struct{ ListenKey string }
	if json.Unmarshal(a.body, &told) != nil || !isListenKey(told.ListenKey) {
		return
	}
	listen := "listenKey=" + told.ListenKey
	places := p.experiment(general.TryPlaces)
	places.Variant = general.PlaceQuery
	p.send(call{method: "PUT", path: path, query: listen, key: p.c.APIKey, try: places})
	places.Variant = general.PlaceBody
	p.send(call{method: "PUT", path: path, body: listen, key: p.c.APIKey, try: places})
	p.send(call{method: "DELETE", path: path, query: listen, key: p.c.APIKey, try: try})
}

func isListenKey(s string) bool {
	return len(s) > 8 && len(s) < 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// signed sends a call with all parameters in the query string.
func (p *prober) signed(try traffic.Experiment, method, path, params string) *answer {
	if params != "" {
		params += "&"
	}
	return p.send(call{method: method, path: path, query: params + "timestamp={now}", key: p.c.APIKey, sign: true, try: try})
}
