package edition

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mbxcheck/mbxcheck/schemas/editions"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// folder is a small edition, of which one file holds something else.
func folder(file, text string) fstest.MapFS {
	files := fstest.MapFS{
		"e/edition.json":    {Data: []byte(`{}`)},
		"e/clauses.json":    {Data: []byte(`[{"id":"G01","level":"must"}]`)},
		"e/errorcodes.json": {Data: []byte(`{"codes":[{"code":-1}],"engine_messages":["m"],"filter_failures":["F"]}`)},
		"e/endpoints.json":  {Data: []byte(`[{"method":"GET","path":"/a","family":"api"}]`)},
		"e/dialect.json":    {Data: []byte(`{"clock":{"unit":"milliseconds","from":"2017-01-01T00:00:00Z"}}`)},
	}
	files["e/"+file] = &fstest.MapFile{Data: []byte(text)}
	return files
}

// Faults in the data name the file, what stands in it and what was expected.
func TestReadSaysWhatIsWrong(t *testing.T) {
	get := func(members string) string {
		return `[{"method":"GET","path":"/a","family":"api"` + members + `}]`
	}
	put := func(repetition string) string {
		return `[{"method":"PUT","path":"/a","family":"api"` + repetition + `}]`
	}
	codes := func(codes string) string {
		return `{` + codes + `"engine_messages":["m"],"filter_failures":["F"]}`
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"sound", "edition.json", `{"about":{"from":"why"}}`, ""},
		{"another's name", "edition.json", `{"id":"f"}`, `unknown object member name "id"`},
		{"no JSON", "edition.json", `{`, "unexpected EOF"},
		{"more", "edition.json", `{} {}`, "after top-level value"},
		{"no day", "edition.json", `{"from":"2019-02-30"}`, `"/from"`},
		{"no duration", "edition.json", `{"min_ban":120}`, `"/min_ban"`},
		{"of the catalogue", "edition.json", `{"catalogue":{}}`, `unknown object member name "catalogue"`},

		{"unknown clause", "clauses.json", `[{"id":"G99"}]`, `expected a clause of package clause, each once, found "G99"`},
		{"clause twice", "clauses.json", `[{"id":"G01"},{"id":"G01"}]`, `each once, found "G01"`},
		{"of every edition", "clauses.json", `[{"id":"G01","party":"client"}]`, `unknown object member name "party"`},

		{"no routes", "endpoints.json", `[]`, "expected routes, found none"},
		{"no list of routes", "endpoints.json", `{"method":"GET"}`, "[]edition.Endpoint"},
		{"cut", "endpoints.json", `[{"method":"GET","path":"/a"`, "route 1, GET /a: "},
		{"cut between", "endpoints.json", `[`, "unexpected EOF"},
		{"unknown", "endpoints.json", get(`,"weight":1`), `unknown object member name "weight"`},
		{"index", "endpoints.json", get(`,"index":1`), `"index"`},
		{"member twice", "endpoints.json", get(`,"path":"/b"`), `"path"`},
		{"route twice", "endpoints.json", `[{"method":"GET","path":"/a"},{"method":"GET","path":"/a"}]`, "route 2, GET /a: expected it once, found it twice"},
		{"no path", "endpoints.json", `[{"method":"GET"}]`, "route 1, GET : expected a method and a path"},
		{"family", "endpoints.json", `[{"method":"GET","path":"/a","family":"fapi"}]`, `expected one of ["api" "wapi" "sapi"], found "fapi"`},
		{"top", "endpoints.json", get(`,"top":"number"`), `expected one of ["object" "array" "object or array"], found "number"`},
		{"top rule", "endpoints.json", get(`,"top_rule":"limit"`), `GET /a: top_rule: expected symbol, found "limit"`},
		{"date", "endpoints.json", get(`,"weights":[{"kind":"fixed","from":"yesterday"}]`), `"/0/weights/0/from"`},
		{"until", "endpoints.json", get(`,"weights_until":"2017-Q4"`), `"/0/weights_until"`},
		{"kind", "endpoints.json", get(`,"weights":[{"kind":"by_moon"}]`), `expected one of ["fixed" "by_limit"`},
		{"step", "endpoints.json", get(`,"weights":[{"kind":"by_limit","steps":[[100]]}]`), `"/0/weights/0/steps/0"`},
		{"no status", "endpoints.json", get(`,"orders":[{"status":null}]`), `found "null"`},
		{"statuses", "endpoints.json", get(`,"orders":[{"status":["enforce"]}]`), `found "["`},
		{"order status", "endpoints.json", get(`,"orders":[{"status":"exempt"}]`), `expected one of ["enforce" "advise" "contradicted"], found "exempt"`},
		{"exception", "endpoints.json", get(`,"times":[{"exception":"minutes"}]`), `found "minutes"`},
		{"half a repetition", "endpoints.json", put(`,"repetition":{"because":"x"}`), "expected acts_twice and because"},
		{"no repetition", "endpoints.json", put(``), "PUT /a: repetition: expected one for a route that changes state"},
		{"repeated read", "endpoints.json", get(`,"repetition":{"acts_twice":false,"because":"x"}`), "GET /a: repetition: expected none"},
		{"named twice", "endpoints.json", put(`,"repetition":{"acts_twice":true,"named_by":["id"],"because":"x"}`), "expected named_by only where"},
		{"param", "endpoints.json", get(`,"params":["limit"]`), `expected "name TYPE", found "limit"`},
		{"param word", "endpoints.json", get(`,"params":["limit INT optional"]`), `"limit INT optional": expected ms, mandatory or always, found "optional"`},

		{"a list of codes", "errorcodes.json", `[]`, "array"},
		{"no codes", "errorcodes.json", codes(``), "expected codes"},
		{"no filter", "errorcodes.json", `{"codes":[{"code":-1}],"engine_messages":["m"]}`, "filter_failures"},
		{"unknown of a code", "errorcodes.json", codes(`"codes":[{"code":-1,"text":"x"}],`), `"text"`},
		{"code twice", "errorcodes.json", codes(`"codes":[{"code":-1}],"sapi_codes":[{"code":-1}],`), "code -1: expected it once, found it twice"},

		{"no clock", "dialect.json", `{}`, "dialect: clock: expected a unit"},
		{"unit", "dialect.json", `{"clock":{"unit":"minutes"}}`, `expected one of ["milliseconds" "seconds" "microseconds" "nanoseconds"], found "minutes"`},
		{"role", "dialect.json", `{"params":[{"name":"a","role":"other"}]}`, `"/params/0/role": expected one of ["timestamp"`},
		{"meaning", "dialect.json", `{"codes":[{"code":-1,"meaning":"bad"}]}`, `"/codes/0/meaning": expected one of ["internal_error"`},
		{"envelope", "dialect.json", `{"families":[{"prefix":"/a","family":{"envelope":"none"}}]}`, `expected one of ["code" "success"], found "none"`},
		{"what is compiled", "dialect.json", `{"letters":1}`, `"letters"`},
	} {
		_, err := read(folder(c.file, c.text), "e")
		if c.want != "" {
			c.want = "edition e: " + c.file + ": ..." + c.want
		}
		begin, rest, _ := strings.Cut(c.want, "...")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), begin) || !strings.Contains(err.Error(), rest)) {
			t.Errorf("%s: expected %q, found %v", c.name, c.want, err)
		}
	}
	if _, err := read(fstest.MapFS{}, "e"); err == nil || !strings.HasPrefix(err.Error(), "edition e: edition.json: ") {
		t.Errorf("no folder: found %v", err)
	}
}

// What stands in the files is read, and nothing else.
func TestReadsWhatStandsThere(t *testing.T) {
	files := folder("endpoints.json", `[
		{"method": "GET", "path": "/api/v1/a", "family": "api", "title": "\"A\"", "security": "NONE", "top": "object or array", "top_rule": "symbol",
		 "safe": true, "support": true, "rate_limits": true, "weights_until": "2019-10-17",
		 "weights": [
			{"from": "2017-12", "kind": "by_limit", "param": "limit", "default": 100, "steps": [[100, 1], [500, 5]], "valid": [100, 500]},
			{"from": "2018-01-14", "kind": "by_outcome", "success": 0, "failure": 1}],
		 "orders": [{"array": "$", "key": "a", "strict": true, "by_symbol": true, "status": "advise"}],
		 "times": [{"path": "$.t", "sentinels": [0, -1], "exception": "seconds"}],
		 "params": ["limit INT", "startTime LONG ms mandatory", "symbol STRING mandatory always"]},
		{"method": "PUT", "path": "/sapi/v1/b", "family": "sapi", "order_count": 2,
		 "repetition": {"acts_twice": false, "named_by": ["id"], "because": "Gone."}},
		{"method": "POST", "path": "/api/v1/a", "family": "api", "repetition": {"acts_twice": true, "because": "It buys."}}
	]`)
	files["e/edition.json"].Data = []byte(`{"from": "2019-07-17", "bases": ["https://a"], "limit_types": [{"from": "2018-11-13", "types": ["ORDERS"], "interval_num": true}], "min_ban": "2m"}`)
	files["e/clauses.json"].Data = []byte(`[{"id": "G01", "section": "LIMITS", "line": 3, "level": "may", "quote": "q", "not_observable": "n", "derived": true}]`)
	found, err := read(files, "e")
	if err != nil {
		t.Fatal(err)
	}
	g01, _ := clause.ByID("G01")
	if want := (Edition{
		ID: "e", From: 2019_07_17, Bases: []string{"https://a"}, LimitTypes: []LimitTypes{{2018_11_13, []string{"ORDERS"}, true}}, MinBan: 2 * time.Minute,
		Clauses:   []Text{{Clause: g01, Section: clause.Limits, Line: 3, Level: clause.May, Quote: "q", NotObservable: "n", Derived: true}},
		Catalogue: found.Catalogue, Codes: found.Codes, Dialect: found.Dialect,
	}); !reflect.DeepEqual(*found, want) {
		t.Errorf("expected\n%+v\nfound\n%+v", want, *found)
	}
	if want := []Endpoint{
		{
			ID: "GET /api/v1/a", Method: "GET", Path: "/api/v1/a", Title: `"A"`, Family: API, Security: "NONE",
			Top: Object | Array, TopRule: TopBySymbol, Safe: true, Support: true, RateLimits: true, WeightsUntil: 2019_10_17,
			Orders: []Order{{"$", "a", true, true, Advise}}, Times: []TimeField{{"$.t", []int64{0, -1}, Seconds}},
			Params: []Param{{"limit", "INT", false, false, false}, {"startTime", "LONG", true, false, true}, {"symbol", "STRING", true, true, false}},
			Weights: []WeightRow{
				{2018_01_01, WeightRule{Kind: WeightByLimit, Param: "limit", Default: 100, Steps: []WeightStep{{100, 1}, {500, 5}}, Valid: []int{100, 500},
					Present: NotDecided, Absent: NotDecided, Success: NotDecided, Failure: NotDecided}},
				{2018_01_14, WeightRule{Kind: WeightByOutcome, Present: NotDecided, Absent: NotDecided, Success: 0, Failure: 1}},
			},
		},
		{Index: 1, ID: "PUT /sapi/v1/b", Method: "PUT", Path: "/sapi/v1/b", Family: SAPI, OrderCount: 2, Repetition: Repetition{false, []string{"id"}, "Gone."}},
		{Index: 2, ID: "POST /api/v1/a", Method: "POST", Path: "/api/v1/a", Family: API, Repetition: Repetition{ActsTwice: true, Because: "It buys."}},
	}; !reflect.DeepEqual(found.Catalogue.Endpoints, want) {
		t.Errorf("expected\n%+v\nfound\n%+v", want, found.Catalogue.Endpoints)
	}
	if found.Dialect.Clock.Unit != traffic.UnitMilliseconds {
		t.Errorf("found %+v", found.Dialect.Clock)
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]Date{
		"2017-01-01": 2017_01_01,
		"2020-02-29": 2020_02_29,
		"2017-12":    2018_01_01, // from the month's end
	} {
		if found, err := parseDate(in); err != nil || found != want {
			t.Errorf("%q: expected %s, found %s, %v", in, want, found, err)
		}
	}
	for _, in := range []string{"", "2016-12-31", "2016-11", "1969-12-31", "2019-02-29", "2019-13", "2019-1-1", "2019-01-01T00:00:00Z", "0000-00"} {
		if found, err := parseDate(in); err == nil {
			t.Errorf("%q: expected an error, found %s", in, found)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(editions.FS, DefaultID); err != nil {
			b.Fatal(err)
		}
	}
}
