package certify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestFittingOfDriven: a driver says which calls it has, and where they go.
func TestFittingOfDriven(t *testing.T) {
	withdrawal := &Scenario{Name: "withdraw-504-done", Part: Withdraw}
	for _, c := range []struct {
		name        string
		ops         []driver.Op
		unsupported []driver.Op
		place       string // of withdrawals
		profile     string
		left        string
	}{
		{"all of it", []driver.Op{driver.Klines, driver.PlaceOrder, driver.Withdraw}, nil, "/wapi", clause.ProfileAll, "[]"},
		{"of today", []driver.Op{driver.Klines, driver.PlaceOrder, driver.Withdraw}, nil, "/sapi", clause.ProfileTrading, "[{withdraw it withdraws on /sapi, not on /wapi}]"},
		{"withdrawals that nobody saw", []driver.Op{driver.PlaceOrder, driver.Withdraw}, nil, "", clause.ProfileAll, "[]"},
		{"no withdrawals", []driver.Op{driver.Klines, driver.PlaceOrder}, nil, "", clause.ProfileTrading, "[{withdraw it has no call withdraw}]"},
		{"says it has, and has not", []driver.Op{driver.PlaceOrder, driver.Withdraw}, []driver.Op{driver.Withdraw}, "", clause.ProfileTrading, "[{withdraw it has no call withdraw}]"},
		{"funds alone", []driver.Op{driver.Withdraw}, nil, "/wapi", clause.ProfileWithdraw, "[{trading it has no call placeOrder}]"},
		{"reads", []driver.Op{driver.Klines}, nil, "", clause.ProfileMarketData, "[{trading it has no call placeOrder} {withdraw it has no call withdraw}]"},
	} {
		r := &Result{Scenario: withdrawal, Hello: driver.Hello{Ops: c.ops}, Unsupported: c.unsupported, place: c.place}
		profile, left := (&Certifier{Mode: certificate.Drive}).Fitting([]*Result{r})
		if profile != c.profile || fmt.Sprint(left) != c.left {
			t.Errorf("%s: expected %s without %s, found %s without %v", c.name, c.profile, c.left, profile, left)
		}
	}
}

// TestFittingOfWatched: of a program that nobody drives those calls count that
// it was seen to make.
func TestFittingOfWatched(t *testing.T) {
	for _, c := range []struct{ method, path, profile string }{
		{"GET", "/api/v3/klines", clause.ProfileMarketData},
		{"POST", "/api/v3/userDataStream", clause.ProfileMarketData},
		{"GET", "/api/v3/order", clause.ProfileMarketData},
		{"POST", "/api/v3/order", clause.ProfileTrading},
		{"DELETE", "/api/v3/openOrders", clause.ProfileTrading},
		{"POST", "/sapi/v1/capital/withdraw/apply", clause.ProfileMarketData},
		{"POST", "/wapi/v3/withdraw.html", clause.ProfileWithdraw},
	} {
		x := &traffic.Exchange{Request: traffic.Request{Method: c.method, URL: "https://api.binance.com" + c.path}}
		profile, left := (&Certifier{Mode: certificate.Observe}).Fitting([]*Result{{Scenario: &Scenario{}, Exchanges: []*traffic.Exchange{x}}})
		if profile != c.profile || len(left) == 0 {
			t.Errorf("%s %s: expected %s, found %s without %v", c.method, c.path, c.profile, profile, left)
		}
	}
}

// TestRefusalIsExplained: that others are served inside a staged silence stands
// at the first refusal, and there alone.
func TestRefusalIsExplained(t *testing.T) {
	at := func(n, status int) *traffic.Exchange {
		x := &traffic.Exchange{At: traffic.Position{Number: n}, Request: traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v3/ping"}}
		x.Response.Status = status
		x.Received = traffic.Exactly(time.Unix(1563616800, 0))
		return x
	}
	told := 0
	for _, e := range (&Result{Scenario: &Scenario{}, held: edition.Default(), Exchanges: []*traffic.Exchange{at(1, 200), at(2, 418), at(3, 200), at(4, 418)}}).Timeline(nil) {
		if has := len(e.Text) > 60; has {
			told++
			if !strings.HasPrefix(e.Text, "#2 418") || e.Who != certificate.Venue {
				t.Errorf("found %+v", e)
			}
		}
	}
	if told != 1 {
		t.Errorf("expected it said once, found %d times", told)
	}
}
