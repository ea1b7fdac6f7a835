package liar_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
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
	limits[0].Limit = 400
	v, err := venue.New(venue.Config{
		Seed: 1, Clock: func() time.Time { return s.now }, Hooks: h, Limits: venue.LimitRules{Limits: limits},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.venue = v
	return s
}

// flight is how long an answer takes.
const flight = 20 * time.Millisecond

// send sends a request, with the body's parameters as a form, half a second
// after the one before.
func (s *sender) send(method, target, form string, header ...string) *http.Response {
	s.t.Helper()
	s.now = s.now.Add(500 * time.Millisecond)
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
	s.get("/sapi/v1/margin/loan?asset=BTC&timestamp=1563616800000&signature="+strings.Repeat("0", 64), "/sapi/v1/margin/transfer?timestamp=1563616800000&signature="+strings.Repeat("0", 64),
		"/wapi/v3/systemStatus.html", "/wapi/v3/depositHistory.html?status=x")
	s.send("POST", "/wapi/v3/withdraw.html?asset=BTC&address=x&amount=1&name=y&timestamp=1563616800000&signature="+strings.Repeat("0", 64), "")
	s.send("POST", "/api/v3/order?symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timestamp=1563616800000&signature="+strings.Repeat("0", 64), "")
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

// signed answers the calls of the conversation that need a key and margin
// histories, as a sound venue with these data would: what the venue itself
// refuses for want of a signature is no data that a liar could distort.
func signed(c *venue.Call, a *venue.Answer) {
	const page = `{"rows":[{"timestamp":1563600000000,"asset":"BTC","amount":"1","txId":1,"type":"ROLL_IN","status":"CONFIRMED","principal":"1"},` +
		`{"timestamp":1563610000000,"asset":"BTC","amount":"1","txId":2,"type":"ROLL_IN","status":"CONFIRMED","principal":"1"}],"total":2}`
	status, body := 200, ""
	switch c.Method + " " + c.Path {
	case "GET /sapi/v1/margin/loan", "GET /sapi/v1/margin/transfer":
		body = page
	case "GET /wapi/v3/systemStatus.html":
		body = `{"status":0,"msg":"normal"}`
	case "GET /wapi/v3/depositHistory.html":
		body = `{"success":false,"msg":"Illegal parameter."}`
	case "POST /wapi/v3/withdraw.html":
		body = `{"msg":"success","success":true,"id":"7213fea8e94b4a5593d507237e5a555b"}`
	case "POST /api/v3/order":
		status, body = 429, `{"code":-1015,"msg":"Too many new orders; current limit is 10 orders per SECOND."}`
		a.Set(venue.HeaderUsedWeight, "1000")
		a.Set(venue.HeaderRetryAfter, "1")
	}
	if body != "" {
		a.Status, a.Body = status, []byte(body)
		a.Set(venue.HeaderContentType, "application/json;charset=UTF-8")
	}
}

// verdicts judges a conversation with a venue with the hooks and returns each
// server rule's tally.
func verdicts(t testing.TB, ids ...string) map[string]*rule.RuleTally {
	t.Helper()
	lies, err := liar.Hooks(ids...)
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(t, liar.Join(venue.Hooks{After: signed}, lies))
	s.converse()
	tally := rule.Judge(rule.All(edition.ID), edition, &rule.Conversation{Exchanges: s.exchanges})
	found := map[string]*rule.RuleTally{}
	for i := range tally.Rules {
		if r := &tally.Rules[i]; r.Rule.Party == clause.Server {
			found[r.Rule.ID] = r
		}
	}
	return found
}

var edition = clause.Editions()[0]

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
		if r.Rule.NotHere != "" || unexercised[id] != "" {
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
				if r.Rule.NotHere == "" {
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
	for _, r := range rule.All(edition.ID) {
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

// TestParameterLiars shows the liars that no recording can show: what they make
// of a call's parameters, and whether they let it through.
func TestParameterLiars(t *testing.T) {
	query := func(name, value string) venue.Param { return venue.Param{Name: name, Value: value} }
	form := func(name, value string) venue.Param { return venue.Param{Name: name, Value: value, InBody: true} }
	for _, c := range []struct {
		liar    string
		params  []venue.Param
		refused bool
		symbol  string // the value used
	}{
		{"body-wins", []venue.Param{query("symbol", "A"), form("symbol", "B")}, false, "B"},
		{"query-only", []venue.Param{query("symbol", "A"), form("symbol", "B")}, false, "A"},
		{"query-only", []venue.Param{form("symbol", "B")}, false, ""},
		{"no-mixing", []venue.Param{query("side", "BUY"), form("symbol", "B")}, true, "B"},
		{"no-mixing", []venue.Param{form("side", "BUY"), form("symbol", "B")}, false, "B"},
		{"no-mixing", []venue.Param{query("symbol", "A")}, false, "A"},
		{"alphabetical-only", []venue.Param{query("symbol", "A"), query("side", "BUY")}, true, "A"},
		{"alphabetical-only", []venue.Param{query("side", "BUY"), query("symbol", "A"), query("timestamp", "1"), query("signature", "0")}, false, "A"},
	} {
		hooks, err := liar.Hooks(c.liar)
		if err != nil {
			t.Fatal(err)
		}
		call, answer := &venue.Call{Method: "POST", Path: "/api/v3/order", Params: c.params}, &venue.Answer{Status: 200}
		refused := hooks.Before(call, answer)
		if symbol, _ := call.Get("symbol"); refused != c.refused || symbol != c.symbol {
			t.Errorf("%s %v: expected refused %t and symbol %q, found %t and %q", c.liar, c.params, c.refused, c.symbol, refused, symbol)
		}
		if refused && answer.Status != 400 {
			t.Errorf("%s: expected 400, found %d", c.liar, answer.Status)
		}
	}
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
