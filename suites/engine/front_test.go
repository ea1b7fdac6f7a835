package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// A recording that is read by several fronts comes to what it comes to as a whole.
func TestFrontsMakeTheWhole(t *testing.T) {
	recording := []*traffic.Exchange{timed(1, 0, 1), timed(2, 2, 3, status(400)), timed(3, 4, 20), timed(4, 5, 6, status(400)), statement(5, 5, 7), timed(6, 8, 9)}
	judged := func(fronts int) (lines []string, places []int) {
		refused := &rule.Rule{ID: "refused", Check: func(c *rule.Trial, f *traffic.Facts) {
			if f.Response.Status == 400 {
				c.Fail(rule.Report{})
			}
		}}
		rules := []*rule.Rule{refused, heardBy(&lines, rule.PerIP, clause.Server)}
		e := New(rules, Options{})
		e.Begin()
		var by []*Front
		for range fronts {
			by = append(by, NewFront(rules, Options{}))
		}
		var ev rule.Event
		for i, x := range recording {
			if fronts == 0 {
				e.Observe(x)
			} else if by[i%fronts].Read(x, &ev) {
				e.Hear(&ev)
			}
		}
		e.End()
		for _, front := range by {
			e.Tally().Merge(front.Take())
		}
		for _, f := range e.Tally().Rules[0].Findings {
			places = append(places, f.At.Exchange)
		}
		if n := e.Tally().Traffic.Exchanges; n != 5 {
			t.Errorf("%d fronts: expected five exchanges, found %d", fronts, n)
		}
		return lines, places
	}
	whole, places := judged(0)
	for fronts := 1; fronts <= 3; fronts++ {
		lines, found := judged(fronts)
		if strings.Join(lines, " ") != strings.Join(whole, " ") || !slices.Equal(found, places) {
			t.Errorf("%d fronts: expected\n%v at %v, found\n%v at %v", fronts, whole, places, lines, found)
		}
	}
}

// Each endpoint of the catalogue, and each family beside it, has a place of its
// own, with the plan of its lists and times.
func TestPlacesOfEndpoints(t *testing.T) {
	var got *edition.Endpoint
	var rows, times int
	e := New([]*rule.Rule{{ID: "r", Check: func(c *rule.Trial, f *traffic.Facts) {
		got, rows, times = c.Endpoint, len(f.Body.Orders), len(f.Body.Times)
	}},
		{ID: "api", On: rule.OnWeighed, Check: func(c *rule.Trial, _ *traffic.Facts) { c.Pass() }}}, Options{})
	for range 2 {
		for i := range edition.Default().Catalogue.Endpoints {
			ep := &edition.Default().Catalogue.Endpoints[i]
			x := told(200, `{}`)
			x.Request.Method, x.Request.URL = ep.Method, "https://api.binance.com"+ep.Path
			if e.Observe(x); got == nil || got.ID != ep.ID || rows != len(ep.Orders) || times != len(ep.Times) {
				t.Fatalf("%s: expected its own place, found %+v, %d lists and %d times", ep.ID, got, rows, times)
			}
		}
		for _, path := range []string{"/api/v9/none", "/wapi/v9/none", "/sapi/v9/none", "/none"} {
			x := told(200, `{}`)
			x.Request.URL = "https://api.binance.com" + path
			passed := e.Tally().Rules[1].Passed
			if e.Observe(x); got != nil || rows+times != 0 || (e.Tally().Rules[1].Passed > passed) != strings.HasPrefix(path, "/api/") {
				t.Fatalf("%s: expected nothing to be known of it, found %+v", path, got)
			}
		}
	}
}
