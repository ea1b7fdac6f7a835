package engine

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func factsOf(url string) *traffic.Facts {
	var f traffic.Facts
	f.ScanRequest(&traffic.Exchange{Request: traffic.Request{Method: "GET", URL: url}})
	return &f
}

// Routes that the catalogue does not know, their ids and keys left out.
func TestUnknownRoutes(t *testing.T) {
	var tally rule.Tally
	var route []byte
	for _, path := range []string{"/api/v1/none/17/x", "/api/v1/none/18/x", "/api/v1/none", "/a//b", "/api/" + strings.Repeat("k3Y", 20)} {
		route = unknown(&tally, factsOf("https://api.binance.com"+path), route)
	}
	want := map[string]int64{"GET /api/v1/none/*/x": 2, "GET /api/v1/none": 1, "GET /a//b": 1, "GET /api/k3Yk…": 1}
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
	ep := &schemas.Endpoint{ID: "e", Method: "GET", Path: "/api/v9/x", Times: []schemas.TimeField{{Path: "$.t"}}}
	x := told(200, `{"t":1563616800000}`)
	tally, err := JudgeAs(rules, clause.Edition{}, ep, x)
	if err != nil || tally.Rules[0].Passed != 1 || tally.Rules[1].Passed != 0 || tally.Traffic.Exchanges != 1 {
		t.Fatalf("expected one pass, found %+v, %v", tally, err)
	}
	ep.Times[0].Path = "t"
	if _, err := JudgeAs(rules, clause.Edition{}, ep, x); err == nil || !strings.HasPrefix(err.Error(), "endpoint e: ") {
		t.Errorf("expected an error that names the endpoint, found %v", err)
	}
}

// A part in which something broke, or of too many hosts, is not absorbed, and
// nothing of it is counted.
func TestPartsThatAreNotAbsorbed(t *testing.T) {
	rules := []*rule.Rule{{ID: "r", Check: func(c *rule.Trial, f *traffic.Facts) {
		if f.Response.Status == 500 {
			panic("oh")
		}
		c.Pass()
	}}}
	part := func(hosts rule.Hosts, xs ...*traffic.Exchange) *Part {
		front := New(rules, Options{Hosts: hosts})
		var p Part
		front.BeginPart(&p)
		for _, x := range xs {
			front.Observe(x)
		}
		front.EndPart()
		return &p
	}
	e := New(rules, Options{})
	e.Begin()
	if !e.Absorb(part(rule.Hosts{}, told(200, `{}`)), 0) || e.Tally().Rules[0].Passed != 1 {
		t.Error("expected a sound part to be absorbed")
	}
	if e.Absorb(part(rule.Hosts{}, told(500, `{}`)), 1) || e.Tally().Rules[0].Error != "" || e.Tally().Traffic.Exchanges != 1 {
		t.Error("expected a part in which a check broke to be left to who observes it")
	}
	others := func(from, n int) (xs []*traffic.Exchange) {
		for i := range n {
			x := told(200, `{}`)
			x.Request.URL = fmt.Sprintf("https://h%d.example/", from+i)
			xs = append(xs, x)
		}
		return xs
	}
	if !e.Absorb(part(rule.DefaultHosts(), others(0, 200)...), 1) || !e.Absorb(part(rule.DefaultHosts(), others(200, rule.MaxHosts-200)...), 201) {
		t.Error("expected parts of just as many hosts as are counted to be absorbed")
	}
	if e.Absorb(part(rule.DefaultHosts(), others(900, 1)...), rule.MaxHosts+1) || len(e.Tally().LeftOut) != rule.MaxHosts {
		t.Error("expected one more host to be left to who observes it")
	}
	e.Observe(told(500, `{}`))
	if e.Absorb(part(rule.Hosts{}, told(200, `{}`)), 500) {
		t.Error("expected nothing to be absorbed once a check broke")
	}
}
