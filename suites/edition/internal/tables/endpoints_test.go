package main

import (
	"strings"
	"testing"
)

// Faults in the data name the route and what was expected.
func TestEndpointsSayWhatIsWrong(t *testing.T) {
	route := func(members string) string {
		return `[{"method":"GET","path":"/a","family":"api"` + members + `}]`
	}
	for name, c := range map[string]struct{ data, want string }{
		"not JSON":      {`[{`, "unexpected EOF"},
		"empty":         {`[]`, "expected routes"},
		"unknown":       {route(`,"weight":1`), "weight"},
		"member twice":  {route(`,"path":"/b"`), "path"},
		"twice":         {`[{"method":"GET","path":"/a","family":"api"},{"method":"GET","path":"/a","family":"api"}]`, "GET /a stands twice"},
		"no path":       {`[{"method":"GET","family":"api"}]`, "method and a path"},
		"family":        {`[{"method":"GET","path":"/a","family":"fapi"}]`, `GET /a: family: expected api or sapi or wapi, found "fapi"`},
		"top":           {route(`,"top":["number"]`), `GET /a: top: expected array or object, found "number"`},
		"top rule":      {route(`,"top_rule":"limit"`), `GET /a: top_rule: expected symbol, found "limit"`},
		"date":          {route(`,"weights":[{"kind":"fixed","from":"yesterday"}]`), "GET /a: weights: from"},
		"until":         {route(`,"weights_until":"2017-Q4"`), "GET /a: weights_until"},
		"kind":          {route(`,"weights":[{"kind":"by_moon"}]`), `GET /a: weights: kind: expected by_limit or`},
		"step":          {route(`,"weights":[{"kind":"by_limit","steps":[[100]]}]`), "steps"},
		"order status":  {route(`,"orders":[{"status":"exempt"}]`), `GET /a: orders: status: expected advise or contradicted or enforce, found "exempt"`},
		"exception":     {route(`,"times":[{"exception":"minutes"}]`), `found "minutes"`},
		"repetition":    {`[{"method":"PUT","path":"/a","family":"api","repetition":{"because":"x"}}]`, "PUT /a: repetition: expected acts_twice and because"},
		"no repetition": {`[{"method":"PUT","path":"/a","family":"api"}]`, "PUT /a: repetition: expected acts_twice and because"},
		"repeated read": {route(`,"repetition":{"acts_twice":false,"because":"x"}`), "GET /a: repetition: expected none"},
		"named twice":   {`[{"method":"PUT","path":"/a","family":"api","repetition":{"acts_twice":true,"named_by":["id"],"because":"x"}}]`, "expected named_by only where"},
		"param":         {route(`,"params":["limit"]`), `GET /a: params: expected "name TYPE", found "limit"`},
		"param word":    {route(`,"params":["limit INT optional"]`), `"limit INT optional": expected ms, mandatory or always, found "optional"`},
	} {
		_, err := endpointsSource([]byte(c.data), "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected %q, found %v", name, c.want, err)
		}
	}
}

// What stands in one record is written, and nothing else.
func TestEndpointsSource(t *testing.T) {
	found, err := endpointsSource([]byte(`[
		{"method": "GET", "path": "/api/v1/a", "family": "api", "title": "\"A\"", "security": "NONE", "top": ["object", "array"], "top_rule": "symbol",
		 "safe": true, "weights_until": "2019-10-17",
		 "weights": [
			{"from": "2017-12", "kind": "by_limit", "param": "limit", "default": 100, "steps": [[100, 1], [500, 5]], "valid": [100, 500]},
			{"from": "2018-01-14", "kind": "by_outcome", "success": 0, "failure": 1}],
		 "orders": [{"array": "$", "key": "a", "strict": true, "by_symbol": true, "status": "enforce"}],
		 "times": [{"path": "$.t", "sentinels": [0, -1], "exception": "seconds"}],
		 "params": ["limit INT", "startTime LONG ms mandatory"]},
		{"method": "PUT", "path": "/sapi/v1/b", "family": "sapi", "order_count": 2,
		 "repetition": {"acts_twice": false, "named_by": ["id"], "because": "Gone."}},
		{"method": "POST", "path": "/api/v1/a", "family": "api", "repetition": {"acts_twice": true, "because": "It buys."}}
	]`), "")
	if err != nil {
		t.Fatal(err)
	}
	formatted, err := file("x.json", "edition", found)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(formatted), "package edition\n\n")
	if want := `var endpoints = [...]Endpoint{
	{
		ID:       "GET /api/v1/a",
		Method:   "GET",
		Path:     "/api/v1/a",
		Title:    "\"A\"",
		Family:   API,
		Security: "NONE",
		Top:      Object | Array,
		TopRule:  TopBySymbol,
		Orders: []Order{
			{Array: "$", Key: "a", Strict: true, GroupBySymbol: true, Status: Enforce},
		},
		Times: []TimeField{
			{Path: "$.t", Sentinels: []int64{0, -1}, Exception: Seconds},
		},
		Params: []Param{
			{Name: "limit", Type: "INT"},
			{Name: "startTime", Type: "LONG", Mandatory: true, Ms: true},
		},
		Weights: []WeightRow{
			{From: 2018_01_01, Rule: WeightRule{Kind: WeightByLimit, Param: "limit", Default: 100, Steps: []WeightStep{
				{100, 1},
				{500, 5},
			}, Valid: []int{100, 500}, Present: NotDecided, Absent: NotDecided, Success: NotDecided, Failure: NotDecided}},
			{From: 2018_01_14, Rule: WeightRule{Kind: WeightByOutcome, Present: NotDecided, Absent: NotDecided, Failure: 1}},
		},
		WeightsUntil: 2019_10_17,
		Safe:         true,
	},
	{
		Index:      1,
		ID:         "PUT /sapi/v1/b",
		Method:     "PUT",
		Path:       "/sapi/v1/b",
		Family:     SAPI,
		OrderCount: 2,
		Repetition: Repetition{NamedBy: []string{"id"}, Because: "Gone."},
	},
	{
		Index:      2,
		ID:         "POST /api/v1/a",
		Method:     "POST",
		Path:       "/api/v1/a",
		Family:     API,
		Repetition: Repetition{ActsTwice: true, Because: "It buys."},
	},
}

// endpointIndex returns a route's place in the table, or -1.
func endpointIndex(method, path string) int {
	switch path {
	case "/api/v1/a":
		switch method {
		case "GET":
			return 0
		case "POST":
			return 2
		}
	case "/sapi/v1/b":
		switch method {
		case "PUT":
			return 1
		}
	}
	return -1
}
`; body != want {
		t.Errorf("expected\n%s\nfound\n%s", want, body)
	}
}

func TestDate(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		"2017-01-01": "2017_01_01",
		"2020-02-29": "2020_02_29",
		"2017-12":    "2018_01_01", // from the month's end
	} {
		if found, err := date(in); err != nil || found != want {
			t.Errorf("%q: expected %q, found %q, %v", in, want, found, err)
		}
	}
	for _, in := range []string{"2016-12-31", "2016-11", "1969-12-31", "2019-02-29", "2019-13", "2019-1-1", "2019-01-01T00:00:00Z", "0000-00"} {
		if found, err := date(in); err == nil {
			t.Errorf("%q: expected an error, found %q", in, found)
		}
	}
}
