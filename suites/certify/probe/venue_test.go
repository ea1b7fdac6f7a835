package probe_test

import (
	"context"

	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certify/probe"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/liar"
)

// clock is the time of a venue and of whoever probes it: it moves by what they
// take, and a wait takes no time.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.at = c.at.Add(d)
	return ctx.Err()
}

// flight is how long an answer takes.
const flight = 20 * time.Millisecond

// inProcess stands in the network's place before a handler.
type inProcess struct {
	clock   *clock
	handler http.Handler
	sent    int
}

func (t *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	t.sent++
	t.clock.at = t.clock.at.Add(flight / 2)
	served := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
	served.Header, served.RemoteAddr = r.Header.Clone(), "127.0.0.1:40000"
	rec := httptest.NewRecorder()
	t.handler.ServeHTTP(rec, served)
	t.clock.at = t.clock.at.Add(flight / 2)
	return rec.Result(), nil
}

// autumn2019 is when the used weight was told under both names and weights were
// still those of the edition.
var autumn2019 = time.Date(2019, time.September, 3, 8, 0, 10, 0, time.UTC)

// probed is what a probe of a venue came to.
type probed struct {
	summary   *probe.Summary
	tally     *rule.Tally
	exchanges []*traffic.Exchange
}

// serverRules are what a probe is judged by.
func serverRules() []*rule.Rule {
	return slices.DeleteFunc(rule.All(edition.Default()), func(r *rule.Rule) bool { return r.Party != clause.Server })
}

// probeVenue probes a venue that begins at an instant, in process.
func probeVenue(t testing.TB, at time.Time, hooks venue.Hooks, change func(*probe.Config)) probed {
	t.Helper()
	c := &clock{at}
	v, err := venue.New(venue.Config{Seed: 1, Clock: c.now, Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	return probeHandler(t, c, v, func(config *probe.Config) {
		config.APIKey, config.SecretKey = v.Accounts()[0].Key, v.Accounts()[0].Secret
		if change != nil {
			change(config)
		}
	})
}

func probeHandler(t testing.TB, c *clock, h http.Handler, change func(*probe.Config)) probed {
	t.Helper()
	target, err := probe.NewTarget("http://127.0.0.1:8080", probe.Permission{LimitTests: true})
	if err != nil {
		t.Fatal(err)
	}
	judge := engine.New(serverRules(), engine.Options{Edition: edition.Default(), MaxFindings: 3})
	judge.Begin()
	var p probed
	config := probe.Config{
		Target: target, Now: c.now, Sleep: c.sleep, Transport: &inProcess{clock: c, handler: h},
		Observe: func(x *traffic.Exchange) {
			judge.Observe(x)
			p.exchanges = append(p.exchanges, x.Clone())
		},
	}
	change(&config)
	if p.summary, err = probe.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	judge.End()
	p.tally = judge.Tally()
	return p
}

func lies(t testing.TB, ids ...string) venue.Hooks {
	t.Helper()
	hooks, err := liar.Hooks(ids...)
	if err != nil {
		t.Fatal(err)
	}
	return hooks
}

// failed are the IDs of the rules that failed, in order.
func (p *probed) failed() []string {
	var ids []string
	for i := range p.tally.Rules {
		if p.tally.Rules[i].Failed > 0 {
			ids = append(ids, p.tally.Rules[i].ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (p *probed) of(id string) *rule.RuleTally {
	i := slices.IndexFunc(p.tally.Rules, func(r rule.RuleTally) bool { return r.ID == id })
	return &p.tally.Rules[i]
}

// show logs what was sent and what came back, for a test that failed.
func (p *probed) show(t testing.TB) {
	for _, x := range p.exchanges {
		body := x.Response.Body[:min(len(x.Response.Body), 100)]
		t.Logf("%s %s/%s %s %s %.60s: %d %s", x.Sent.Earliest.Format("15:04:05.000"), x.Annotation.Experiment.Name, x.Annotation.Experiment.Variant,
			x.Request.Method, x.Request.URL, x.Request.Body, x.Response.Status, body)
	}
}
