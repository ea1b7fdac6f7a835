package relay_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/relay"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay/planted"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"

	_ "github.com/mbxcheck/mbxcheck/suites/general"
)

// pairs are the rules that judge both sides of a proxy.
func pairs() []*rule.Rule {
	return slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.Pair == nil })
}

// put puts a proxy through scenarios, all without globs, and returns the outcome and
// what was recorded.
func put(t *testing.T, p planted.Proxy, globs ...string) (*rule.Tally, []*traffic.Exchange) {
	t.Helper()
	up, err := relay.Listen("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	front := httptest.NewServer(p.Handler(up.URL()))
	defer front.Close()
	scenarios, err := relay.Picked(globs)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(pairs(), engine.Options{Live: true, Reference: true})
	e.Begin()
	var all []*traffic.Exchange
	run := relay.Run{
		Upstream: up, Proxy: strings.TrimPrefix(front.URL, "http://"),
		Observe: func(x *traffic.Exchange) { all = append(all, x); e.Observe(x) },
		Hang:    200 * time.Millisecond, Quiet: 5 * time.Millisecond, Stale: time.Millisecond,
	}
	if err := run.Play(t.Context(), scenarios); err != nil {
		t.Fatal(err)
	}
	e.End()
	return e.Take(), all
}

// TestPlantedProxiesBreakWhatTheyName puts every proxy through every scenario: it
// must break the rules that it names and no other, and the faithful one keeps all.
func TestPlantedProxiesBreakWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, p := range planted.All() {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			tally, _ := put(t, p)
			for i := range tally.Rules {
				r := &tally.Rules[i]
				if r.Error != "" {
					t.Errorf("%s: %s", r.ID, r.Error)
				}
				if is, want := r.Verdict() == rule.Fail, slices.Contains(p.Breaks, r.ID); is != want {
					t.Errorf("%s: expected it broken: %t, found %d kept, %d broken%s", r.ID, want, r.Passed, r.Failed, first(r))
				}
				if len(p.Breaks) == 0 && (r.Passed == 0 || r.Inconclusive > 0) {
					t.Errorf("%s: expected it kept without a doubt, found %d kept and %v", r.ID, r.Passed, r.Doubts)
				}
			}
		})
	}
}

// first is the first finding of a rule.
func first(r *rule.RuleTally) string {
	if len(r.Findings) == 0 {
		return ""
	}
	f := r.Findings[0]
	return ": " + f.At.File + ": " + f.Message + " Expected " + f.Expected + ", seen " + f.Seen
}
