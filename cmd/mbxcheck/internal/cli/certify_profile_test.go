package cli

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/certify/certifytest"
	"github.com/mbxcheck/mbxcheck/suites/certify/planted"
	"github.com/mbxcheck/mbxcheck/suites/certify/subject"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// TestWatchedWithoutProfile: a program is held against what it was seen to do,
// and its certificate says for what it holds and what was left out. In virtual
// time, through all scenarios.
func TestWatchedWithoutProfile(t *testing.T) {
	t.Parallel()
	r := watchedReport(t, "bot-that-reads", certify.Scenarios())
	text := textOf(t, r)
	for _, want := range []string{
		"✓ certified for market-data: it was seen to keep each MUST that it was asked for;",
		"; watched, so not asked for G11b; left out, no call of it having been seen: trading, withdraw\n",
		"left out: trading, since it changed no order on /api while it was watched; withdraw, since it made no withdrawal on /wapi while it was watched;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in\n%s", want, text)
		}
	}
}

// TestTwoRunsSayTheSame: of a program that breaks what it must keep, too.
func TestTwoRunsSayTheSame(t *testing.T) {
	t.Parallel()
	reading := slices.DeleteFunc(certify.Scenarios(), func(s *certify.Scenario) bool { return s.Part != certify.MarketData })
	one := textOf(t, watchedReport(t, "reads-on-in-the-ban", reading))
	if two := textOf(t, watchedReport(t, "reads-on-in-the-ban", reading)); one != two {
		t.Errorf("expected the same words of two runs, found\n%s\nand\n%s", one, two)
	}
	if want := "✗ not certified for market-data: it breaks L08b, which it must keep"; !strings.Contains(one, want) {
		t.Errorf("expected %q in\n%s", want, one)
	}
}

// watchedReport puts a program through scenarios and reports what came of it.
func watchedReport(t *testing.T, id string, scenarios []*certify.Scenario) *reports.Report {
	t.Helper()
	i := slices.IndexFunc(planted.Programs(), func(p planted.Program) bool { return p.ID == id })
	key, secret := certify.Account()
	var results []*certify.Result
	for _, s := range scenarios {
		results = append(results, certifytest.InProcessObserved(t, s, func(ctx context.Context, rt http.RoundTripper) {
			planted.Programs()[i].Run(ctx, planted.Config{Transport: rt, URL: "https://api.binance.com", Key: key, Secret: secret})
		}))
	}
	edition := edition.Default()
	seen := &subject.Program{Mode: certificate.Observe}
	seen.Command = []string{"./" + id}
	c := &certifying{app: &app{}, profile: &choice{}, ruling: ruling{failOn: &choice{value: string(clause.Must)}}, banWindow: certify.DefaultBanWindow}
	r, _, err := c.report(seen, &certify.Certifier{Mode: certificate.Observe, Rules: certify.Rules(edition), Edition: edition}, results, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// textOf is the report as text, without how long it took.
func textOf(t *testing.T, r *reports.Report) string {
	t.Helper()
	r.Elapsed, r.Version, r.Width = 0, "0", 1000
	var b bytes.Buffer
	if err := reports.Formats()[0].Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
