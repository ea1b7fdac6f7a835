package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// generator makes a conversation scene by scene. Scenes overlap: each begins
// somewhere in those before it.
type generator struct {
	*rand.Rand
	began   time.Time
	skew    time.Duration // the venue's clock less the recorder's
	clients []string
	keys    []string
	all     []*traffic.Exchange
	spent   int // calls made so far: each is told apart by it
}

// generate makes the conversation that a seed and a number stand for, in the
// order in which the answers came.
func generate(seed, number uint64) []*traffic.Exchange {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, number))}
	g.began = time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC).Add(time.Duration(g.IntN(60*86_400_000)) * time.Millisecond)
	g.skew = pick(g, 0, 0, 0, 40*time.Millisecond, -3*time.Second, 2*time.Minute, -time.Hour)
	g.clients = pick(g, []string{""}, []string{""}, []string{"10.0.0.1", "10.0.0.2"}, []string{"10.0.0.1", "2001:db8::1", "10.0.0.3"})
	g.keys = []string{strings.Repeat("K", 64), strings.Repeat("L", 64)}[:1+g.IntN(2)]
	scenes := []func(*generator, moment){refused, refused, spammed, outlawed, lostCall, lostCall, failing, listed, clocked, asking}
	for range 1 + g.IntN(3) {
		scenes[g.IntN(len(scenes))](g, g.moment())
	}
	slices.SortStableFunc(g.all, func(a, b *traffic.Exchange) int { return a.Received.Earliest.Compare(b.Received.Earliest) })
	for i, x := range g.all {
		x.At = traffic.Position{File: "-", Number: i + 1}
	}
	return g.all
}

// moment is who acts next, and when.
type moment struct {
	at          time.Time
	client, key string
}

// moment begins a scene: among those before, or behind them.
func (g *generator) moment() moment {
	m := moment{g.began, pick(g, g.clients...), pick(g, g.keys...)}
	if n := len(g.all); n > 0 {
		m.at = g.all[g.IntN(n)].Received.Earliest.Add(time.Duration(g.IntN(3000)-500) * time.Millisecond)
		if g.chance(50) {
			m.at = g.all[n-1].Received.Earliest.Add(time.Duration(1+g.IntN(200_000)) * time.Millisecond)
		}
	}
	return m
}

// after moves a moment on.
func (m moment) after(d time.Duration) moment {
	m.at = m.at.Add(d)
	return m
}

// chance is true in so many of a hundred cases.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// pick takes one of several.
func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// unique is a number that no other call of the conversation bears.
func (g *generator) unique() string {
	g.spent++
	return fmt.Sprint(1000 + g.spent)
}

// answer is what comes back, and how long it takes; a flight of 0 is any.
type answer struct {
	status int
	body   string
	fields []traffic.Field
	flight time.Duration
	bare   bool // no field of the venue's
	page   bool // HTML
	unkept bool // the recorder lost the body
}

// ask sends a call and has it answered.
func (g *generator) ask(m moment, method, path string, params url.Values, a answer) *traffic.Exchange {
	if a.flight == 0 {
		a.flight = time.Duration(1+g.IntN(900)) * time.Millisecond
	}
	x := &traffic.Exchange{Client: m.client, Sent: traffic.Exactly(m.at), Received: traffic.Exactly(m.at.Add(a.flight)), Duration: a.flight}
	x.Request.Method, x.Request.URL = method, "https://"+pick(g, "api.binance.com", "api.binance.com", "api1.binance.com", "API.binance.com")+path
	x.Request.Header = traffic.Header{{Name: g.cased("Accept"), Value: "*/*"}}
	if m.key != "" {
		x.Request.Header = append(x.Request.Header, traffic.Field{Name: g.cased("X-MBX-APIKEY"), Value: m.key})
	}
	g.place(x, params)
	if a.status == 0 {
		x.Gaps |= traffic.GapResponse
	} else {
		x.Response.Status, x.Response.Body = a.status, []byte(a.body)
		x.Response.Header = g.fields(x, a)
	}
	if a.unkept {
		x.Gaps, x.Response.Body = x.Gaps|traffic.GapResponseBody, nil
	}
	g.all = append(g.all, x)
	return x
}

// place puts parameters into the query string, the body or both, in any order.
func (g *generator) place(x *traffic.Exchange, params url.Values) {
	pairs := strings.Split(params.Encode(), "&")
	if len(params) == 0 {
		return
	}
	g.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	cut := len(pairs)
	if x.Request.Method != http.MethodGet {
		cut = pick(g, 0, len(pairs), g.IntN(len(pairs)+1))
	}
	if cut > 0 {
		x.Request.URL += "?" + strings.Join(pairs[:cut], "&")
	}
	if cut < len(pairs) {
		x.Request.Body = []byte(strings.Join(pairs[cut:], "&"))
		x.Request.Header = append(x.Request.Header, traffic.Field{Name: g.cased("Content-Type"), Value: "application/x-www-form-urlencoded"})
	}
}

// fields are the response's header fields, in any order and spelling.
func (g *generator) fields(x *traffic.Exchange, a answer) (h traffic.Header) {
	kind := "application/json;charset=UTF-8"
	if a.page {
		kind = "text/html; charset=utf-8"
	}
	h = append(h, traffic.Field{Name: g.cased("Content-Type"), Value: kind})
	if !a.bare {
		h = append(h, traffic.Field{Name: g.cased("X-MBX-USED-WEIGHT"), Value: "5"})
	}
	if !g.chance(8) {
		made := x.Sent.Earliest.Add(time.Duration(g.Int64N(int64(a.flight)))).Add(g.skew)
		h = append(h, traffic.Field{Name: g.cased("Date"), Value: made.UTC().Format(http.TimeFormat)})
	}
	for _, f := range a.fields {
		h = append(h, traffic.Field{Name: g.cased(f.Name), Value: f.Value})
	}
	g.Shuffle(len(h), func(i, j int) {
		if !strings.EqualFold(h[i].Name, h[j].Name) {
			h[i], h[j] = h[j], h[i]
		}
	})
	return h
}

// cased is a field name in some spelling.
func (g *generator) cased(name string) string {
	return pick(g, name, name, name, strings.ToLower(name), strings.ToUpper(name))
}

// signed adds what every signed call has.
func (g *generator) signed(m moment, params url.Values) url.Values {
	signed := url.Values{"timestamp": {fmt.Sprint(m.at.Add(g.skew).UnixMilli())}, "signature": {fmt.Sprintf("%064x", g.Uint64())}}
	if g.chance(40) {
		signed.Set("recvWindow", pick(g, "5000", "6000"))
	}
	for name, v := range params {
		signed[name] = v
	}
	return signed
}
