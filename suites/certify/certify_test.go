package certify_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/certifytest"
	"github.com/mbxcheck/mbxcheck/suites/certify/driver"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// reader is a small client that reads klines, and on a 429 does what a test
// wants of it.
type reader struct {
	http    *http.Client
	retries int                                   // after a 429
	pause   func(*http.Response) time.Duration    // before each
	asks    string                                // a path that it asks for by itself before each call
	behave  func(context.Context, driver.Command) // before all else
}

func (r *reader) Hello() driver.Hello {
	return driver.Hello{Protocol: 1, Client: "reader", Version: "1", Configuration: "default", Ops: []driver.Op{driver.Klines}}
}

func (r *reader) Do(ctx context.Context, c driver.Command) driver.Answer {
	if r.behave != nil {
		r.behave(ctx, c)
	}
	if r.asks != "" {
		if resp, err := r.http.Get("https://api.binance.com" + r.asks); err == nil {
			resp.Body.Close()
		}
	}
	query := url.Values{}
	for name, v := range c.Params {
		query.Set(name, fmt.Sprint(v))
	}
	for try := 0; ; try++ {
		resp, err := r.http.Get("https://api.binance.com/api/v3/klines?" + query.Encode())
		if err != nil {
			return driver.Answer{Outcome: traffic.OutcomeError, Error: &driver.Error{Type: "transport", Message: err.Error()}}
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode == 429 && try < r.retries {
			time.Sleep(r.pause(resp))
			continue
		}
		return answerOf(resp, body, err)
	}
}

func answerOf(resp *http.Response, body []byte, err error) driver.Answer {
	e := &driver.Error{Type: "venue", Message: string(body), Status: resp.StatusCode}
	if text := resp.Header.Get("Retry-After"); text != "" {
		seconds, _ := strconv.ParseInt(text, 10, 64)
		ms := seconds * 1000
		e.RetryAfterMs = &ms
	}
	var rows []any
	switch {
	case resp.StatusCode == 429:
		return driver.Answer{Outcome: traffic.OutcomeRateLimited, Error: e}
	case resp.StatusCode == 418:
		return driver.Answer{Outcome: traffic.OutcomeBanned, Error: e}
	case resp.StatusCode != 200:
		return driver.Answer{Outcome: traffic.OutcomeRejected, Error: e}
	case err != nil || json.Unmarshal(body, &rows) != nil:
		return driver.Answer{Outcome: traffic.OutcomeError, Error: &driver.Error{Type: "parse", Message: string(body)}}
	}
	return driver.Answer{Outcome: traffic.OutcomeOK}
}

func scenario(t *testing.T, name string) *certify.Scenario {
	t.Helper()
	for _, s := range certify.Scenarios() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no scenario is called %q", name)
	return nil
}

// put puts a reader through a scenario.
func put(t *testing.T, name string, make reader) *certify.Result {
	t.Helper()
	r := certifytest.InProcess(t, scenario(t, name), func(rt http.RoundTripper) certifytest.Driver {
		one := make
		one.http = &http.Client{Transport: rt}
		return &one
	})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// early reports whether the client by itself broke the silence after a 429.
func early(r *certify.Result) bool {
	for _, t := range r.Tally.Rules {
		for _, f := range t.Findings {
			if x := r.Exchanges[f.At.Exchange-1]; t.ID == "back-off-after-429" && x.Annotation.Command.Own {
				return true
			}
		}
	}
	return false
}

func says(d time.Duration) func(*http.Response) time.Duration {
	return func(*http.Response) time.Duration { return d }
}

// TestWaits tells clients apart by how long their own retries wait.
func TestWaits(t *testing.T) {
	t.Parallel()
	told := func(r *http.Response) time.Duration {
		n, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		return time.Duration(n) * time.Second
	}
	for _, c := range []struct {
		name  string
		pause func(*http.Response) time.Duration
		early map[string]bool // by scenario
	}{
		{"as told", told, map[string]bool{"429-read-1": false, "429-read-5": false}},
		{"milliseconds for seconds", func(r *http.Response) time.Duration { return told(r) / 1000 },
			map[string]bool{"429-read-1": true, "429-read-5": true}},
		{"a second", says(time.Second), map[string]bool{"429-read-1": false, "429-read-5": true}},
	} {
		for name, want := range c.early {
			r := put(t, name, reader{retries: 3, pause: c.pause})
			if got := early(r); got != want {
				t.Errorf("%s, %s: expected a resend too early: %t, found %t\n%v", c.name, name, want, got, r.Timeline(nil))
			}
		}
	}
}

// TestBanOfThreeDays takes no time, being virtual.
func TestBanOfThreeDays(t *testing.T) {
	t.Parallel()
	r := put(t, "418-read", reader{})
	if took := r.Ended.Sub(r.Began); took < 72*time.Hour {
		t.Errorf("expected the ban of three days to be waited out, found %v", took)
	}
	i := slices.IndexFunc(r.Exchanges, func(x *traffic.Exchange) bool { return !x.Statement() })
	if i < 0 || r.Exchanges[i].Response.Status != 418 {
		t.Errorf("expected a 418 first, found %v", r.Timeline(nil))
	}
}

// TestWhoseRequests says which request is commanded and which is the client's
// own.
func TestWhoseRequests(t *testing.T) {
	t.Parallel()
	r := put(t, "429-read-1", reader{retries: 1, pause: says(time.Second), asks: "/api/v3/time"})
	type whose struct {
		path    string
		command int64
		own     bool
	}
	var got []whose
	for _, x := range r.Exchanges {
		if u, err := url.Parse(x.Request.URL); err == nil && !x.Statement() {
			got = append(got, whose{u.Path, x.Annotation.Command.ID, x.Annotation.Command.Own})
		}
	}
	want := []whose{
		{"/api/v3/time", 1, true}, {"/api/v3/klines", 1, false}, // refused
		{"/api/v3/time", 2, true}, {"/api/v3/klines", 2, false}, // asked for inside the silence
		{"/api/v3/klines", 1, true}, // sent again
		{"/api/v3/time", 3, true}, {"/api/v3/klines", 3, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("expected %v\nfound %v", want, got)
	}
	last := r.Exchanges[len(r.Exchanges)-1]
	if last.Annotation == nil || last.Annotation.Told.Outcome != traffic.OutcomeWatched {
		t.Errorf("expected the end of the watch last, found %+v", last.Annotation)
	}
}

// TestParallelCallsAreTold apart by their symbols.
func TestParallelCallsAreToldApart(t *testing.T) {
	t.Parallel()
	r := put(t, "429-parallel", reader{})
	symbols := map[int64]string{}
	for _, x := range r.Exchanges {
		if x.Statement() || x.Annotation.Command.ID > 5 {
			continue
		}
		u, _ := url.Parse(x.Request.URL)
		id := x.Annotation.Command.ID
		if id == 0 || x.Annotation.Command.Own || symbols[id] != "" {
			t.Errorf("expected one commanded request for each of the five, found %+v", x.Annotation.Command)
		}
		symbols[id] = u.Query().Get("symbol")
	}
	if want := (map[int64]string{1: "BTCUSDT", 2: "ETHUSDT", 3: "BNBUSDT", 4: "LTCUSDT", 5: "LTCBTC"}); fmt.Sprint(symbols) != fmt.Sprint(want) {
		t.Errorf("expected %v, found %v", want, symbols)
	}
}

// TestUnsupported leaves out what a client does not have.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	r := put(t, "order-504-done", reader{})
	if r.Reached() || !slices.Equal(r.Unsupported, []driver.Op{driver.PlaceOrder}) {
		t.Errorf("expected placeOrder to be left out and nothing to be sent, found %v and %d requests", r.Unsupported, r.Requests)
	}
}

// TestFlood ends a scenario whose client goes wild.
func TestFlood(t *testing.T) {
	t.Parallel()
	r := certifytest.InProcess(t, scenario(t, "429-read-5"), func(rt http.RoundTripper) certifytest.Driver {
		one := &reader{http: &http.Client{Transport: rt}, retries: 1, pause: says(0)}
		one.behave = func(context.Context, driver.Command) {
			for range 3000 {
				time.Sleep(time.Millisecond)
				if resp, err := one.http.Get("https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1m"); err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		}
		return one
	})
	if !r.Flooded || !early(r) {
		t.Errorf("expected a flood that breaks the silence, found %t, %t", r.Flooded, early(r))
	}
	if n := len(r.Exchanges); n > 1100 {
		t.Errorf("expected a bounded recording, found %d exchanges", n)
	}
}

// silent is a client that never answers.
type silent struct{ reader }

func (s *silent) Do(ctx context.Context, _ driver.Command) driver.Answer {
	<-ctx.Done()
	return driver.Answer{}
}

// TestNeverAnswered ends after the patience that the scenario has.
func TestNeverAnswered(t *testing.T) {
	t.Parallel()
	r := certifytest.InProcess(t, scenario(t, "429-read-1"), func(http.RoundTripper) certifytest.Driver { return &silent{} })
	if r.Err != nil || r.Reached() {
		t.Errorf("expected no error and no request, found %v and %d", r.Err, r.Requests)
	}
	for _, x := range r.Exchanges {
		if x.Statement() && x.Annotation.Told.Outcome != traffic.OutcomeWatched {
			t.Errorf("expected no answer, found %+v", x.Annotation.Told)
		}
	}
}

// TestPicked holds profiles and globs.
func TestPicked(t *testing.T) {
	all := certify.Scenarios()
	for _, c := range []struct {
		profile string
		globs   []string
		has     string
		hasNot  string
		err     bool
	}{
		{"all", nil, "withdraw-504-done", "", false},
		{"market-data", nil, "429-read-1", "429-order-1", false},
		{"trading", nil, "429-read-1", "withdraw-504-done", false},
		{"withdraw", nil, "withdraw-504-done", "order-504-done", false},
		{"all", []string{"429-*"}, "429-order-5", "418-read", false},
		{"all", []string{"no-such"}, "", "", true},
		{"all", []string{"["}, "", "", true},
		{"market-data", []string{"order-*"}, "", "", true},
	} {
		list, err := certify.Picked(all, c.profile, c.globs)
		names := map[string]bool{}
		for _, s := range list {
			names[s.Name] = true
		}
		if (err != nil) != c.err || c.has != "" && !names[c.has] || names[c.hasNot] {
			t.Errorf("%s %q: found %v, %v", c.profile, c.globs, names, err)
		}
	}
}

// TestLibrary holds what every scenario must have.
func TestLibrary(t *testing.T) {
	names := map[string]bool{}
	for _, s := range certify.Scenarios() {
		switch {
		case names[s.Name]:
			t.Errorf("%s: twice", s.Name)
		case s.Summary == "" || s.Group == "" || len(s.Steps) == 0:
			t.Errorf("%s: expected a summary, a group and steps", s.Name)
		case !slices.Contains(clause.ProfileIDs(), string(s.Part)):
			t.Errorf("%s: expected a part that is called as one of %q, found %q", s.Name, clause.ProfileIDs(), s.Part)
		case s.Watch == 0 && !s.Ban:
			t.Errorf("%s: expected to be watched after the last answer: silence is evidence as far as somebody listens", s.Name)
		}
		names[s.Name] = true
	}
}

// TestOrder lists scenarios by group and name, and begins with the longest.
func TestOrder(t *testing.T) {
	t.Parallel()
	all := certify.Scenarios()
	groups := []certify.Group{certify.Limits, certify.Unknowns, certify.Errors, certify.Sessions}
	byGroupAndName := func(a, b *certify.Scenario) int {
		return cmp.Or(slices.Index(groups, a.Group)-slices.Index(groups, b.Group), cmp.Compare(a.Name, b.Name))
	}
	if !slices.IsSortedFunc(all, byGroupAndName) {
		t.Errorf("expected scenarios by group and name, found %v", names(all))
	}
	var begun []string
	edition := edition.Default()
	c := certify.Certifier{Edition: edition, Start: func(_ context.Context, s *certify.Stage) (certify.Subject, error) {
		begun = append(begun, s.Scenario)
		return nil, errors.New("not to be started")
	}}
	results := c.Run(t.Context(), all)
	if len(begun) != len(all) || begun[0] != "429-without-header" {
		t.Errorf("expected all to be begun, the one that may wait for a minute first, found %q", begun)
	}
	for i, r := range results {
		if r.Scenario != all[i] {
			t.Fatalf("expected results in the order of the scenarios, found %s in the place of %s", r.Scenario.Name, all[i].Name)
		}
	}
}

func names(all []*certify.Scenario) []string {
	var list []string
	for _, s := range all {
		list = append(list, s.Name)
	}
	return list
}

// withdrawer is a client that withdraws by a route of its own, and knows no
// other.
type withdrawer struct {
	reader
	path string
}

func (w *withdrawer) Hello() driver.Hello {
	h := w.reader.Hello()
	h.Ops = []driver.Op{driver.Withdraw}
	return h
}

func (w *withdrawer) Do(context.Context, driver.Command) driver.Answer {
	resp, err := w.http.Post("https://api.binance.com"+w.path, "", nil)
	if err != nil {
		return driver.Answer{Outcome: traffic.OutcomeError, Error: &driver.Error{Type: "transport", Message: err.Error()}}
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	return answerOf(resp, body, err)
}

// TestLostWithdrawalIsToldByStatusAlone on /wapi, whose envelope has no code: a
// client that passes the venue's words on must not owe a tick to them.
func TestLostWithdrawalIsToldByStatusAlone(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/wapi/v3/withdraw.html":          `{"success":false,"msg":"An unknown error occured while processing the request."}`,
		"/sapi/v1/capital/withdraw/apply": `{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}`,
	} {
		r := certifytest.InProcess(t, scenario(t, "withdraw-504-not-done"), func(rt http.RoundTripper) certifytest.Driver {
			return &withdrawer{reader{http: &http.Client{Transport: rt}}, path}
		})
		i := slices.IndexFunc(r.Exchanges, func(x *traffic.Exchange) bool { return !x.Statement() })
		if r.Err != nil || i < 0 {
			t.Fatalf("%s: expected a request, found %v, %v", path, r.Timeline(nil), r.Err)
		}
		if got := r.Exchanges[i].Response; got.Status != 504 || string(got.Body) != want {
			t.Errorf("%s: expected 504 and %s, found %d and %s", path, want, got.Status, got.Body)
		}
	}
}

// TestMinimal reproduces a finding in fewer exchanges.
func TestMinimal(t *testing.T) {
	t.Parallel()
	r := put(t, "429-read-5", reader{retries: 2, pause: says(time.Second), asks: "/api/v3/ping"})
	i := slices.IndexFunc(r.Tally.Rules, func(t rule.RuleTally) bool { return t.ID == "back-off-after-429" })
	if i < 0 || len(r.Tally.Rules[i].Findings) == 0 {
		t.Fatal("expected a finding")
	}
	c := new(certify.Certifier)
	short := c.Minimal(r, r.Tally.Rules[i].Findings[0])
	if len(short) != 2 {
		t.Errorf("expected the refusal and the request after it, found %d of %d", len(short), len(r.Exchanges))
	}
	for _, x := range short {
		t.Log(c.Curl(x))
	}
}

// TestWithoutHeaderIsNoMatterOfTheMinute: the same client is judged the same,
// whenever it begins.
func TestWithoutHeaderIsNoMatterOfTheMinute(t *testing.T) {
	t.Parallel()
	untilMinute := func(*http.Response) time.Duration {
		return time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)) + 100*time.Millisecond // beyond what may be on its way
	}
	for _, c := range []struct {
		name  string
		pause func(*http.Response) time.Duration
		want  rule.Verdict
	}{
		{"a second", says(time.Second), rule.Fail},
		{"ten seconds", says(10 * time.Second), rule.Fail},
		{"half a minute", says(29 * time.Second), rule.Fail},
		{"to the next minute", untilMinute, rule.Pass},
		{"a minute", says(time.Minute), rule.Pass},
	} {
		for _, late := range []time.Duration{0, 9 * time.Second, 24 * time.Second, 31 * time.Second, 52 * time.Second} {
			t.Run(fmt.Sprintf("%s, %v late", c.name, late), func(t *testing.T) {
				t.Parallel()
				begun := false
				one := reader{retries: 1, pause: c.pause, behave: func(context.Context, driver.Command) {
					if !begun {
						begun = true
						time.Sleep(late)
					}
				}}
				driven := put(t, "429-without-header", one)
				if got := verdictOf(driven, "waits-without-header"); got != c.want || driven.Unfinished != "" {
					t.Errorf("%s, %v late: expected %s, found %s %s\n%v", c.name, late, c.want, got, driven.Unfinished, driven.Timeline(nil))
				}
				observed := certifytest.InProcessObserved(t, scenario(t, "429-without-header"), func(ctx context.Context, rt http.RoundTripper) {
					time.Sleep(late)
					r := reader{http: &http.Client{Transport: rt}, retries: 1, pause: c.pause}
					for ctx.Err() == nil {
						r.Do(ctx, driver.Command{Params: map[string]any{"symbol": "BTCUSDT", "interval": "1m"}})
						time.Sleep(3 * time.Second)
					}
				})
				if got := verdictOf(observed, "waits-without-header"); got != c.want || observed.Unfinished != "" {
					t.Errorf("%s, observed, %v late: expected %s, found %s %s\n%v", c.name, late, c.want, got, observed.Unfinished, observed.Timeline(nil))
				}
			})
		}
	}
}

func verdictOf(r *certify.Result, id string) rule.Verdict {
	i := slices.IndexFunc(r.Tally.Rules, func(t rule.RuleTally) bool { return t.ID == id })
	return r.Tally.Rules[i].Verdict()
}

// TestSpamWithoutHeader has an occasion for it.
func TestSpamWithoutHeader(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]rule.Verdict{100 * time.Millisecond: rule.Fail, time.Minute: rule.Pass} {
		r := put(t, "429-without-header-long", reader{retries: 20, pause: says(pause)})
		if got := verdictOf(r, "back-off-after-429"); got != want {
			t.Errorf("%v: expected %s, found %s\n%v", pause, want, got, r.Timeline(nil))
		}
	}
}

// TestVenuesPlayEveryScenario by its name, and those of package fault as well.
func TestVenuesPlayEveryScenario(t *testing.T) {
	t.Parallel()
	list, err := certify.Library()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range certify.Scenarios() {
		if list[i].Name != s.Name || list[i].Summary != s.Summary {
			t.Errorf("%s: expected it in its place, found %s", s.Name, list[i].Name)
		}
	}
	for _, s := range list {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := fault.Parse(s.Name, text); err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%s: expected what a file may say, found %v\n%s", s.Name, err, text)
		}
	}
	own, err := fault.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range own {
		if _, err := fault.Among(list, s.Name); err != nil {
			t.Error(err)
		}
	}
}
