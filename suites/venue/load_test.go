package venue_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
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
