package guard

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue/limits"
)

// noon is when the 1200 of 2019 hold, half a minute after a venue's minute began.
var noon = time.Date(2019, 7, 20, 12, 0, 30, 0, time.UTC)

func open(t *testing.T, file string, now time.Time) *Ledger {
	t.Helper()
	l, err := Open(file, edition.Default(), now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// ask has a client ask for a weight, by no key.
func ask(l *Ledger, now time.Time, who string, weight int64) Wait {
	return l.Ask(now, Request{Client: who, Route: "GET /api/v1/depth", Weight: weight}, false)
}

// answer is an answer of the venue's.
func answer(status int, at time.Time, fields ...string) *traffic.Facts {
	h := traffic.Header{{Name: "Date", Value: at.UTC().Format(http.TimeFormat)}, {Name: "X-MBX-UUID", Value: "1"}}
	for i := 0; i < len(fields); i += 2 {
		h = append(h, traffic.Field{Name: fields[i], Value: fields[i+1]})
	}
	return traffic.FactsOf(edition.Default().Dialect, &traffic.Exchange{
		Request:  traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/depth"},
		Response: traffic.Response{Status: status, Header: h, Body: []byte("{}")},
	})
}

// TestFourBots: four clients of one address, one of which asks a hundred times as fast as
// it may and minds no refusal. The venue refuses nothing, and the other three never wait.
func TestFourBots(t *testing.T) {
	t.Parallel()
	for _, begins := range []time.Duration{0, 10 * time.Second, 3 * time.Minute} { // of the faulty one, before the others
		t.Run(fmt.Sprintf("faulty one first by %s", begins), func(t *testing.T) {
			t.Parallel()
			venue, err := limits.New(limits.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			l := open(t, "", noon)
			bots := []struct {
				name         string
				weight       int64
				every, begin time.Duration
			}{
				{"faulty", 5, 10 * time.Millisecond, 0},
				{"book", 1, time.Second, begins},
				{"candles", 2, 1700 * time.Millisecond, begins + time.Second},
				{"account", 5, 5 * time.Second, begins + 2*time.Second},
			}
			sent, waited := map[string]int{}, map[string]int{}
			for at := time.Duration(0); at < 20*time.Minute; at += 10 * time.Millisecond {
				now := noon.Add(at)
				for _, b := range bots {
					if at < b.begin || (at-b.begin)%b.every >= 10*time.Millisecond {
						continue
					}
					w := ask(l, now, b.name, b.weight)
					if w.For > 0 {
						waited[b.name]++
						continue
					}
					sent[b.name]++
					o := venue.Take("address", now.Add(80*time.Millisecond), limits.Cost{Weight: b.weight})
					if o.Verdict != limits.Serve {
						t.Fatalf("after %s the venue answered %v to %s", at, o.Verdict, b.name)
					}
					l.Learn(now.Add(100*time.Millisecond), answer(200, now.Add(80*time.Millisecond), "X-MBX-USED-WEIGHT", fmt.Sprint(o.Weight)), w.Booked)
				}
			}
			for _, b := range bots[1:] {
				if waited[b.name] > 0 {
					t.Errorf("%s waited %d times, %d requests went on", b.name, waited[b.name], sent[b.name])
				}
			}
			if used := sent["faulty"] * 5; used < 20*600 {
				t.Errorf("the faulty one could use a weight of %d in 20 minutes, less than half of what there is", used)
			}
			t.Logf("sent %v, waited %v", sent, waited)
		})
	}
}

// TestSilence: what one was asked for, all keep, for as long as the venue says.
func TestSilence(t *testing.T) {
	t.Parallel()
	until := fmt.Sprintf(`{"code":-1003,"msg":"Way too many requests; IP banned until %d."}`, noon.Add(time.Hour).UnixMilli())
	banned := answer(418, noon)
	banned.Response.Body = []byte(until)
	for name, c := range map[string]struct {
		answer   *traffic.Facts
		min, max time.Duration
	}{
		"Retry-After of a 429":    {answer(429, noon, "Retry-After", "7"), 7 * time.Second, 9 * time.Second},
		"Retry-After of a 418":    {answer(418, noon, "Retry-After", "120"), 2 * time.Minute, 2*time.Minute + 2*time.Second},
		"a 429 that tells none":   {answer(429, noon), time.Second, 2 * time.Second},
		"a 418 that tells none":   {answer(418, noon), 2 * time.Minute, 2*time.Minute + 2*time.Second},
		"longer than any ban":     {answer(418, noon, "Retry-After", "99999999999"), 72 * time.Hour, 72*time.Hour + 2*time.Second},
		"no number":               {answer(429, noon, "Retry-After", "soon"), time.Second, 2 * time.Second},
		"an instant in a message": {traffic.FactsOf(edition.Default().Dialect, banned.Exchange), time.Hour, time.Hour + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, "", noon)
			w := ask(l, noon, "one", 1)
			if !l.Learn(noon, c.answer, w.Booked) {
				t.Error("expected to hear that a silence began")
			}
			got := ask(l, noon, "other", 1)
			if got.For < c.min || got.For > c.max || got.Why == "" {
				t.Errorf("expected another client to wait from %s to %s, found %+v", c.min, c.max, got)
			}
			if w := ask(l, noon.Add(got.For-time.Millisecond), "one", 1); w.For == 0 {
				t.Error("expected silence to its end")
			}
			if w := ask(l, noon.Add(got.For), "one", 1); w.For > 0 {
				t.Errorf("expected it to be over, found %+v", w)
			}
		})
	}
}

// Refusals that tell no wait double it, up to a minute, until something is served.
func TestGuessesGrow(t *testing.T) {
	t.Parallel()
	l, now := open(t, "", noon), noon
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		w := ask(l, now, "one", 1)
		l.Learn(now, answer(429, now), w.Booked)
		got := ask(l, now, "one", 1).For
		if got != want*time.Second {
			t.Fatalf("expected %d s, found %s", want, got)
		}
		now = now.Add(got)
	}
	w := ask(l, now, "one", 1)
	l.Learn(now, answer(200, now), w.Booked)
	w = ask(l, now, "one", 1)
	l.Learn(now, answer(429, now), w.Booked)
	if got := ask(l, now, "one", 1).For; got != time.Second {
		t.Errorf("expected a second after an answer, found %s", got)
	}
}

// TestShorterRefusalKeepsTheLonger: a 429 in the midst of a ban shortens nothing.
func TestShorterRefusalKeepsTheLonger(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	w := ask(l, noon, "one", 1)
	l.Learn(noon, answer(418, noon, "Retry-After", "600"), w.Booked)
	if l.Learn(noon, answer(429, noon, "Retry-After", "3"), w.Booked) {
		t.Error("expected no new silence")
	}
	if got := ask(l, noon, "one", 1).For; got < 10*time.Minute {
		t.Errorf("expected ten minutes, found %s", got)
	}
}

// An order that is one too many has its account wait, and no other, nor its other calls.
func TestOrderLimits(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	a, b := l.Account("key of a"), l.Account("key of b")
	order := func(who, account string) Wait {
		return l.Ask(noon, Request{Client: who, Account: account, Route: "POST /api/v3/order", Weight: 1, Orders: 1}, false)
	}
	for i := range 10 {
		if w := order("a", a); w.For > 0 {
			t.Fatalf("order %d: %+v", i+1, w)
		}
	}
	if w := order("a", a); w.For <= 0 || w.For > 2*time.Second || !strings.Contains(w.Why, "ORDERS 10 in 1s") {
		t.Errorf("expected the eleventh to wait for a second, found %+v", w)
	}
	if w := order("b", b); w.For > 0 {
		t.Errorf("expected the other account to go on, found %+v", w)
	}
	if w := ask(l, noon, "a", 1); w.For > 0 {
		t.Errorf("expected other calls to go on, found %+v", w)
	}
	refused := answer(429, noon, "Retry-After", "5")
	refused.Means = traffic.TooManyOrders
	w := order("b", b)
	l.Learn(noon, refused, w.Booked)
	if w := order("b", b); w.For < 5*time.Second {
		t.Errorf("expected the account to keep silence, found %+v", w)
	}
	if w := ask(l, noon, "b", 1); w.For > 0 {
		t.Errorf("expected its other calls to go on, found %+v", w)
	}
}

// What the venue counted and nobody here sent takes its part of the limit.
func TestOthersBehindTheAddress(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	w := ask(l, noon, "one", 1)
	l.Learn(noon, answer(200, noon, "X-MBX-USED-WEIGHT", "1150"), w.Booked)
	if used, most, _ := l.Standing(noon); used != 1150 || most != 1200 {
		t.Errorf("expected 1150 of 1200, found %d of %d", used, most)
	}
	if w := ask(l, noon, "one", 51); w.For == 0 || !strings.Contains(w.Why, "REQUEST_WEIGHT 1200") {
		t.Errorf("expected 51 more to wait, found %+v", w)
	}
	if w := ask(l, noon, "one", 50); w.For > 0 {
		t.Errorf("expected 50 to go on, found %+v", w)
	}
}

// A route that weighs more than the edition says is booked by what it was seen to weigh.
func TestLearnsWeights(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	told := int64(0)
	send := func(weight, real int64) {
		t.Helper()
		w := ask(l, noon, "one", weight)
		if w.For > 0 {
			t.Fatalf("%+v", w)
		}
		told += real
		l.Learn(noon, answer(200, noon, "X-MBX-USED-WEIGHT", fmt.Sprint(told)), w.Booked)
	}
	send(1, 1)
	send(1, 25)
	if used, _, _ := l.Standing(noon); used != 26 {
		t.Errorf("expected 26 to be booked, found %d", used)
	}
	if got := l.Uses(noon)[0].Weight; got != 26 {
		t.Errorf("expected the client to have used 26, found %d", got)
	}
	send(1, 25)
	if used, _, _ := l.Standing(noon); used != 51 {
		t.Errorf("expected 51, found %d", used)
	}
	if got := l.routes["GET /api/v1/depth"]; got != 25 {
		t.Errorf("expected the route to be known at 25, found %d", got)
	}
}

// Limits that the venue tells hold from then on.
func TestToldLimits(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	info := answer(200, noon)
	info.Response.Body = []byte(`{"timezone":"UTC","rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":50},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":2}]}`)
	w := ask(l, noon, "one", 40)
	l.Learn(noon, traffic.FactsOf(edition.Default().Dialect, info.Exchange), w.Booked)
	if used, most, _ := l.Standing(noon); used != 40 || most != 50 {
		t.Errorf("expected 40 of 50, found %d of %d", used, most)
	}
	if w := ask(l, noon, "one", 11); w.For == 0 {
		t.Error("expected 11 more to wait")
	}
	for _, bad := range []string{`{}`, `[]`, `[{"rateLimitType":"ORDERS","interval":"DAY","limit":3}]`, `[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","limit":0}]`, `[{"rateLimitType":"REQUEST_WEIGHT","interval":"DAY","intervalNum":9999999999,"limit":3}]`} {
		if list := told([]byte(bad)); list != nil {
			t.Errorf("%s: expected no limits, found %v", bad, list)
		}
	}
}

// TestRestart: a ban, what was used and who used it are known to who comes after.
func TestRestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "ledger.json")
	l := open(t, file, noon)
	account := l.Account("the key")
	who := l.Client("127.0.0.1", 1, account, "bot/1")
	w := ask(l, noon, who, 700)
	l.Learn(noon, answer(429, noon, "Retry-After", "30"), w.Booked)
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	later := noon.Add(10 * time.Second)
	l = open(t, file, later)
	if got := ask(l, later, "another", 1); got.For < 20*time.Second || got.For > 22*time.Second {
		t.Errorf("expected silence for 20 s more, found %+v", got)
	}
	later = noon.Add(32 * time.Second)
	if used, _, _ := l.Standing(later); used != 700 {
		t.Errorf("expected 700 to be used, found %d", used)
	}
	if got := l.Client("127.0.0.1", 7, l.Account("the key"), "bot/2"); got != who {
		t.Errorf("expected %q again, found %q", who, got)
	}
	if got := l.Client("127.0.0.1", 8, l.Account("another key"), "bot/2"); got == who {
		t.Errorf("expected another client than %q", who)
	}
	if uses := l.Uses(later); uses[0].Client != who || uses[0].Weight != 700 || uses[0].LastMinute != 700 {
		t.Errorf("expected who used 700, found %+v", uses)
	}
}

// TestWhoAsks tells clients of one address apart.
func TestWhoAsks(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	const here = "127.0.0.1"
	a, b := l.Account("a"), l.Account("b")
	for _, c := range []struct {
		connection     int64
		account, agent string
		want           string
	}{
		{1, "", "curl/8 (x)", "127.0.0.1, curl/8"},
		{2, a, "ccxt/4", "127.0.0.1, key 1"},
		{2, "", "ccxt/4", "127.0.0.1, key 1"}, // on its connection
		{3, "", "ccxt/4", "127.0.0.1, key 1"}, // the only one with that software
		{4, b, "ccxt/4", "127.0.0.1, key 2"},
		{5, "", "ccxt/4", "127.0.0.1, ccxt/4"}, // either's
		{2, b, "ccxt/4", "127.0.0.1, key 2"},
		{6, "", "", "127.0.0.1, no User-Agent"},
	} {
		if got := l.Client(here, c.connection, c.account, c.agent); got != c.want {
			t.Errorf("%+v: expected %q, found %q", c, c.want, got)
		}
	}
	for i := range 2 * maxClients {
		l.Client(here, int64(100+i), l.Account(fmt.Sprint(i)), "x")
	}
	if got := l.Client(here, 9999, l.Account("one more"), "x"); got != others {
		t.Errorf("expected %q, found %q", others, got)
	}
}

// TestBrokenFile: a ledger that can't be read is no reason to forget a ban in silence.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON": "nonsense", "another version": `{"version":9}`, "a limit that can't be": `{"version":1,"limits":[{"type":"REQUEST_WEIGHT","most":0,"span":1}]}`,
	} {
		file := filepath.Join(t.TempDir(), "ledger.json")
		if err := write(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(file, edition.Default(), noon); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: expected an error that names the file, found %v", name, err)
		}
	}
}

// FuzzFile: whatever stands in the file, nothing panics, and a limit holds.
func FuzzFile(f *testing.F) {
	l, err := Open("", edition.Default(), noon)
	if err != nil {
		f.Fatal(err)
	}
	text, _ := l.text()
	f.Add(text)
	f.Add([]byte(`{"version":1,"totals":[{"width":1,"latest":-5,"slots":[1]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "ledger.json")
		if err := write(file, text); err != nil {
			t.Fatal(err)
		}
		l, err := Open(file, edition.Default(), noon)
		if err != nil {
			return
		}
		ask(l, noon, "one", 1)
		if left, longest := ask(l, noon, "one", maxMost).For, maxSpan+maxSpan/30; left <= 0 || left > longest && l.silence.left(noon) == 0 {
			t.Errorf("expected no more than a limit to go on, and a wait of at most %s, found %s", longest, left)
		}
	})
}

// TestNoWindowOfTheVenueHasMore: wherever a window of the venue begins, no more is in it
// than the limit, at any pattern of asking.
func TestNoWindowOfTheVenueHasMore(t *testing.T) {
	t.Parallel()
	for step := 7 * time.Millisecond; step < 4*time.Second; step = step*3 + time.Millisecond {
		w, most := newWindow(time.Minute), int64(100)
		var sent []time.Duration
		for at := time.Duration(0); at < 5*time.Minute; at += step {
			now := noon.Add(at)
			if left := w.until(now, most-1); left == 0 {
				w.add(now, 1)
				sent = append(sent, at)
			} else if then := (window{w.Width, w.Latest, slices.Clone(w.Slots)}); then.until(now.Add(left), most-1) != 0 {
				t.Fatalf("step %s: expected room after the wait of %s", step, left)
			}
		}
		for i := range sent {
			j := i
			for j < len(sent) && sent[j]-sent[i] < time.Minute+underway {
				j++
			}
			if int64(j-i) > most {
				t.Fatalf("step %s: %d in the minute from %s", step, j-i, sent[i])
			}
		}
	}
}

// A 429 that an account's orders drew is kept also when the venue tells its limits then,
// as bots ask for them now and then, and so are the orders that it placed.
func TestToldLimitsKeepAccounts(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	a := l.Account("key of a")
	order := func(now time.Time) Wait {
		return l.Ask(now, Request{Client: "a", Account: a, Route: "POST /api/v3/order", Weight: 1, Orders: 1}, false)
	}
	refused := answer(429, noon, "Retry-After", "600")
	refused.Means = traffic.TooManyOrders
	l.Learn(noon, refused, order(noon).Booked)
	info := answer(200, noon)
	info.Response.Body = []byte(`{"timezone":"UTC","rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":600},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":5},{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":1}]}`)
	l.Learn(noon, traffic.FactsOf(edition.Default().Dialect, info.Exchange), ask(l, noon, "b", 1).Booked)
	if w := order(noon.Add(9 * time.Minute)); w.For < time.Minute {
		t.Errorf("expected the account to keep silence for a minute more, found %+v", w)
	}
	if w := order(noon.Add(11 * time.Minute)); !strings.Contains(w.Why, "ORDERS 1 in 24h0m0s") {
		t.Errorf("expected the order of the day to count, found %+v", w)
	}
}

// Keys that somebody makes up push out no account that has to be silent.
func TestMadeUpKeysEndNoSilence(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	order := func(key string) Wait {
		return l.Ask(noon, Request{Client: "a", Account: l.Account(key), Route: "POST /api/v3/order", Weight: 1, Orders: 1}, false)
	}
	refused := answer(429, noon, "Retry-After", "600")
	refused.Means = traffic.TooManyOrders
	l.Learn(noon, refused, order("the key").Booked)
	for i := range 2 * maxAccounts {
		l.account(l.Account(fmt.Sprint(i)), noon)
	}
	if w := order("the key"); w.For < 10*time.Minute {
		t.Errorf("expected the account to keep silence, found %+v", w)
	}
	if len(l.accounts) > maxAccounts {
		t.Errorf("expected %d accounts at the most, found %d", maxAccounts, len(l.accounts))
	}
}

// What somebody else used between two answers is not taken for what a route weighs.
func TestOthersWeighNoRoute(t *testing.T) {
	t.Parallel()
	l, now := open(t, "", noon), noon
	l.Learn(now, answer(200, now, "X-MBX-USED-WEIGHT", "1"), ask(l, now, "one", 1).Booked)
	l.Learn(now, answer(200, now, "X-MBX-USED-WEIGHT", "1191"), ask(l, now, "one", 1).Booked) // 1189 of them another's
	for range 3 {
		now = now.Add(2 * time.Minute) // in a minute of its own
		for range 3 {
			if w := ask(l, now, "one", 1); w.For > 0 {
				t.Fatalf("expected a call of weight 1 to go on with the minute free, found %+v", w)
			}
		}
	}
	for n := range 3 * maxRoutes { // calls that nobody knows, each of weight 1
		if n%500 == 0 {
			now = now.Add(2 * time.Minute)
		}
		w := l.Ask(now, Request{Client: "one", Route: fmt.Sprintf("GET /%d", n), Weight: -1}, false)
		l.Learn(now, answer(200, now, "X-MBX-USED-WEIGHT", fmt.Sprint(n%500+1)), w.Booked)
	}
	if len(l.routes)+len(l.seen) > 2*maxRoutes {
		t.Errorf("expected a bounded number of routes, found %d and %d", len(l.routes), len(l.seen))
	}
}

// A clock that was ahead for a while holds nobody up until then, and one that steps back
// forgets nothing, also between two runs.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	l := open(t, file, noon)
	ask(l, noon.Add(24*time.Hour), "one", 600)
	if used, _, _ := l.Standing(noon.Add(time.Second)); used != 600 {
		t.Errorf("expected 600 to be used, found %d", used)
	}
	if w := ask(l, noon.Add(time.Second), "one", 601); w.For <= 0 || w.For > 2*time.Minute {
		t.Errorf("expected a wait for no more than the minute, found %+v", w)
	}
	if used, _, _ := l.Standing(noon.Add(2 * time.Minute)); used != 0 {
		t.Errorf("expected the minute to be free, found %d", used)
	}
	ask(l, noon.Add(3*time.Minute), "two", 600)
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	for _, back := range []time.Duration{2 * time.Second, 24 * time.Hour} {
		now := noon.Add(3*time.Minute - back)
		if used, _, _ := open(t, file, now).Standing(now); used != 600 {
			t.Errorf("clock back by %s: expected 600 to be used, found %d", back, used)
		}
	}
}

// What a file says of accounts is held to what can be, as what it says of the address is.
func TestFileOfAWrongClock(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	l := open(t, file, noon)
	a := l.Account("the key")
	l.account(a, noon).silence.Until = noon.Add(1e5 * time.Hour)
	l.silence.Refusals = -1
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	l = open(t, file, noon)
	later := noon.Add(l.edition.MaxBan + time.Minute)
	if w := l.Ask(later, Request{Client: "a", Account: a, Route: "POST /api/v3/order", Weight: 1, Orders: 1}, false); w.For > 0 {
		t.Errorf("expected no silence longer than any ban, found %+v", w)
	}
	l.Learn(later, answer(429, later), ask(l, later, "a", 1).Booked)
	if w := ask(l, later, "a", 1); w.For < time.Second {
		t.Errorf("expected silence, found %+v", w)
	}
}

// A ledger that was not written is still to be written.
func TestSaveFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	l := open(t, filepath.Join(dir, "ledger.json"), noon)
	l.Learn(noon, answer(418, noon, "Retry-After", "600"), ask(l, noon, "one", 1).Booked)
	if err := os.Rename(dir, dir+" elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if l.Save() == nil || !l.Changed() {
		t.Error("expected an error, and that the ban is still to be saved")
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(); err != nil || l.Changed() {
		t.Errorf("expected it to be saved, found %v", err)
	}
}

// A ban stands in the file, whoever else saves the ledger at the same time.
func TestSavesAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := range 300 {
		file := filepath.Join(dir, fmt.Sprint(n))
		l := open(t, file, noon)
		var others sync.WaitGroup
		for range 4 {
			others.Go(func() {
				if err := l.Save(); err != nil {
					t.Error(err)
				}
			})
		}
		l.Learn(noon, answer(418, noon, "Retry-After", "600"), ask(l, noon, "one", 1).Booked)
		if err := l.Save(); err != nil {
			t.Error(err)
		}
		others.Wait()
		if w := ask(open(t, file, noon), noon, "one", 1); w.For == 0 {
			t.Fatalf("expected the ban in the file %d", n)
		}
	}
}

// TestManyNames: a client that calls itself otherwise with each request takes no name and
// no share from those that have keys.
func TestManyNames(t *testing.T) {
	t.Parallel()
	l := open(t, "", noon)
	waited, sent := 0, 0
	for at := time.Duration(0); at < 10*time.Minute; at += 10 * time.Millisecond {
		now, n := noon.Add(at), int64(at/time.Millisecond)
		faulty := l.Client("127.0.0.1", n, "", fmt.Sprintf("job-%d", n))
		ask(l, now, faulty, 5)
		if at%time.Second != 0 || at < time.Minute {
			continue
		}
		for _, key := range []string{"a", "b"} {
			who := l.Client("127.0.0.1", n, l.Account(key), "bot")
			if who == faulty {
				t.Fatalf("expected %q to be told from %s", key, who)
			}
			if sent++; ask(l, now, who, 1).For > 0 {
				waited++
			}
		}
	}
	if waited > 0 {
		t.Errorf("expected the others never to wait, they did %d times of %d", waited, sent)
	}
}

// TestTwoRunsAtOnce: of two programs that keep the same ledger none wipes out the ban that
// the other was told of, and both keep it.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	one, other := open(t, file, noon), open(t, file, noon)
	one.Learn(noon, answer(418, noon, "Retry-After", "600"), ask(one, noon, "a", 1).Booked)
	ask(other, noon, "b", 1)
	for _, l := range []*Ledger{one, other} {
		if err := l.Save(); err != nil {
			t.Fatal(err)
		}
	}
	for name, l := range map[string]*Ledger{"the other one": other, "one that comes later": open(t, file, noon)} {
		if w := ask(l, noon, "c", 1); w.For < 10*time.Minute {
			t.Errorf("%s: expected silence for ten minutes, found %+v", name, w)
		}
	}
}
