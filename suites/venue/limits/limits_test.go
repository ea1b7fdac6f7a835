package limits

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2019, 7, 20, 12, 0, 10, 0, time.UTC)

func newCounter(t testing.TB, r Rules) *Counter {
	t.Helper()
	c, err := New(r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Limit
		err  string
	}{
		{"REQUEST_WEIGHT=1200/1m", Limit{"REQUEST_WEIGHT", 1200, 1, "MINUTE"}, ""},
		{"ORDERS=10/s", Limit{"ORDERS", 10, 1, "SECOND"}, ""},
		{"RAW_REQUESTS=5000/5m", Limit{"RAW_REQUESTS", 5000, 5, "MINUTE"}, ""},
		{"ORDERS=100000/1d", Limit{"ORDERS", 100000, 1, "DAY"}, ""},
		{"ORDERS=1/2h", Limit{"ORDERS", 1, 2, "HOUR"}, ""},
		{"ORDERS", Limit{}, "TYPE=NUMBER/WINDOW"},
		{"ORDERS=10", Limit{}, "TYPE=NUMBER/WINDOW"},
		{"ORDERS=10/", Limit{}, "TYPE=NUMBER/WINDOW"},
		{"ORDERS=x/1m", Limit{}, "whole number"},
		{"ORDERS=10/1w", Limit{}, "whole number"},
		{"ORDERS=0/1m", Limit{}, "expected 1 to"},
		{"ORDERS=10/0m", Limit{}, "window"},
		{"ORDERS=10/31d", Limit{}, "window"},
		{"WEIGHT=10/1m", Limit{}, "REQUEST_WEIGHT, RAW_REQUESTS or ORDERS"},
	} {
		got, err := Parse(c.in)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%s: expected %+v, found %+v %v", c.in, c.want, got, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: expected an error with %q, found %v", c.in, c.err, err)
		}
	}
	for _, l := range Default() {
		if again, err := Parse(l.String()); err != nil || again != l {
			t.Errorf("%s: expected it back, found %+v %v", l, again, err)
		}
	}
}

func TestNewRefusesLimitsThatCannotBe(t *testing.T) {
	for _, list := range [][]Limit{
		{{"ORDERS", 0, 1, "SECOND"}}, {{"ORDER", 1, 1, "SECOND"}}, {{"ORDERS", 1, 1, "WEEK"}}, make([]Limit, Most+1),
	} {
		if _, err := New(Rules{Limits: list}); err == nil {
			t.Errorf("%+v: expected an error", list)
		}
	}
}

func TestWindowsAreTheCalendars(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 10, 1, "MINUTE"}}})
	for _, step := range []struct {
		at      string
		weight  int64
		used    int64
		verdict Verdict
		wait    int64
	}{
		{"12:00:10.000", 6, 6, Serve, 0},
		{"12:00:59.999", 4, 10, Serve, 0},
		{"12:01:00.000", 10, 10, Serve, 0},
		{"12:01:00.001", 1, 11, Refuse, 60},
		{"12:01:30.500", 1, 12, Refuse, 30},
		{"12:01:59.999", 1, 13, Refuse, 1},
		{"12:02:00.000", 1, 1, Serve, 0},
	} {
		at, err := time.Parse("2006-01-02 15:04:05.000", "2019-07-20 "+step.at)
		if err != nil {
			t.Fatal(err)
		}
		o := c.Take("ip", at, Cost{Weight: step.weight})
		if o.Weight != step.used || o.Verdict != step.verdict || o.RetryAfter != step.wait {
			t.Errorf("%s: expected %d used, verdict %d and %d s, found %+v", step.at, step.used, step.verdict, step.wait, o)
		}
	}
}

func TestAnyLimitRefuses(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 100, 1, "MINUTE"}, {Orders, 2, 1, "SECOND"}, {RawRequests, 6, 5, "MINUTE"}}})
	order := Cost{Weight: 1, Orders: 1}
	for i, want := range []Verdict{Serve, Serve, Refuse} {
		o := c.Take("ip", noon, order)
		if o.Verdict != want || want == Refuse && (o.Broken != 1 || o.RetryAfter != 1) || o.Orders[1] != int64(i+1) {
			t.Errorf("order %d: expected verdict %d, found %+v", i, want, o)
		}
	}
	if o := c.Take("ip", noon, Cost{Weight: 1}); o.Verdict != Serve {
		t.Errorf("expected what is no order to be served, found %+v", o)
	}
	if o := c.Take("ip", noon.Add(time.Second), order); o.Verdict != Serve {
		t.Errorf("expected orders to be served in the next second, found %+v", o)
	}
	c.Take("ip", noon, Cost{Weight: 1})
	o := c.Take("ip", noon, Cost{Weight: 1})
	if o.Verdict != Refuse || o.Broken != 2 || o.RetryAfter != 290 {
		t.Errorf("expected the raw requests to be used up for 290 s, found %+v", o)
	}
	if o := c.Take("other", noon, order); o.Verdict != Serve || o.Weight != 1 {
		t.Errorf("expected another address to be served, found %+v", o)
	}
}

// spam sends until the address is banned and returns how many 429s it got.
func spam(t *testing.T, c *Counter, at time.Time) (refused int, o Answer) {
	t.Helper()
	for range 10_000 {
		switch o = c.Take("ip", at, Cost{Weight: 1}); o.Verdict {
		case Refuse:
			refused++
		case Banned:
			return refused, o
		}
	}
	t.Fatal("expected a ban, found none")
	return 0, o
}

func TestBansGrow(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 5, 1, "MINUTE"}}, BanAfter: 3})
	at, want := noon, 2*time.Minute
	for ban := range 14 {
		refused, o := spam(t, c, at)
		if refused != 4 {
			t.Errorf("ban %d: expected a warning and 3 more 429s first, found %d", ban, refused)
		}
		if length := o.Until.Sub(at); length != want || o.RetryAfter != int64(want/time.Second) {
			t.Errorf("ban %d: expected %s, found %s and Retry-After %d", ban, want, length, o.RetryAfter)
		}
		if o := c.Take("ip", o.Until.Add(-time.Millisecond), Cost{Weight: 1}); o.Verdict != Banned || o.RetryAfter != 1 {
			t.Errorf("ban %d: expected it to last, found %+v", ban, o)
		}
		if o := c.Take("ip", o.Until.Add(time.Minute), Cost{Weight: 1}); o.Verdict != Serve {
			t.Errorf("ban %d: expected it to end, found %+v", ban, o)
		}
		at = o.Until.Add(2 * time.Minute)
		want = min(2*want, 3*24*time.Hour)
	}
	_, o := spam(t, c, at.Add(4*24*time.Hour+3*24*time.Hour))
	if o.RetryAfter != 120 {
		t.Errorf("expected bans to be forgiven after three days, found %d s", o.RetryAfter)
	}
}

func TestWaitingAddressIsNotBanned(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 5, 1, "MINUTE"}}, BanAfter: 1})
	for minute := range 50 {
		at := noon.Add(time.Duration(minute) * time.Minute)
		for range 6 {
			if o := c.Take("ip", at, Cost{Weight: 1}); o.Verdict == Banned {
				t.Fatalf("minute %d: expected no ban of an address that waits after each 429", minute)
			}
		}
	}
}

func TestRefund(t *testing.T) {
	c := newCounter(t, Rules{})
	c.Take("ip", noon, Cost{Weight: 4})
	if used := c.Refund("ip", noon, 3); used != 1 {
		t.Errorf("expected 1 used, found %d", used)
	}
	if used := c.Refund("ip", noon.Add(time.Minute), 1); used != 1 {
		t.Errorf("expected nothing given back after the minute, found %d", used)
	}
}

// No weight is lost or counted twice, whoever counts at once.
func TestCountsAreExactUnderLoad(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 1 << 30, 1, "MINUTE"}}})
	const callers, each, addresses = 64, 500, 7
	var wg sync.WaitGroup
	seen := make([][]int64, callers)
	for caller := range callers {
		wg.Go(func() {
			for i := range each {
				o := c.Take(fmt.Sprint("ip", i%addresses), noon, Cost{Weight: 3})
				if i%addresses == 0 {
					seen[caller] = append(seen[caller], o.Weight)
				}
			}
		})
	}
	wg.Wait()
	told := map[int64]bool{}
	for _, list := range seen {
		for i, w := range list {
			if told[w] || w%3 != 0 || i > 0 && w <= list[i-1] {
				t.Fatalf("expected each answer to tell its own sum, found %d", w)
			}
			told[w] = true
		}
	}
	n := 0
	for a := range addresses {
		n += int(c.Take(fmt.Sprint("ip", a), noon, Cost{}).Weight)
	}
	if n != 3*callers*each {
		t.Errorf("expected a weight of %d in all, found %d", 3*callers*each, n)
	}
}

// The counter agrees with a model that forgets nothing.
func TestCounterAgreesWithAModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 50, 1, "MINUTE"}, {RawRequests, 40, 5, "MINUTE"}}, BanAfter: 1 << 30})
	type key struct {
		ip     string
		window int64
	}
	weight, raw := map[key]int64{}, map[key]int64{}
	at := noon
	for range 20_000 {
		at = at.Add(time.Duration(r.Int64N(int64(2 * time.Second))))
		ip, cost := fmt.Sprint(r.IntN(5)), r.Int64N(5)
		o := c.Take(ip, at, Cost{Weight: cost})
		w, n := key{ip, at.Unix() / 60}, key{ip, at.Unix() / 300}
		weight[w] += cost
		raw[n]++
		want := Serve
		if weight[w] > 50 && cost > 0 || raw[n] > 40 {
			want = Refuse
		}
		if o.Weight != weight[w] || o.Verdict != want {
			t.Fatalf("%s at %s: expected %d and verdict %d, found %+v", ip, at, weight[w], want, o)
		}
	}
}

// A million addresses in one minute take no more than the bound, and one that
// is banned stays so among them.
func TestAddressesAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("many addresses take a second")
	}
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 5, 1, "MINUTE"}}, BanAfter: 1})
	spam(t, c, noon)
	before := allocated()
	for i := range 3 * defaultAddresses {
		c.Take(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), noon, Cost{Weight: 1})
	}
	if n := c.Followed(); n > defaultAddresses {
		t.Errorf("expected %d addresses at the most, found %d", defaultAddresses, n)
	}
	if grown := allocated() - before; grown > 32<<20 {
		t.Errorf("expected 32 MB at the most, found %d", grown)
	} else {
		t.Logf("%d addresses followed in %d KB", c.Followed(), grown>>10)
	}
	if o := c.Take("ip", noon, Cost{Weight: 1}); o.Verdict != Banned {
		t.Errorf("expected the banned address to be remembered, found %+v", o)
	}
}

func TestLongAddressesAreCut(t *testing.T) {
	c := newCounter(t, Rules{})
	long := strings.Repeat("a", 1<<20)
	c.Take(long, noon, Cost{Weight: 1})
	if o := c.Take(long[:longestAddress], noon, Cost{Weight: 1}); o.Weight != 2 {
		t.Errorf("expected %d bytes to count, found %+v", longestAddress, o)
	}
}

func allocated() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Addresses whose windows are over give their place up first.
func TestOverAddressesGiveWay(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 5, 1, "MINUTE"}}, Addresses: shards * 4})
	for i := range 10_000 {
		c.Take(fmt.Sprint("old", i), noon, Cost{Weight: 1})
	}
	later := noon.Add(time.Minute)
	for i := range 100 {
		c.Take(fmt.Sprint("new", i%50), later, Cost{Weight: 1})
	}
	kept := 0
	for i := range 50 {
		if c.Take(fmt.Sprint("new", i), later, Cost{}).Weight == 2 {
			kept++
		}
	}
	if kept < 48 {
		t.Errorf("expected the addresses of this minute to be kept, found %d of 50", kept)
	}
}

func BenchmarkTake(b *testing.B) {
	c := newCounter(b, Rules{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Take("127.0.0.1", noon, Cost{Weight: 1})
		}
	})
}
