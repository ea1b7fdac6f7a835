package limits

import (
	"testing"
	"time"
)

// day is a counter whose window lasts longer than its first bans.
func day(t *testing.T, r Rules) *Counter {
	t.Helper()
	r.Limits = []Limit{{RawRequests, 1, 1, "DAY"}}
	return newCounter(t, r)
}

// ban sends until the address is banned.
func ban(t *testing.T, c *Counter, at time.Time) time.Duration {
	t.Helper()
	_, o := spam(t, c, at)
	return o.Until.Sub(at)
}

// Bans double up to the longest, and stay there, however many they are.
func TestBansGrowToTheLongest(t *testing.T) {
	for _, c := range []struct {
		name           string
		first, longest time.Duration
		want           []time.Duration
	}{
		{"doubled", time.Second, 4 * time.Second, []time.Duration{1, 2, 4, 4, 4}},
		{"cut at the longest", 2 * time.Second, 5 * time.Second, []time.Duration{2, 4, 5, 5}},
		{"none longer than the longest", 9 * time.Second, 5 * time.Second, []time.Duration{5, 5}},
	} {
		counter, at := newCounter(t, Rules{Limits: []Limit{{RawRequests, 1, 1, "DAY"}}, BanAfter: 1, FirstBan: c.first, LongestBan: c.longest}), noon
		for i, want := range c.want {
			got := ban(t, counter, at)
			if got != want*time.Second {
				t.Errorf("%s, ban %d: expected %d s, found %s", c.name, i+1, want, got)
			}
			at = at.Add(got)
		}
	}
	counter, at := day(t, Rules{BanAfter: 1, FirstBan: time.Second, LongestBan: 64 * time.Second}), noon
	for range 100 {
		at = at.Add(ban(t, counter, at))
	}
	if got := ban(t, counter, at); got != 64*time.Second {
		t.Errorf("expected ban 101 to last 64 s as well, found %s", got)
	}
}

// Three days after a ban's end the next still counts as one more; a millisecond
// later it is a first one.
func TestBansAreForgivenAfterThreeDays(t *testing.T) {
	for _, s := range []struct {
		after time.Duration
		want  time.Duration
	}{{3 * 24 * time.Hour, 2 * time.Second}, {3*24*time.Hour + time.Millisecond, time.Second}} {
		c := day(t, Rules{BanAfter: 1, FirstBan: time.Second})
		end := noon.Add(ban(t, c, noon))
		if got := ban(t, c, end.Add(s.after)); got != s.want {
			t.Errorf("%s after a ban: expected one of %s, found %s", s.after, s.want, got)
		}
	}
}

// The defaults that the Rules' documentation has.
func TestDefaultBans(t *testing.T) {
	c, at := newCounter(t, Rules{Limits: []Limit{{RawRequests, 1, 1, "DAY"}}}), noon
	refused, o := spam(t, c, at)
	if refused != 11 {
		t.Errorf("expected a 429 and ten more before a ban, found %d", refused)
	}
	for want := 2 * time.Minute; want < 3*24*time.Hour; want *= 2 {
		if got := o.Until.Sub(at); got != want {
			t.Errorf("expected a ban of %s, found %s", want, got)
		}
		at = o.Until
		_, o = spam(t, c, at)
	}
	if got := o.Until.Sub(at); got != 3*24*time.Hour {
		t.Errorf("expected the longest ban to be three days, found %s", got)
	}
}

// A ban lasts to the millisecond, tells which limit earned it, and whoever comes
// out of it is warned before the next.
func TestWhatABannedAddressIsTold(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 1000, 1, "MINUTE"}, {RawRequests, 1, 1, "DAY"}}, BanAfter: 2, FirstBan: 10 * time.Second})
	_, o := spam(t, c, noon)
	if o.Verdict != Banned || o.Broken != 1 || o.RetryAfter != 10 || !o.Until.Equal(noon.Add(10*time.Second)) {
		t.Errorf("expected the request that earns a ban to be told of it, found %+v", o)
	}
	for _, s := range []struct {
		after   time.Duration
		verdict Verdict
		broken  int
		wait    int64
	}{
		{time.Millisecond, Banned, 1, 10},
		{8999 * time.Millisecond, Banned, 1, 2},
		{9 * time.Second, Banned, 1, 1},
		{9999 * time.Millisecond, Banned, 1, 1},
		{10 * time.Second, Refuse, 1, 12*60*60 - 20},
		{10 * time.Second, Refuse, 1, 12*60*60 - 20},
		{10 * time.Second, Refuse, 1, 12*60*60 - 20},
		{10 * time.Second, Banned, 1, 20},
	} {
		o := c.Take("ip", noon.Add(s.after), Cost{Weight: 1})
		if o.Verdict != s.verdict || o.Broken != s.broken || o.RetryAfter != s.wait {
			t.Errorf("%s into the ban: expected verdict %d for limit %d and %d s, found %+v", s.after, s.verdict, s.broken, s.wait, o)
		}
	}
}

// Whoever waits as told is warned anew, not banned.
func TestWaitCountsFromTheWarning(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RawRequests, 1, 1, "MINUTE"}}, BanAfter: 1})
	want := []Verdict{Serve, Refuse, Refuse, Serve, Refuse, Refuse, Banned}
	for i, at := range []time.Duration{0, 0, 0, 50 * time.Second, 50 * time.Second, 50 * time.Second, 50 * time.Second} {
		if o := c.Take("ip", noon.Add(at), Cost{}); o.Verdict != want[i] {
			t.Errorf("request %d: expected verdict %d, found %+v", i+1, want[i], o)
		}
	}
}
