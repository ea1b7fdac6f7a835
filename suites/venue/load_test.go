package venue_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// 64 clients of eight addresses trade and look at once: each address's counter
// tells every sum once, and no money is made or lost.
func TestCountersAreExactUnderLoad(t *testing.T) {
	// The clock stands still: all of it falls into one minute.
	v, err := venue.New(venue.Config{
		Clock:    func() time.Time { return july2019 },
		Limits:   venue.LimitRules{Limits: []venue.Limit{}},
		ClientIP: func(r *http.Request) string { return r.Header.Get("X-Test-Address") },
	})
	if err != nil {
		t.Fatal(err)
	}
	const clients, each, addresses = 64, 40, 8
	used := make([][]int, clients)
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := range each {
				used[client] = append(used[client], oneOf(t, v, client, i, strconv.Itoa(client%addresses)))
			}
		})
	}
	wg.Wait()
	for address := range addresses {
		var told []int
		for client := address; client < clients; client += addresses {
			told = append(told, used[client]...)
		}
		slices.Sort(told)
		for i, n := range told {
			if n != i+1 {
				t.Fatalf("address %d: expected each sum from 1 to %d to be told once, found %d in place %d", address, len(told), n, i+1)
			}
		}
	}
}

// oneOf sends one of the requests that weigh 1 and returns the used weight.
func oneOf(t *testing.T, v *venue.Venue, client, i int, address string) int {
	a := v.Accounts()[client%2]
	url, method := "/api/v1/time", "GET"
	switch i % 4 {
	case 1:
		url = "/api/v1/depth?symbol=BTCUSDT&limit=5"
	case 2, 3:
		method = "POST"
		params := fmt.Sprintf("symbol=BTCUSDT&side=%s&type=MARKET&quantity=0.002&timestamp=%d", []string{"BUY", "SELL"}[i%2], july2019.UnixMilli())
		url = "/api/v3/order?" + params + "&signature=" + sign(a.Secret, params)
	}
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("X-MBX-APIKEY", a.Key)
	r.Header.Set("X-Test-Address", address)
	rec := httptest.NewRecorder()
	v.ServeHTTP(rec, r)
	n, err := strconv.Atoi(rec.Header().Get("X-MBX-USED-WEIGHT"))
	if err != nil || rec.Code != 200 {
		t.Errorf("%s: expected 200 and a used weight, found %d %s", url, rec.Code, rec.Body)
	}
	return n
}

// 64 clients of four addresses send calls of different weights, orders among
// them, past all limits. A model takes the answers of each address in the order
// of their used weights: each must tell the sum of what came before and of its
// own, and be served as long as the limits hold, and not after.
func TestLimitsAreExactUnderLoad(t *testing.T) {
	const clients, each, addresses, weightLimit, orderLimit = 64, 60, 4, 1500, 90
	v, err := venue.New(venue.Config{
		Clock: func() time.Time { return july2019 },
		Limits: venue.LimitRules{BanAfter: clients * each, Limits: []venue.Limit{
			{Type: "REQUEST_WEIGHT", Limit: weightLimit, Num: 1, Unit: "MINUTE"}, {Type: "ORDERS", Limit: orderLimit, Num: 1, Unit: "DAY"},
		}},
		ClientIP: func(r *http.Request) string { return r.Header.Get("X-Test-Address") },
	})
	if err != nil {
		t.Fatal(err)
	}
	calls := []struct {
		method, url   string
		weight, order int
	}{
		{"GET", "/api/v1/ping", 1, 0}, {"GET", "/api/v3/ticker/price", 2, 0}, {"GET", "/api/v1/depth?symbol=BTCUSDT&limit=500", 5, 0},
		{"GET", "/api/v1/depth?symbol=BTCUSDT&limit=1000", 10, 0}, {"POST", "/api/v3/order", 1, 1},
	}
	type answer struct{ call, used, status int }
	answers := make([][]answer, clients)
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := range each {
				call := (client + i) % len(calls)
				r := httptest.NewRequest(calls[call].method, calls[call].url, nil)
				r.Header.Set("X-Test-Address", strconv.Itoa(client%addresses))
				rec := httptest.NewRecorder()
				v.ServeHTTP(rec, r)
				used, err := strconv.Atoi(rec.Header().Get("X-MBX-USED-WEIGHT"))
				if err != nil {
					t.Error(err)
				}
				answers[client] = append(answers[client], answer{call, used, rec.Code})
			}
		})
	}
	wg.Wait()
	for address := range addresses {
		var all []answer
		for client := address; client < clients; client += addresses {
			all = append(all, answers[client]...)
		}
		slices.SortFunc(all, func(a, b answer) int { return a.used - b.used })
		used, orders, refused := 0, 0, 0
		for _, a := range all {
			c := calls[a.call]
			used += c.weight
			orders += c.order
			over := used > weightLimit || c.order > 0 && orders > orderLimit
			if a.used != used || (a.status == 429) != over {
				t.Fatalf("address %d, %s: expected %d used and a refusal: %t, found %+v", address, c.url, used, over, a)
			}
			if over {
				refused++
			}
		}
		if refused == 0 || refused == len(all) || orders <= orderLimit {
			t.Errorf("address %d: expected both limits passed on the way, found %d refused of %d and %d orders", address, refused, len(all), orders)
		}
	}
}

// A million addresses keep as much memory as the package says, and no more: 32
// MB for the default of 131072 that are followed.
func TestAddressesAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("many addresses take a second")
	}
	v, err := venue.New(venue.Config{Clock: func() time.Time { return july2019 }})
	if err != nil {
		t.Fatal(err)
	}
	inUse := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := inUse()
	var c venue.Call
	var a venue.Answer
	for i := range 400_000 { // three times as many as are followed
		c.Method, c.Path, c.Address = "GET", "/api/v1/ping", fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff)
		if v.Do(&c, &a); a.Status != 200 {
			t.Fatalf("address %d: expected 200, found %d", i, a.Status)
		}
	}
	const bound = 32 << 20
	grown := inUse() - before
	if grown > bound {
		t.Errorf("expected %d bytes kept at the most, found %d", bound, grown)
	}
	t.Logf("the addresses keep %d KB", grown>>10)
	runtime.KeepAlive(v)
}

// nobody is a ResponseWriter that costs nothing.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header         { return n.header }
func (n *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n *nobody) WriteHeader(int)             {}

func benchmark(b *testing.B, url string) {
	v, err := venue.New(venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := httptest.NewRequest("GET", url, nil)
		w := &nobody{http.Header{}}
		for pb.Next() {
			v.ServeHTTP(w, r)
		}
	})
}

func BenchmarkTime(b *testing.B)   { benchmark(b, "/api/v1/time") }
func BenchmarkKlines(b *testing.B) { benchmark(b, "/api/v1/klines?symbol=BTCUSDT&interval=1m") }
func BenchmarkDepth(b *testing.B)  { benchmark(b, "/api/v1/depth?symbol=BTCUSDT") }
func BenchmarkTicker(b *testing.B) { benchmark(b, "/api/v1/ticker/24hr") }

// BenchmarkDo is the venue without net/http.
func BenchmarkDo(b *testing.B) {
	v, err := venue.New(venue.Config{Limits: venue.LimitRules{Limits: []venue.Limit{}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var c venue.Call
	var a venue.Answer
	for b.Loop() {
		c.Method, c.Path, c.Address = "GET", "/api/v1/time", "127.0.0.1"
		v.Do(&c, &a)
	}
}
