package serve

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// BenchmarkRecord answers and records calls with small, large and signed messages,
// by formats.
func BenchmarkRecord(b *testing.B) {
	v, err := venue.New(venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	if err != nil {
		b.Fatal(err)
	}
	const sign = "timestamp=1563616800000&signature=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for _, call := range []struct{ name, method, target string }{
		{"ping", "GET", "/api/v1/ping"},
		{"signed", "GET", "/api/v3/openOrders?symbol=BTCUSDT&" + sign},
		{"klines", "GET", "/api/v1/klines?symbol=BTCUSDT&interval=1m&limit=500"},
		{"exchangeInfo", "GET", "/api/v1/exchangeInfo"},
		{"ticker", "GET", "/api/v1/ticker/24hr"},
	} {
		for _, ending := range []string{".ndjson", ".har", ".yaml"} {
			b.Run(call.name+ending, func(b *testing.B) { benchmarkRecord(b, v, call.method, call.target, "r"+ending) })
		}
	}
}

func benchmarkRecord(b *testing.B, v *venue.Venue, method, target, name string) {
	var rec *cassettes.Recorder
	anew := func() { // so that no disk is filled
		var err error
		if rec, err = cassettes.Create(filepath.Join(b.TempDir(), name), hideOf(v)); err != nil {
			b.Fatal(err)
		}
	}
	anew()
	defer func() { rec.Close() }()
	x := asSeen(v, method, target)
	b.SetBytes(int64(len(x.Response.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := rec.Add(x); err != nil {
			b.Fatal(err)
		}
		if rec.Count() == 1000 {
			rec.Close()
			anew()
		}
	}
}

func hideOf(v *venue.Venue) *mask.Masker { return masker(v.Accounts()) }

// asSeen is what a recorder sees of a call.
func asSeen(v *venue.Venue, method, target string) *traffic.Exchange {
	var x *traffic.Exchange
	tap := &wire.Tap{Handler: v, Clock: traffic.SteadyClock(), Ended: func(s *wire.Seen) { x = s.Exchange() }}
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, nil)
	r.Header = http.Header{"X-Mbx-Apikey": {v.Accounts()[0].Key}, "User-Agent": {"python-requests/2.28.1"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip, deflate"}, "Connection": {"keep-alive"}}
	tap.ServeHTTP(httptest.NewRecorder(), r)
	return x
}
