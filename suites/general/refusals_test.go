package general

import (
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// The pace of a poll is the time since the same request was last sent with success.
func TestPaceOfPolls(t *testing.T) {
	poll := func(logical uint64, d time.Duration) *rule.Event {
		return &rule.Event{Method: "GET", Logical: logical, Sent: at(d), Exact: true}
	}
	order, vague := poll(1, 0), poll(1, 0)
	order.Method, vague.Exact = "POST", false
	vagueNow := poll(1, time.Minute)
	vagueNow.Exact = false
	for _, c := range []struct {
		name   string
		before []*rule.Event
		now    *rule.Event
		want   time.Duration
	}{
		{"never sent", nil, poll(1, time.Minute), 0},
		{"sent", []*rule.Event{poll(1, 0)}, poll(1, time.Minute), time.Minute},
		{"sent twice", []*rule.Event{poll(1, 0), poll(1, time.Second)}, poll(1, time.Minute), 59 * time.Second},
		{"another in its place", []*rule.Event{poll(1, 0), poll(1+pollsKept, 0)}, poll(1, time.Minute), 0},
		{"another in another place", []*rule.Event{poll(1, 0), poll(2, time.Second)}, poll(1, time.Minute), time.Minute},
		{"an order", []*rule.Event{order}, poll(1, time.Minute), 0},
		{"sent at about some time", []*rule.Event{vague}, poll(1, time.Minute), 0},
		{"comes at about some time", []*rule.Event{poll(1, 0)}, vagueNow, 0},
		{"sent later", []*rule.Event{poll(1, time.Hour)}, poll(1, time.Minute), 0},
	} {
		var p polls
		for _, e := range c.before {
			p.success(e)
		}
		if got := p.pace(c.now); got != c.want {
			t.Errorf("%s: expected a pace of %s, found %s", c.name, c.want, got)
		}
	}
}

// Runs are told apart by more than an hour, and by more than a minute where no
// instants were kept.
func TestAnotherRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		e      rule.Event
		answer traffic.Span
		want   bool
	}{
		{"an hour", rule.Event{Sent: at(time.Hour), Exact: true}, at(0), false},
		{"more than an hour", rule.Event{Sent: at(time.Hour + 1), Exact: true}, at(0), true},
		{"a minute, by Dates", rule.Event{Sent: at(time.Minute)}, at(0), false},
		{"more than a minute, by Dates", rule.Event{Sent: at(time.Minute + 1)}, at(0), true},
		{"sent at no known time", rule.Event{Exact: true}, at(0), false},
		{"answered at no known time", rule.Event{Sent: at(time.Hour)}, traffic.Span{}, false},
	} {
		if got := anotherRun(&c.e, c.answer); got != c.want {
			t.Errorf("%s: expected another run: %t, found %t", c.name, c.want, got)
		}
	}
}

// Codes whose refusal the same request is bound to meet again, and those beside them.
func TestCodesThatAreMetAgain(t *testing.T) {
	d := edition.Default().Dialect
	for code, want := range map[int64]bool{
		-1099: false, -1100: true, -1130: true, -1199: true, -1200: false, -1013: false, -1014: true, -1015: false, -1020: true, -1021: false,
		-2013: false, -2014: true, -2015: false, 0: false,
	} {
		if got := mustMeetAgain(d, code); got != want {
			t.Errorf("%d: expected to be met again: %t, found %t", code, want, got)
		}
	}
	for code, want := range map[int64]bool{-999: false, -1000: true, -1099: true, -1100: false, 0: false} {
		if got := d.Chapters.Venue.Has(code); got != want {
			t.Errorf("%d: expected the venue's own fault: %t, found %t", code, want, got)
		}
	}
	for code, want := range map[int64]bool{-1099: false, -1100: true, -1199: true, -1200: false} {
		if got := d.Chapters.Request.Has(code); got != want {
			t.Errorf("%d: expected to be about the request: %t, found %t", code, want, got)
		}
	}
}
