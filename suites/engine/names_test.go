package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// TestLongNames holds what is kept of hosts and paths to its bound.
func TestLongNames(t *testing.T) {
	const most = 1024
	long := strings.Repeat("a", 10*most)
	var tally rule.Tally
	tally.LeaveOut(rule.ShortName(long), false)
	tally.LeaveOut(rule.ShortName(long), false)
	if n := tally.LeftOut.Of(long[:most]); n.Exchanges != 2 || len(tally.LeftOut) != 1 {
		t.Errorf("expected one host of %d bytes met twice, found %v", most, tally.LeftOut)
	}
	x := &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: "https://" + long + "/api/v1/" + long}}
	var f traffic.Facts
	f.ScanRequest(edition.Default().Dialect, x)
	names := interner{kept: map[string]string{}}
	var e rule.Event
	if fill(&e, &f, nil, &names); len(e.Path) > most || len(e.Host) > most {
		t.Errorf("kept of the event: path %d, host %d", len(e.Path), len(e.Host))
	}
}

// No more names are kept than the bound, and one that is met again costs nothing.
func TestNamesAreBounded(t *testing.T) {
	n := interner{kept: map[string]string{}}
	var last string
	for i := range 2 * maxNames {
		name := fmt.Sprint("name-", i)
		if got := n.of(name, &last); got != name || last != name {
			t.Fatalf("expected %s, found %s and %s", name, got, last)
		}
	}
	if len(n.kept) != maxNames {
		t.Errorf("expected %d names, found %d", maxNames, len(n.kept))
	}
	beyond := fmt.Sprint("name-", 2*maxNames)
	n.of(beyond, &last)
	if allocations := testing.AllocsPerRun(10, func() { n.of("name-5", &last); n.of("name-6", &last) }); allocations != 0 {
		t.Errorf("expected names that are kept to cost nothing, found %v allocations", allocations)
	}
	n.of(beyond, &last)
	if allocations := testing.AllocsPerRun(10, func() { n.of(beyond, &last) }); allocations != 0 {
		t.Errorf("expected the name before to cost nothing, found %v allocations", allocations)
	}
}
