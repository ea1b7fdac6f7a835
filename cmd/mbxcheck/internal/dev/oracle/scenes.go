package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	tooMany       = `{"code":-1003,"msg":"Too many requests."}`
	tooManyOrders = `{"code":-1015,"msg":"Too many new orders; current limit is 10 orders per SECOND."}`
)

// refused is a 429 and what comes behind it.
func refused(g *generator, m moment) {
	a := answer{status: 429, body: pick(g, tooMany, tooMany, tooMany, tooManyOrders, tooManyOrders, "", "{}", `{"message":"Limit Exceeded"}`, "<html>429</html>")}
	a.page, a.bare = strings.HasPrefix(a.body, "<"), g.chance(25)
	length := pick(g, 1, 2, 5, 60)
	a.fields = g.retryAfter(m, fmt.Sprint(length), time.Duration(length)*time.Second)
	var x *traffic.Exchange
	if strings.Contains(a.body, "-1015") || g.chance(30) {
		x = g.order(m, pick(g, "/api/v3/order", "/api/v3/order", "/api/v3/order", "/api/v3/order/oco", "/sapi/v1/margin/order"), a)
	} else {
		x = g.ask(m, "GET", "/api/v3/depth", url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}, a)
	}
	for range 1 + g.IntN(3) {
		g.follow(m, x, time.Duration(length)*time.Second)
	}
}

// spammed is a call that is refused without a wait, and sent again and again.
func spammed(g *generator, m moment) {
	pause := time.Duration(pick(g, 1, 20, 99, 150, 300, 450, 700)) * time.Millisecond
	growth := pick(g, 100, 100, 101, 108, 120, 150) // in hundredths
	params := url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}
	for range 9 + g.IntN(5) {
		a := answer{status: 429, body: tooMany, flight: time.Duration(1+g.IntN(30)) * time.Millisecond}
		if g.chance(3) {
			a.status, a.body = 200, "{}"
		}
		g.ask(m, "GET", "/api/v3/depth", params, a)
		m = m.after(a.flight + pause)
		pause = pause * time.Duration(growth) / 100
	}
	if g.chance(50) {
		g.ask(m.after(6*time.Second), "GET", "/api/v3/ping", nil, answer{status: 200, body: "{}"})
	}
}

// outlawed is a 418 and what comes behind it.
func outlawed(g *generator, m moment) {
	length := time.Duration(pick(g, 120, 120, 300, 86400)) * time.Second
	a := answer{status: 418, body: pick(g, tooMany, "", "{}", "<html>418</html>"), bare: g.chance(20)}
	a.page = strings.HasPrefix(a.body, "<")
	a.flight = time.Duration(1+g.IntN(900)) * time.Millisecond
	if g.chance(50) {
		until := m.at.Add(a.flight + g.skew + length + pick(g, 0, 0, 10*time.Second, -10*time.Second)).UnixMilli()
		a.body = fmt.Sprintf(`{"code":-1003,"msg":"Way too many requests; IP banned until %d."}`, until)
	}
	a.fields = g.retryAfter(m, fmt.Sprint(int(length/time.Second)), length)
	x := g.ask(m, "GET", "/api/v3/depth", url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}, a)
	for range 1 + g.IntN(3) {
		if g.chance(20) { // banned still
			again := a
			again.flight = 0
			y := g.ask(m.after(a.flight+time.Duration(g.Int64N(int64(length)))), "GET", "/api/v3/ping", nil, again)
			g.follow(m, y, length)
		}
		g.follow(m, x, length)
	}
}

// retryAfter is the field in one of many forms, or none.
func (g *generator) retryAfter(m moment, digits string, length time.Duration) []traffic.Field {
	date := m.at.Add(g.skew + length).UTC().Format(http.TimeFormat)
	v := digits
	if g.chance(35) {
		v = pick(g, "00"+digits, digits+"s", "soon", "", "0", date, date, digits+".5", "-5", "+"+digits, "1e3", "٣", digits+", "+digits, digits+", 7")
	}
	fields := []traffic.Field{{Name: "Retry-After", Value: v}}
	switch {
	case g.chance(12):
		return nil
	case g.chance(6):
		fields = append(fields, traffic.Field{Name: "Retry-After", Value: pick(g, v, "7", "soon")})
	}
	return fields
}

// follow sends something at an edge of a wait: of its end, of the tolerance of
// 50 ms, of the answer's arrival.
func (g *generator) follow(m moment, x *traffic.Exchange, length time.Duration) {
	const ms = time.Millisecond
	flight := x.Received.Earliest.Sub(x.Sent.Earliest)
	end := flight + length
	at := pick(g, end, end-49*ms, end-50*ms, end-51*ms, end+ms, end+2*time.Second, end-ms, end-1100*ms, end-900*ms,
		flight, flight+ms, flight-ms, flight/2, flight+length/2, end+10*time.Second, end-10*time.Second, end+time.Hour)
	m.at = x.Sent.Earliest
	m = m.after(max(at, 0))
	if g.chance(25) {
		m.client = pick(g, g.clients...)
	}
	if g.chance(25) {
		m.key = pick(g, g.keys...)
	}
	ok := answer{status: 200, body: `{}`}
	switch g.IntN(5) {
	case 0:
		g.order(m, pick(g, "/api/v3/order", "/api/v3/order/test", "/sapi/v1/margin/order", "/api/v3/order/oco"), answer{status: 200, body: `{"orderId":1}`})
	case 1:
		g.ask(m, "DELETE", "/api/v3/order", g.signed(m, url.Values{"symbol": {"BTCUSDT"}, "orderId": {g.unique()}}), ok)
	case 2:
		again := answer{status: 429, body: tooMany, fields: g.retryAfter(m, fmt.Sprint(1+g.IntN(5)), time.Second)}
		g.ask(m, "GET", "/api/v3/depth", url.Values{"symbol": {"ETHUSDT"}, "n": {g.unique()}}, again)
	default:
		g.ask(m, "GET", pick(g, "/api/v3/depth", "/api/v3/ping", "/sapi/v1/margin/pair"), url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}, ok)
	}
}

// order places an order that no other is like.
func (g *generator) order(m moment, path string, a answer) *traffic.Exchange {
	params := url.Values{"symbol": {"BTCUSDT"}, "side": {"SELL"}, "type": {"LIMIT"}, "timeInForce": {"GTC"}, "quantity": {g.unique()}, "price": {"9"}}
	return g.ask(m, "POST", path, g.signed(m, params), a)
}

// failing is an error in some envelope.
func failing(g *generator, m moment) {
	a := answer{status: pick(g, 400, 400, 401, 404, 409, 418, 429, 500, 503, 504, 200), body: g.envelope(), bare: g.chance(40)}
	if g.chance(12) {
		a.body = pick(g, "", "<html>502</html>", "null", "[]", "{}", `"x"`, "5", a.body[:len(a.body)/2], a.body+" x", "\ufeff"+a.body, "["+a.body+"]", "true")
	}
	a.page, a.unkept = strings.HasPrefix(a.body, "<") || g.chance(5), g.chance(5)
	if a.unkept {
		a.body = ""
	}
	path := pick(g, "/api/v3/depth", "/api/v1/depth", "/api/v3/account", "/sapi/v1/margin/account", "/api/v3/nowhere", "/sapi/v1/margin/pair")
	g.ask(m, "GET", path, url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}, a)
}

// envelope is an error's payload, mostly with some fault.
func (g *generator) envelope() string {
	code := pick(g, "-1121", "-1121", "-1121", "-1003", "-1121.0", "-1.121e3", `"-1121"`, "null", "true", "0", "200", "5", "-1121.5", "1e400", "-1e400", "-99999999999999999999", "[1]", "{}", "-0", "-9999")
	msg := pick(g, `"Invalid symbol."`, `"Invalid symbol."`, `"Invalid symbol."`, `"Invalid symbol"`, `"no such"`, `""`, "null", "5", `["x"]`, `{"a":"b"}`, `"Too many requests."`, `"\u0049nvalid symbol."`)
	members := []string{pick(g, `"code":`, `"code":`, `"code":`, `"\u0063ode":`) + code, pick(g, `"msg":`, `"msg":`, `"msg":`, `"m\u0073g":`) + msg}
	switch g.IntN(14) {
	case 0:
		members = append(members, `"success":`+pick(g, "false", "true", "null", `"false"`))
	case 1:
		members = members[:1]
	case 2:
		members = members[1:]
	case 3:
		members = append(members, `"data":{"code":1,"msg":"x"}`)
	case 4:
		members = []string{`"error":"x"`, `"status":400`}
	case 5:
		members = []string{`"Code":` + code, `"MSG":` + msg}
	case 6:
		members = []string{`"data":{` + strings.Join(members, ",") + "}"}
	case 7:
		members[1] = `"message":` + msg
	case 8:
		members = append(members, pick(g, members...))
	}
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, pick(g, ",", " , ", ",\n\t")) + "}"
}

// asking is a request with time parameters.
func asking(g *generator, m moment) {
	at := m.at.Add(g.skew).UnixMilli()
	value := func() string {
		return pick(g, fmt.Sprint(at), fmt.Sprint(at), fmt.Sprint(at-pick[int64](g, 59_000, 61_500, 3_600_000)), fmt.Sprint(at/1000), fmt.Sprint(at*1000), fmt.Sprint(at*1_000_000),
			fmt.Sprint(at)+".0", fmt.Sprint(at/1000)+".5", "0", "5", "-5", "TIMESTAMP", "[FILTERED]", "2019-07-20", "1e12", "", "99999999999999999999", "00"+fmt.Sprint(at))
	}
	a := answer{status: pick(g, 200, 200, 200, 400), body: "[]"}
	if g.chance(50) {
		g.ask(m, "GET", "/api/v3/klines", url.Values{"symbol": {"BTCUSDT"}, "interval": {"1m"}, pick(g, "startTime", "endTime"): {value()}}, a)
		return
	}
	params := url.Values{"symbol": {"BTCUSDT"}, "timestamp": {value()}, "signature": {strings.Repeat("a1", 32)}}
	if g.chance(30) {
		params.Set("startTime", value())
	}
	g.ask(m, "GET", pick(g, "/api/v3/allOrders", "/sapi/v1/margin/allOrders", "/wapi/v3/withdrawHistory.html"), params, a)
}
