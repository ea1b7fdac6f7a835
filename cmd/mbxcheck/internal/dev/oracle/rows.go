package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// listed is a list with an age, its rows in some order.
func listed(g *generator, m moment) {
	kind := pick(g, "trades", "historicalTrades", "aggTrades", "klines", "myTrades", "allOrders", "depth")
	rows := make([]string, pick(g, 0, 1, 2, 2, 3, 3, 5))
	ids, times := g.ascents(len(rows), kind == "klines"), g.ascents(len(rows), true)
	invalid := g.chance(5)
	for i := range rows {
		rows[i] = g.row(kind, ids[i], times[i], invalid && i == 0)
		if g.chance(2) {
			rows[i] = pick(g, "null", "[]", "{}", "5", `"x"`)
		}
	}
	body := "[" + strings.Join(rows, pick(g, ",", ", ")) + "]"
	if g.chance(6) {
		body = pick(g, body[:len(body)/2], body+",", "\ufeff"+body, " \r\n"+body+"\n", `{"rows":`+body+`}`)
	}
	path := "/api/" + pick(g, "v1", "v3", "v3") + "/" + kind
	g.ask(m, "GET", path, url.Values{"symbol": {"BTCUSDT"}, "n": {g.unique()}}, answer{status: pick(g, 200, 200, 200, 200, 201, 400), body: body})
}

// ascents are numbers that rise, but for what goes wrong.
func (g *generator) ascents(n int, instants bool) []string {
	at, step := int64(100+g.IntN(1000)), int64(3)
	if instants {
		at, step = g.began.UnixMilli(), 60_000
	}
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprint(at + int64(i)*step)
	}
	if n < 2 || g.chance(45) {
		return values
	}
	i := g.IntN(n - 1)
	switch g.IntN(8) {
	case 0:
		values[i], values[i+1] = values[i+1], values[i]
	case 1:
		values[i+1] = values[i]
	case 2:
		slices.Reverse(values)
	case 3:
		values = slices.Repeat(values[:1], n)
	case 4:
		values[i] = "9999999999999999999" + values[i]
	case 5:
		values[i] += pick(g, ".0", "e0", ".5")
	case 6:
		values[i] = pick(g, `"`+values[i]+`"`, "null", "-"+values[i], "1e400")
	case 7:
		values[n-1] = "99999999999999999999"
	}
	return values
}

// row is one row of a list, its names sometimes escaped.
func (g *generator) row(kind, id, at string, invalid bool) string {
	name := func(n string) string {
		if g.chance(4) {
			return fmt.Sprintf(`"\u%04x%s"`, n[0], n[1:])
		}
		return `"` + n + `"`
	}
	var members []string
	switch kind {
	case "aggTrades":
		first := "1"
		if invalid {
			first = "-1"
		}
		members = []string{name("a") + ":" + id, name("f") + ":" + first, `"l":` + first, `"p":"1"`, name("T") + ":" + at}
	case "klines":
		return "[" + id + `,"1","1","1","1","1",` + at + `,"1",1,"1","1","0"]`
	case "allOrders":
		symbol := pick(g, "BTCUSDT", "BTCUSDT", "ETHUSDT")
		members = []string{name("orderId") + ":" + id, name("symbol") + `:"` + symbol + `"`, name("time") + ":" + at, `"updateTime":` + at}
	default:
		members = []string{name("id") + ":" + id, `"price":"1"`, name("time") + ":" + at}
	}
	if g.chance(10) {
		g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return "{" + strings.Join(members, ",") + "}"
}

// clocked is an answer that holds a time.
func clocked(g *generator, m moment) {
	at := m.at.Add(g.skew).UnixMilli()
	v := pick(g, fmt.Sprint(at), fmt.Sprint(at), fmt.Sprint(at/1000), fmt.Sprint(at*1000), fmt.Sprint(at*1_000_000), fmt.Sprint(at)+".0", fmt.Sprint(at)+".5", fmt.Sprint(at)+"e0",
		fmt.Sprintf("%d.%03de9", at/1_000_000_000, at%1_000_000_000/1_000_000), `"`+fmt.Sprint(at)+`"`, `"2019-07-20 10:00:00"`, `""`, "null", "true", "0", "-1", "5", "-5", "1e400", "-1e400", "1e-400", "99999999999999999999", "[]", "{}", "[5]")
	x := pick(g, [2]string{"/api/v3/time", "serverTime"}, [2]string{"/api/v1/time", "serverTime"}, [2]string{"/api/v3/order", "updateTime"}, [2]string{"/api/v3/account", "updateTime"}, [2]string{"/api/v3/exchangeInfo", "serverTime"})
	name := x[1]
	if g.chance(10) {
		name = `\u0073` + name[1:]
		if x[1] == "updateTime" {
			name = `\u0075pdateTime`
		}
	}
	body := `{"a":1,"` + name + `":` + v + "}"
	params := url.Values{}
	if x[1] == "updateTime" {
		params = g.signed(m, params)
	}
	y := g.ask(m, "GET", x[0], params, answer{status: pick(g, 200, 200, 200, 200, 400), body: body})
	if g.chance(15) {
		unit := y.Request.Header[0]
		unit.Name, unit.Value = g.cased("X-MBX-TIME-UNIT"), pick(g, "MICROSECOND", "microsecond", "MILLISECOND")
		y.Request.Header = append(y.Request.Header, unit)
	}
}
