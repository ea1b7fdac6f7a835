package weight

import (
	"fmt"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var noon = time.Date(2019, 7, 20, 12, 0, 30, 0, time.UTC)

// weighed is a request for an order book whose weight depends on limit.
func weighed(query string) *traffic.Exchange {
	x := &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/depth" + query},
		Response: traffic.Response{Status: 200, Body: []byte(`{}`)},
	}
	x.Response.Header = traffic.Header{{Name: "Date", Value: noon.Format("Mon, 02 Jan 2006 15:04:05 GMT")}}
	return x
}

// What a request weighs, as far as the recording shows it.
func TestRecorded(t *testing.T) {
	depth := edition.Default().Catalogue.Lookup("GET", "/api/v1/depth")
	ticker := edition.Default().Catalogue.Lookup("GET", "/api/v1/ticker/24hr")
	exact := func(x *traffic.Exchange, off time.Duration) *traffic.Exchange {
		x.Sent, x.Received = traffic.Exactly(noon.Add(off)), traffic.Exactly(noon.Add(off))
		return x
	}
	body := func(x *traffic.Exchange, b string) *traffic.Exchange {
		x.Request.URL = "https://api.binance.com/api/v1/ticker/24hr"
		x.Response.Body = []byte(b)
		return x
	}
	filtered := func(x *traffic.Exchange) *traffic.Exchange {
		x.Gaps = traffic.GapFiltered
		return x
	}
	gap := func(x *traffic.Exchange, g traffic.Gap) *traffic.Exchange { x.Gaps = g; return x }
	refused := func(x *traffic.Exchange) *traffic.Exchange { x.Response.Status = 400; return x }
	undated := exact(weighed("?symbol=A&limit=1000"), 0)
	undated.Response.Header = nil
	edited := exact(weighed("?symbol=A&limit=1000"), 0)
	edited.Response.Header[0].Value = "Thu, 01 Dec 2016 12:00:00 GMT"
	wapi := exact(weighed("?symbol=A"), 0)
	wapi.Request.URL = "https://api.binance.com/wapi/v3/x"
	nowhere := weighed("?symbol=A&limit=1000")
	nowhere.Response.Header = nil
	for _, c := range []struct {
		name string
		x    *traffic.Exchange
		ep   *edition.Endpoint
		want int64
		own  int64
	}{
		{"a limit", exact(weighed("?symbol=A&limit=1000"), 0), depth, 10, 10},
		{"no limit", exact(weighed("?symbol=A"), 0), depth, 1, 1},
		{"no limit, and no instants, but a query", weighed("?symbol=A"), depth, 1, 1},
		{"no query and no instants: it may have been dropped", weighed(""), depth, -1, 1},
		{"a limit that may have been filtered", filtered(exact(weighed("?symbol=A"), 0)), depth, -1, -1},
		{"a limit that was not filtered", filtered(exact(weighed("?symbol=A&limit=1000"), 0)), depth, 10, 10},
		{"without a Date the recorder's instants tell", undated, depth, 10, 10},
		{"a Date that is off, of the same weights", exact(weighed("?symbol=A&limit=1000"), time.Hour), depth, 10, 10},
		{"an edited Date", edited, depth, -1, -1},
		{"an edited timestamp", exact(weighed(fmt.Sprintf("?symbol=A&limit=1000&signature=%064d&timestamp=%d", 1, noon.Add(-time.Hour).UnixMilli())), 0), depth, -1, 10},
		{"a Date that is off, of other weights", exact(weighed("?symbol=A&limit=1000"), 60*24*time.Hour), depth, -1, 10},
		{"no query, and the recorder's instants: none was sent", exact(weighed(""), 0), depth, 1, 1},
		{"a list that was refused", refused(body(weighed(""), `[]`)), ticker, -1, 40},
		{"a list that was cut", gap(body(weighed(""), `[]`), traffic.GapTruncated), ticker, -1, 40},
		{"a list and something behind it", body(weighed(""), `[] x`), ticker, -1, 40},
		{"no instant at all", nowhere, depth, -1, -1},
		{"an unknown route", exact(weighed("?symbol=A"), 0), nil, -1, -1},
		{"another family", wapi, depth, -1, -1},
		{"an object: one symbol was asked for", body(weighed(""), `{}`), ticker, -1, 40},
		{"a list: all were", body(weighed(""), `[]`), ticker, 40, 40},
		{"a list, by its own instants", exact(body(weighed(""), `[]`), 0), ticker, 40, 40},
	} {
		f := traffic.FactsOf(edition.Default().Dialect, c.x)
		if got, own := Recorded(f, c.ep), Own(f, c.ep); got != c.want || own != c.own {
			t.Errorf("%s: expected %d, and %d if all is there, found %d and %d", c.name, c.want, c.own, got, own)
		}
	}
}
