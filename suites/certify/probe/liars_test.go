package probe_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
)

// unexercised are the server rules that an honest venue gives no occasion for.
var unexercised = map[string]string{
	"server-code-on-5xx":  "nothing fails inside an honest venue",
	"wapi-timeout-is-504": "nothing times out behind an honest venue",
	"wapi-rate-limits":    "no route of /wapi is documented to list limits",
}

// The document's venue passes by every rule that a live server can show.
func TestHonestVenuePasses(t *testing.T) {
	p := probeVenue(t, autumn2019, venue.Hooks{}, nil)
	for i := range p.tally.Rules {
		r := &p.tally.Rules[i]
		want := rule.Pass
		if unexercised[r.ID] != "" {
			want = rule.NotExercised
		}
		if got := r.Verdict(); got != want {
			t.Errorf("%s: expected %s, found %s: %+v %v %s", r.ID, want, got, r.Findings, r.Doubts, r.Error)
		}
	}
	if p.summary.Stopped != "" || len(p.summary.LeftOut) > 0 {
		t.Errorf("expected everything to be sent, found %+v", p.summary)
	}
	sameFromRecording(t, p)
	t.Logf("%d requests in %s of the venue's time", p.summary.Requests, p.exchanges[len(p.exchanges)-1].Received.Earliest.Sub(autumn2019).Round(time.Second))
	if t.Failed() {
		p.show(t)
	}
}

// So it does at other times, with the weights and names of their day.
func TestHonestVenueBreaksNothing(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2019, time.July, 20, 10, 0, 58, 0, time.UTC), time.Date(2021, time.June, 1, 8, 0, 1, 0, time.UTC),
		time.Date(2024, time.June, 1, 8, 0, 30, 0, time.UTC), time.Date(2026, time.June, 1, 8, 0, 50, 0, time.UTC),
	} {
		t.Run(at.Format("2006-01"), func(t *testing.T) {
			p := probeVenue(t, at, venue.Hooks{}, nil)
			if got := p.failed(); len(got) > 0 {
				t.Errorf("expected nothing to fail, found %v, the first %+v", got, p.of(got[0]).Findings[0])
			}
			for _, id := range []string{"query-wins", "mixed-accepted", "any-order-accepted", "query-or-body-accepted", "weight-per-ip", "ban-follows-spam", "bans-grow", "ban-follows-429"} {
				if got := p.of(id).Verdict(); got != rule.Pass {
					t.Errorf("%s: expected pass, found %s: %v", id, got, p.of(id).Doubts)
				}
			}
			t.Logf("%+v", *p.summary)
		})
	}
}

// Each liar breaks the rules that it names and no other.
func TestEachLiarFailsByWhatItNames(t *testing.T) {
	for _, l := range liar.All() {
		t.Run(l.ID, func(t *testing.T) { failsByWhatItNames(t, autumn2019, l) })
	}
}

// Those that lie about weights do so with the weights of later years as well.
func TestWeightLiarsInLaterYears(t *testing.T) {
	for _, l := range liar.All() {
		if strings.Contains(strings.Join(l.Breaks, " "), "weigh") {
			t.Run(l.ID, func(t *testing.T) {
				failsByWhatItNames(t, time.Date(2026, time.November, 24, 8, 0, 10, 0, time.UTC), l)
			})
		}
	}
}

func failsByWhatItNames(t *testing.T, at time.Time, l liar.Liar) {
	p := probeVenue(t, at, lies(t, l.ID), nil)
	if at == autumn2019 {
		sameFromRecording(t, p)
	}
	want := slices.Sorted(slices.Values(l.Breaks))
	got := p.failed()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("expected %v to fail, found %v", want, got)
	for _, id := range got {
		t.Logf("%s: %+v", id, p.of(id).Findings[0])
	}
	for _, id := range want {
		t.Logf("%s: %v, %v", id, p.of(id).Verdict(), p.of(id).Doubts)
	}
	t.Logf("%+v", p.summary)
}
