package schemas

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
)

func compile(t *testing.T, name string) *gojsonschema.Schema {
	t.Helper()
	data, err := Schema(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

func TestEverySchemaCompiles(t *testing.T) {
	files, err := fs.Glob(FS, "*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		compile(t, strings.TrimSuffix(file, ".schema.json"))
	}
	for _, name := range []string{ErrorEnvelope, WAPIErrorEnvelope, RateLimits, Report, SARIF, Scenario, Driver, Certificate, Matrix} {
		if !slices.Contains(files, name+".schema.json") {
			t.Errorf("no file holds %s", name)
		}
	}
}

func TestSchemaNamesWhatItLacks(t *testing.T) {
	if _, err := Schema("none-such"); err == nil || !strings.Contains(err.Error(), "none-such") {
		t.Errorf("found %v", err)
	}
}

// judge says where a document breaks a schema; "" when it does not.
func judge(t *testing.T, s *gojsonschema.Schema, doc string) string {
	t.Helper()
	result, err := s.Validate(gojsonschema.NewStringLoader(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	var faults []string
	for _, e := range result.Errors() {
		faults = append(faults, e.String())
	}
	return strings.Join(faults, "; ")
}

func TestEnvelopesAndLimits(t *testing.T) {
	for name, cases := range map[string]struct{ good, bad []string }{
		ErrorEnvelope: {
			good: []string{
				`{"code":-1121,"msg":"Invalid symbol."}`,
				`{"code":-2022,"msg":"Order cancel-replace failed.","data":{}}`,
				`{"code":100001003,"msg":""}`,
			},
			bad: []string{
				`{"code":"-1121","msg":"Invalid symbol."}`,
				`{"code":-1121.5,"msg":"Invalid symbol."}`,
				`{"code":-1121,"message":"Invalid symbol."}`,
				`{"code":-1121,"msg":null}`,
				`{"success":false,"msg":"Invalid symbol."}`,
				`{"code":-1121,"msg":"Invalid symbol.","success":false}`,
				`{"error":{"code":-1121,"msg":"Invalid symbol."}}`,
				`[]`, `{}`, `null`,
			},
		},
		WAPIErrorEnvelope: {
			good: []string{
				`{"success":false,"msg":"Invalid symbol."}`,
				`{"success":false,"msg":"{\"code\":-1}","id":"de01","code":-1,"objs":[]}`,
			},
			bad: []string{
				`{"code":-1121,"msg":"Invalid symbol."}`,
				`{"success":"false","msg":"Invalid symbol."}`,
				`{"success":true,"msg":"Invalid symbol."}`,
				`{"success":false}`,
				`{"success":0,"msg":""}`,
			},
		},
		RateLimits: {
			good: []string{
				`[]`,
				`[{"rateLimitType":"REQUESTS","interval":"MINUTE","limit":1200}]`,
				`[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":1,"limit":10},{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":5000}]`,
				`[{"rateLimitType":"ORDER","interval":"DAY","intervalNum":1,"limit":100000,"count":0}]`,
			},
			bad: []string{
				`{}`,
				`[{"rateLimitType":"WEIGHT","interval":"MINUTE","intervalNum":1,"limit":1200}]`,
				`[{"rateLimitType":"ORDERS","interval":"minute","intervalNum":1,"limit":1200}]`,
				`[{"rateLimitType":"ORDERS","interval":"WEEK","intervalNum":1,"limit":1200}]`,
				`[{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":0,"limit":1200}]`,
				`[{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":"1","limit":1200}]`,
				`[{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":-1}]`,
				`[{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1}]`,
			},
		},
	} {
		s := compile(t, name)
		for _, doc := range cases.good {
			if faults := judge(t, s, doc); faults != "" {
				t.Errorf("%s: %s: %s", name, doc, faults)
			}
		}
		for _, doc := range cases.bad {
			if judge(t, s, doc) == "" {
				t.Errorf("%s: %s passes", name, doc)
			}
		}
	}
}

const report = `{
  "schema": "mbxcheck-report/1",
  "tool": {"name": "mbxcheck", "version": "0.1.0"},
  "edition": "2019-seed",
  "traffic": {"files": 1, "exchanges": 2, "skipped": 0, "unreadable": 0, "cuts": 1},
  "rules": [
    {"id": "G03", "clauses": ["G03"], "party": "server", "level": "must", "verdict": "fail", "exercised": 2, "failed": 1, "inconclusive": 0},
    {"id": "L08b", "clauses": ["L08b", "L14"], "party": "client", "level": "must", "verdict": "not-exercised", "exercised": 0, "failed": 0, "inconclusive": 0}
  ],
  "findings": [
    {"rule": "G03", "clauses": ["G03"], "party": "server", "level": "must", "message": "element 1 is older than element 0",
     "expected": "at least 2", "seen": "1", "hint": "sort by id",
     "at": {"file": "a.yaml", "line": 7, "exchange": 1, "pointer": "/1/id", "time": "2019-07-20T10:00:00.000Z"}}
  ],
  "errors": [{"file": "b.yaml", "line": 3, "message": "expected a mapping"}]
}`

// Each change to a sound report must be noticed.
func TestReportIsHeldToItsShape(t *testing.T) {
	s := compile(t, Report)
	if faults := judge(t, s, report); faults != "" {
		t.Fatal(faults)
	}
	for _, c := range [][2]string{
		{`"mbxcheck-report/1"`, `"mbxcheck-report/2"`},
		{`"tool": {"name": "mbxcheck", "version": "0.1.0"},`, ``},
		{`"skipped": 0, `, ``},
		{`"cuts": 1`, `"cut": 1`},
		{`"exchanges": 2`, `"exchanges": -1`},
		{`"server", "level": "must", "verdict": "fail"`, `"venue", "level": "must", "verdict": "fail"`},
		{`"level": "must", "verdict": "fail"`, `"level": "MUST", "verdict": "fail"`},
		{`"not-exercised"`, `"skipped"`},
		{`"failed": 1, `, ``},
		{`["L08b", "L14"]`, `["L08b", "L08b"]`},
		{`["L08b", "L14"]`, `["RFC 9110"]`},
		{`"exchange": 1`, `"exchange": 0`},
		{`"pointer": "/1/id"`, `"pointer": "1/id"`},
		{`"pointer": "/1/id"`, `"pointer": "/~2"`},
		{`"pointer": "/1/id", `, ``},
		{`2019-07-20T10:00:00.000Z`, `2019-07-20 10:00:00`},
		{`2019-07-20T10:00:00.000Z`, `2019-07-20T10:00:00.000+02:00`},
		{`"hint"`, `"fix"`},
		{`"message": "expected a mapping"`, `"message": ""`},
	} {
		doc := strings.Replace(report, c[0], c[1], 1)
		if doc == report || !json.Valid([]byte(doc)) {
			t.Errorf("%s -> %s: the change is none, or leaves no JSON", c[0], c[1])
		} else if judge(t, s, doc) == "" {
			t.Errorf("%s -> %s passes", c[0], c[1])
		}
	}
	for _, pointer := range []string{"", "/", "/rows/0/time", "/query/startTime", "/header/Retry-After", "/a~1b/m~0n"} {
		doc := strings.Replace(report, `"/1/id"`, `"`+pointer+`"`, 1)
		if faults := judge(t, s, doc); faults != "" {
			t.Errorf("pointer %q: %s", pointer, faults)
		}
	}
}

func TestSARIFIsHeldToItsShape(t *testing.T) {
	s := compile(t, SARIF)
	const log = `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"mbxcheck","rules":[{"id":"G03"}]}},
		"results":[{"ruleId":"G03","ruleIndex":0,"level":"error","message":{"text":"m"},"partialFingerprints":{"a/v1":"b"},
		"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.yaml"},"region":{"startLine":7}}}]}]}]}`
	if faults := judge(t, s, log); faults != "" {
		t.Error(faults)
	}
	for _, c := range [][2]string{
		{`"2.1.0"`, `"2.0.0"`}, {`"level":"error"`, `"level":"must"`}, {`"message":{"text":"m"},`, ``}, {`"startLine":7`, `"startLine":0`},
	} {
		if judge(t, s, strings.Replace(log, c[0], c[1], 1)) == "" {
			t.Errorf("%s -> %s passes", c[0], c[1])
		}
	}
}

func TestDriverLinesAreHeldToTheirShape(t *testing.T) {
	s := compile(t, Driver)
	const (
		hello    = `{"protocol":1,"client":"ccxt","version":"4.5.1","configuration":"default","ops":["klines","placeOrder"],"base_url":true}`
		command  = `{"id":1,"op":"placeOrder","params":{"symbol":"BTCUSDT","quantity":"0.01","limit":5},"deadline_ms":30000}`
		done     = `{"id":1,"outcome":"ok","result":{"orderId":123,"clientOrderId":"a","more":[]}}`
		limited  = `{"id":1,"outcome":"rate_limited","error":{"type":"RateLimitExceeded","message":"","status":429,"code":-1003,"retry_after_ms":2000}}`
		lacking  = `{"id":1,"outcome":"unsupported"}`
		klines   = `{"id":9007199254740991,"outcome":"ok","result":{"rows":2,"first_ms":1563616800000,"last_ms":1563616860000}}`
		helloMin = `{"protocol":1,"client":"curl","version":"7.88.1","configuration":"--retry 3","ops":[]}`
	)
	for _, doc := range []string{hello, command, done, limited, lacking, klines, helloMin, `{"id":1,"op":"ping"}`, `{"id":1,"outcome":"ok"}`} {
		if faults := judge(t, s, doc); faults != "" {
			t.Errorf("%s: %s", doc, faults)
		}
	}
	for _, c := range [][3]string{
		{hello, `"protocol":1`, `"protocol":2`},
		{hello, `"ccxt"`, `""`},
		{hello, `"version":"4.5.1",`, ``},
		{hello, `"placeOrder"`, `"place_order"`},
		{hello, `"placeOrder"`, `"klines"`},
		{hello, `"base_url":true`, `"base_url":"yes"`},
		{hello, `"base_url"`, `"reach"`},
		{command, `"id":1`, `"id":0`},
		{command, `"id":1`, `"id":"1"`},
		{command, `"limit":5`, `"limit":[5]`},
		{command, `"deadline_ms":30000`, `"deadline_ms":1.5`},
		{command, `"params"`, `"parameters"`},
		{done, `"orderId":123`, `"orderId":"123"`},
		{done, `"ok"`, `"rejected"`},
		{done, `"ok"`, `"done"`},
		{done, `"result"`, `"error"`},
		{limited, `"rate_limited"`, `"ok"`},
		{limited, `"rate_limited"`, `"limited"`},
		{limited, `"type":"RateLimitExceeded",`, ``},
		{limited, `"status":429`, `"status":"429"`},
		{limited, `"status":429`, `"status":0`},
		{limited, `"code":-1003`, `"code":"-1003"`},
		{limited, `"retry_after_ms":2000`, `"retry_after":2`},
		{lacking, `"unsupported"`, `"error"`},
		{klines, `"rows":2`, `"rows":-1`},
		{klines, `"first_ms":1563616800000`, `"first_ms":"2019-07-20"`},
	} {
		doc := strings.Replace(c[0], c[1], c[2], 1)
		if doc == c[0] || !json.Valid([]byte(doc)) {
			t.Errorf("%s -> %s: the change is none, or leaves no JSON", c[1], c[2])
		} else if judge(t, s, doc) == "" {
			t.Errorf("%s passes", doc)
		}
	}
}
