package reports

import (
	"cmp"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Report is all that a format needs. Formats only read it, so that one Report
// may be written by several at once.
type Report struct {
	Tally *rule.Tally

	// Of a client that was put through scenarios; nil for recorded traffic.
	Certificate *certificate.Certificate
	Scenarios   []certificate.Scenario          // those of the certificate, in its order
	Evidence    map[string]certificate.Evidence // by rule ID, of its first finding
	Picked      bool                            // some scenarios were picked: nobody asks for a certificate

	// Warning is what a person must know of the client before anything else,
	// such as that none of its keys was let in; "" for nothing.
	Warning string

	// FailOn is the weakest level whose violations fail the run, "" for must.
	// Violations of weaker ones are warnings.
	FailOn clause.Level

	// Partial says what ended the run before all was judged, "" if nothing did.
	Partial string

	// Muted are the rules that the user left out.
	Muted []Muted

	// OfAKind bounds the findings of one kind in the reports for people; 0
	// shows all that the tally holds.
	OfAKind int

	// Text only: the findings and nothing else, or all clauses and doubts too.
	Quiet, Verbose bool

	Tool    string // "" for mbxcheck
	Version string // "" when unknown

	Color   bool          // text only: ANSI colours
	Width   int           // text only: columns; 0 for DefaultWidth, at least MinWidth
	Began   time.Time     // JUnit only, as Elapsed; zero to leave it out
	Elapsed time.Duration // text and JUnit only, since other machines compare bytes; 0 to leave it out
}

// Muted is a rule of the edition that was not asked, and what left it out.
type Muted struct {
	Rule *rule.Rule
	By   string // a flag: --run, --skip or --party
}

// Format is one way to write a report.
type Format struct {
	Name    string // what --format takes
	Summary string // what it is for, half a sentence
	Type    string // the media type, for HTTP

	// Write writes the report. It fails only if w does.
	Write func(w io.Writer, r *Report) error
}

// Formats returns the formats, the one for people first. The caller owns the
// slice.
func Formats() []Format {
	return []Format{
		{"text", "for a person at a terminal", "text/plain; charset=utf-8", writeText},
		{"json", "for programs, by schemas/report.schema.json", "application/json", writeJSON},
		{"junit", "JUnit XML, one test case a rule", "application/xml", writeJUnit},
		{"sarif", "SARIF 2.1.0, for code scanning", "application/json", writeSARIF},
		{"markdown", "for a pull-request comment or a job summary", "text/markdown; charset=utf-8", writeMarkdown},
		{"github", "workflow commands that annotate files in GitHub Actions", "text/plain; charset=utf-8", writeGitHub},
	}
}

// ByName returns the format with the name.
func ByName(name string) (Format, bool) {
	formats := Formats()
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

func (r *Report) tool() string    { return cmp.Or(clean(r.Tool), "mbxcheck") }
func (r *Report) version() string { return cmp.Or(clean(r.Version), "unknown") }

// placed is a finding with the index of its rule in the tally.
type placed struct {
	*rule.Finding
	rule int
}

// findings returns all findings as they stand in the recordings: by file,
// exchange and rule. Shards and merges do not change the order.
func findings(t *rule.Tally) []placed {
	var all []placed
	for i := range t.Rules {
		for j := range t.Rules[i].Findings {
			all = append(all, placed{&t.Rules[i].Findings[j], i})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(
			cmp.Compare(a.At.File, b.At.File),
			cmp.Compare(a.At.Exchange, b.At.Exchange),
			cmp.Compare(a.rule, b.rule),
			cmp.Compare(a.At.Pointer, b.At.Pointer))
	})
	return all
}

// message is what a finding says, never empty.
func message(f *rule.Finding) string { return clean(f.Sentence()) }

// lines say a finding in full, a line a member; the message comes first.
func lines(f *rule.Finding) []string {
	all := []string{shown(message(f))}
	for _, member := range [...]struct{ name, value string }{
		{"Expected: ", f.Expected}, {"Seen: ", f.Seen}, {"At: ", f.At.Pointer}, {"Mend: ", f.Hint},
	} {
		if member.value != "" {
			all = append(all, member.name+shown(member.value))
		}
	}
	return all
}

// clauseIDs is "L08, L14".
func clauseIDs(r *rule.Rule) string { return strings.Join(r.Clauses, ", ") }

// instant writes a time as the JSON report does: UTC, to the millisecond. It
// returns "" for an unknown one, and for years that RFC 3339 cannot write,
// which a recording's numbers may name.
func instant(t time.Time) string {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// placeAndMessage is FILE:LINE: MESSAGE, without what is unknown.
func placeAndMessage(e rule.InputError) string {
	file := e.File
	if e.Line > 0 {
		file += ":" + strconv.Itoa(e.Line)
	}
	return wording.Joined(": ", file, e.Message)
}

// pattern compiles an expression when first asked for it: few runs are, and all
// would wait for it at the start (those of this module: 0.4 ms).
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// inputErrors are the tally's as they may be shown within one line.
func inputErrors(t *rule.Tally) []rule.InputError {
	all := slices.Clone(t.Errors)
	for i := range all {
		e := &all[i]
		e.File, e.Message = clean(e.File), cmp.Or(clean(e.Message), "unknown error")
	}
	return all
}
