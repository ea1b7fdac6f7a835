package reports

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

var update = flag.Bool("update", false, "write the golden files under testdata anew")

// golden holds output against a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if string(want) != string(got) {
		t.Errorf("%s: the output has changed (run with -update and look at the difference); found:\n%s", file, got)
	}
}

// registered registers a rule of the tests' own unless it is: of tallies no more than
// its ID is known.
func registered(r rule.Rule) *rule.Rule {
	if known := rule.Of(r.ID); len(known.Clauses) > 0 {
		return known
	}
	r.Since = "2026-11"
	return rule.Register(r) // which panics where a real rule has the ID
}

// The rules of the samples stand on real clauses; their IDs are the tests' own.
var (
	checks = func(*rule.Trial, *traffic.Facts) {}
	probes = func() rule.Probe { return rule.Probe{} }

	sorted = registered(rule.Rule{
		ID: "rows-ascend", Clauses: []string{"G03"}, Party: clause.Server, Level: clause.Must, Check: checks,
		Doc: rule.Doc{
			Demands: "Rows with an age run oldest first, newest last.",
			Why:     "A client that takes the last row for the newest draws its chart upside down and trades on the oldest price.",
			Mend:    "Sort the rows by the key, oldest first, before they are sent; a proxy or a mock must not reverse them.",
			Reading: "The sentence names no key. It is enforced for the lists whose key is known to ascend; ids must rise, times may repeat.",
			Good:    `GET /api/v1/trades answered [{"id":1,...},{"id":2,...}]`,
			Bad:     `GET /api/v1/trades answered [{"id":2,...},{"id":1,...}]`,
		},
	})
	sortedToo = registered(rule.Rule{
		ID: "rows-ascend-told", Clauses: []string{"G03"}, Party: clause.Server, Level: clause.Info, Check: checks,
		Doc: rule.Doc{Demands: "Rows that later documents sort ascend too.", Mend: "Nothing has to be mended; know that the order is not promised."},
	})
	backsOff = registered(rule.Rule{
		ID: "waits-after-429", Clauses: []string{"L08", "L14"}, Party: clause.Client, Level: clause.Must, New: probes,
		Doc: rule.Doc{
			Demands: "After a 429 the client sends nothing until Retry-After has passed.",
			Why:     "The venue bans the IP of a client that goes on: 2 minutes the first time, up to 3 days for those who repeat it.",
			Mend:    "On a 429, stop every request of the IP for Retry-After seconds counted from the response's arrival; without the field, until the next minute of the venue's clock.",
			Reading: "\"As an API\" is read as \"as an API client\".",
			Good:    "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:03",
			Bad:     "429 with Retry-After: 3 at 10:00:00, the next request at 10:00:01",
		},
	})
	once = registered(rule.Rule{
		ID: "parameter-in-one-place", Clauses: []string{"G19c"}, Party: clause.Client, Level: clause.Should, Check: checks,
		Doc: rule.Doc{Demands: "A parameter stands in the query string or in the body, not in both.", Mend: "Send each parameter once."},
	})
	jsonBody = registered(rule.Rule{
		ID: "body-is-json", Clauses: []string{"G02"}, Party: clause.Server, Level: clause.Must, Check: checks,
		Doc: rule.Doc{Demands: "A body is one JSON object or array.", Mend: "Answer with JSON."},
	})
	envelope = registered(rule.Rule{
		ID: "error-envelope", Clauses: []string{"G11"}, Party: clause.Server, Level: clause.Must, Check: checks,
		Doc: rule.Doc{Demands: "An error has an integer `code` and a string `msg`.", Mend: "Send both members."},
	})
	weight = registered(rule.Rule{
		ID: "weight-counts-minute", Clauses: []string{"L07c"}, Party: clause.Server, Level: clause.Must, New: probes,
		Doc: rule.Doc{Demands: "The counter counts the current minute.", Mend: "Count by minute."},
	})
	passedOn = registered(rule.Rule{
		ID: "counter-passed-on", Clauses: []string{"L07p"}, Party: clause.Proxy, Level: clause.Must,
		NotHere: "It compares the two sides of a proxy; a recording holds one.",
		Doc:     rule.Doc{Demands: "A proxy passes the counter on.", Mend: "Do not replay stored responses."},
	})
	broke = registered(rule.Rule{
		ID: "ban-duration", Clauses: []string{"L11"}, Party: clause.Server, Level: clause.Must, Check: checks,
		Doc: rule.Doc{Demands: "A ban lasts from 2 minutes to 3 days.", Mend: "Ban within the bounds."},
	})
)

func sampleRules() []*rule.Rule {
	return []*rule.Rule{jsonBody, sorted, sortedToo, envelope, once, weight, passedOn, backsOff, broke}
}

// emptyTally is a tally of the sample rules that met no traffic.
func emptyTally() *rule.Tally {
	t := &rule.Tally{Edition: edition.DefaultID}
	for _, r := range sampleRules() {
		t.Rules = append(t.Rules, rule.RuleTally{ID: r.ID})
	}
	return t
}

func at(file string, line, exchange int, pointer, method, path string, status int) rule.Where {
	return rule.Where{
		File: file, Line: line, Exchange: exchange, Pointer: pointer, Method: method, Path: path, Status: status,
		Time: time.Date(2019, 7, 20, 10, 0, exchange, 500_000_000, time.UTC),
	}
}

func finding(r *rule.Rule, message, expected, seen string, w rule.Where) rule.Finding {
	if message == "" {
		message = r.Doc.Demands
	}
	return rule.Finding{Rule: r.ID, Message: message, Expected: expected, Seen: seen, Hint: r.Doc.Mend, At: w}
}

// sampleTally holds each verdict, each level, findings in two files, doubts and
// input errors.
func sampleTally() *rule.Tally {
	t := emptyTally()
	t.Traffic = rule.Traffic{Files: 3, Exchanges: 12480, Skipped: 12, Unreadable: 2, Unrecognised: 1, Cuts: 4,
		Artefacts: rule.Artefacts{rule.NoTimestamp: 27, rule.StaleCoding: 1204}}
	t.Errors = inputErrorsOf(
		errors.New("recordings/broken.yaml:17: expected a mapping of interactions, found a sequence"),
		errors.New("recordings/cut.har: byte 4096: expected the end of an entry, found the end of the file"),
	)
	for i := range t.Rules {
		fill(&t.Rules[i])
	}
	return t
}

// inputErrorsOf are errors of one source.
func inputErrorsOf(all ...error) (list []rule.InputError) {
	for nth, err := range all {
		list = append(list, rule.NewInputError("recordings", nth, err))
	}
	return list
}

func fill(t *rule.RuleTally) {
	switch t.Rule() {
	case jsonBody:
		t.Passed, t.Inconclusive = 12466, 14
		t.Doubts = rule.Counts[int64]{"the recorder cut the response body": new(int64(11)), "it is unknown who made the response": new(int64(3))}
	case sorted:
		t.Passed, t.Failed = 812, 2
		t.Findings = []rule.Finding{
			finding(sorted, "The rows of $ do not ascend by id: 1 of 499 neighbours are out of order.", "a greater key after 101", "99",
				at("recordings/session.har", 120, 14, "/17/id", "GET", "/api/v1/trades", 200)),
			finding(sorted, "The rows of $ do not ascend by [0]: 2 of 999 neighbours are out of order.", "a greater key after 1563616860000", "1563616800000",
				at("recordings/vcr/klines-of-a-long-weekend-recorded-by-the-client-under-test.yaml", 2210, 31, "/1/0", "GET", "/api/v1/klines", 200)),
		}
	case sortedToo:
		t.Failed = 1
		t.Findings = []rule.Finding{finding(sortedToo, "", "", "", at("recordings/session.har", 90, 9, "/0/time", "GET", "/api/v3/allOrders", 200))}
	case envelope:
		t.Passed = 7
	case once:
		t.Passed, t.Failed = 40, 1
		t.Findings = []rule.Finding{finding(once, "", "symbol in one place", "symbol=BTCUSDT in the query string, symbol=ETHUSDT in the body",
			at("recordings/session.har", 300, 40, "/body/symbol", "POST", "/api/v3/order", 400))}
	case weight:
		t.Inconclusive = 1210
		t.Doubts = rule.Counts[int64]{"the clock is too coarse to tell which minute of the venue's clock the counter belongs to": new(int64(1210))}
	case backsOff:
		t.Passed, t.Failed = 9, 5
		t.Findings = []rule.Finding{
			finding(backsOff, "A request was sent although exchange 51 had told the client to wait.", "silence until 2019-07-20T10:01:03.080Z",
				"a request at 2019-07-20T10:00:52.500Z, 10.58s too early", at("recordings/session.har", 410, 52, "", "GET", "/api/v1/depth", 429)),
			finding(backsOff, "A request was sent although exchange 51 had told the client to wait.", "silence until 2019-07-20T10:01:03.080Z",
				"a request at 2019-07-20T10:00:53.500Z, 9.58s too early", at("recordings/session.har", 418, 53, "", "GET", "/api/v1/depth", 418)),
		}
	case broke:
		t.Error = "the check broke at recordings/session.har:410 (exchange 52): runtime error: index out of range [3] with length 3"
	}
}

func sampleReport() *Report {
	return &Report{Tally: sampleTally(), Tool: "mbxcheck", Version: "0.1.0", Width: 80, Began: time.Date(2019, time.July, 20, 12, 0, 0, 0, time.FixedZone("", 2*3600)), Elapsed: 1234 * time.Millisecond}
}

// passingTally has neither failures nor errors.
func passingTally() *rule.Tally {
	t := emptyTally()
	t.Traffic = rule.Traffic{Files: 1, Exchanges: 20}
	for i := range t.Rules {
		switch t.Rules[i].Rule() {
		case jsonBody, sorted, envelope:
			t.Rules[i].Passed = 20
		case weight:
			t.Rules[i].Inconclusive = 3
			t.Rules[i].Doubts = rule.Counts[int64]{"the clock is too coarse": new(int64(3))}
		}
	}
	return t
}
