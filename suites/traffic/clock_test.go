package traffic

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestSteadyClockIsNotSet: between two readings there is as much time as passed,
// whatever the time of day was set to.
func TestSteadyClockIsNotSet(t *testing.T) {
	day := time.Date(2019, 7, 20, 10, 0, 0, 123_456_789, time.UTC)
	passed, set := 5*time.Second, time.Duration(0)
	clock := SteadyClockOf(func() time.Time { return day.Add(passed + set) }, func() time.Duration { return passed })
	began := clock()
	if want := day.Add(5 * time.Second); !began.Equal(want) {
		t.Errorf("expected the clock to begin at %v, found %v", want, began)
	}
	for _, step := range []time.Duration{-30 * time.Second, 30 * time.Second, -time.Hour, 48 * time.Hour} {
		before := clock()
		set += step
		passed += time.Millisecond
		if got := clock().Sub(before); got != time.Millisecond {
			t.Errorf("set by %v: expected 1ms to pass, found %v", step, got)
		}
	}
}

// TestSteadyClockHasNoSecondReading: its instants are those that a recording
// keeps, so that differences of the two agree.
func TestSteadyClockHasNoSecondReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := SteadyClock()
		time.Sleep(time.Minute)
		if got, want := clock(), time.Now(); got != got.Round(0) || !got.Equal(want) {
			t.Errorf("expected %v and no monotonic reading, found %v", want, got)
		}
	})
}
