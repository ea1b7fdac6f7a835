package engine

import (
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestLongNames holds what is kept of hosts and paths to its bound.
func TestLongNames(t *testing.T) {
	const most = 1024
	long := strings.Repeat("a", 10*most)
	var tally rule.Tally
	leaveOut(&tally, &traffic.Facts{Host: long})
	leaveOut(&tally, &traffic.Facts{Host: long})
	if n := tally.LeftOut[long[:most]]; n == nil || n.Exchanges != 2 || len(tally.LeftOut) != 1 {
		t.Errorf("expected one host of %d bytes met twice, found %v", most, tally.LeftOut)
	}
	x := &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "https://" + long + "/api/v1/" + long}}
	var f traffic.Facts
	f.ScanRequest(x)
	names := interner{kept: map[string]string{}}
	var e rule.Event
	if fill(&e, &f, nil, &names); len(e.Path) > most || len(e.Host) > most {
		t.Errorf("kept of the event: path %d, host %d", len(e.Path), len(e.Host))
	}
}
