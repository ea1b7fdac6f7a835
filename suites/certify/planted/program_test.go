package planted_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/certifytest"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// TestProgramsAreSeenThrough watches every program through every scenario: it
// must break the rules that it names and no other.
func TestProgramsAreSeenThrough(t *testing.T) {
	t.Parallel()
	for _, p := range planted.Programs() {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			broken := map[string]string{}
			for _, s := range certify.Scenarios() {
				r := watched(t, s, p)
				t.Logf("%s: %v, %d requests, met %t, watched %v, unfinished %q", s.Name, r.Ended.Sub(r.Began), r.Requests, r.Exercised(), r.Watched, r.Unfinished)
				if slices.Contains(whole, p.ID) && (!r.Exercised() || r.Unfinished != "") {
					t.Errorf("%s: expected all of it to come, found it exercised: %t, unfinished: %q", s.Name, r.Exercised(), r.Unfinished)
				}
				if least := leastWatch(s); p.ID != "bot-that-ends" && r.Exercised() && r.Watched < least {
					t.Errorf("%s: expected a watch of %v at the least, found %v", s.Name, least, r.Watched)
				}
				for i := range r.Tally.Rules {
					if x := &r.Tally.Rules[i]; x.Verdict() == rule.Fail && broken[x.ID] == "" {
						broken[x.ID] = s.Name + first(x)
					}
				}
			}
			for id, where := range broken {
				if !slices.Contains(p.Breaks, id) {
					t.Errorf("%s: expected it kept, found it broken in %s", id, where)
				}
			}
			for _, id := range p.Breaks {
				if broken[id] == "" {
					t.Errorf("%s: expected it broken", id)
				}
			}
		})
	}
}

// whole are the programs that make every call of every scenario in time.
var whole = []string{"bot", "bot-that-loads", "orders-again-after-8-s", "orders-after-20-s"}

// leastWatch is how long a program must have been watched for the silence after
// what a scenario stages to say that it keeps it.
func leastWatch(s *certify.Scenario) time.Duration {
	switch {
	case s.Name == "429-then-418" || s.Group == certify.Sessions || strings.HasPrefix(s.Name, "refused-"):
		return 0 // which may not have come to its 418, or stages nothing
	case s.Ban || s.Group == certify.Unknowns:
		return time.Minute
	}
	return 20 * time.Second
}

// TestUnfinished says what did not come, and why.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ scenario, program, want string }{
		{"429-then-418", "bot", ""},
		{"429-then-418", "bot-once-a-minute", "the 418 did not come: no further call of klines within 31 s"},
		{"429-then-418", "bot-that-ends", ""},
		{"429-parallel", "bot-once-a-minute", "the 429 did not come: fewer than 3 calls of klines within 65 s"},
		{"order-504-done", "reads-on-in-the-ban", "the 504 did not come: no call of placeOrder within 65 s"},
		{"order-hang-done", "reads-on-in-the-ban", "the call that is not answered did not come: no call of placeOrder within 65 s"},
	} {
		p := planted.Programs()[slices.IndexFunc(planted.Programs(), func(p planted.Program) bool { return p.ID == c.program })]
		i := slices.IndexFunc(certify.Scenarios(), func(s *certify.Scenario) bool { return s.Name == c.scenario })
		if r := watched(t, certify.Scenarios()[i], p); r.Unfinished != c.want {
			t.Errorf("%s, %s: expected %q, found %q\n%v", c.scenario, c.program, c.want, r.Unfinished, r.Timeline(nil))
		}
	}
}

// watched watches a program through a scenario.
func watched(t *testing.T, s *certify.Scenario, p planted.Program) *certify.Result {
	t.Helper()
	key, secret := certify.Account()
	r := certifytest.InProcessObserved(t, s, func(ctx context.Context, rt http.RoundTripper) {
		p.Run(ctx, planted.Config{Transport: rt, URL: "https://api.binance.com", Key: key, Secret: secret})
	})
	if r.Err != nil {
		t.Fatalf("%s: %v", s.Name, r.Err)
	}
	return r
}
