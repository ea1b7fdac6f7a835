package rule

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestLongNames holds what is kept of paths to its bound, and that a
// path is not cut within what may be a key.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("a", 10*maxNameLen)
	for path, want := range map[string]string{
		"/api/v1/ping":               "/api/v1/ping",
		"/api/v1/" + long:            "/api/v1/",
		long:                         "",
		strings.Repeat("/ab", 1<<10): strings.Repeat("/ab", 341) + "/",
		"/x/" + long[:maxNameLen-3]:  "/x/" + long[:maxNameLen-3],
		"/x/" + long[:maxNameLen-2]:  "/x/",

		"/x/" + long[:maxNameLen-3] + "/y": "/x/",
	} {
		if got := ShortPath(path); got != want {
			t.Errorf("a path of %d bytes: expected %d, found %d", len(path), len(want), len(got))
		}
	}
	var f traffic.Facts
	f.ScanRequest(edition.Default().Dialect, &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "https://api.binance.com/api/v1/" + long}})
	if c := (Trial{facts: &f}); len(c.where().Path) > maxNameLen {
		t.Errorf("expected %d bytes of a path, found %d", maxNameLen, len(c.where().Path))
	}
	if got := ShortName(long); got != long[:maxNameLen] {
		t.Errorf("expected a name of %d bytes, found %d", maxNameLen, len(got))
	}
}
