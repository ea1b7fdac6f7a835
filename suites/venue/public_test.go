package venue_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// clock is a clock that a test sets. It must not be set while requests run.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// july2019 lies inside the window of edition 2019-seed, away from the edges of
// a minute.
var july2019 = time.Date(2019, 7, 20, 10, 0, 10, 123e6, time.UTC)

func newVenue(t testing.TB, c venue.Config) (*venue.Venue, *clock) {
	t.Helper()
	now := &clock{july2019}
	if c.Clock == nil {
		c.Clock = now.now
	}
	v, err := venue.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v, now
}

func get(v http.Handler, url string) *http.Response {
	rec := httptest.NewRecorder()
	v.ServeHTTP(rec, httptest.NewRequest("GET", url, nil))
	return rec.Result()
}

// body decodes the JSON of an answer.
func body[T any](t testing.TB, r *http.Response) (v T) {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func TestPublicRoutesAnswer(t *testing.T) {
	v, _ := newVenue(t, venue.Config{Seed: 1})
	for _, c := range []struct{ url, want string }{
		{"/api/v1/ping", `{}`},
		{"/api/v1/time", `{"serverTime":1563616810123}`},
		{"/api/v3/time", `{"serverTime":1563616810123}`},
		{"/api/v1/exchangeInfo", `{"timezone":"UTC","serverTime":1563616810123,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200},`},
		{"/api/v1/klines?symbol=BTCUSDT&interval=1m&limit=1", `[[1563616800000,"`},
		{"/api/v1/depth?symbol=BTCUSDT&limit=5", `{"lastUpdateId":`},
		{"/api/v1/trades?symbol=BTCUSDT&limit=2", `[{"id":`},
		{"/api/v1/aggTrades?symbol=BTCUSDT&limit=2", `[{"a":`},
		{"/api/v3/avgPrice?symbol=BTCUSDT", `{"mins":5,"price":"`},
		{"/api/v1/ticker/24hr?symbol=BTCUSDT", `{"symbol":"BTCUSDT","priceChange":"`},
		{"/api/v1/ticker/24hr", `[{"symbol":"ETHBTC","priceChange":"`},
		{"/api/v3/ticker/price?symbol=BTCUSDT", `{"symbol":"BTCUSDT","price":"`},
		{"/api/v1/ticker/allPrices", `[{"symbol":"ETHBTC","price":"`},
		{"/api/v3/ticker/bookTicker", `[{"symbol":"ETHBTC","bidPrice":"`},
	} {
		r := get(v, c.url)
		data, _ := io.ReadAll(r.Body)
		if r.StatusCode != 200 || !strings.HasPrefix(string(data), c.want) || !json.Valid(data) {
			t.Errorf("%s: expected 200 and %s, found %d and %.300s", c.url, c.want, r.StatusCode, data)
		}
	}
}

func TestEveryAnswerTellsTheUsedWeight(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	for i, c := range []struct {
		url  string
		want string
	}{
		{"/api/v1/ping", "1"},
		{"/api/v1/depth?symbol=BTCUSDT&limit=1000", "11"},
		{"/api/v1/ticker/24hr", "51"},
		{"/api/v1/depth", "52"},
	} {
		r := get(v, c.url)
		if got := r.Header.Get("X-MBX-USED-WEIGHT"); got != c.want {
			t.Errorf("%d %s: expected a used weight of %s, found %q", i, c.url, c.want, got)
		}
		if got := r.Header.Get("X-MBX-USED-WEIGHT-1M"); got != "" {
			t.Errorf("%s: expected no suffixed field in July 2019, found %q", c.url, got)
		}
	}
	now.at = now.at.Add(time.Minute)
	if got := get(v, "/api/v1/ping").Header.Get("X-MBX-USED-WEIGHT"); got != "1" {
		t.Errorf("expected a new minute to count anew, found %s", got)
	}
	now.at = time.Date(2019, 8, 15, 0, 0, 0, 0, time.UTC)
	if r := get(v, "/api/v1/ping"); r.Header.Get("X-MBX-USED-WEIGHT-1M") != "1" || r.Header.Get("X-MBX-USED-WEIGHT") != "1" {
		t.Errorf("expected both fields from 2019-08-15, found %v", r.Header)
	}
}

func TestUnknownPathGetsThePageOfItsTime(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	r := get(v, "/api/v1/nothing")
	if r.StatusCode != 404 || r.Header.Get("Content-Type") != "text/html" || r.Header.Get("X-MBX-USED-WEIGHT") != "" {
		t.Errorf("expected a page that is not the API's, found %d %v", r.StatusCode, r.Header)
	}
	now.at = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if r := get(v, "/api/v1/nothing"); r.StatusCode != 404 || body[struct{ Code int }](t, r).Code != -1020 {
		t.Errorf("expected JSON, found %d", r.StatusCode)
	}
}
