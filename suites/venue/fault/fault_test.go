package fault_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// server is a venue with faults on loopback.
type server struct {
	*httptest.Server
	t     *testing.T
	fault *fault.Injector
	venue *venue.Venue
}

var july2019 = time.Date(2019, 7, 20, 10, 0, 10, 0, time.UTC)

func newServer(t *testing.T) *server {
	t.Helper()
	in := fault.NewInjector()
	v, err := venue.New(venue.Config{Seed: 1, Hooks: in.Hooks(), Clock: in.Clock(func() time.Time { return july2019 })})
	if err != nil {
		t.Fatal(err)
	}
	in.Attach(v)
	s := httptest.NewServer(v)
	t.Cleanup(s.Close)
	return &server{s, t, in, v}
}

// set sets a scenario whose faults are the YAML of one list.
func (s *server) set(faults string) {
	s.t.Helper()
	sc, err := fault.Parse("test.yaml", []byte("name: test\nfaults:\n"+faults))
	if err != nil {
		s.t.Fatal(err)
	}
	s.fault.Set(sc)
}

// get sends a request on a connection of its own and reads all of the answer.
func (s *server) get(path string) (*http.Response, string, error) {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(s.URL + path)
	if err != nil {
		return nil, "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return r, string(body), err
}

// want expects a status and a text in the body.
func (s *server) want(path string, status int, text string) *http.Response {
	s.t.Helper()
	r, body, err := s.get(path)
	if err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	if r.StatusCode != status || !strings.Contains(body, text) {
		s.t.Errorf("%s: expected %d with %q, found %d with %.200q", path, status, text, r.StatusCode, body)
	}
	return r
}

func TestNthCallFails(t *testing.T) {
	s := newServer(t)
	s.set(`
  - {route: GET /api/v1/ping, calls: 2, do: status, status: 503}
  - {route: GET /api/v1/*, calls: 3-4, do: status, status: 429}
  - {route: "* /api/v3/*", do: status, status: 504}
`)
	s.want("/api/v1/ping", 200, "{}")         // 1 of both
	s.want("/api/v1/ping", 503, "-1001")      // 2: the first fault takes it
	r := s.want("/api/v1/time", 429, "-1003") // 3 of the second
	if r.Header.Get("Retry-After") != "1" || r.Header.Get("X-MBX-USED-WEIGHT") != "3" {
		t.Errorf("expected the fields of a 429, found %v", r.Header)
	}
	s.want("/api/v1/time", 429, "-1003")
	s.want("/api/v1/time", 200, "serverTime")
	s.want("/api/v3/time", 504, "-1007")
	if n := s.fault.Injected(); n != 4 {
		t.Errorf("expected 4 faults, found %d", n)
	}
	s.fault.Set(nil)
	s.want("/api/v3/time", 200, "serverTime")
}

func TestStatusFaults(t *testing.T) {
	for _, c := range []struct {
		fault  string
		status int
		text   string
		fields map[string]string // "" for none
	}{
		{"status: 500", 500, "-1000", map[string]string{"Content-Type": "application/json;charset=UTF-8"}},
		{"status: 418", 418, "banned until 1563616930000", map[string]string{"Retry-After": "120"}},
		{"status: 403", 403, "<html>", map[string]string{"Content-Type": "text/html", "X-MBX-USED-WEIGHT": "", "Server": "CloudFront"}},
		{`status: 429, headers: {retry-after: "7"}`, 429, "-1003", map[string]string{"Retry-After": "7"}},
		{`status: 400, body: '{"code":-1121}'`, 400, `{"code":-1121}`, nil},
		{`status: 502, body: ""`, 502, "", nil},
		{`status: 429, headers: {retry-after: ""}`, 429, "-1003", map[string]string{"Retry-After": ""}},
	} {
		s := newServer(t)
		s.set("  - {route: '* *', do: status, " + c.fault + "}\n")
		r := s.want("/api/v1/ping", c.status, c.text)
		for name, want := range c.fields {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: expected %s: %q, found %q", c.fault, name, want, got)
			}
		}
	}
}

// TestEarlyInMinute counts no call of the second half that it would have taken.
func TestEarlyInMinute(t *testing.T) {
	now, in := july2019, fault.NewInjector()
	v, err := venue.New(venue.Config{Seed: 1, Hooks: in.Hooks(), Clock: in.Clock(func() time.Time { return now })})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(v)
	defer h.Close()
	s := &server{h, t, in, v}
	s.set("  - {route: '* *', do: status, status: 429, calls: 2, early_in_minute: true}\n")
	for _, c := range []struct {
		second int
		status int
	}{{40, 200}, {41, 200}, {59, 200}, {60, 429}, {61, 200}} {
		now = july2019.Truncate(time.Minute).Add(time.Duration(c.second) * time.Second)
		s.want("/api/v1/ping", c.status, "")
	}
}

// TestCutStatus breaks another answer off, carried out or not.
func TestCutStatus(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: '* *', do: truncate, status: 504, calls: 1}\n")
	r, body, err := s.get("/api/v1/ping")
	if r == nil || r.StatusCode != 504 || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(body, `{"code":-1007`) {
		t.Errorf("expected half of a 504, found %v %q %v", r, body, err)
	}
	s.want("/api/v1/ping", 200, "{}")
}

func TestConnectionFaults(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: '* *', calls: 1, do: reset}\n  - {route: '* *', calls: 2, do: timeout, delay: 1ms}\n  - {route: '* *', calls: 3, do: truncate}\n" +
		"  - {route: '* *', calls: 4, do: trickle, delay: 1ms}\n  - {route: '* *', calls: 5, do: slow, delay: 1ms}\n")
	if _, _, err := s.get("/api/v1/time"); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("reset: expected a connection reset, found %v", err)
	}
	if _, _, err := s.get("/api/v1/time"); !errors.Is(err, io.EOF) {
		t.Errorf("timeout: expected the connection closed, found %v", err)
	}
	if _, body, err := s.get("/api/v1/time"); !errors.Is(err, io.ErrUnexpectedEOF) || json.Valid([]byte(body)) {
		t.Errorf("truncate: expected half a body, found %v and %q", err, body)
	}
	s.want("/api/v1/time", 200, `{"serverTime":1563616810000}`)
	s.want("/api/v1/time", 200, `{"serverTime":1563616810000}`)
	s.want("/api/v1/time", 200, `{"serverTime":1563616810000}`)
	if n := s.fault.Injected(); n != 5 {
		t.Errorf("expected 5 faults, found %d", n)
	}
}

// TestCloseIsInOrder tells a close from a reset: nothing but the end comes.
func TestCloseIsInOrder(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: '* *', do: close}\n")
	if _, _, err := s.get("/api/v1/time"); !errors.Is(err, io.EOF) {
		t.Errorf("expected the connection closed, found %v", err)
	}
}

// TestLastingFault is a limit: whoever is told to wait is told so on every
// route, and for how much longer.
func TestLastingFault(t *testing.T) {
	now := july2019
	in := fault.NewInjector()
	v, err := venue.New(venue.Config{Seed: 1, Hooks: in.Hooks(), Clock: in.Clock(func() time.Time { return now })})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(v)
	t.Cleanup(h.Close)
	s := &server{h, t, in, v}
	s.set("  - {route: GET /api/v1/ping, calls: 2, do: status, status: 418, lasts: 3s}\n")
	s.want("/api/v1/ping", 200, "{}")
	s.want("/api/v1/time", 200, "serverTime")
	for _, step := range []struct {
		after      time.Duration
		path       string
		retryAfter string // "" for an answer of 200
	}{
		{0, "/api/v1/ping", "3"},
		{500 * time.Millisecond, "/api/v1/time", "3"},
		{time.Second, "/api/v1/ping", "2"},
		{1400 * time.Millisecond, "/api/v1/time", "1"},
		{100 * time.Millisecond, "/api/v1/time", ""},
		{0, "/api/v1/ping", ""},
	} {
		now = now.Add(step.after)
		status, text := 200, "{"
		if step.retryAfter != "" {
			status, text = 418, fmt.Sprintf("banned until %d", july2019.Add(3*time.Second).UnixMilli())
		}
		if got := s.want(step.path, status, text).Header.Get("Retry-After"); got != step.retryAfter {
			t.Errorf("%v on: expected Retry-After %q, found %q", now.Sub(july2019), step.retryAfter, got)
		}
	}
	for _, wrong := range []string{"do: slow, lasts: 1s", "do: status, status: 429, lasts: 73h", "do: status, status: 429, lasts: -1s"} {
		if _, err := fault.Parse("x", []byte("name: x\nfaults:\n  - {route: GET /a, "+wrong+"}\n")); err == nil {
			t.Errorf("expected %q to be refused", wrong)
		}
	}
}

// TestTimeoutEndsWithTheClient would hang for a minute if the venue went on
// waiting for a client that has gone.
func TestTimeoutEndsWithTheClient(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: '* *', do: timeout}\n")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/v1/ping", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("expected no answer, found %v", err)
	}
}

// TestCarriedOut tells by what a call leaves behind whether it was carried out:
// a duplicate counts twice.
func TestDuplicateIsCarriedOutTwice(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: GET /api/v1/ping, calls: 1, do: duplicate}\n")
	s.want("/api/v1/ping", 200, "{}")
	if used := s.want("/api/v1/ping", 200, "{}").Header.Get("X-MBX-USED-WEIGHT"); used != "3" {
		t.Errorf("expected a used weight of 3 after two calls of which one came twice, found %s", used)
	}
}

// TestCarriedOut sees by the hook that is called in the request's place.
func TestCarriedOut(t *testing.T) {
	for _, c := range []struct {
		do      string
		instead bool
	}{
		{"do: status, status: 504", true},
		{"do: status, status: 504, carried_out: true", false},
		{"do: reset", true},
		{"do: reset, carried_out: true", false},
		{"do: close, carried_out: true", false},
		{"do: timeout, carried_out: true", false},
		{"do: slow", false},
		{"do: truncate", false},
		{"do: truncate, status: 504", true},
		{"do: truncate, status: 504, carried_out: true", false},
	} {
		s, err := fault.Parse("test", []byte("name: test\nfaults:\n  - {route: POST /api/v3/order, "+c.do+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		in := fault.NewInjector()
		in.Set(s)
		call, answer := &venue.Call{Request: httptest.NewRequest("POST", "/api/v3/order", nil), Method: "POST", Path: "/api/v3/order"}, &venue.Answer{Status: 200}
		if got := in.Hooks().Before(call, answer); got != c.instead {
			t.Errorf("%s: expected another answer instead: %t, found %t", c.do, c.instead, got)
		}
		in.Hooks().After(call, answer)
	}
}

func TestClockSkew(t *testing.T) {
	s := newServer(t)
	ahead, err := fault.Named("clock-ahead")
	if err != nil {
		t.Fatal(err)
	}
	s.fault.Set(ahead)
	s.want("/api/v1/time", 200, `{"serverTime":1563616840000}`)
	s.fault.Set(nil)
	s.want("/api/v1/time", 200, `{"serverTime":1563616810000}`)
}

// TestCountsAreExact sends many calls at once: exactly those that the scenario
// names fail.
func TestCountsAreExact(t *testing.T) {
	s := newServer(t)
	s.set("  - {route: '* *', calls: 11-30, do: status, status: 503}\n")
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for range 100 {
		wg.Go(func() {
			rec := httptest.NewRecorder()
			s.venue.ServeHTTP(rec, httptest.NewRequest("GET", "/api/v1/ping", nil))
			mu.Lock()
			defer mu.Unlock()
			if rec.Code == 503 {
				failed++
			}
		})
	}
	wg.Wait()
	if failed != 20 {
		t.Errorf("expected 20 calls to fail, found %d", failed)
	}
}

func TestLibrary(t *testing.T) {
	list, err := fault.Library()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("expected scenarios, found none")
	}
	for _, s := range list {
		if s.Summary == "" || len(s.Faults) == 0 && s.ClockSkew == 0 {
			t.Errorf("%s: expected a summary and faults", s.Name)
		}
		if named, err := fault.Named(s.Name); err != nil || named != s {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if _, err := fault.Named("no-such"); err == nil || !strings.Contains(err.Error(), `called "no-such"`) {
		t.Errorf("expected the names there are, found %v", err)
	}
}

func TestWrongScenarios(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "empty file"},
		{"name: x\nname: y\n", "already defined"},
		{"faults: []\n", "name is required"},
		{"name: X Y\n", "x.yaml:1"},
		{"name: x\nfault: []\n", "fault"},
		{"name: x\nfaults:\n  - route: GET /a\n    do: explode\n", "x.yaml:4"},
		{"name: x\nfaults:\n  - {route: PATCH /a, do: reset}\n", "x.yaml:3"},
		{"name: x\nfaults:\n  - {route: GET /a, do: reset, calls: 0}\n", "x.yaml:3"},
		{"name: x\nfaults:\n  - {route: GET /a, do: reset, calls: 4-2}\n", "found \"4-2\""},
		{"name: x\nfaults:\n  - {route: GET /a, do: status}\n", "fault 1 (status GET /a): expected a status"},
		{"name: x\nfaults:\n  - {route: GET /a, do: reset, status: 500}\n", "for do: status"},
		{"name: x\nfaults:\n  - {route: GET /a, do: truncate, body: x}\n", "expected a status for the answer that is cut"},
		{"name: x\nfaults:\n  - {route: GET /a, do: truncate, carried_out: true}\n", "always carry out"},
		{"name: x\nfaults:\n  - {route: GET /a, do: slow, carried_out: true}\n", "always carry out"},
		{"name: x\nfaults:\n  - {route: GET /a, do: slow, delay: 2m}\n", "1m0s"},
		{"name: x\nfaults:\n  - {route: GET /a, do: reset, delay: 2s}\n", "a delay is for"},
		{"name: x\nfaults:\n  - {route: GET /a, do: status, status: 500, headers: {A: \"b\\nc\"}}\n", "x.yaml:3"},
		{"name: x\nclock_skew: 1000h\n", "clock_skew"},
		{"name: x\nclock_skew: 5\n", "x.yaml:2"},
		{"name: &a x\nsummary: *a\n", "anchors"},
		{"name: x\n---\nname: y\n", "one document"},
		{"name: [", "x.yaml"},
		{"# " + strings.Repeat("x", 64<<10) + "\nname: x\n", "65536 bytes"},
	} {
		s, err := fault.Parse("x.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: expected an error with %q, found %v and %+v", c.text, c.want, err, s)
		}
	}
}

func TestAdmin(t *testing.T) {
	s := newServer(t)
	library, err := fault.Library()
	if err != nil {
		t.Fatal(err)
	}
	admin := httptest.NewServer(s.fault.Handler(library))
	defer admin.Close()
	call := func(method, path, body string, status int, texts ...string) {
		t.Helper()
		r, err := http.NewRequest(method, admin.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		data, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != status || !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(string(data), text) }) {
			t.Errorf("%s %s: expected %d with %q, found %d with %s", method, path, status, texts, got.StatusCode, data)
		}
	}
	call("GET", "/scenario", "", 200, `{"scenario":null,"calls":[],"hits":[]}`)
	call("GET", "/scenarios", "", 200, `"name":"order-unknown-done"`)
	call("PUT", "/scenario?name=overload-503", "", 200, `"name":"overload-503"`)
	s.want("/api/v1/ping", 200, "{}")
	s.want("/api/v1/ping", 503, "-1001")
	call("GET", "/scenario", "", 200, `"calls":[2],"hits":[1]`)
	call("PUT", "/scenario", "name: mine\nfaults: [{route: '* *', do: status, status: 500}]", 200, `"route":"* *","do":"status","status":500`)
	s.want("/api/v1/ping", 500, "-1000")
	call("PUT", "/scenario", `{"name":"json","clock_skew":"-5s"}`, 200, `"clock_skew":"-5s"`)
	call("PUT", "/scenario", "nonsense", 400, `"error":`)
	call("PUT", "/scenario?name=none", "", 400, `called \"none\"`)
	call("PUT", "/scenario", strings.Repeat("x", 1<<20), 400, "too large")
	call("DELETE", "/scenario", "", 200, `"scenario":null`)
	s.want("/api/v1/ping", 200, "{}")
	call("POST", "/scenario", "", 405, "Method")
}

// FuzzParse: what is read is what is written, and nothing panics.
func FuzzParse(f *testing.F) {
	list, err := fault.Library()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range list {
		data, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("name: x\nfaults:\n  - {route: '* *', calls: 2-, do: trickle, delay: 5ms}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := fault.Parse("fuzz", []byte(text))
		if err != nil {
			return
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fault.Parse("again", data)
		if err != nil {
			t.Fatalf("%s does not come back: %v", data, err)
		}
		if written, err := json.Marshal(again); err != nil || string(written) != string(data) {
			t.Fatalf("expected %s, found %s (%v)", data, written, err)
		}
	})
}

// TestUnknownOutcome: after a 504 in the place of an answer the order stands or
// does not, as the scenario says, and the client can find out.
func TestUnknownOutcome(t *testing.T) {
	for name, want := range map[string]int{
		"order-unknown-done": 1, "order-unknown-not-done": 0, "order-reset-done": 1, "order-duplicate": 1,
	} {
		s := newServer(t)
		sc, err := fault.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		s.fault.Set(sc)
		status, body := s.signed("POST", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=5000&newClientOrderId=mine")
		switch {
		case name == "order-reset-done" && status != 0, strings.HasPrefix(name, "order-unknown") && (status != 504 || !strings.Contains(body, "-1007")):
			t.Errorf("%s: found %d %s", name, status, body)
		case name == "order-duplicate" && !strings.Contains(body, "-2010"): // the second is refused for its identifier
			t.Errorf("%s: expected the answer to the second, found %d %s", name, status, body)
		}
		status, body = s.signed("GET", "symbol=BTCUSDT&origClientOrderId=mine")
		if found := strings.Count(body, `"clientOrderId":"mine"`); found != want || (status == 200) != (want == 1) {
			t.Errorf("%s: expected %d orders, found %d: %d %s", name, want, found, status, body)
		}
	}
}

// signed sends a signed request to the order's route; status 0 is no answer.
func (s *server) signed(method, params string) (status int, body string) {
	s.t.Helper()
	account := s.venue.Accounts()[0]
	params += "&timestamp=" + strconv.FormatInt(july2019.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(account.Secret))
	mac.Write([]byte(params))
	r, err := http.NewRequest(method, s.URL+"/api/v3/order?"+params+"&signature="+hex.EncodeToString(mac.Sum(nil)), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-MBX-APIKEY", account.Key)
	got, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return 0, ""
	}
	defer got.Body.Close()
	data, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return got.StatusCode, string(data)
}
