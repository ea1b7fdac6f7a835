package reports

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func TestFormatsAreNamed(t *testing.T) {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
		if got, ok := ByName(f.Name); !ok || got.Name != f.Name || f.Summary == "" {
			t.Errorf("%s: found %q, %v, summary %q", f.Name, got.Name, ok, f.Summary)
		}
	}
	if want := []string{"text", "json", "junit", "sarif", "markdown", "github"}; !slices.Equal(names, want) {
		t.Errorf("expected %q, found %q", want, names)
	}
	if _, ok := ByName("html"); ok {
		t.Error("ByName finds a format that is none")
	}
}

var goldenNames = map[string]string{
	"json": "json", "junit": "junit.xml", "sarif": "sarif", "markdown": "md", "github": "github.txt",
}

func TestGolden(t *testing.T) {
	for format, ext := range goldenNames {
		golden(t, "sample."+ext, written(t, format, sampleReport()))
		golden(t, "passing."+ext, written(t, format, &Report{Tally: passingTally(), Version: "0.1.0"}))
	}
}

// Machine formats hold nothing of the clock or the terminal, but for JUnit's,
// which says when the run was.
func TestElapsedAndColourAreForPeople(t *testing.T) {
	for format := range goldenNames {
		r := sampleReport()
		if format == "junit" {
			r.Began, r.Elapsed = time.Time{}, 0
			if out := string(written(t, format, r)); strings.Contains(out, "timestamp=") || strings.Contains(out, "time=") {
				t.Errorf("expected no time where none is known, found\n%s", out)
			}
		}
		want := written(t, format, r)
		r.Elapsed, r.Color, r.Width = 0, true, 200
		if !bytes.Equal(want, written(t, format, r)) {
			t.Errorf("%s: the time taken, the colour or the width changes the output", format)
		}
	}
}

// errFull is what the failing writer says.
var errFull = errors.New("no space left on device")

// full takes so many bytes and fails then.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) <= f.left {
		f.left -= len(p)
		return len(p), nil
	}
	n := f.left
	f.left = 0
	return n, errFull
}

// smallTally keeps what is written, at every byte offset, small: of an edition
// without clauses.
func smallTally() *rule.Tally {
	all := sampleTally()
	small := &rule.Tally{Edition: "none", Errors: all.Errors[:1]}
	for i := range all.Rules {
		if r := all.Rules[i].Rule(); r == once || r == weight {
			small.Rules = append(small.Rules, all.Rules[i])
		}
	}
	return small
}

// writers are all functions of the package that write.
func writers() map[string]func(io.Writer) error {
	all := map[string]func(io.Writer) error{
		"explain": func(w io.Writer) error { return Explain(w, edition.Default(), backsOff, Style{}) },
		"explain clause": func(w io.Writer) error {
			c, _ := edition.Default().Text("L08")
			return ExplainClause(w, edition.Default(), c, sampleRules(), Style{})
		},
	}
	all["certificate"] = (&certificate.Certificate{Implementation: certificate.Implementation{Name: "x"}}).Write
	c := &certificate.Certificate{Verdict: certificate.Refused, Profile: "all", Clauses: []certificate.ClauseResult{{ID: "L08", Verdict: "fail", Broken: clause.Must, Finding: &certificate.FirstFinding{}}}}
	all["badge"] = func(w io.Writer) error { return SVGBadge(c, w) }
	all["badge for shields"] = func(w io.Writer) error { return ShieldsBadge(c, w) }
	for _, f := range MatrixFormats() {
		all["matrix as "+f.Name] = func(w io.Writer) error {
			return f.Write(w, certificate.NewMatrix([]certificate.Row{{File: "x", Certificate: c}}), ".")
		}
	}
	r := &Report{Tally: smallTally()}
	for _, f := range Formats() {
		all[f.Name] = func(w io.Writer) error { return f.Write(w, r) }
	}
	for _, format := range RuleFormats() {
		all["rules as "+format] = func(w io.Writer) error { return WriteRules(w, edition.Default(), sampleRules()[:2], format, Style{}) }
	}
	return all
}

// A disk that is full, from whatever byte on, never passes unnoticed.
func TestFailingWriterComesBack(t *testing.T) {
	for name, write := range writers() {
		var whole bytes.Buffer
		if err := write(&whole); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if whole.Len() == 0 {
			t.Errorf("%s: nothing is written", name)
		}
		for room := 0; room < whole.Len(); room += 1 + whole.Len()/2000 { // each byte, but of pages
			if err := write(&full{room}); !errors.Is(err, errFull) {
				t.Errorf("%s: room for %d of %d bytes: expected %v, found %v", name, room, whole.Len(), errFull, err)
				break
			}
		}
		if err := write(&full{whole.Len()}); err != nil {
			t.Errorf("%s: room for everything: %v", name, err)
		}
	}
}

// The order of findings is that of the recordings, however the tally came
// about.
func TestFindingsAreInOrder(t *testing.T) {
	tally := sampleTally()
	want := written(t, "json", &Report{Tally: tally})
	for i := range tally.Rules {
		slices.Reverse(tally.Rules[i].Findings)
	}
	if got := written(t, "json", &Report{Tally: tally}); !bytes.Equal(want, got) {
		t.Error("the order in the tally shows")
	}
	var last placed
	for i, f := range findings(tally) {
		if i > 0 && (f.At.File < last.At.File || f.At.File == last.At.File && f.At.Exchange < last.At.Exchange) {
			t.Errorf("%s exchange %d follows %s exchange %d", f.At.File, f.At.Exchange, last.At.File, last.At.Exchange)
		}
		last = f
	}
}

func TestConclusions(t *testing.T) {
	only := func(fill func(*rule.RuleTally)) *rule.Tally {
		tally := emptyTally()
		for i := range tally.Rules {
			fill(&tally.Rules[i])
		}
		return tally
	}
	onlyFailed := func(failed *rule.Rule) *rule.Tally {
		return only(func(r *rule.RuleTally) {
			if r.Passed = 1; r.ID == failed.ID {
				r.Failed = 1
			}
		})
	}
	unread := passingTally()
	unread.Errors = inputErrorsOf(errFull)
	for _, c := range []struct {
		name   string
		tally  *rule.Tally
		failOn clause.Level
		want   outcome
		text   string
	}{
		{"sample", sampleTally(), clause.Should, broken, "3 rules failed (2 must, 1 should): 2 rules passed (1 partly in doubt), 1 remark, 1 inconclusive, 1 not exercised, 1 check broke, 2 input errors"},
		{"sample", sampleTally(), "", broken, "2 rules failed (2 must): 2 rules passed (1 partly in doubt), 1 rule with warnings (1 should), 1 remark, 1 inconclusive, 1 not exercised, 1 check broke, 2 input errors"},
		{"passing", passingTally(), "", conformant, "conformant: 3 rules passed, 1 inconclusive, 5 not exercised"},
		{"no traffic", emptyTally(), "", undecided, "nothing judged: the traffic held no occasion for any rule"},
		{"no rules", &rule.Tally{}, "", undecided, "nothing judged: the traffic held no occasion for any rule"},
		{"unreadable", unread, "", undecided, "nothing failed, but not everything could be judged: 3 rules passed, 1 inconclusive, 5 not exercised, 1 input error"},
		{"broken", only(func(r *rule.RuleTally) {
			if r.ID == broke.ID {
				r.Error = "index out of range"
			} else {
				r.Passed = 1
			}
		}), "", undecided, "nothing failed, but not everything could be judged: 8 rules passed, 1 check broke"},
		{"failed, then broken", only(func(r *rule.RuleTally) {
			if r.Passed = 1; r.ID == broke.ID {
				r.Failed, r.Error = 2, "index out of range"
			}
		}), "", broken, "1 rule failed (1 must): 8 rules passed, 1 check broke"},
		{"remark", only(func(r *rule.RuleTally) {
			if r.Passed = 1; r.ID == sortedToo.ID {
				r.Failed = 1
			}
		}), "", conformant, "conformant: 8 rules passed, 1 remark"},
		{"remark alone", only(func(r *rule.RuleTally) {
			if r.ID == sortedToo.ID {
				r.Failed = 1
			}
		}), "", undecided, "nothing failed, and no rule passed: 1 remark, 8 not exercised"},
		{"undecided", only(func(r *rule.RuleTally) { r.Inconclusive = 1 }), "", undecided, "nothing failed, and no rule passed: 9 inconclusive"},
		{"should, which does not fail the run", onlyFailed(once), "", warned, "conformant, with warnings of 1 rule (1 should): 8 rules passed"},
		{"should, which does", onlyFailed(once), clause.Should, broken, "1 rule failed (1 should): 8 rules passed"},
		{"must, which none does", onlyFailed(sorted), FailOnNone, warned, "violations that --fail-on lets pass: warnings of 1 rule (1 must): 8 rules passed"},
	} {
		got := conclude(&Report{Tally: c.tally, FailOn: c.failOn})
		if got.outcome != c.want || got.String() != c.text {
			t.Errorf("%s: expected %d %q, found %d %q", c.name, c.want, c.text, got.outcome, got)
		}
	}
}

func TestInputErrorsAreLocated(t *testing.T) {
	tally := &rule.Tally{}
	_, missing := openMissing()
	tally.Errors = inputErrorsOf(
		errors.New("a dir/b.yaml:17: expected a mapping, found 3: 4"),
		errors.New(`C:\rec\a.har:2: expected }`),
		errors.New("cut.har: byte 4096: expected an entry"),
		errors.New("nothing known"),
		missing,
		errors.New(""),
	)
	want := []struct {
		file    string
		line    int
		message string
	}{
		{"a dir/b.yaml", 17, "expected a mapping, found 3: 4"},
		{`C:\rec\a.har`, 2, "expected }"},
		{"cut.har", 0, "byte 4096: expected an entry"},
		{"", 0, "nothing known"},
		{"no/such.har", 0, "file does not exist"},
		{"", 0, "unknown error"},
	}
	for i, got := range inputErrors(tally) {
		if w := want[i]; got.File != w.file || got.Line != w.line || got.Message != w.message {
			t.Errorf("expected %v, found %v", w, got)
		}
	}
}

// BenchmarkFormats prints what a report of 10,000 findings costs.
func BenchmarkFormats(b *testing.B) {
	tally := sampleTally()
	for i := range tally.Rules {
		r := &tally.Rules[i]
		for n := 0; r.ID == sorted.ID && len(r.Findings) < 10_000; n++ {
			f := r.Findings[0]
			f.At.Exchange, f.At.Line = 100+n, 1000+9*n
			r.Findings = append(r.Findings, f)
		}
	}
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			var size counter
			for b.Loop() {
				size = 0
				if err := f.Write(&size, &Report{Tally: tally}); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(size))
		})
	}
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// Where nothing fails the run, no report is red: neither must-violations with
// --fail-on none nor should-violations by default. The twin, where they do, is.
func TestReportsAgreeWithTheExitCode(t *testing.T) {
	red := map[string]string{"text": "✗", "markdown": "✗", "junit": "<failure", "sarif": `"level": "error"`, "github": "::error"}
	yellow := map[string]string{"text": "⚠", "markdown": "⚠", "junit": `"warning (`, "sarif": `"level": "warning"`, "github": "::warning"}
	for _, c := range []struct {
		failed *rule.Rule
		failOn clause.Level
		red    bool
	}{
		{once, clause.Must, false}, {once, FailOnNone, false}, {once, clause.Should, true}, {once, clause.May, true},
		{sorted, FailOnNone, false}, {sorted, clause.Must, true}, {sorted, "", true},
	} {
		tally := &rule.Tally{Rules: []rule.RuleTally{{
			ID: c.failed.ID, Passed: 1, Failed: 1,
			Findings: []rule.Finding{finding(c.failed, "", "one", "two", at("a.har", 1, 1, "/query", "GET", "/api/v1/depth", 200))},
		}}}
		for format, mark := range red {
			text := string(written(t, format, &Report{Tally: tally, FailOn: c.failOn}))
			if strings.Contains(text, mark) != c.red {
				t.Errorf("%s of level %s, --fail-on %q, %s: red %t, expected %t:\n%s", c.failed.ID, c.failed.Level, c.failOn, format, !c.red, c.red, text)
			}
			if strings.Contains(text, yellow[format]) == c.red {
				t.Errorf("%s of level %s, --fail-on %q, %s: a warning %t, expected %t:\n%s", c.failed.ID, c.failed.Level, c.failOn, format, c.red, !c.red, text)
			}
		}
	}
}
