package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxBody bounds an answer, in bytes: those of exchangeInfo had 18 MB in 2025.
const maxBody = 64 << 20

// signed is the client that people write when they use no library: it signs,
// sends, and hands over the answer. How often something is sent is http's
// choice.
type signed struct {
	http              *http.Client
	base, key, secret string
}

func newSigned(c *http.Client) *signed {
	base := os.Getenv("MBXCHECK_URL")
	if base == "" {
		base = "https://api.binance.com"
	}
	return &signed{http: c, base: base, key: os.Getenv("MBXCHECK_API_KEY"), secret: os.Getenv("MBXCHECK_SECRET_KEY")}
}

// netHTTP drives net/http's default client.
func netHTTP() driver {
	return newSigned(http.DefaultClient).driver("net/http", runtime.Version(), "default")
}

// retryable drives hashicorp/go-retryablehttp as its README wires it: a new
// client, and its standard client in the place of http.Client. A negative max
// leaves RetryMax as it is.
func retryable(max int) driver {
	c := retryablehttp.NewClient()
	configuration := "default"
	if max >= 0 {
		c.RetryMax = max
		configuration = fmt.Sprintf("RetryMax=%d", max)
	}
	const module = "github.com/hashicorp/go-retryablehttp"
	return newSigned(c.StandardClient()).driver(module, version(module), configuration)
}

// statusError is an answer other than 2xx, of which the caller has all.
type statusError struct {
	Status     int
	Code       int64
	Msg        string
	RetryAfter string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP %d: %d %s", e.Status, e.Code, e.Msg)
}

// describeStatus says what an error holds: of an answer, which is no error to
// net/http, everything; of none that of net/http, a *url.Error. go-retryablehttp makes such an error of the
// answers too that it gave up on (client.go, Do): "giving up after 5
// attempt(s)", without the last answer.
func describeStatus(err error) failure {
	f := failure{Type: fmt.Sprintf("%T", err), Message: err.Error()}
	if e, ok := err.(*statusError); ok {
		f.Type, f.Status, f.Code, f.refused = "(result)", e.Status, e.Code, e.Status < 300
		if sec, err := strconv.ParseInt(e.RetryAfter, 10, 32); err == nil && sec >= 0 {
			ms := sec * 1000
			f.RetryAfterMs = &ms
		}
	}
	return f
}

// route is how an op is sent. Its parameters go by the venue's names.
type route struct {
	method, path string
	signed       bool
}

var routes = map[string]route{
	"ping":         {"GET", "/api/v3/ping", false},
	"time":         {"GET", "/api/v3/time", false},
	"exchangeInfo": {"GET", "/api/v3/exchangeInfo", false},
	"klines":       {"GET", "/api/v3/klines", false},
	"trades":       {"GET", "/api/v3/trades", false},
	"aggTrades":    {"GET", "/api/v3/aggTrades", false},
	"depth":        {"GET", "/api/v3/depth", false},
	"ticker24hr":   {"GET", "/api/v3/ticker/24hr", false},
	"tickerPrice":  {"GET", "/api/v3/ticker/price", false},

	"account":     {"GET", "/api/v3/account", true},
	"placeOrder":  {"POST", "/api/v3/order", true},
	"cancelOrder": {"DELETE", "/api/v3/order", true},
	"queryOrder":  {"GET", "/api/v3/order", true},
	"openOrders":  {"GET", "/api/v3/openOrders", true},
	"allOrders":   {"GET", "/api/v3/allOrders", true},
	"myTrades":    {"GET", "/api/v3/myTrades", true},

	"withdraw":        {"POST", "/wapi/v3/withdraw.html", true},
	"depositHistory":  {"GET", "/wapi/v3/depositHistory.html", true},
	"withdrawHistory": {"GET", "/wapi/v3/withdrawHistory.html", true},
	"depositAddress":  {"GET", "/wapi/v3/depositAddress.html", true},
	"systemStatus":    {"GET", "/wapi/v3/systemStatus.html", false},
	"accountStatus":   {"GET", "/wapi/v3/accountStatus.html", true},

	"startUserDataStream": {"POST", "/api/v3/userDataStream", false},
}

func (c *signed) driver(client, version, configuration string) driver {
	d := driver{
		client: client, version: version, configuration: configuration,
		ops: map[string]func(params) (result, error){}, describe: describeStatus,
	}
	for op, r := range routes {
		d.ops[op] = func(p params) (result, error) {
			body, err := c.send(r, p)
			if err != nil {
				return result{}, err
			}
			return resultOf(op, body)
		}
	}
	return d
}

// send puts the parameters where people put them: into the body of a POST, into
// the query of everything else.
func (c *signed) send(r route, p params) ([]byte, error) {
	values := url.Values{}
	for name, value := range p {
		values.Set(name, value)
	}
	if r.signed {
		values.Set("timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10))
	}
	text := values.Encode()
	if r.signed {
		mac := hmac.New(sha256.New, []byte(c.secret))
		mac.Write([]byte(text))
		text += "&signature=" + hex.EncodeToString(mac.Sum(nil))
	}
	address, body := c.base+r.path, ""
	if r.method == "POST" {
		body = text
	} else if text != "" {
		address += "?" + text
	}
	req, err := http.NewRequest(r.method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("X-MBX-APIKEY", c.key)
	return c.answer(c.http.Do(req))
}

func (c *signed) answer(r *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil && r.StatusCode >= 300 {
		// net/http had handed the status over before the body broke off.
		return nil, &statusError{r.StatusCode, 0, err.Error(), r.Header.Get("Retry-After")}
	}
	if err != nil {
		return nil, err
	}
	var envelope struct {
		Code    int64
		Msg     string
		Success *bool
	}
	if err := json.Unmarshal(body, &envelope); err != nil && r.StatusCode < 300 && len(body) > 0 && body[0] != '[' {
		return nil, err
	}
	refused := envelope.Success != nil && !*envelope.Success || envelope.Code < 0
	if r.StatusCode >= 300 || refused {
		return nil, &statusError{r.StatusCode, envelope.Code, envelope.Msg, r.Header.Get("Retry-After")}
	}
	return body, nil
}

// resultOf reads what the protocol asks for.
func resultOf(op string, body []byte) (result, error) {
	switch op {
	case "placeOrder", "cancelOrder", "queryOrder":
		var o struct {
			OrderID           int64
			ClientOrderID     string
			OrigClientOrderID string
		}
		err := json.Unmarshal(body, &o)
		if o.OrigClientOrderID != "" {
			o.ClientOrderID = o.OrigClientOrderID
		}
		return result{OrderID: o.OrderID, ClientOrderID: o.ClientOrderID}, err
	case "klines":
		var klines [][]any
		if err := json.Unmarshal(body, &klines); err != nil {
			return result{}, err
		}
		r := rows(len(klines))
		if len(klines) > 0 {
			r.FirstMs, r.LastMs = openTime(klines[0]), openTime(klines[len(klines)-1])
		}
		return r, nil
	}
	if len(body) > 0 && body[0] == '[' {
		var list []json.RawMessage
		err := json.Unmarshal(body, &list)
		return rows(len(list)), err
	}
	return result{}, nil
}

func openTime(row []any) int64 {
	if len(row) == 0 {
		return 0
	}
	ms, _ := row[0].(float64)
	return int64(ms)
}
