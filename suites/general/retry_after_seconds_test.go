package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
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

// What keeps a number from being one of seconds.
func TestFaultOfWait(t *testing.T) {
	const ms, instant, long, zero = "looks like milliseconds: as seconds it is longer than any wait, or than what the message says",
		"looks like an instant in seconds, not like a wait", "is longer than any wait in seconds", "is 0, on a response that says there is a ban"
	for _, c := range []struct {
		name   string
		status int
		value  int64
		left   time.Duration // of the ban, by the message, -1 for none
		want   string
	}{
		{"none", 429, 0, -1, ""},
		{"none of a ban", 418, 0, -1, zero},
		{"one", 418, 1, -1, ""},
		{"a day", 429, 86400, -1, ""},
		{"a day and a second", 429, 86401, -1, ms},
		{"a day in milliseconds", 429, 86400999, -1, ms},
		{"more than a day in any", 429, 86401000, -1, long},
		{"three days", 418, 259200, -1, ""},
		{"three days and a second", 418, 259201, -1, ms},
		{"four days, as the message says", 418, 345600, 96 * time.Hour, ""},
		{"as many milliseconds as the message says", 418, 10000, 10 * time.Second, ms},
		{"a second of milliseconds", 418, 1000, time.Second, ms},
		{"hardly a second of milliseconds", 418, 999, time.Second, ""},
		{"neither, by the message", 418, 10000, time.Hour, ""},
		{"an instant", 429, 1563616810, -1, instant},
	} {
		f := &traffic.Facts{Dialect: spoken, Exchange: &traffic.Exchange{Response: traffic.Response{Status: c.status}}, RetryAfterSec: c.value, Date: lost}
		if c.left >= 0 {
			f.BannedUntil = lost.Add(c.left)
		}
		if got := faultOfWait(edition.Default().MaxBan, f); got != c.want {
			t.Errorf("%s: expected %q, found %q", c.name, c.want, got)
		}
	}
	differ := &traffic.Facts{Exchange: &traffic.Exchange{}, RetryAfterSec: -1, WaitsDiffer: true, RetryAfter: "soon"}
	if got := faultOfWait(edition.Default().MaxBan, differ); got != "stands there twice, with different values" {
		t.Errorf("expected two that differ to be told, found %q", got)
	}
}
