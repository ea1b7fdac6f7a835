package venue_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// client sends requests to a venue and keeps each exchange, as a recorder
// would.
type client struct {
	t           testing.TB
	v           *venue.Venue
	now         *clock
	key, secret string
	kept        []*traffic.Exchange
}

func newClient(t testing.TB, v *venue.Venue, now *clock) *client {
	a := v.Accounts()[0]
	return &client{t: t, v: v, now: now, key: a.Key, secret: a.Secret}
}

func sign(secret, payload string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(payload))
	return hex.EncodeToString(mac.Sum(nil))
}

// send sends a request a little later than the one before.
func (c *client) send(method, path, query, body string) *http.Response {
	c.now.at = c.now.at.Add(137 * time.Millisecond)
	url := path
	if query != "" {
		url += "?" + query
	}
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.1:40000"
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	if c.key != "" {
		r.Header.Set("X-MBX-APIKEY", c.key)
	}
	rec := httptest.NewRecorder()
	sent := c.now.at
	c.v.ServeHTTP(rec, r)
	c.keep(r, url, body, rec, sent)
	return rec.Result()
}

func (c *client) keep(r *http.Request, url, body string, rec *httptest.ResponseRecorder, sent time.Time) {
	x := &traffic.Exchange{
		At:      traffic.Position{File: "conversation", Number: len(c.kept) + 1},
		Request: traffic.Request{Method: r.Method, URL: "https://api.binance.com" + url, Body: []byte(body)},
		Response: traffic.Response{
			Status: rec.Code, Body: rec.Body.Bytes(),
		},
		Client: "192.0.2.1",
		Sent:   traffic.Exactly(sent), Received: traffic.Exactly(sent.Add(20 * time.Millisecond)),
	}
	for name, values := range r.Header {
		x.Request.Header = append(x.Request.Header, traffic.Field{Name: name, Value: values[0]})
	}
	for name, values := range rec.Header() {
		x.Response.Header = append(x.Response.Header, traffic.Field{Name: name, Value: values[0]})
	}
	c.kept = append(c.kept, x)
}

// signed sends a signed request with its parameters in the query.
func (c *client) signed(method, path, params string) *http.Response {
	if params != "" {
		params += "&"
	}
	params += "timestamp=" + strconv.FormatInt(c.now.at.UnixMilli(), 10)
	return c.send(method, path, params+"&signature="+sign(c.secret, params), "")
}

// problem is an error envelope of either kind.
type problem struct {
	Code    int
	Msg     string
	Success *bool
}

func (c *client) expect(r *http.Response, status, code int, msg string) {
	c.t.Helper()
	got := body[problem](c.t, r)
	if r.StatusCode != status || got.Code != code || msg != "" && got.Msg != msg {
		last := c.kept[len(c.kept)-1]
		c.t.Errorf("%s %s: expected %d with %d %q, found %d with %d %q", last.Request.Method, last.Request.URL, status, code, msg, r.StatusCode, got.Code, got.Msg)
	}
}

func (c *client) ok(r *http.Response) *http.Response {
	c.t.Helper()
	if r.StatusCode != 200 {
		last := c.kept[len(c.kept)-1]
		c.t.Fatalf("%s %s: expected 200, found %d %s", last.Request.Method, last.Request.URL, r.StatusCode, last.Response.Body)
	}
	return r
}
