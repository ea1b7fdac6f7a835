package limits

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Of several broken limits the one that takes longest is told, of two that end
// together the first, in whatever order they are listed.
func TestLongestWaitIsTold(t *testing.T) {
	second, minute, hour := Limit{RawRequests, 1, 1, "SECOND"}, Limit{RawRequests, 1, 1, "MINUTE"}, Limit{RawRequests, 1, 1, "HOUR"}
	for _, c := range []struct {
		list   []Limit
		broken int
		wait   int64
	}{
		{[]Limit{second, minute, hour}, 2, 3590},
		{[]Limit{hour, minute, second}, 0, 3590},
		{[]Limit{second, hour, minute}, 1, 3590},
		{[]Limit{second, minute, {RawRequests, 1, 60, "SECOND"}}, 1, 50},
	} {
		counter := newCounter(t, Rules{Limits: c.list})
		if o := counter.Take("ip", noon, Cost{}); o.Broken != -1 || o.RetryAfter != 0 {
			t.Errorf("%v: expected the first request to be served, found %+v", c.list, o)
		}
		if o := counter.Take("ip", noon, Cost{}); o.Verdict != Refuse || o.Broken != c.broken || o.RetryAfter != c.wait || !o.Until.Equal(noon.Add(time.Duration(c.wait)*time.Second)) {
			t.Errorf("%v: expected limit %d and %d s to be told, found %+v", c.list, c.broken, c.wait, o)
		}
	}
}

// Each unit's window is as long as its name says.
func TestWindowsOfEachUnit(t *testing.T) {
	for unit, want := range map[string]int64{"SECOND": 1, "MINUTE": 50, "HOUR": 3590, "DAY": 12*3600 - 10} {
		c := newCounter(t, Rules{Limits: []Limit{{RawRequests, 1, 1, unit}}})
		c.Take("ip", noon, Cost{})
		if o := c.Take("ip", noon, Cost{}); o.RetryAfter != want {
			t.Errorf("%s: expected to wait %d s, found %d", unit, want, o.RetryAfter)
		}
	}
}

// Orders of each ORDERS limit are told in the limits' order, and nothing else.
func TestOrdersAreToldByLimit(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{Orders, 9, 1, "SECOND"}, {RequestWeight, 99, 1, "MINUTE"}, {Orders, 9, 1, "DAY"}}})
	c.Take("ip", noon, Cost{Weight: 5, Orders: 2})
	o := c.Take("ip", noon.Add(time.Second), Cost{Weight: 5, Orders: 1})
	if want := [Most]int64{0: 1, 2: 3}; o.Orders != want || o.Weight != 10 {
		t.Errorf("expected orders %v and a weight of 10, found %+v", want, o)
	}
}

// Refund gives back weight alone, in every window of weight that lasts, and no
// more than was used.
func TestRefundGivesBackWeightAlone(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{{RequestWeight, 10, 5, "MINUTE"}, {RawRequests, 3, 5, "MINUTE"}, {Orders, 2, 5, "MINUTE"}}})
	long := strings.Repeat("a", longestAddress)
	c.Take(long, noon, Cost{Weight: 8, Orders: 1})
	if got := c.Refund(long+"b", noon, 5); got != 3 {
		t.Errorf("expected 3 of the minute left, found %d", got)
	}
	later := noon.Add(time.Minute)
	if got := c.Refund(long, later, 2); got != 3 {
		t.Errorf("expected the minute that is over to keep its 3, found %d", got)
	}
	if o := c.Take(long, later, Cost{Weight: 9, Orders: 1}); o.Verdict != Serve || o.Weight != 9 {
		t.Errorf("expected 1 of five minutes left and 9 more to be served, found %+v", o)
	}
	if got := c.Refund(long, later, 100); got != 0 {
		t.Errorf("expected no more than all to be given back, found %d", got)
	}
	if o := c.Take(long, later, Cost{Orders: 1}); o.Broken != 2 || o.Orders[2] != 3 {
		t.Errorf("expected orders to count on, found %+v", o)
	}
	if o := c.Take(long, later, Cost{}); o.Broken != 1 {
		t.Errorf("expected requests to count on, found %+v", o)
	}
	if got := c.Refund("nobody", noon, 1); got != 0 || c.Followed() != 1 {
		t.Errorf("expected nothing for who used nothing, found %d", got)
	}
}

// A counter without limits counts the minute's weight and serves all.
func TestNoLimits(t *testing.T) {
	c := newCounter(t, Rules{Limits: []Limit{}})
	for i := range int64(5) {
		if o := c.Take("ip", noon, Cost{Weight: 1 << 20, Orders: 1 << 20}); o.Verdict != Serve || o.Weight != (i+1)<<20 {
			t.Errorf("expected to be served, found %+v", o)
		}
	}
	if got := c.Limits(); len(got) != 0 {
		t.Errorf("expected no limits, found %v", got)
	}
}

// The limits that exchangeInfo told in June 2019.
func TestDefaultLimits(t *testing.T) {
	const want = "[REQUEST_WEIGHT=1200/1m ORDERS=10/1s ORDERS=100000/1d RAW_REQUESTS=5000/5m]"
	if got := fmt.Sprint(newCounter(t, Rules{}).Limits()); got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
}

// What is just a limit, and what just is none.
func TestEdgesOfLimits(t *testing.T) {
	for text, ok := range map[string]bool{
		"ORDERS=1/1s": true, "ORDERS=0/1s": false, "ORDERS=-1/1s": false,
		"ORDERS=2147483647/1s": true, "ORDERS=2147483648/1s": false,
		"ORDERS=1/30d": true, "ORDERS=1/2592000s": true, "ORDERS=1/2592001s": false,
		"ORDERS=1/0s": false, "ORDERS=1/-1s": false, "ORDERS=1/4294967297s": false,
		"ORDERS=x/s": false, "ORDERS=1/xs": false, "ORDERS=1/x": false, "ORDERS/1s": false, "=1/1s": false,
	} {
		if _, err := Parse(text); (err == nil) != ok {
			t.Errorf("%s: expected to be a limit: %t, found %v", text, ok, err)
		}
	}
	list := make([]Limit, Most)
	for i := range list {
		list[i] = Limit{Orders, 1, 1, "DAY"}
	}
	c := newCounter(t, Rules{Limits: list})
	if o := c.Take("ip", noon, Cost{Orders: 1}); o.Orders[Most-1] != 1 {
		t.Errorf("expected the last of %d limits to count, found %+v", Most, o)
	}
	_, err := Parse("ORDERS=0/1s")
	if want := "limit ORDERS=0/1s: expected 1 to 2147483647"; err == nil || err.Error() != want {
		t.Errorf("expected the error to tell the edge, %q, found %v", want, err)
	}
	_, err = Parse("ORDERS=1/xs")
	if want := "limit \"ORDERS=1/xs\": expected a whole number and a window of s, m, h or d, as in REQUEST_WEIGHT=1200/1m"; err == nil || err.Error() != want {
		t.Errorf("expected %q, found %v", want, err)
	}
	_, err = Parse("ORDERS=1/2147483648s")
	if want := "expected a whole number and a window"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("expected a number beyond 32 bits to be read as none, %q, found %v", want, err)
	}
	_, err = Parse("ORDERS=1/31d")
	if want := "limit ORDERS=1/31d: expected a window of 1 s to 720h0m0s"; err == nil || err.Error() != want {
		t.Errorf("expected the error to tell the edges, %q, found %v", want, err)
	}
	_, err = New(Rules{Limits: append(list, list[0])})
	if want := "limits: expected 7 at the most, found 8"; err == nil || err.Error() != want {
		t.Errorf("expected %q, found %v", want, err)
	}
	if (Limit{Unit: "WEEK"}).Letter() != "" || (Limit{Unit: "HOUR"}).Letter() != "H" {
		t.Error("expected a letter of the units that there are, and none else")
	}
}
