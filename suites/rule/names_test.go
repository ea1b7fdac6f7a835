package rule

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestLongNames holds what is kept of hosts and paths to its bound, and that a
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
	} {
		if got := shortPath(path); got != want {
			t.Errorf("a path of %d bytes: expected %d, found %d", len(path), len(want), len(got))
		}
	}
	var tally Tally
	tally.leaveOut(&traffic.Facts{Host: long})
	tally.leaveOut(&traffic.Facts{Host: long})
	if n := tally.LeftOut[long[:maxNameLen]]; n == nil || n.Exchanges != 2 || len(tally.LeftOut) != 1 {
		t.Errorf("expected one host of %d bytes met twice, found %v", maxNameLen, tally.LeftOut)
	}
	x := &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "https://" + long + "/api/v1/" + long}}
	var f traffic.Facts
	f.ScanRequest(x)
	c := Trial{facts: &f}
	names := interner{kept: map[string]string{}}
	var e Event
	e.fill(&f, nil, &names)
	if at := c.where(); len(at.Path) > maxNameLen || len(e.Path) > maxNameLen || len(e.Host) > maxNameLen {
		t.Errorf("kept: path %d, of the event %d, host %d", len(at.Path), len(e.Path), len(e.Host))
	}
}
