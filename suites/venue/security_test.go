package venue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue"
)

const testOrder = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.008&recvWindow=5000"

// stamped adds the client's time, 137 ms before the venue's.
func (c *client) stamped(params string) string {
	return fmt.Sprintf("%s&timestamp=%d", params, c.now.at.UnixMilli())
}

func TestSigningOverQueryBodyAndBoth(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	for _, split := range []int{0, 20, 62, len(testOrder) + 1} {
		all := c.stamped(testOrder)
		pairs := strings.Split(all, "&")
		cut := len(strings.Split(all[:min(split, len(all))], "&"))
		if split == 0 {
			cut = 0
		}
		query, form := strings.Join(pairs[:cut], "&"), strings.Join(pairs[cut:], "&")
		signature := sign(c.secret, query+form)
		if form == "" {
			query += "&signature=" + signature
		} else {
			form += "&signature=" + signature
		}
		r := c.send("POST", "/api/v3/order/test", query, form)
		if r.StatusCode != 200 {
			t.Errorf("query %q body %q: expected 200, found %+v", query, form, body[problem](t, r))
		}
	}
	all := c.stamped(testOrder)
	c.ok(c.send("POST", "/api/v3/order/test", "signature="+sign(c.secret, all), all))
	c.ok(c.send("POST", "/api/v3/order/test", "signature="+strings.ToUpper(sign(c.secret, all))+"&"+all, ""))
}

func TestParametersInAnyOrder(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	pairs := strings.Split(testOrder, "&")
	for i := range pairs {
		params := c.stamped(strings.Join(append(append([]string{}, pairs[i:]...), pairs[:i]...), "&"))
		c.ok(c.send("POST", "/api/v3/order/test", params+"&signature="+sign(c.secret, params), ""))
	}
}

// The document lets /wapi take parameters in the body too.
func TestWithdrawalFromTheBody(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	form := c.stamped("asset=ETH&address=0x1&amount=1")
	c.ok(c.send("POST", "/wapi/v3/withdraw.html", "", form+"&signature="+sign(c.secret, form)))
	if got := c.balance("ETH"); got[0] != "199.00000000" {
		t.Errorf("expected 1 ETH less, found %v", got)
	}
	if p := body[problem](t, c.signed("POST", "/wapi/v3/withdraw.html", "asset=ETH&address=0x1&amount=1000")); p.Success == nil || *p.Success || p.Msg == "" {
		t.Errorf("expected a refusal, found %+v", p)
	}
	list := body[struct {
		Success      bool
		WithdrawList []struct {
			Amount    float64
			Asset     string
			ApplyTime int64
			Status    int
		}
	}](t, c.ok(c.signed("GET", "/wapi/v3/withdrawHistory.html", "asset=ETH")))
	if !list.Success || len(list.WithdrawList) != 1 || list.WithdrawList[0].Amount != 0.9995 || list.WithdrawList[0].Status != 4 {
		t.Errorf("expected the one withdrawal, found %+v", list)
	}
}

func TestQueryWins(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	query := c.stamped(testOrder)
	form := "symbol=NOSUCH"
	c.ok(c.send("POST", "/api/v3/order/test", query, form+"&signature="+sign(c.secret, query+form)))
	query, form = "symbol=NOSUCH", c.stamped(testOrder)
	c.expect(c.send("POST", "/api/v3/order/test", query, form+"&signature="+sign(c.secret, query+form)), 400, -1121, "Invalid symbol.")
}

func TestGetReadsTheQueryOnly(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	c.expect(c.send("GET", "/api/v1/depth", "", "symbol=BTCUSDT"), 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
	params := c.stamped("symbol=BTCUSDT")
	c.expect(c.send("GET", "/api/v3/openOrders", "", params+"&signature="+sign(c.secret, params)), 400, -1102, "")
}

func TestBodyOfAnotherTypeHoldsNoParameters(t *testing.T) {
	v, _ := newVenue(t, venue.Config{})
	c := &venue.Call{Method: "POST", Path: "/api/v3/order", Body: []byte("symbol=A"), ContentType: "application/json", APIKey: v.Accounts()[0].Key}
	var a venue.Answer
	v.Do(c, &a)
	if len(c.Params) != 0 || !strings.Contains(string(a.Body), "-1102") {
		t.Errorf("expected the body unread, found %+v %s", c.Params, a.Body)
	}
}

func TestSecurityRefusals(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	known := c.key
	for _, s := range []struct {
		name, key string
		skew      int64
		extra     string
		spoil     bool
		status    int
		code      int
		msg       string
	}{
		{name: "sound", key: known, status: 200},
		{name: "no key", status: 401, code: -2014, msg: "API-key format invalid."},
		{name: "short key", key: "abc", status: 401, code: -2014},
		{name: "unknown key", key: strings.Repeat("k", 64), status: 401, code: -2015, msg: "Invalid API-key, IP, or permissions for action."},
		{name: "bad signature", key: known, spoil: true, status: 400, code: -1022, msg: "Signature for this request is not valid."},
		{name: "late", key: known, skew: -5000, status: 400, code: -1021, msg: "Timestamp for this request is outside of the recvWindow."},
		{name: "late inside a wide window", key: known, skew: -5000, extra: "&recvWindow=10000", status: 200},
		{name: "just ahead", key: known, skew: 1136, status: 200},
		{name: "ahead", key: known, skew: 1137, status: 400, code: -1021, msg: "Timestamp for this request was 1000ms ahead of the server's time."},
		{name: "no number", key: known, extra: "&recvWindow=x", status: 400, code: -1100},
		{name: "twice", key: known, extra: "&symbol=BTCUSDT", status: 400, code: -1101},
		{name: "unknown parameter", key: known, extra: "&colour=red", status: 400, code: -1104, msg: "Not all sent parameters were read; read '3' parameter(s) but was sent '4'."},
		{name: "empty", key: known, extra: "&recvWindow=", status: 400, code: -1105, msg: "Parameter 'recvWindow' was empty."},
	} {
		t.Run(s.name, func(t *testing.T) {
			c.t, c.key = t, s.key
			params := fmt.Sprintf("symbol=BTCUSDT&timestamp=%d%s", now.at.UnixMilli()+s.skew, s.extra)
			signature := sign(c.secret, params)
			if s.spoil {
				signature = sign("another", params)
			}
			r := c.send("GET", "/api/v3/openOrders", params+"&signature="+signature, "")
			if s.status == 200 {
				c.ok(r)
				return
			}
			c.expect(r, s.status, s.code, s.msg)
		})
	}
	c.t, c.key = t, known
	c.expect(c.send("GET", "/api/v3/openOrders", "symbol=BTCUSDT", ""), 400, -1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.")
	c.expect(c.send("GET", "/api/v3/openOrders", "timestamp=1&signature=short", ""), 400, -1100, "")
	c.expect(c.send("GET", "/api/v1/ping", "a=%zz", ""), 400, -1100, "Illegal characters found in a parameter.")
	c.expect(c.send("GET", "/api/v1/ping", "a=b", ""), 400, -1101, "Too many parameters; expected '0' and received '1'.")
	c.expect(c.send("POST", "/api/v1/time", "", ""), 405, -1020, "This operation is not supported.")
	c.key = ""
	c.expect(c.send("GET", "/api/v1/historicalTrades", "symbol=BTCUSDT", ""), 401, -2014, "")
	if r := c.send("POST", "/wapi/v3/withdraw.html", "", ""); r.StatusCode != 401 {
		t.Errorf("wapi: expected 401, found %d", r.StatusCode)
	} else if p := body[problem](t, r); p.Success == nil || *p.Success || p.Code != 0 {
		t.Errorf("wapi: expected its own envelope, found %+v", p)
	}
}

func TestMarketDataRefusals(t *testing.T) {
	v, now := newVenue(t, venue.Config{})
	c := newClient(t, v, now)
	for _, s := range []struct {
		path, query string
		code        int
	}{
		{"/api/v1/depth", "", -1102},
		{"/api/v1/depth", "symbol=", -1105},
		{"/api/v1/depth", "symbol=NOSUCH", -1121},
		{"/api/v1/depth", "symbol=btcusdt", -1100},
		{"/api/v1/depth", "symbol=BTCUSDT&limit=7", -1100},
		{"/api/v1/klines", "symbol=BTCUSDT", -1102},
		{"/api/v1/klines", "symbol=BTCUSDT&interval=2m", -1120},
		{"/api/v1/klines", "symbol=BTCUSDT&interval=1m&limit=x", -1100},
		{"/api/v1/klines", "symbol=BTCUSDT&interval=1m&startTime=2019-07-20", -1100},
		{"/api/v1/klines", "symbol=BTCUSDT&interval=1m&limit=99999999999999999999", -1100},
		{"/api/v1/trades", "symbol=BTCUSDT&limit=0", -1130},
		{"/api/v1/aggTrades", "symbol=BTCUSDT&fromId=1&startTime=2", -1128},
		{"/api/v1/aggTrades", "symbol=BTCUSDT&startTime=1&endTime=1563616810000", -1127},
		{"/api/v3/ticker/price", "symbol=A&symbols=[]", -1128},
		{"/api/v3/ticker/price", "symbols=BTCUSDT", -1100},
		{"/api/v3/ticker/price", `symbols=%5B%22NOSUCH%22%5D`, -1121},
	} {
		r := c.send("GET", s.path, s.query, "")
		if got := body[problem](t, r); r.StatusCode != 400 || got.Code != s.code {
			t.Errorf("%s?%s: expected 400 with %d, found %d with %+v", s.path, s.query, s.code, r.StatusCode, got)
		}
	}
}
