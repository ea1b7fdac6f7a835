package edition

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
		{1_01_01, "0001-01-01"},
		{1969_12_31, "1969-12-31"},
		{2018_01_14, "2018-01-14"},
		{2020_02_29, "2020-02-29"},
		{9999_12_31, "9999-12-31"},
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
	if DateOf(time.Time{}) >= 2017_01_01 || DateOf(time.Unix(math.MaxInt32<<20, 0)) < 9999_01_01 || DateOf(time.Unix(math.MinInt32<<20, 0)) > 2_01_01 {
		t.Error("instants far off left their side of the tables")
	}
	if none := Date(0); !none.IsZero() || !none.Time().IsZero() || none.String() != "none" {
		t.Errorf("no date: found %v, %s", none.Time(), none)
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		day, change Date
		near        bool
	}{
		{2019_08_15, 2019_08_15, true},
		{2019_08_14, 2019_08_15, true},
		{2019_08_16, 2019_08_15, true},
		{2019_08_13, 2019_08_15, false},
		{2019_08_17, 2019_08_15, false},
		{2019_12_31, 2020_01_01, true}, // over the turn of a year
		{2020_03_01, 2020_02_29, true}, // and of a month
		{2020_03_02, 2020_02_29, false},
		{1_01_01, 2018_01_01, false},
	} {
		if got := near(c.day, c.change); got != c.near {
			t.Errorf("%s beside %s: expected %v, found %v", c.day, c.change, c.near, got)
		}
	}
}
