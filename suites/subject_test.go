package suites

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// distant is a transport to a venue some way off: at one instant of virtual time
// nobody can tell what came first.
type distant struct{ http.RoundTripper }

func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(time.Millisecond)
	resp, err := d.RoundTripper.RoundTrip(r)
	time.Sleep(time.Millisecond)
	return resp, err
}

// metInside puts a program in this process through scenarios, in virtual time.
func metInside(t *testing.T, p func(context.Context, http.RoundTripper), scenarios ...string) *met {
	t.Helper()
	plan, err := Config{Subject: Client{Program: p, Scenarios: scenarios}}.plan()
	if err != nil {
		t.Fatal(err)
	}
	var m *met
	synctest.Test(t, func(t *testing.T) { m = plan.visit.meet(t.Context()) })
	return m
}

// TestClientsInThisProcess: each planted program breaks in the specs what it names,
// and nothing else.
func TestClientsInThisProcess(t *testing.T) {
	t.Parallel()
	for _, p := range planted.Programs() {
		if p.ID != "bot" && p.ID != "reads-on-after-18-s" {
			continue
		}
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			m := metInside(t, func(ctx context.Context, rt http.RoundTripper) {
				key, secret := certify.Account()
				p.Run(ctx, planted.Config{Transport: distant{rt}, URL: "https://api.binance.com", Key: key, Secret: secret})
			})
			if problems := m.problems(); problems != "" {
				t.Error(problems)
			}
			broken := map[string]bool{}
			for _, id := range p.Breaks {
				broken[id] = true
			}
			for i := range m.Tally.Rules {
				r := &m.Tally.Rules[i]
				if is := r.Verdict() == rule.Fail; is != broken[r.ID] {
					t.Errorf("%s: expected it broken: %t, found %s", r.ID, broken[r.ID], r.Verdict())
				}
			}
		})
	}
}

// TestNobodyIsMet: the first spec says why nothing came, and what to do.
func TestNobodyIsMet(t *testing.T) {
	t.Parallel()
	m := metInside(t, func(ctx context.Context, _ http.RoundTripper) { <-ctx.Done() }, "429-read-1")
	for _, want := range []string{"the client was not reached", "had sent nothing", "by the transport that it is given"} {
		if got := m.problems(); !strings.Contains(got, want) || !m.Unmet.Began {
			t.Errorf("expected %q, found %s", want, got)
		}
	}
}

// TestSubjectsAreSound: what is described wrongly is refused before anybody is met.
func TestSubjectsAreSound(t *testing.T) {
	for want, cfg := range map[string]Config{
		"found both":                     {Paths: []string{"x"}, Subject: Client{Command: []string{"x"}}},
		"expected a Command or a Prog":   {Subject: Client{}},
		"no scenario is called":          {Subject: Client{Command: []string{"x"}, Scenarios: []string{"none"}}},
		"not of this machine":            {Subject: Server{URL: "http://example.com"}},
		"{listen} and {upstream}":        {Subject: Proxy{Command: []string{"x"}}},
		"binds whom suites.Client names": {Subject: Client{Command: []string{"x"}}, Config: judge.Config{Rules: []string{"ascending"}}},
	} {
		if _, err := cfg.plan(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected %q, found %v", want, err)
		}
	}
}
