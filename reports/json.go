package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// jsonSchema names the shape, which schemas/report.schema.json describes.
const jsonSchema = "mbxcheck-report/1"

type jsonReport struct {
	Schema   string        `json:"schema"`
	Tool     jsonTool      `json:"tool"`
	Edition  string        `json:"edition"`
	Partial  string        `json:"partial,omitempty"`
	Traffic  jsonTraffic   `json:"traffic"`
	Rules    []jsonRule    `json:"rules"`
	Clauses  []jsonClause  `json:"clauses,omitempty"`
	Findings []jsonFinding `json:"findings"`
	Errors   []jsonError   `json:"errors"`
	LeftOut  []jsonMuted   `json:"left_out,omitempty"`

	Target    *jsonTarget    `json:"target,omitempty"`
	Scenarios []jsonScenario `json:"scenarios,omitempty"`
}

// jsonMuted is a rule that the user left out.
type jsonMuted struct {
	Rule string `json:"rule"`
	By   string `json:"by"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type jsonTraffic struct {
	Files        int64 `json:"files"`
	Exchanges    int64 `json:"exchanges"`
	Skipped      int64 `json:"skipped"`
	Unreadable   int64 `json:"unreadable"`
	Unrecognised int64 `json:"unrecognised"`
	Cuts         int64 `json:"cuts"`
	Late         int64 `json:"late"`
	Unknown      int64 `json:"unknown"`

	LeftOut       []jsonHost  `json:"hosts_left_out,omitempty"`
	UnknownRoutes []jsonRoute `json:"unknown_routes,omitempty"`
	PassedOver    []string    `json:"passed_over,omitempty"`

	Artefacts []jsonArtefact `json:"artefacts,omitempty"`
}

// jsonHost is a host whose exchanges were not judged.
type jsonHost struct {
	Host      string `json:"host"`
	Exchanges int64  `json:"exchanges"`
	API       int64  `json:"api"`
	Take      string `json:"take,omitempty"`
}

// jsonRoute is a route that the catalogue does not know.
type jsonRoute struct {
	Route     string `json:"route"`
	Exchanges int64  `json:"exchanges"`
}

type jsonArtefact struct {
	ID    string `json:"id"`
	What  string `json:"what"`
	Count int64  `json:"count"`
}

// jsonRuleHead is what rules and findings say of a rule alike.
type jsonRuleHead struct {
	Clauses []string `json:"clauses"`
	Party   string   `json:"party"`
	Level   string   `json:"level"`
}

type jsonRule struct {
	ID string `json:"id"`
	jsonRuleHead
	Verdict      string              `json:"verdict"`
	Exercised    int64               `json:"exercised"`
	Passed       int64               `json:"passed"`
	Failed       int64               `json:"failed"`
	Inconclusive int64               `json:"inconclusive"`
	Doubts       []certificate.Doubt `json:"doubts,omitempty"`
	Error        string              `json:"error,omitempty"`
}

// jsonClause sums the rules on a clause up.
type jsonClause struct {
	ID      string             `json:"id"`
	Verdict certificate.Result `json:"verdict"`
	Broken  clause.Level       `json:"broken,omitempty"`
	Passed  int64              `json:"passed"`
	Failed  int64              `json:"failed"`
	InDoubt int64              `json:"in_doubt"`
}

type jsonFinding struct {
	Rule string `json:"rule"`
	jsonRuleHead
	Message  string `json:"message"`
	Expected string `json:"expected"`
	Seen     string `json:"seen"`
	Hint     string `json:"hint"`
	At       jsonAt `json:"at"`

	Evidence *jsonEvidence `json:"evidence,omitempty"`
}

type jsonAt struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Exchange int    `json:"exchange,omitempty"`
	Pointer  string `json:"pointer"`
	Time     string `json:"time,omitempty"`
	Method   string `json:"method,omitempty"`
	Path     string `json:"path,omitempty"`
	Status   int    `json:"status,omitempty"`
}

type jsonError struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

func writeJSON(w io.Writer, r *Report) error {
	t := r.Tally
	doc := jsonReport{
		Schema: jsonSchema, Tool: jsonTool{r.tool(), r.version()}, Edition: certificate.Edition(t).ID, Partial: r.Partial,
		Traffic: jsonTraffic{
			Files: t.Traffic.Files, Exchanges: t.Traffic.Exchanges, Skipped: t.Traffic.Skipped,
			Unreadable: t.Traffic.Unreadable, Unrecognised: t.Traffic.Unrecognised,
			Cuts: t.Traffic.Cuts, Late: t.Traffic.Late, Unknown: t.Traffic.Unknown,
		},
		Rules: []jsonRule{}, Findings: []jsonFinding{}, Errors: []jsonError{},
	}
	for _, a := range artefacts(t) {
		doc.Traffic.Artefacts = append(doc.Traffic.Artefacts, jsonArtefact{a.ID(), a.String(), a.count})
	}
	doc.Traffic.notJudged(t)
	for i := range t.Rules {
		doc.Rules = append(doc.Rules, jsonRuleOf(&t.Rules[i]))
	}
	for _, c := range certificate.Clauses(t) {
		if c.Verdict != rule.NotExercised {
			doc.Clauses = append(doc.Clauses, jsonClause{c.Clause.ID, certificate.Result(c.Verdict.String()), c.Level, c.Passed, c.Failed + c.Told, c.Inconclusive})
		}
	}
	for _, m := range r.Muted {
		doc.LeftOut = append(doc.LeftOut, jsonMuted{m.Rule.ID, m.By})
	}
	for _, f := range findings(t) {
		j := jsonFindingOf(&t.Rules[f.rule], f.Finding)
		if e, ok := r.Evidence[f.Rule]; ok && f.Finding == &t.Rules[f.rule].Findings[0] {
			j.Evidence = jsonEvidenceOf(e)
		}
		doc.Findings = append(doc.Findings, j)
	}
	doc.Target, doc.Scenarios = jsonTargetOf(r), jsonScenariosOf(r)
	for _, e := range inputErrors(t) {
		doc.Errors = append(doc.Errors, jsonError{e.File, e.Line, e.Message})
	}
	return encodeJSON(w, doc)
}

// notJudged names what was left out.
func (j *jsonTraffic) notJudged(t *rule.Tally) {
	for _, h := range LeftHosts(t) {
		j.LeftOut = append(j.LeftOut, jsonHost{h.Name, h.Exchanges, h.API, h.Take()})
	}
	for _, route := range namedInOrder(t.UnknownRoutes) {
		j.UnknownRoutes = append(j.UnknownRoutes, jsonRoute{route, t.UnknownRoutes.Counts.Of(route)})
	}
	j.PassedOver = slices.Sorted(maps.Keys(t.PassedOver.Counts))
}

func jsonHeadOf(r *rule.Rule, level clause.Level) jsonRuleHead {
	return jsonRuleHead{append([]string{}, r.Clauses...), string(r.Party), string(level)}
}

func jsonRuleOf(t *rule.RuleTally) jsonRule {
	return jsonRule{
		ID: t.ID, jsonRuleHead: jsonHeadOf(t.Rule(), t.Level()), Verdict: t.Verdict().String(),
		Exercised: t.Exercised(),
		Passed:    t.Passed, Failed: t.Failed, Inconclusive: t.Inconclusive, Doubts: certificate.Doubts(t), Error: t.Error,
	}
}

func jsonFindingOf(t *rule.RuleTally, f *rule.Finding) jsonFinding {
	return jsonFinding{
		Rule: f.Rule, jsonRuleHead: jsonHeadOf(t.Rule(), t.Level()),
		Message: message(f), Expected: f.Expected, Seen: f.Seen, Hint: f.Hint,
		At: jsonAt{
			File: f.At.File, Line: max(0, f.At.Line), Exchange: max(0, f.At.Exchange),
			Pointer: pointer(f.At.Pointer), Time: instant(f.At.Time),
			Method: f.At.Method, Path: f.At.Path, Status: max(0, f.At.Status),
		},
	}
}

// pointer makes a JSON Pointer (RFC 6901) of what a rule says, which may hold
// a name out of a recording: a tilde that escapes nothing is escaped itself.
func pointer(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	if s[0] != '/' {
		b.WriteByte('/')
	}
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			b.WriteByte('0')
		}
	}
	return b.String()
}

// encodeJSON writes a document, indented. Characters that cannot be seen are
// escaped, those too that JSON would let stand.
func encodeJSON(w io.Writer, doc any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	if _, err := w.Write(visible(b.Bytes())); err != nil {
		return err
	}
	return nil
}

// visible escapes what stands in the strings of a JSON text and cannot be
// seen: C1 controls are terminal escapes too, and marks can turn the direction
// of writing. Control characters below U+0020 are escaped already, and the
// line breaks between tokens stay.
func visible(text []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(text); {
		if text[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if strconv.IsPrint(r) {
			i += size
			continue
		}
		out = append(out, text[kept:i]...)
		if r < 0x10000 {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
		i += size
		kept = i
	}
	if kept == 0 {
		return text
	}
	return append(out, text[kept:]...)
}
