package probe_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/probe"
	"github.com/mbxcheck/mbxcheck/suites/venue"
)

// underPath is a probe of a venue that breaks rules by the liars named and lies
// under a path, "" for none.
func underPath(t *testing.T, prefix string, liars ...string) probed {
	t.Helper()
	c := &clock{autumn2019}
	v, err := venue.New(venue.Config{Seed: 1, Clock: c.now, Hooks: lies(t, liars...)})
	if err != nil {
		t.Fatal(err)
	}
	return probeHandler(t, c, http.StripPrefix(prefix, v), func(config *probe.Config) {
		config.APIKey, config.SecretKey = v.Accounts()[0].Key, v.Accounts()[0].Secret
		if config.Target, err = probe.NewTarget("http://127.0.0.1:8080"+prefix+"/", probe.Permission{LimitTests: true}); err != nil {
			t.Fatal(err)
		}
	})
}

// A server whose API lies under a path comes to the same verdicts as one where
// it does not, by the API's own paths.
func TestProbeUnderAPath(t *testing.T) {
	for _, liars := range [][]string{nil, {"descending-klines"}} {
		want, got := underPath(t, "", liars...), underPath(t, "/mock/binance", liars...)
		if !slices.Equal(want.failed(), got.failed()) || len(got.failed()) != len(liars) {
			t.Errorf("%v: expected %v to fail, found %v", liars, want.failed(), got.failed())
		}
		for i, w := range want.tally.Rules {
			if g := got.tally.Rules[i]; g.Passed != w.Passed || g.Failed != w.Failed || g.Inconclusive != w.Inconclusive {
				t.Errorf("%s: expected %d passed, %d failed, %d inconclusive, found %d, %d, %d", w.ID, w.Passed, w.Failed, w.Inconclusive, g.Passed, g.Failed, g.Inconclusive)
			}
		}
		for _, x := range got.exchanges {
			if strings.Contains(x.Request.URL, "mock") || x.At.File != "http://127.0.0.1:8080/mock/binance" {
				t.Fatalf("expected the API's own path, and the server's in the place, found %s in %s", x.Request.URL, x.At.File)
			}
		}
		sameFromRecording(t, got)
	}
}
