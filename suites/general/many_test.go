package general

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// talk is exchanges of one client one behind the other, three milliseconds each.
type talk []*traffic.Exchange

func (t *talk) say(method, url, key string, status int, body string, fields ...traffic.Field) {
	x := answered("https://api.binance.com"+url, status, body, fields...)
	x.Request.Method, x.Request.Header = method, traffic.Header{{Name: "X-MBX-APIKEY", Value: key}}
	x.At.Number = len(*t) + 1
	at := x.Sent.Earliest.Add(time.Duration(len(*t)) * 3 * time.Millisecond)
	x.Sent, x.Received = traffic.Exactly(at), traffic.Exactly(at.Add(time.Millisecond))
	*t = append(*t, x)
}

// Of more calls in trouble at once than are followed the oldest is in doubt where
// anything was shown of it, and what is known of the others stays.
func TestMoreAtOnceThanAreFollowed(t *testing.T) {
	const slow = `{"code":-1003,"msg":"Too many requests; please use the websocket for live updates."}`
	const orders = `{"code":-1015,"msg":"Too many new orders; current limit is 10 orders per SECOND."}`
	const unknown = `{"code":-1000,"msg":"An unknown error occured while processing the request."}`
	const order = "/api/v3/order?symbol=A&side=BUY&type=LIMIT&timeInForce=GTC&price=1&timestamp=1563616810000&signature=00&quantity="
	ofSymbol := func(i int) string {
		return fmt.Sprintf("/api/v3/order?symbol=S%d&side=BUY&type=LIMIT&timeInForce=GTC&price=1&quantity=1&timestamp=1563616810000&signature=00", i)
	}
	klines := func(i int) string { return fmt.Sprintf("/api/v1/klines?interval=1m&symbol=S%d", i) }
	for _, c := range []struct {
		name, id string
		calls    int
		each     func(t *talk, i int)
		then     func(t *talk)
		want     string
	}{
		{"calls sent again at once, as many as are followed", "back-off-after-429", recentKept,
			func(t *talk, i int) { t.say("GET", klines(i), "", 429, slow) },
			func(t *talk) { t.say("GET", klines(0), "", 429, slow) }, "0 0 0"},
		{"one more, of which the oldest was sent again", "back-off-after-429", recentKept,
			func(t *talk, i int) { t.say("GET", klines(i), "", 429, slow) },
			func(t *talk) {
				t.say("GET", klines(0), "", 429, slow)
				t.say("GET", klines(99), "", 429, slow)
			}, "0 0 1"},
		{"one more, of which all but the oldest were answered", "back-off-after-429", recentKept,
			func(t *talk, i int) { t.say("GET", klines(i), "", 429, slow) },
			func(t *talk) {
				for i := range recentKept - 1 {
					t.say("GET", klines(i+1), "", 200, `[]`)
					t.say("GET", klines(i+1), "", 200, `[]`)
				}
				t.say("GET", klines(0), "", 429, slow)
				t.say("GET", klines(99), "", 429, slow)
			}, "0 0 0"},
		{"one more, of which the oldest was not", "back-off-after-429", recentKept,
			func(t *talk, i int) { t.say("GET", klines(i), "", 429, slow) },
			func(t *talk) { t.say("GET", klines(99), "", 429, slow) }, "0 0 0"},
		{"orders of unknown outcome, as many as are followed", "no-blind-resend", recentKept,
			func(t *talk, i int) { t.say("POST", order+fmt.Sprint(i+1), "k", 503, unknown) },
			func(t *talk) { t.say("POST", order+"1", "k", 200, `{}`) }, fmt.Sprintf("0 1 %d", recentKept)},
		{"orders of unknown outcome of many symbols, and one more", "no-blind-resend", recentKept + 1,
			func(t *talk, i int) { t.say("POST", ofSymbol(i), "k", 503, unknown) },
			func(t *talk) {}, "0 0 1"},
		{"one more, of which the oldest was looked up", "no-blind-resend", recentKept,
			func(t *talk, i int) { t.say("POST", ofSymbol(i), "k", 503, unknown) },
			func(t *talk) {
				t.say("GET", "/api/v3/openOrders?symbol=S0&timestamp=1563616810000&signature=00", "k", 200, `[]`)
				t.say("POST", ofSymbol(99), "k", 503, unknown)
			}, "0 0 0"},
		{"one behind the other, of which all but the first were looked up and sent again", "no-blind-resend", 1,
			func(t *talk, i int) { t.say("POST", ofSymbol(i), "k", 503, unknown) },
			func(t *talk) {
				for i := range recentKept {
					t.say("POST", ofSymbol(i+1), "k", 503, unknown)
					t.say("GET", fmt.Sprintf("/api/v3/openOrders?symbol=S%d&timestamp=1563616810000&signature=00", i+1), "k", 200, `[]`)
					t.say("POST", ofSymbol(i+1), "k", 200, `{}`)
				}
				t.say("POST", ofSymbol(0), "k", 200, `{}`)
			}, fmt.Sprintf("%d 1 0", recentKept)},
		{"one more, of which the oldest was in doubt", "no-blind-resend", 1,
			func(t *talk, i int) { t.say("POST", ofSymbol(i), "k", 503, unknown) },
			func(t *talk) {
				t.say("POST", strings.Replace(ofSymbol(0), "quantity=1", "quantity=2", 1), "k", 200, `{}`)
				for i := range recentKept {
					t.say("POST", ofSymbol(i+1), "k", 503, unknown)
				}
			}, "0 0 1"},
		{"order limits of as many keys as are followed", "back-off-after-429", recentKept,
			func(t *talk, i int) {
				t.say("POST", order+"1", fmt.Sprint("key", i), 429, orders, traffic.Field{Name: "Retry-After", Value: "1"})
			},
			func(t *talk) {
				for i := range recentKept {
					t.say("POST", order+"2", fmt.Sprint("key", i), 200, `{}`)
				}
			}, fmt.Sprintf("0 %d 0", recentKept)},
		{"order limits of one key more", "back-off-after-429", recentKept + 1,
			func(t *talk, i int) {
				t.say("POST", order+"1", fmt.Sprint("key", i), 429, orders, traffic.Field{Name: "Retry-After", Value: "1"})
			},
			func(t *talk) {
				t.say("POST", order+"2", "key1", 200, `{}`)
				t.say("POST", order+"2", "key0", 200, `{}`)
			}, "0 1 0"},
		{"order limits of more keys, of which all but the first waited", "back-off-after-429", 1,
			func(t *talk, _ int) {
				t.say("POST", order+"1", "key0", 429, orders, traffic.Field{Name: "Retry-After", Value: "1"})
			},
			func(t *talk) {
				for i := range recentKept {
					t.say("POST", order+"1", fmt.Sprint("key", i+1), 429, orders, traffic.Field{Name: "Retry-After", Value: "0"})
					t.say("POST", order+"2", fmt.Sprint("key", i+1), 200, `{}`)
				}
				t.say("POST", order+"2", "key0", 200, `{}`)
			}, fmt.Sprintf("%d 1 0", recentKept)},
		{"orders of a key that no limit was told for take no other's wait away", "back-off-after-429", recentKept,
			func(t *talk, i int) {
				t.say("POST", order+"1", fmt.Sprint("key", i), 429, orders, traffic.Field{Name: "Retry-After", Value: "1"})
			},
			func(t *talk) {
				t.say("POST", order+"2", "key99", 200, `{}`)
				t.say("POST", order+"2", "key0", 200, `{}`)
			}, "0 1 0"},
	} {
		var told talk
		for i := range c.calls {
			c.each(&told, i)
		}
		c.then(&told)
		if got := judgedBy(t, c.id, engine.Options{}, told...); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.name, c.want, got)
		}
	}
}
