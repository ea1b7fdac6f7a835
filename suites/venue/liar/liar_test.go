package liar_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	_ "github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
)

// sender talks to a venue by a clock of its own and keeps the exchanges.
type sender struct {
	t         testing.TB
	venue     *venue.Venue
	now       time.Time
	exchanges []*traffic.Exchange
}

const base = "https://api.binance.com"

// newSender makes a venue that lies, with a limit low enough to break it.
func newSender(t testing.TB, h venue.Hooks) *sender {
	t.Helper()
	s := &sender{t: t, now: time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)}
	limits := venue.DefaultLimits()
	limits[0].Limit = 400 // weight a minute
	limits[1].Limit = 1   // orders a second
	v, err := venue.New(venue.Config{
		Seed: 1, Clock: func() time.Time { return s.now }, Hooks: h, Limits: venue.LimitRules{Limits: limits},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.venue = v
	return s
}

const (
	flight = 20 * time.Millisecond  // how long an answer takes
	gap    = 500 * time.Millisecond // from one request to the next
)

// send sends a request, with the body's parameters as a form, half a second
// after the one before.
func (s *sender) send(method, target, form string, header ...string) *http.Response {
	s.t.Helper()
	s.now = s.now.Add(gap)
	r := httptest.NewRequest(method, base+target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.venue.ServeHTTP(rec, r)
	got := rec.Result()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	got.Body = io.NopCloser(strings.NewReader(string(body)))
	x := &traffic.Exchange{
		At:      traffic.Position{File: "sender", Number: len(s.exchanges) + 1},
		Request: traffic.Request{Method: method, URL: base + target, Header: fields(r.Header), Body: []byte(form)},
		Sent:    traffic.Exactly(s.now), Received: traffic.Exactly(s.now.Add(flight)), Client: "192.0.2.1",
		CompleteHistory: true,
	}
	x.Response = traffic.Response{Status: got.StatusCode, Header: fields(got.Header), Body: body}
	s.exchanges = append(s.exchanges, x)
	return got
}

func (s *sender) get(targets ...string) {
	s.t.Helper()
	for _, target := range targets {
		s.send("GET", target, "")
	}
}

func fields(h http.Header) traffic.Header {
	var list traffic.Header
	for name, values := range h {
		for _, v := range values {
			list = append(list, traffic.Field{Name: name, Value: v})
		}
	}
	return list
}

// nextMinute goes to the tenth second of the next minute.
func (s *sender) nextMinute() { s.now = s.now.Truncate(time.Minute).Add(time.Minute + 10*time.Second) }

// converse has the conversation that gives every rule its occasion: sound
// calls, malformed ones, a limit broken to the end in a ban, and another after
// that ban is over. What is sent does not depend on what is answered.
func (s *sender) converse() {
	s.t.Helper()
	s.get("/api/v1/ticker/24hr", "/api/v1/ping", "/api/v1/exchangeInfo", "/api/v3/time", "/api/v1/time",
		"/api/v1/klines?symbol=BTCUSDT&interval=1m&limit=5", "/api/v1/trades?symbol=BTCUSDT&limit=5",
		"/api/v1/aggTrades?symbol=BTCUSDT&limit=5", "/api/v1/depth?symbol=BTCUSDT&limit=1000", "/api/v1/depth?symbol=BTCUSDT&limit=5")
	s.get("/api/v1/depth", "/api/v1/depth?symbol=", "/api/v1/depth?symbol=NONE", "/api/v1/klines?symbol=BTCUSDT", "/api/v1/trades?symbol=BTCUSDT&limit=x")
	s.send("GET", "/api/v1/depth", "symbol=BTCUSDT&limit=5")
	for _, key := range []string{"a", "b"} { // which a route without security does not look at
		s.send("GET", "/api/v1/ping", "", "X-MBX-APIKEY", key)
	}
	s.get("/wapi/v3/systemStatus.html")
	s.signed("POST", "/wapi/v3/withdraw.html", "asset=ETH&address=0x1&amount=1&name=test")
	s.signed("GET", "/wapi/v3/depositAddress.html", "asset=NONE")
	for range 2 {
		s.signed("POST", "/sapi/v1/margin/transfer", "asset=BTC&amount=1&type=1")
		s.signed("POST", "/sapi/v1/margin/loan", "asset=ETH&amount=1")
	}
	s.signed("GET", "/sapi/v1/margin/transfer", "type=ROLL_IN")
	s.signed("GET", "/sapi/v1/margin/loan", "asset=ETH")
	for range 3 { // of which two are inside one second
		s.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01")
	}
	s.signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT")
	s.nextMinute()
	s.get("/api/v1/ticker/24hr?symbol=BTCUSDT", "/api/v1/ticker/24hr?symbol=BTCUSDT", "/api/v1/ticker/24hr?symbol=BTCUSDT", "/api/v1/ticker/24hr", "/api/v1/ping")
	s.nextMinute()
	s.breakLimit()
	s.now = s.now.Add(2*time.Minute + 10*time.Second)
	s.nextMinute()
	s.breakLimit()
}

// breakLimit sends until the address is banned.
func (s *sender) breakLimit() {
	s.t.Helper()
	s.get("/api/v1/ping")
	for range 10 {
		s.get("/api/v1/ticker/24hr")
	}
	for range 60 {
		s.now = s.now.Add(-400 * time.Millisecond) // the minute is short
		s.get("/api/v1/ping")
	}
}

// signed sends a request with the first account's key and signature, all in the
// query.
func (s *sender) signed(method, path, params string) *http.Response {
	s.t.Helper()
	account := s.venue.Accounts()[0]
	// send moves the clock before it sends.
	params += "&timestamp=" + strconv.FormatInt(s.now.Add(gap).UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(account.Secret))
	mac.Write([]byte(params))
	return s.send(method, path+"?"+params+"&signature="+hex.EncodeToString(mac.Sum(nil)), "", "X-MBX-APIKEY", account.Key)
}

// verdicts judges a conversation with a venue with the hooks and returns each
// server rule's tally.
func verdicts(t testing.TB, ids ...string) map[string]*rule.RuleTally {
	t.Helper()
	lies, err := liar.Hooks(ids...)
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(t, lies)
	s.converse()
	tally := engine.Judge(rule.All(edition.Default()), edition.Default(), s.exchanges)
	found := map[string]*rule.RuleTally{}
	for i := range tally.Rules {
		if r := &tally.Rules[i]; r.Rule().Party == clause.Server {
			found[r.ID] = r
		}
	}
	return found
}

func broken(found map[string]*rule.RuleTally) []string {
	var ids []string
	for id, t := range found {
		if t.Failed > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// unexercised are the server rules that an honest venue gives no occasion for.
var unexercised = map[string]string{
	"server-code-on-5xx":  "nothing fails inside an honest venue",
	"wapi-timeout-is-504": "nothing times out behind an honest venue",
	"wapi-rate-limits":    "no route of /wapi is documented to list limits",
	"used-weight-agrees":  "in July 2019 the field has one name",
}

func TestHonestVenueKeepsEveryRule(t *testing.T) {
	for id, r := range verdicts(t) {
		want := rule.Pass
		if r.Rule().NotHere != "" || unexercised[id] != "" {
			want = rule.NotExercised
		}
		if got := r.Verdict(); got != want {
			t.Errorf("%s: expected %s, found %s: %+v %v", id, want, got, r.Findings, r.Doubts)
		}
	}
}

func TestEachLiarBreaksWhatItNames(t *testing.T) {
	for _, l := range liar.All() {
		t.Run(l.ID, func(t *testing.T) {
			found := verdicts(t, l.ID)
			var want []string
			for _, id := range l.Breaks {
				r := found[id]
				if r == nil {
					t.Fatalf("expected a server rule, found %q", id)
				}
				if r.Rule().NotHere == "" {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			if got := broken(found); !slices.Equal(got, want) {
				t.Errorf("expected %v to fail, found %v", want, got)
				for _, id := range got {
					t.Logf("%s: %+v", id, found[id].Findings[0])
				}
				for _, id := range want {
					t.Logf("%s: %v, %v", id, found[id].Verdict(), found[id].Doubts)
				}
			}
		})
	}
}

func TestEveryServerRuleHasALiar(t *testing.T) {
	told := map[string]bool{}
	for _, l := range liar.All() {
		if l.Lie == "" || len(l.Breaks) == 0 {
			t.Errorf("%s: expected a sentence and the rules that it breaks", l.ID)
		}
		for _, id := range l.Breaks {
			told[id] = true
		}
	}
	for _, r := range rule.All(edition.Default()) {
		if r.Party == clause.Server && !told[r.ID] {
			t.Errorf("%s: no liar breaks it", r.ID)
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	all := liar.All()
	for i := range all[1:] {
		if all[i].ID >= all[i+1].ID {
			t.Errorf("expected IDs that ascend, found %s before %s", all[i].ID, all[i+1].ID)
		}
	}
	if _, err := liar.Hooks("nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("expected an error that names the ID, found %v", err)
	}
}

// TestParameterLiars shows the liars that no recording can show, by a call that
// the honest venue takes.
func TestParameterLiars(t *testing.T) {
	const order = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01"
	for _, c := range []struct{ liar, query, form string }{
		{"body-wins", order, "symbol=NONE"},
		{"query-only", "", order},
		{"query-only", "symbol=BTCUSDT&side=SELL", "type=MARKET&quantity=0.01"},
		{"no-mixing", "symbol=BTCUSDT&side=SELL", "type=MARKET&quantity=0.01"},
		{"alphabetical-only", order, ""},
	} {
		for _, id := range []string{"", c.liar} {
			var ids []string
			if id != "" {
				ids = []string{id}
			}
			hooks, err := liar.Hooks(ids...)
			if err != nil {
				t.Fatal(err)
			}
			if got := newSender(t, hooks).divided(c.query, c.form).StatusCode; (got == 200) != (id == "") {
				t.Errorf("liar %q, %q and %q: found status %d", id, c.query, c.form, got)
			}
		}
	}
	for _, c := range []struct{ liar, query, form string }{
		{"no-mixing", order, ""}, {"no-mixing", "", order}, {"query-only", order, ""}, {"body-wins", order, "quantity=0.02"},
	} {
		hooks, err := liar.Hooks(c.liar)
		if err != nil {
			t.Fatal(err)
		}
		if got := newSender(t, hooks).divided(c.query, c.form).StatusCode; got != 200 {
			t.Errorf("liar %q, %q and %q: expected what the liar lets pass, found status %d", c.liar, c.query, c.form, got)
		}
	}
}

// divided sends a test order with parameters in query and body; the signature
// and the timestamp go where the body is, if there is one.
func (s *sender) divided(query, form string) *http.Response {
	s.t.Helper()
	account := s.venue.Accounts()[0]
	stamp := "timestamp=" + strconv.FormatInt(s.now.Add(gap).UnixMilli(), 10)
	into := &query
	if form != "" {
		into = &form
	}
	*into = strings.TrimPrefix(*into+"&"+stamp, "&")
	mac := hmac.New(sha256.New, []byte(account.Secret))
	mac.Write([]byte(query + form))
	*into += "&signature=" + hex.EncodeToString(mac.Sum(nil))
	return s.send("POST", "/api/v3/order/test?"+query, form, "X-MBX-APIKEY", account.Key)
}

// TestWeightPerKey shows the liar that takes two keys on one address.
func TestWeightPerKey(t *testing.T) {
	hooks, err := liar.Hooks("weight-per-key")
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(t, hooks)
	for i, want := range []string{"1", "2", "1", "3", "2"} {
		key := []string{"a", "a", "b", "a", "b"}[i]
		if got := s.send("GET", "/api/v1/ping", "", "X-MBX-APIKEY", key).Header.Get("X-MBX-USED-WEIGHT"); got != want {
			t.Errorf("call %d with key %s: expected a used weight of %s, found %s", i+1, key, want, got)
		}
	}
}

// TestNobodyIsBanned shows the liars that no recording can show, because the
// document does not say when the ban comes.
func TestNobodyIsBanned(t *testing.T) {
	for id, banned := range map[string]bool{"bare-value": true, "never-bans": false, "limit-ignored": false} {
		hooks, err := liar.Hooks(id)
		if err != nil {
			t.Fatal(err)
		}
		s := newSender(t, hooks)
		s.breakLimit()
		found := slices.ContainsFunc(s.exchanges, func(x *traffic.Exchange) bool { return x.Response.Status == 418 })
		if found != banned {
			t.Errorf("%s: expected a ban: %t, found one: %t", id, banned, found)
		}
	}
}
