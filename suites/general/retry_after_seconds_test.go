package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func TestFaultOfForm(t *testing.T) {
	for value, want := range map[string]string{
		"":                              "is empty",
		"Sat, 20 Jul 2019 10:00:22 GMT": "is a date",
		"2019-07-20T10:00:22Z":          "is a date",
		"-1":                            "has a sign",
		"+12":                           "has a sign",
		"0.5":                           "has a fraction",
		"12s":                           "has something behind the number",
		"1, 2":                          "has something behind the number",
		"99999999999999999999":          "has more digits than any wait",
		"soon":                          "is no number",
		"-":                             "is no number",
		".5":                            "is no number",
	} {
		if got := faultOfForm(value); got != want {
			t.Errorf("%q: expected %q, found %q", value, want, got)
		}
	}
}

// A value is what is left of a ban in the unit in which the two agree, give or take
// two seconds; without both instants nobody can say so, nor of more seconds than any
// clock counts.
func TestAgreesWithBan(t *testing.T) {
	for _, c := range []struct {
		name        string
		until, date time.Time
		value       int64
		unit        time.Duration
		want        bool
	}{
		{"the seconds left", lost.Add(time.Minute), lost, 60, time.Second, true},
		{"two more", lost.Add(time.Minute), lost, 62, time.Second, true},
		{"three more", lost.Add(time.Minute), lost, 63, time.Second, false},
		{"two less", lost.Add(time.Minute), lost, 58, time.Second, true},
		{"three less", lost.Add(time.Minute), lost, 57, time.Second, false},
		{"in another unit", lost.Add(time.Minute), lost, 60000, time.Millisecond, true},
		{"no instants", time.Time{}, time.Time{}, 1, time.Second, false},
		{"more than any clock counts", lost, lost, 1 << 55, time.Second, false},
	} {
		f := &traffic.Facts{BannedUntil: c.until, Date: c.date, RetryAfterSec: c.value}
		if got := agreesWithBan(f, c.unit); got != c.want {
			t.Errorf("%s: expected to agree: %t, found %t", c.name, c.want, got)
		}
	}
}
