package engine

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func factsOf(url string) *traffic.Facts {
	var f traffic.Facts
	f.ScanRequest(edition.Default().Dialect, &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: url}})
	return &f
}

// Routes that the catalogue does not know, their ids and keys left out.
func TestUnknownRoutes(t *testing.T) {
	var tally rule.Tally
	var route []byte
	for _, path := range []string{"/api/v1/none/17/x", "/api/v1/none/18/x", "/api/v1/none", "/a//b", "/api/" + strings.Repeat("k3Y", 20)} {
		route = unknown(&tally, factsOf("https://api.binance.com"+path), route)
	}
	want := rule.Counts[int64]{"GET /api/v1/none/*/x": new(int64(2)), "GET /api/v1/none": new(int64(1)), "GET /a//b": new(int64(1)), "GET /api/k3Yk…": new(int64(1))}
	if !reflect.DeepEqual(tally.UnknownRoutes.Counts, want) || tally.Traffic.Unknown != 5 {
		t.Errorf("expected %v, found %v of %d", want, tally.UnknownRoutes.Counts, tally.Traffic.Unknown)
	}
}

// One exchange is judged as of an endpoint that nobody knows.
func TestJudgeAs(t *testing.T) {
	rules := []*rule.Rule{{ID: "r", On: rule.OnSuccess, Check: func(c *rule.Trial, f *traffic.Facts) {
		if f.Body.Times[0].Good == 1 && c.Endpoint.ID == "e" && c.OwnWeight == -1 {
			c.Pass()
		}
	}}, {ID: "deaf", On: rule.OnFailure, Check: func(c *rule.Trial, _ *traffic.Facts) { c.Pass() }}}
	ep := &edition.Endpoint{ID: "e", Method: "GET", Path: "/api/v9/x", Times: []edition.TimeField{{Path: "$.t"}}}
	x := told(200, `{"t":1563616800000}`)
	tally, err := JudgeAs(rules, edition.Default(), ep, x)
	if err != nil || tally.Rules[0].Passed != 1 || tally.Rules[1].Passed != 0 || tally.Traffic.Exchanges != 1 {
		t.Fatalf("expected one pass, found %+v, %v", tally, err)
	}
	ep.Times[0].Path = "t"
	if _, err := JudgeAs(rules, edition.Default(), ep, x); err == nil || !strings.HasPrefix(err.Error(), "endpoint e: ") {
		t.Errorf("expected an error that names the endpoint, found %v", err)
	}
}
