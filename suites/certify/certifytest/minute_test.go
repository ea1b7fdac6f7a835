package certifytest

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// TestShortLivedProgramsComeEarlyInMinute: one that ends within seconds is
// refused whenever it is certified.
func TestShortLivedProgramsComeEarlyInMinute(t *testing.T) {
	t.Parallel()
	all := certify.Scenarios()
	s := all[slices.IndexFunc(all, func(s *certify.Scenario) bool { return s.Name == "429-without-header" })]
	short := Program(func(_ context.Context, rt http.RoundTripper) {
		for range 4 {
			if resp, err := (&http.Client{Transport: rt}).Get("https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1m"); err == nil {
				resp.Body.Close()
			}
			time.Sleep(time.Second)
		}
	})
	for _, second := range []time.Duration{0, 14, 20, 45, 59} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(epoch.Add(second * time.Second)))
			c := &certify.Certifier{Mode: certificate.Observe, Edition: edition.Default(), Start: short.distant().Start}
			if r := c.One(t.Context(), s); !r.Exercised() || r.Unfinished != "" {
				t.Errorf("begun at second %d: expected it refused, found %q", second, r.Unfinished)
			}
		})
	}
}

// TestStageThatIsOver: where nobody takes a connection there is none.
func TestStageThatIsOver(t *testing.T) {
	authority, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stage := &certify.Stage{Authority: authority, Front: wire.NewFront(wire.Config{Authority: authority})}
	transport := stage.Transport()
	stage.Front.Close()
	if conn, err := transport.DialContext(t.Context(), "", ""); conn != nil || err == nil {
		t.Errorf("expected an error alone, found %v, %v", conn, err)
	}
}
