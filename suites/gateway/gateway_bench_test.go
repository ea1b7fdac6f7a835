package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// BenchmarkPass is a signed GET and its answer through a gateway that judges and
// records, through one that judges, and through net/http's own proxy alone, by 16
// clients at a time.
func BenchmarkPass(b *testing.B) {
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		io.WriteString(w, `{"symbol":"BTCUSDT","orderId":1,"price":"0.1","status":"NEW","time":1563616800000}`)
	}))
	defer venue.Close()
	to, err := ParseUpstream(venue.URL)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("alone", func(b *testing.B) {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = maxIdle
		alone := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }, Transport: transport})
		defer alone.Close()
		ask(b, alone.URL)
	})
	b.Run("judged", func(b *testing.B) { through(b, to, "") })
	b.Run("recorded", func(b *testing.B) { through(b, to, filepath.Join(b.TempDir(), "all.ndjson")) })
}

func through(b *testing.B, to *url.URL, record string) {
	g, err := Start(Config{Listen: "127.0.0.1:0", Upstream: to, Rules: rule.All(edition.Default()), Record: record})
	if err != nil {
		b.Fatal(err)
	}
	ask(b, g.URL())
	b.StopTimer()
	if _, err := g.Close(); err != nil {
		b.Error(err)
	}
}

func ask(b *testing.B, base string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxIdle}}
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := client.Get(base + "/api/v3/order?symbol=BTCUSDT&orderId=1&timestamp=1563616800000&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71")
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
