package schemas

import (
	"math"
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	for _, c := range []struct {
		date Date
		want string
	}{
		{1, "1970-01-02"},
		{17545, "2018-01-14"},
		{18321, "2020-02-29"},
		{-1, "1969-12-31"},
	} {
		at, err := time.Parse(time.DateOnly, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.date.Time(); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%d: expected %v, found %v", int32(c.date), at, got)
		}
		for _, inside := range []time.Duration{0, time.Nanosecond, 24*time.Hour - 1} {
			if got := DateOf(at.Add(inside)); got != c.date {
				t.Errorf("%v after %s: found %s", inside, c.want, got)
			}
		}
		if got := c.date.String(); got != c.want || c.date.IsZero() {
			t.Errorf("%d: expected %s, found %s, none: %v", int32(c.date), c.want, got, c.date.IsZero())
		}
	}
	if got := DateOf(time.Date(2019, time.March, 12, 1, 0, 0, 0, time.FixedZone("", 2*60*60))); got.String() != "2019-03-11" {
		t.Errorf("a day is UTC's: found %s", got)
	}
	if DateOf(time.Time{}) >= 0 || DateOf(time.Unix(math.MaxInt64, 0)) < 0 || DateOf(time.Unix(math.MinInt64, 0)) > 0 {
		t.Error("instants far off left their side of 1970")
	}
	if none := Date(0); !none.IsZero() || !none.Time().IsZero() || none.String() != "none" {
		t.Errorf("no date: found %v, %s", none.Time(), none)
	}
}
