package reports

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func schemaOf(name string) func() (*gojsonschema.Schema, error) {
	return sync.OnceValues(func() (*gojsonschema.Schema, error) {
		data, err := schemas.Schema(name)
		if err != nil {
			return nil, err
		}
		return gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	})
}

var (
	reportSchema    = schemaOf(schemas.Report)
	sarifSchemaFile = schemaOf(schemas.SARIF)
)

func judgeSchema(t *testing.T, compiled func() (*gojsonschema.Schema, error), what string, doc []byte) {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Validate(gojsonschema.NewBytesLoader(doc))
	if err != nil {
		t.Fatalf("%q: %v\n%s", what, err, doc)
	}
	for _, e := range result.Errors() {
		t.Errorf("%q: %s", what, e)
	}
}

func TestReportsKeepTheirSchemas(t *testing.T) {
	for name, tally := range map[string]*rule.Tally{
		"sample": sampleTally(), "passing": passingTally(), "empty": emptyTally(), "nothing": {},
	} {
		r := &Report{Tally: tally}
		judgeSchema(t, reportSchema, name+" json", written(t, "json", r))
		judgeSchema(t, sarifSchemaFile, name+" sarif", written(t, "sarif", r))
	}
}

// Lists are lists, empty or not.
func TestJSONHasNoNullLists(t *testing.T) {
	bare := &rule.Rule{ID: "bare", Party: clause.Server, Level: clause.Must}
	tally := &rule.Tally{Rules: []rule.RuleTally{{ID: bare.ID, Failed: 1, Findings: []rule.Finding{{Rule: bare.ID}}}}}
	for _, format := range []string{"json", "sarif"} {
		if out := written(t, format, &Report{Tally: tally}); strings.Contains(string(out), "null") {
			t.Errorf("%s: found null:\n%s", format, out)
		}
	}
}

// The counts of the suite are those of its test cases, and each verdict has
// its element.
func TestJUnitCountsAreTrue(t *testing.T) {
	for name, tally := range map[string]*rule.Tally{"sample": sampleTally(), "passing": passingTally(), "empty": emptyTally()} {
		var doc junitSuites
		if err := xml.Unmarshal(written(t, "junit", &Report{Tally: tally}), &doc); err != nil {
			t.Fatal(err)
		}
		var want junitCounts
		skipped := 0
		names := map[string]bool{}
		for _, c := range doc.Suite.Cases {
			if names[c.Name] {
				t.Errorf("%s: the name %s stands twice", name, c.Name)
			}
			names[c.Name] = true
			want.Tests++
			for _, e := range []struct {
				is bool
				n  *int
			}{{c.Failure != nil, &want.Failures}, {c.Error != nil, &want.Errors}, {c.Skipped != nil, &skipped}} {
				if e.is {
					*e.n++
				}
			}
			if i := slices.IndexFunc(tally.Rules, func(r rule.RuleTally) bool { return r.ID == c.Name }); i >= 0 {
				passed := c.Failure == nil && c.Error == nil && c.Skipped == nil
				if v := tally.Rules[i].Verdict(); passed != (v == rule.Pass) {
					t.Errorf("%s: %s has the verdict %s, and passes: %v", name, c.Name, v, passed)
				}
			}
		}
		if doc.junitCounts != want || doc.Suite.junitCounts != want || doc.Suite.Skipped != skipped {
			t.Errorf("%s: expected %+v and %d skipped, found %+v, %+v and %d", name, want, skipped, doc.junitCounts, doc.Suite.junitCounts, doc.Suite.Skipped)
		}
	}
}

// TestJUnitForJenkins: its schema knows these attributes of testsuites and no
// others, and a file with one more is rejected as a whole.
func TestJUnitForJenkins(t *testing.T) {
	var doc struct {
		Attributes []xml.Attr `xml:",any,attr"`
	}
	if err := xml.Unmarshal(written(t, "junit", &Report{Tally: sampleTally()}), &doc); err != nil {
		t.Fatal(err)
	}
	for _, a := range doc.Attributes {
		if !slices.Contains([]string{"name", "time", "tests", "failures", "errors"}, a.Name.Local) {
			t.Errorf("expected no attribute %s of testsuites", a.Name.Local)
		}
	}
	if len(doc.Attributes) == 0 {
		t.Error("expected testsuites to count its cases")
	}
}

func fingerprints(t *testing.T, tally *rule.Tally) []string {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(written(t, "sarif", &Report{Tally: tally}), &log); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range log.Runs[0].Results {
		if id := log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID; id != r.RuleID {
			t.Errorf("ruleIndex %d is %s, not %s", r.RuleIndex, id, r.RuleID)
		}
		all = append(all, r.Fingerprints["mbxcheckFinding/v1"])
	}
	return all
}

// Fingerprints outlive edits of the recording, and each finding has its own.
func TestFingerprints(t *testing.T) {
	want := fingerprints(t, sampleTally())
	if unique := slices.Compact(slices.Sorted(slices.Values(want))); len(unique) != len(want) || len(want) != 6 {
		t.Errorf("expected 6 different fingerprints, found %q", want)
	}
	each := func(change func(*rule.Finding)) []string {
		tally := sampleTally()
		for i := range tally.Rules {
			for j := range tally.Rules[i].Findings {
				change(&tally.Rules[i].Findings[j])
			}
		}
		return fingerprints(t, tally)
	}
	moved := each(func(f *rule.Finding) {
		f.At.Line += 40
		f.At.Exchange += 7
		f.At.Time = f.At.Time.AddDate(0, 0, 1)
		f.At.File = "/home/somebody/" + f.At.File
		f.Seen = strings.ReplaceAll(f.Seen, "2019-07-20", "2019-07-21")
	})
	if !slices.Equal(want, moved) {
		t.Errorf("moved: expected %q, found %q", want, moved)
	}
	for name, change := range map[string]func(*rule.Finding){
		"file":    func(f *rule.Finding) { f.At.File += "x" },
		"method":  func(f *rule.Finding) { f.At.Method += "X" },
		"path":    func(f *rule.Finding) { f.At.Path += "x" },
		"pointer": func(f *rule.Finding) { f.At.Pointer += "/x" },
		"status":  func(f *rule.Finding) { f.At.Status++ },
		"seen":    func(f *rule.Finding) { f.Seen += "x" },
	} {
		for i, got := range each(change) {
			if got == want[i] {
				t.Errorf("%s: another one does not change the fingerprint %s", name, got)
			}
		}
	}
}

// A name is not the ID again, and a version is told by its numbers where it has
// some.
func TestSARIFNames(t *testing.T) {
	for id, want := range map[string]string{"ascending": "", "back-off-after-429": "BackOffAfter429"} {
		if got := sarifName(id); got != want {
			t.Errorf("%s: expected %q, found %q", id, want, got)
		}
	}
	for version, want := range map[string]string{
		"v0.2.0": "0.2.0", "0.1.0": "0.1.0", "v0.0.0-20261128155443-90c3f08773cb": "0.0.0-20261128155443-90c3f08773cb", "v1.2.3+dirty": "1.2.3+dirty",
		"devel": "", "": "", "v1.2": "", "v01.2.3": "",
	} {
		if got := semanticVersion(version); got != want {
			t.Errorf("%q: expected %q, found %q", version, want, got)
		}
	}
}

func TestFileURI(t *testing.T) {
	for _, c := range [][2]string{
		{"a.har", "a.har"}, {"./rec/a.har", "rec/a.har"}, {"rec//b c#.har", "rec/b%20c%23.har"},
		{"../a.har", "../a.har"}, {"/tmp/ü.har", "file:///tmp/%C3%BC.har"}, {"-", "-"},
		{"https://evil.example/a", "https%3A/evil.example/a"}, {"//evil.example/a", "file:///evil.example/a"},
		{"a:b.har", "a%3Ab.har"}, {"100%.har", "100%25.har"}, {"a\nb\xff", "a%0Ab%EF%BF%BD"},
	} {
		if got := fileURI(c[0]); got != c[1] {
			t.Errorf("%q: expected %q, found %q", c[0], c[1], got)
		}
	}
}

func TestGitHubEscapes(t *testing.T) {
	tally := sampleTally()
	f := &tally.Rules[slices.IndexFunc(tally.Rules, func(r rule.RuleTally) bool { return r.ID == once.ID })].Findings[0]
	f.At.File, f.Seen = "a:b,c%.har", "50%, then: more"
	out := string(written(t, "github", &Report{Tally: tally}))
	for _, want := range []string{"::warning file=a%3Ab%2Cc%25.har,line=300,title=", "%0ASeen: 50%25, then: more%0A"} {
		if !strings.Contains(out, want) {
			t.Errorf("expected %q in\n%s", want, out)
		}
	}
	f.At.File = "-"
	if out := string(written(t, "github", &Report{Tally: tally})); !strings.Contains(out, "::warning title=parameter-in-one-place (G19c)::") {
		t.Errorf("standard input is no file to annotate:\n%s", out)
	}
}

func TestMarkdownProse(t *testing.T) {
	for _, c := range [][2]string{
		{"Plain words, and (some) more.", "Plain words, and (some) more."},
		{"An error has a `code`.", "An error has a `code`."},
		{"see @me, #1: <b>", "see `@me`, `#1`: `<b>`"},
		{"a ` alone", "a `` ` `` alone"},
		{"1. not a list", "`1`. not a list"},
		{"- nor this", "`-` nor this"},
		{"at 10:00:03", "at `10:00:03`"},
		{"note: fine", "note: fine"},
		{"limits of REQUEST_WEIGHT, RAW_REQUESTS and ORDERS.", "limits of `REQUEST_WEIGHT`, `RAW_REQUESTS` and `ORDERS`."},
		{"pre-ORDERS, JSON and REORDERS", "pre-ORDERS, JSON and REORDERS"},
		{"www.evil.example", "`www.evil.example`"},
		{"", ""},
	} {
		if got := prose(c[0]); got != c[1] {
			t.Errorf("%q: expected %q, found %q", c[0], c[1], got)
		}
	}
}

func TestMarkdownCellsHoldNoBars(t *testing.T) {
	if got, want := cell(prose("either a|b or ||")), "either `a\\|b` or `\\|\\|`"; got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}

func TestClausesSumUp(t *testing.T) {
	all := certificate.Clauses(sampleTally())
	if len(all) != len(clause.All()) {
		t.Fatalf("expected %d clauses, found %d", len(clause.All()), len(all))
	}
	standing := map[string]string{}
	for i := range all {
		c := &all[i]
		standing[c.Clause.ID] = fmt.Sprintf("%s, %s, %d rules", c.Verdict, clauseStanding(c, (&Report{}).effect(c.Level)), len(c.Rules))
	}
	for id, want := range map[string]string{
		"G01":  "not-exercised, not exercised, 0 rules",
		"G02":  "pass, 12,466 passed, 14 in doubt, 1 rules",
		"G03":  "fail, 2 failed, 2 rules",
		"G15":  "not-exercised, needs pair or live, 0 rules",
		"L07c": "inconclusive, 1,210 inconclusive, 1 rules",
		"L07p": "not-exercised, needs pair, 1 rules",
		"L08":  "fail, 5 failed, 1 rules",
		"L11":  "error, check broke, 1 rules",
		"L14":  "fail, 5 failed, 1 rules",
	} {
		if standing[id] != want {
			t.Errorf("%s: expected %q, found %q", id, want, standing[id])
		}
	}
}

// Two rules on one clause, verdict by verdict.
func TestClauseVerdicts(t *testing.T) {
	none, pass, doubt, fail := rule.RuleTally{}, rule.RuleTally{Passed: 1}, rule.RuleTally{Inconclusive: 1}, rule.RuleTally{Failed: 1}
	wrong, failedFirst := rule.RuleTally{Error: "x"}, rule.RuleTally{Error: "x", Failed: 1}
	for _, c := range []struct {
		must, info rule.RuleTally
		want       rule.Verdict
		level      clause.Level
	}{
		{none, none, rule.NotExercised, ""},
		{none, pass, rule.Pass, ""},
		{doubt, pass, rule.Inconclusive, ""},
		{pass, doubt, rule.Inconclusive, ""},
		{pass, fail, rule.Fail, clause.Info},
		{fail, fail, rule.Fail, clause.Must},
		{wrong, pass, rule.Broken, ""},
		{fail, wrong, rule.Fail, clause.Must},
		{failedFirst, pass, rule.Fail, clause.Must},
	} {
		c.must.ID, c.info.ID = sorted.ID, sortedToo.ID
		for _, rules := range [][]rule.RuleTally{{c.must, c.info}, {c.info, c.must}} {
			for _, ct := range certificate.Clauses(&rule.Tally{Rules: rules}) {
				if ct.Clause.ID == "G03" && (ct.Verdict != c.want || ct.Level != c.level) {
					t.Errorf("must %s, info %s: expected %s %q, found %s %q", c.must.Verdict(), c.info.Verdict(), c.want, c.level, ct.Verdict, ct.Level)
				}
			}
		}
	}
}
