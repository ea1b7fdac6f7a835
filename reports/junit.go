package reports

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// JUnit XML knows passed, failed, skipped and broken. One test case is one
// rule, named by its ID in a class named by its main clause:
//
//   - pass: a bare test case
//   - fail: a failure if it fails the run. Else it must not turn a build red: it
//     is skipped with the word "warning", or "remark" if it breaks nothing, its
//     findings in system-out
//   - inconclusive, not exercised: skipped, with the reason
//   - error: an error
//
// Input that could not be read is an error of one more test case, "input",
// which is absent when everything was read.

// The suite says when the run began and how long it took; a rule has no time of
// its own, since all of them judge in one pass. The machine's name, which some
// schemas have room for, is nobody's business.

// No schema is everybody's. Jenkins's is the strictest that rejects files
// (junit-10.xsd of its xUnit plugin): there testsuites counts no skipped ones.

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr,omitempty"`
	junitCounts
	Suite junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

type junitSuite struct {
	Name      string `xml:"name,attr"`
	Timestamp string `xml:"timestamp,attr,omitempty"`
	Time      string `xml:"time,attr,omitempty"`
	junitCounts
	Skipped    int             `xml:"skipped,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string      `xml:"name,attr"`
	Class     string      `xml:"classname,attr"`
	Skipped   *junitSkip  `xml:"skipped"`
	Error     *junitFault `xml:"error"`
	Failure   *junitFault `xml:"failure"`
	SystemOut *junitText  `xml:"system-out"`
}

type junitSkip struct {
	Message string `xml:"message,attr"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

func writeJUnit(w io.Writer, r *Report) error {
	suite := junitSuite{Name: r.tool(), Timestamp: junitInstant(r.Began), Time: junitSeconds(r.Elapsed), Properties: []junitProperty{
		{"version", r.version()}, {"edition", certificate.Edition(r.Tally).ID},
		{"files", fmt.Sprint(r.Tally.Traffic.Files)}, {"exchanges", fmt.Sprint(r.Tally.Traffic.Exchanges)},
	}}
	for i := range r.Tally.Rules {
		suite.add(junitRule(r, &r.Tally.Rules[i]))
	}
	if r.Partial != "" {
		suite.add(junitCase{Name: "whole", Class: r.tool() + ".run", Error: &junitFault{shown(r.Partial), "interrupted", ""}})
	}
	if inputs := inputErrors(r.Tally); len(inputs) > 0 {
		suite.add(junitInput(r.tool(), inputs))
	}
	for _, part := range r.mutedParts() {
		suite.Properties = append(suite.Properties, junitProperty{"rules", part})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Name: r.tool(), Time: suite.Time, junitCounts: suite.junitCounts, Suite: suite}); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, inert.Lines(b.String()))
	return err
}

// junitInstant is an instant as JUnit's schemas want it: UTC, to the second,
// without a zone; "" for none.
func junitInstant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// junitSeconds is a time in seconds, to the millisecond; "" for none.
func junitSeconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitRule(r *Report, t *rule.RuleTally) junitCase {
	c := junitCase{Name: t.ID, Class: r.tool()}
	if len(t.Rule().Clauses) > 0 {
		c.Class += "." + t.Rule().Clauses[0]
	}
	headline := fmt.Sprintf("%s failed: %s", certificate.Failed(t), clean(t.Rule().Doc.Demands))
	switch t.Verdict() {
	case rule.Fail:
		switch r.effect(t.Level()) {
		case fails:
			c.Failure = &junitFault{headline, string(t.Level()), junitFindings(t)}
			return c
		case warns:
			c.Skipped = &junitSkip{fmt.Sprintf("warning (%s), let pass by --fail-on %s: %s", t.Level(), r.failOn(), headline)}
		case remarks:
			c.Skipped = &junitSkip{fmt.Sprintf("remark (%s), breaks nothing: %s", t.Level(), headline)}
		}
		c.SystemOut = &junitText{junitFindings(t)}
	case rule.Pass:
		if t.Inconclusive > 0 {
			c.SystemOut = &junitText{fmt.Sprintf("%s passed, %s in doubt: %s", wording.Grouped(t.Passed), wording.Grouped(t.Inconclusive), certificate.Reasons(t))}
		}
	case rule.Broken:
		c.Error = &junitFault{shown(t.Error), "error", junitFindings(t)}
	case rule.Inconclusive:
		c.Skipped = &junitSkip{"inconclusive: " + certificate.Reasons(t)}
	case rule.NotExercised:
		c.Skipped = &junitSkip{wording.Joined(": ", "not exercised", clean(t.Rule().NotHere))}
	}
	return c
}

// junitFindings lists a rule's findings, set off by empty lines.
func junitFindings(t *rule.RuleTally) string {
	var b strings.Builder
	for i := range t.Findings {
		f := &t.Findings[i]
		fmt.Fprintf(&b, "\n%s  %s\n", position(f), exchangeLine(f))
		for _, l := range lines(f) {
			fmt.Fprintf(&b, "  %s\n", l)
		}
	}
	if more := t.Failed - int64(len(t.Findings)); more > 0 {
		fmt.Fprintf(&b, "\nand %s more\n", wording.Grouped(more))
	}
	return b.String()
}

func junitInput(tool string, inputs []rule.InputError) junitCase {
	var b strings.Builder
	b.WriteByte('\n')
	for _, e := range inputs {
		fmt.Fprintln(&b, shown(placeAndMessage(e)))
	}
	message := wording.Plural(int64(len(inputs)), "file or entry could not be read", "files or entries could not be read")
	return junitCase{Name: "input", Class: tool + ".input", Error: &junitFault{message, "input", b.String()}}
}
