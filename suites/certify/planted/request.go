package planted

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
)

// security is what a route wants to know of who sends.
type security uint8

const (
	open   security = iota
	keyed           // the API key
	signed          // key, timestamp and signature
)

// route is how an op is carried out.
type route struct {
	op           driver.Op
	method, path string
	security     security
	array        bool // it answers with one
	changesState bool // sent twice it may happen twice
}

var timeRoute = route{op: driver.Time, method: "GET", path: "/api/v1/time"}

var routes = []route{
	{op: driver.Ping, method: "GET", path: "/api/v1/ping"},
	timeRoute,
	{op: driver.ExchangeInfo, method: "GET", path: "/api/v1/exchangeInfo"},
	{op: driver.Klines, method: "GET", path: "/api/v1/klines", array: true},
	{op: driver.Trades, method: "GET", path: "/api/v1/trades", array: true},
	{op: driver.AggTrades, method: "GET", path: "/api/v1/aggTrades", array: true},
	{op: driver.Depth, method: "GET", path: "/api/v1/depth"},
	{op: driver.Ticker24hr, method: "GET", path: "/api/v1/ticker/24hr"},
	{op: driver.TickerPrice, method: "GET", path: "/api/v3/ticker/price"},
	{op: driver.Account, method: "GET", path: "/api/v3/account", security: signed},
	{op: driver.PlaceOrder, method: "POST", path: "/api/v3/order", security: signed, changesState: true},
	{op: driver.CancelOrder, method: "DELETE", path: "/api/v3/order", security: signed, changesState: true},
	{op: driver.QueryOrder, method: "GET", path: "/api/v3/order", security: signed},
	{op: driver.OpenOrders, method: "GET", path: "/api/v3/openOrders", security: signed, array: true},
	{op: driver.AllOrders, method: "GET", path: "/api/v3/allOrders", security: signed, array: true},
	{op: driver.MyTrades, method: "GET", path: "/api/v3/myTrades", security: signed, array: true},
	{op: driver.Withdraw, method: "POST", path: "/wapi/v3/withdraw.html", security: signed, changesState: true},
	{op: driver.DepositHistory, method: "GET", path: "/wapi/v3/depositHistory.html", security: signed},
	{op: driver.WithdrawHistory, method: "GET", path: "/wapi/v3/withdrawHistory.html", security: signed},
	{op: driver.DepositAddress, method: "GET", path: "/wapi/v3/depositAddress.html", security: signed},
	{op: driver.SystemStatus, method: "GET", path: "/wapi/v3/systemStatus.html"},
	{op: driver.AccountStatus, method: "GET", path: "/wapi/v3/accountStatus.html", security: signed},
	{op: driver.StartUserDataStream, method: "POST", path: "/api/v1/userDataStream", security: keyed},
}

func routeOf(op driver.Op) (route, bool) {
	i := slices.IndexFunc(routes, func(r route) bool { return r.op == op })
	if i < 0 {
		return route{}, false
	}
	return routes[i], true
}

// request is a call with its parameters, in the order in which they are sent.
type request struct {
	route  route
	params []param
}

type param struct{ name, value string }

func (q *request) get(name string) string {
	for _, p := range q.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// set adds a parameter, or replaces its value. It does not change the parameters
// of requests that this one was copied from.
func (q *request) set(name, value string) {
	q.params = slices.Clone(q.params)
	for i := range q.params {
		if q.params[i].name == name {
			q.params[i].value = value
			return
		}
	}
	q.params = append(q.params, param{name, value})
}

// paramsOf lists the parameters of a command by name.
func paramsOf(from map[string]any) []param {
	var list []param
	for name, v := range from {
		text := fmt.Sprint(v)
		if f, ok := v.(float64); ok { // as JSON has numbers: 1563600000000 is not 1.5636e+12
			text = strconv.FormatFloat(f, 'f', -1, 64)
		}
		list = append(list, param{name, text})
	}
	slices.SortFunc(list, func(a, b param) int { return strings.Compare(a.name, b.name) })
	return list
}

// stamp is the timestamp of a request that is sent now.
func stamp() param { return param{"timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10)} }

// encoded is the parameters as a query string or form, with the timestamp and
// the signature that a signed route wants. before is what stands in the query
// string when they go into a body: the signature covers both.
func (c *Client) encoded(q request, before string) string {
	params := slices.Clone(q.params)
	if q.route.security == signed && q.get("timestamp") == "" {
		params = append(params, stamp())
	}
	var b strings.Builder
	for _, p := range params {
		if c.vice == sendsSeconds && (strings.HasSuffix(p.name, "Time") || p.name == "timestamp") {
			p.value = strings.TrimSuffix(p.value, p.value[max(0, len(p.value)-3):])
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + url.QueryEscape(p.value))
	}
	if q.route.security == signed {
		mac := hmac.New(sha256.New, []byte(c.config.Secret))
		mac.Write([]byte(before + b.String()))
		b.WriteString("&signature=" + hex.EncodeToString(mac.Sum(nil)))
	}
	return b.String()
}

const (
	form = "application/x-www-form-urlencoded"

	// maxBody bounds an answer, in bytes: the largest real one has 18 MB.
	maxBody = 64 << 20
)

// build writes the request: the parameters of a GET in the query string, those
// of all others as a form in the body.
func (c *Client) build(ctx context.Context, q request) (*http.Request, error) {
	target, body, contentType := c.config.URL+q.route.path, "", ""
	switch {
	case q.route.method != "GET" && c.vice == sendsJSON:
		body, contentType = asJSON(c.encoded(q, "")), "application/json"
	case q.route.method != "GET" && q.route.security == signed && q.get("recvWindow") == "":
		const query = "recvWindow=5000" // the two places may be mixed
		if c.vice == sendsTwice {
			q.set("recvWindow", "6000")
		}
		target += "?" + query
		body, contentType = c.encoded(q, query), form
	case q.route.method != "GET":
		if body = c.encoded(q, ""); body != "" {
			contentType = form
		}
	case c.vice == getsByBody:
		if body = c.encoded(q, ""); body != "" {
			contentType = form
		}
	default:
		if text := c.encoded(q, ""); text != "" {
			target += "?" + text
		}
	}
	r, err := http.NewRequestWithContext(ctx, q.route.method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if q.route.security != open {
		r.Header.Set("X-MBX-APIKEY", c.config.Key)
	}
	return r, nil
}

// asJSON is a form as a JSON object.
func asJSON(text string) string {
	values, _ := url.ParseQuery(text) // it was encoded here
	object := map[string]string{}
	for name := range values {
		object[name] = values.Get(name)
	}
	b, _ := json.Marshal(object) // strings
	return string(b)
}
