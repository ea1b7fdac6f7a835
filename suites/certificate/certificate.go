package certificate

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// File is what a certificate is called when nobody says.
const File = "mbxcheck-report.yaml"

// schema names the shape, which schemas/certificate.schema.json
// describes member by member.
const schema = "mbxcheck-certificate/1"

// maxCertificate bounds a certificate that is read: one with every clause
// broken and a hundred scenarios has some 60 KB.
const maxCertificate = 1 << 20

// Certificate is what was found about one version of a client, or a proxy, in one
// configuration. schemas/certificate.schema.json says what each member is.
type Certificate struct {
	Schema         string           `yaml:"schema"`
	Verdict        string           `yaml:"verdict"` // Certified or Refused
	Reasons        []Reason         `yaml:"reasons,omitempty"`
	Implementation Implementation   `yaml:"implementation"`
	Contact        string           `yaml:"contact,omitempty"`
	Profile        string           `yaml:"profile"`
	LeftOut        []LeftOut        `yaml:"left_out,omitempty"`
	Edition        string           `yaml:"edition"`
	Date           time.Time        `yaml:"date"` // UTC, to the second
	Tool           Tool             `yaml:"tool"`
	Command        []string         `yaml:"command,flow"`
	Mode           Mode             `yaml:"mode"`
	Reached        wire.Way         `yaml:"reached"`
	NotAsked       []Unasked        `yaml:"not_asked,omitempty"`
	Counts         Counts           `yaml:"counts"`
	Clauses        []ClauseResult   `yaml:"clauses"`
	Scenarios      []ScenarioResult `yaml:"scenarios"`
	Reproduce      string           `yaml:"reproduce"`
}

// The verdicts of a certificate.
const (
	Certified = "certified"
	Refused   = "refused"
)

// Reason is why a certificate is refused.
type Reason struct {
	Clause string     `yaml:"clause,omitempty" json:"clause,omitempty"` // "" for BecauseCutShort, which is of no clause
	Kind   ReasonKind `yaml:"kind" json:"kind"`
	Place  string     `yaml:"place,omitempty" json:"place,omitempty"`
	Why    string     `yaml:"why" json:"why"`
}

// ReasonKind sorts reasons.
type ReasonKind string

// The kinds.
const (
	BecauseFailed       ReasonKind = "failed"        // a MUST was broken
	BecauseHidden       ReasonKind = "hidden"        // it sends nothing by itself and does not tell, so that nobody can keep the clause
	BecauseNotExercised ReasonKind = "not-exercised" // the profile needs it, and there was no occasion
	BecauseInconclusive ReasonKind = "inconclusive"  // occasions were not decided
	BecauseBroken       ReasonKind = "error"         // a check broke
	BecauseCutShort     ReasonKind = "cut-short"     // not all that was to be played was, to its end
)

// Unasked is what the profile asks of a client and the way in which this one
// was judged does not show.
type Unasked struct {
	Clause string `yaml:"clause,omitempty" json:"clause,omitempty"` // "" for something that goes through all clauses
	What   string `yaml:"what" json:"what"`                         // half a sentence
}

// Implementation is what was certified.
type Implementation struct {
	Name          string `yaml:"name" json:"name"`
	Version       string `yaml:"version" json:"version"`
	Configuration string `yaml:"configuration" json:"configuration"`
	Language      string `yaml:"language,omitempty" json:"language,omitempty"`
}

// Tool says what judged.
type Tool struct {
	Name        string `yaml:"name" json:"name"`
	Version     string `yaml:"version" json:"version"`
	RulesDigest string `yaml:"rules_digest" json:"rules_digest"` // "sha256:" and rule.Digest
}

// Counts sums a certificate up.
type Counts struct {
	Exchanges    int64 `yaml:"exchanges"`
	Scenarios    int64 `yaml:"scenarios"`
	Clauses      int64 `yaml:"clauses"`
	Passed       int64 `yaml:"passed"`
	Failed       int64 `yaml:"failed"`
	Inconclusive int64 `yaml:"inconclusive"`
	NotExercised int64 `yaml:"not_exercised"`
	Errors       int64 `yaml:"errors"`
}

// ClauseResult is what was found about one clause.
type ClauseResult struct {
	ID       string        `yaml:"id"`
	Claim    string        `yaml:"claim"`
	Level    clause.Level  `yaml:"level"`
	Verdict  Result        `yaml:"verdict"`
	Broken   clause.Level  `yaml:"broken,omitempty"`   // of the strongest rule that failed
	InDoubt  int64         `yaml:"in_doubt,omitempty"` // occasions that the evidence does not decide, whatever the verdict
	Doubts   string        `yaml:"doubts,omitempty"`   // why
	Needed   bool          `yaml:"needed"`
	Grades   Grades        `yaml:"grades"`
	Rules    []RuleResult  `yaml:"rules"`
	Finding  *FirstFinding `yaml:"finding,omitempty"`
	Evidence string        `yaml:"evidence,omitempty"`
}

// Result is a rule.Verdict as files spell it.
type Result string

// Grades are the parts of a client's duty, nil where nothing judges them.
type Grades struct {
	Obeys  *GradeResult `yaml:"obeys,omitempty,flow" json:"obeys,omitempty"`
	Tells  *GradeResult `yaml:"tells,omitempty,flow" json:"tells,omitempty"`
	Guards *GradeResult `yaml:"guards,omitempty,flow" json:"guards,omitempty"`
}

// GradeResult is what was found about one grade of a clause.
type GradeResult struct {
	Verdict Result       `yaml:"verdict" json:"verdict"`
	Broken  clause.Level `yaml:"broken,omitempty" json:"broken,omitempty"` // of the strongest rule that failed
	InDoubt int64        `yaml:"in_doubt,omitempty" json:"in_doubt,omitempty"`
}

// RuleResult is what one rule counted.
type RuleResult struct {
	ID           string       `yaml:"id"`
	Level        clause.Level `yaml:"level"`
	Grade        rule.Grade   `yaml:"grade"`
	Verdict      Result       `yaml:"verdict"`
	Passed       int64        `yaml:"passed"`
	Failed       int64        `yaml:"failed"`
	Inconclusive int64        `yaml:"inconclusive"`
}

// FirstFinding is the first finding of the strongest rule that failed.
type FirstFinding struct {
	Rule     string `yaml:"rule" json:"rule"`
	Message  string `yaml:"message" json:"message"`
	Expected string `yaml:"expected" json:"expected"`
	Seen     string `yaml:"seen" json:"seen"`
}

// ScenarioResult is what one scenario showed.
type ScenarioResult struct {
	Name       string           `yaml:"name"`
	Place      string           `yaml:"place,omitempty"`
	Outcome    Outcome          `yaml:"outcome"`
	Note       string           `yaml:"note,omitempty"`
	WatchedMs  int64            `yaml:"watched_ms,omitempty"` // after what the scenario stages
	Unfinished string           `yaml:"unfinished,omitempty"`
	Verdict    Result           `yaml:"verdict"`
	Clauses    []ScenarioClause `yaml:"clauses"`
}

// ScenarioClause is what one scenario showed of one clause.
type ScenarioClause struct {
	ID      string       `yaml:"id" json:"id"`
	Verdict Result       `yaml:"verdict" json:"verdict"`
	Broken  clause.Level `yaml:"broken,omitempty" json:"broken,omitempty"`
	InDoubt int64        `yaml:"in_doubt,omitempty" json:"in_doubt,omitempty"`
	Why     string       `yaml:"why,omitempty" json:"why,omitempty"` // occasions are in doubt
}

// oneLine writes a value in flow style, for people to read a list as a table.
func oneLine(v any) (any, error) {
	n := new(yaml.Node)
	if err := n.Encode(v); err != nil {
		return nil, err
	}
	n.Style = yaml.FlowStyle
	return n, nil
}

// MarshalYAML writes the result on one line.
func (r RuleResult) MarshalYAML() (any, error) {
	type plain RuleResult
	return oneLine(plain(r))
}

// MarshalYAML writes the result on one line.
func (c ScenarioClause) MarshalYAML() (any, error) {
	type plain ScenarioClause
	return oneLine(plain(c))
}

// Write writes the certificate as a person and Read read it. It
// writes the same bytes for the same certificate, and fails only if w does.
func (c *Certificate) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, l := range c.preamble() {
		fmt.Fprintf(b, "# %s\n", inert.Value(l))
	}
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	if err := e.Encode(c); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	return b.Flush()
}

// preamble says to who finds the file what it is.
func (c *Certificate) preamble() []string {
	all := []string{
		"A certificate by mbxcheck: which clauses of the venue's \"General API Information\"",
		fmt.Sprintf("(edition %s) the %s %s keeps.", c.Edition, c.Subject(), c.Implementation.Name),
		"It holds for this version and configuration alone; schemas/certificate.schema.json",
		"describes each member, and 'mbxcheck explain CLAUSE' what a clause demands.",
	}
	if c.Reproduce != "" {
		all = append(all, "To see it happen again: "+c.Reproduce)
	}
	return all
}

// Read reads a certificate from r, holds it against its schema and
// checks that it does not contradict itself. file is what errors call it; they
// name the line where it is known.
func Read(file string, r io.Reader) (*Certificate, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCertificate+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(data) > maxCertificate {
		return nil, fmt.Errorf("%s: expected a certificate of %d bytes at the most, found more", file, maxCertificate)
	}
	c := new(Certificate)
	if err := schemas.DecodeDocument(file, data, schemas.Certificate, c); err != nil {
		return nil, err
	}
	if err := c.valid(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Open reads the certificate in a file.
func Open(file string) (*Certificate, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(file, f)
}

// valid checks what the schema does not say.
func (c *Certificate) valid() error {
	if refused := len(c.Reasons) > 0; refused != (c.Verdict == Refused) {
		return fmt.Errorf("verdict: expected reasons if and only if it is refused, found %s with %d reasons", c.Verdict, len(c.Reasons))
	}
	seen := map[string]bool{}
	for i := range c.Clauses {
		r := &c.Clauses[i]
		switch {
		case seen[r.ID]:
			return fmt.Errorf("clauses: expected each once, found %s twice", r.ID)
		case r.Verdict == resultOf(rule.Fail) && r.Broken == clause.Must && c.Verdict == Certified:
			return fmt.Errorf("clause %s: expected a certified %s to break no must, found one broken", r.ID, c.Subject())
		case r.Evidence != "" && !below(r.Evidence):
			return fmt.Errorf("clause %s: expected evidence in a file below the certificate's directory, found %q", r.ID, r.Evidence)
		}
		seen[r.ID] = true
	}
	return nil
}

// below reports a slashed path that leads to a file below where it starts and
// means the same on every system, and as a relative link.
func below(p string) bool {
	return p != "" && p != "." && path.Clean(p) == p && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../") &&
		!strings.ContainsAny(p, `:\`) && inert.Value(p) == p && len(p) <= maxSentence
}

func resultOf(v rule.Verdict) Result { return Result(v.String()) }

// Verdict is the result as rules have it; of a word that no verdict has,
// rule.NotExercised.
func (r Result) Verdict() rule.Verdict {
	for v := rule.Pass; v <= rule.Broken; v++ {
		if resultOf(v) == r {
			return v
		}
	}
	return rule.NotExercised
}
