package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// SARIF 2.1.0 plus Errata 01, OASIS. Section numbers below are the standard's.

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
	ColumnKind  string            `json:"columnKind"`
	Properties  sarifRunBag       `json:"properties"`
}

// sarifRunBag says what results cannot: which rules passed and which had no
// occasion. Results of other kinds than fail would do, but code scanning takes
// each for an alert.
type sarifRunBag struct {
	Edition  string            `json:"edition"`
	Verdicts map[string]string `json:"verdicts"`
	LeftOut  map[string]string `json:"leftOut,omitempty"` // rules that the user left out, and by which flag
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name        string      `json:"name"`
	Version     string      `json:"version"`
	Semantic    string      `json:"semanticVersion,omitempty"`
	Information string      `json:"informationUri"`
	Rules       []sarifRule `json:"rules"`
}

// home is where people read what mbxcheck is.
const home = "https://github.com/mbxcheck/mbxcheck"

// semantic finds the numbers of a version of Go's, such as v0.2.0, by which
// SARIF's consumers sort (section 3.19.12).
var semantic = regexp.MustCompile(`^v?((0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)$`)

// semanticVersion is a version by semver.org, "" for what is none, such as devel.
func semanticVersion(version string) string {
	if m := semantic.FindStringSubmatch(version); m != nil {
		return m[1]
	}
	return ""
}

type sarifRule struct {
	ID            string             `json:"id"`
	Name          string             `json:"name,omitempty"`
	Short         sarifText          `json:"shortDescription"`
	Full          sarifText          `json:"fullDescription"`
	Help          sarifText          `json:"help"`
	Configuration sarifConfiguration `json:"defaultConfiguration"`
	Properties    sarifRuleBag       `json:"properties"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifRuleBag struct {
	Clauses []string `json:"clauses"`
	Party   string   `json:"party"`
	Level   string   `json:"level"`
	Tags    []string `json:"tags"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Rule      *sarifReference `json:"associatedRule,omitempty"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifReference struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
	Message  *sarifText    `json:"message,omitempty"` // the exchange
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

func writeSARIF(w io.Writer, r *Report) error {
	t := r.Tally
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{r.tool(), r.version(), semanticVersion(r.version()), home, []sarifRule{}}},
		Invocations: []sarifInvocation{sarifRunOf(r)},
		Results:     []sarifResult{},
		ColumnKind:  "unicodeCodePoints",
		Properties:  sarifRunBag{Edition: certificate.Edition(t).ID, Verdicts: map[string]string{}, LeftOut: r.leftOut()},
	}
	for i := range t.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(&t.Rules[i], certificate.Edition(t), r.effect(t.Rules[i].Level())))
		run.Properties.Verdicts[t.Rules[i].ID] = t.Rules[i].Verdict().String()
	}
	seen := map[string]int{}
	for _, f := range findings(t) {
		run.Results = append(run.Results, sarifResultOf(f, r.effect(t.Rules[f.rule].Level()), seen))
	}
	return encodeJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// sarifRunOf tells how the run itself went. It succeeded only if everything
// could be judged.
func sarifRunOf(r *Report) sarifInvocation {
	t := r.Tally
	inv := sarifInvocation{}
	for i := range t.Rules {
		if broke := &t.Rules[i]; broke.Error != "" {
			inv.Notifications = append(inv.Notifications, sarifNotification{
				Level: "error", Message: sarifMessage(shown(broke.Error)), Rule: &sarifReference{broke.ID, i},
			})
		}
	}
	for _, e := range inputErrors(t) {
		n := sarifNotification{Level: "error", Message: sarifMessage(shown(e.Message))}
		if e.File != "" {
			n.Locations = []sarifLocation{{Physical: sarifPlace(e.File, e.Line)}}
		}
		inv.Notifications = append(inv.Notifications, n)
	}
	if r.Partial != "" {
		inv.Notifications = append(inv.Notifications, sarifNotification{Level: "error", Message: sarifMessage(shown(r.Partial))})
	}
	inv.Successful = len(inv.Notifications) == 0
	return inv
}

// sarifLevel is what violations do as SARIF grades it (section 3.27.10).
func sarifLevel(e effect) string {
	return [...]string{remarks: "note", warns: "warning", fails: "error"}[e]
}

// sarifRuleOf describes a rule, violations of which do so to the run.
func sarifRuleOf(t *rule.RuleTally, held *edition.Edition, does effect) sarifRule {
	r, level := t.Rule(), string(t.Level())
	demands := clean(r.Doc.Demands)
	s := sarifRule{
		ID: r.ID, Name: sarifName(r.ID), Configuration: sarifConfiguration{sarifLevel(does)},
		Short:      sarifMessage(demands),
		Full:       sarifMessage(wording.Joined(" ", demands, clean(r.Doc.Why))),
		Help:       sarifHelp(r, held),
		Properties: sarifRuleBag{append([]string{}, r.Clauses...), string(r.Party), level, nil},
	}
	s.Properties.Tags = append([]string{string(r.Party), level}, r.Clauses...)
	return s
}

// sarifHelp is the rule's explanation and the document's words, as text and as
// markdown.
func sarifHelp(r *rule.Rule, held *edition.Edition) sarifText {
	parts := docParts(r)
	for _, id := range r.Clauses {
		if c, ok := held.Text(id); ok {
			parts = append(parts, docPart{"The document, " + id, c.Words(), false})
		}
	}
	var text, markdown []string
	for _, part := range parts {
		text = append(text, part.title+": "+clean(part.text))
		if part.code {
			markdown = append(markdown, "**"+part.title+":** "+codeSpan(clean(part.text)))
		} else {
			markdown = append(markdown, "**"+part.title+":** "+prose(clean(part.text)))
		}
	}
	m := sarifMessage(strings.Join(text, "\n\n"))
	m.Markdown = sarifBraces.Replace(strings.Join(markdown, "\n\n"))
	return m
}

// sarifName is an ID as a name, "" where that would be the ID again but for its
// case, which tells nobody anything.
func sarifName(id string) string {
	if name := pascal(id); !strings.EqualFold(name, id) {
		return name
	}
	return ""
}

// pascal writes an ID as the standard wants names (section 3.49.7):
// back-off-after-429 is BackOffAfter429.
func pascal(id string) string {
	var b strings.Builder
	for _, word := range strings.Split(id, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// In messages braces mark placeholders, so that literal ones are doubled
// (section 3.11.5), and [text](target) is a link (section 3.11.6), which data
// must not make.
var (
	sarifBraces = strings.NewReplacer("{", "{{", "}", "}}")
	sarifPlain  = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (")
)

// sarifMessage is a text of which no line is a command, for those who print it.
func sarifMessage(text string) sarifText {
	return sarifText{Text: sarifPlain.Replace(inert.Lines(text))}
}

func sarifResultOf(f placed, does effect, seen map[string]int) sarifResult {
	place := sarifLocation{Physical: sarifPlace(f.At.File, f.At.Line)}
	if x := exchangeLine(f.Finding); x != "" {
		m := sarifMessage(x)
		place.Message = &m
	}
	return sarifResult{
		RuleID: f.Rule, RuleIndex: f.rule, Level: sarifLevel(does),
		Message: sarifMessage(strings.Join(lines(f.Finding), "\n")), Locations: []sarifLocation{place},
		Fingerprints: map[string]string{"mbxcheckFinding/v1": fingerprint(f.Finding, seen)},
	}
}

func sarifPlace(file string, line int) sarifPhysical {
	p := sarifPhysical{Artifact: sarifArtifact{fileURI(file)}}
	if line > 0 {
		p.Region = &sarifRegion{line}
	}
	return p
}

// fileURI is the file as a URI reference (RFC 3986): relative where it was
// named so. Standard input stays "-".
func fileURI(file string) string {
	absolute := filepath.IsAbs(file)
	file = path.Clean(filepath.ToSlash(strings.ToValidUTF8(file, "\ufffd")))
	segments := strings.Split(file, "/")
	for i, s := range segments {
		// A colon in the first segment would make a scheme of it.
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	uri := strings.Join(segments, "/")
	switch {
	case absolute && strings.HasPrefix(uri, "/"):
		return "file://" + uri
	case absolute:
		return "file:///" + uri
	}
	return uri
}

// fingerprint tells findings apart from run to run. It holds what a finding is
// about, and neither its line, exchange or instant, which move when a
// recording is edited, nor numbers, which change when it is made anew. Findings
// that are alike in all that are numbered in the order of the file; seen counts
// them.
func fingerprint(f *rule.Finding, seen map[string]int) string {
	what := strings.Join([]string{
		f.Rule, path.Base(filepath.ToSlash(f.At.File)), f.At.Method, f.At.Path, fmt.Sprint(f.At.Status),
		unnumbered(f.At.Pointer), unnumbered(f.Message), unnumbered(f.Expected), unnumbered(f.Seen),
	}, "\x00")
	sum := sha256.Sum256([]byte(what))
	key := hex.EncodeToString(sum[:16])
	seen[key]++
	return fmt.Sprintf("%s:%d", key, seen[key])
}

// unnumbered writes each run of digits as one 0.
func unnumbered(s string) string {
	var b strings.Builder
	inDigits := false
	for i := range len(s) {
		digit := '0' <= s[i] && s[i] <= '9'
		if !digit {
			b.WriteByte(s[i])
		} else if !inDigits {
			b.WriteByte('0')
		}
		inDigits = digit
	}
	return b.String()
}
