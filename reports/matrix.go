package reports

import (
	"io"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// MatrixFormat is one way to write a matrix.
type MatrixFormat struct {
	Name    string // what --format takes
	Summary string // what it is for, half a sentence

	// Write writes the matrix with links that start from dir, the directory
	// that it is written to. It fails only if w does.
	Write func(w io.Writer, m *certificate.Matrix, dir string) error
}

// MatrixFormats returns the formats. The caller owns the slice.
func MatrixFormats() []MatrixFormat {
	return []MatrixFormat{
		{"markdown", "for a README or a pull request", writeMatrixMarkdown},
		{"html", "one page that needs nothing else", writeMatrixHTML},
		{"json", "for programs, by schemas/matrix.schema.json", writeMatrixJSON},
	}
}

// link is a relative reference from dir to the certificate, or to a file below
// its directory.
func link(r certificate.Row, dir, below string) string {
	file := r.File
	if below != "" {
		file = filepath.Join(filepath.Dir(file), filepath.FromSlash(below))
	}
	if rel, err := filepath.Rel(dir, file); err == nil {
		file = rel
	}
	u := url.URL{Path: path.Clean(filepath.ToSlash(file))}
	return strings.ReplaceAll(u.String(), "&", "%26") // which Markdown takes for an entity
}

// label is what a row is called in a sentence.
func label(r certificate.Row) string {
	i := r.Certificate.Implementation
	return shown(i.Name) + " " + shown(i.Version) + " (" + shown(i.Configuration) + ")"
}

// part is one mark of a cell.
type part struct {
	mark  string // in one column
	grade string // obeys, tells or guards; "" where the clause has no other
	means string // the mark in words
	class string // of HTML
	open  int64  // occasions in doubt beside a pass

	broken clause.Level // of the strongest rule that failed; "" for none
}

// doubts is " (2 in doubt)", "" for none.
func (p part) doubts() string {
	if p.open == 0 {
		return ""
	}
	return " (" + wording.Grouped(p.open) + " in doubt)"
}

// partsOf says how a clause came off, grade by grade where there are several: a
// client that hides the 429 and never retries must not look like one that
// waits. Of a program that is watched nobody sees what it tells and guards.
func partsOf(c *certificate.ClauseResult, of *certificate.Certificate) []part {
	if c.Verdict.Verdict() == rule.NotExercised && slices.ContainsFunc(of.NotAsked, func(u certificate.Unasked) bool { return u.Clause == c.ID }) {
		return []part{{mark: "–", means: "not asked of a program that is watched", class: "none"}}
	}
	var all []part
	for _, g := range []struct {
		name rule.Grade
		r    *certificate.GradeResult
	}{{rule.Obeys, c.Grades.Obeys}, {rule.Tells, c.Grades.Tells}, {rule.Guards, c.Grades.Guards}} {
		unseen := of.Mode == certificate.Observe && g.name != rule.Obeys
		if g.r != nil && !(unseen && g.r.Verdict.Verdict() == rule.NotExercised) {
			p := marked(*g.r)
			p.grade = string(g.name)
			all = append(all, p)
		}
	}
	switch {
	case len(all) == 0:
		return []part{marked(certificate.GradeResult{Verdict: c.Verdict, Broken: c.Broken, InDoubt: c.InDoubt})}
	case len(all) == 1 && c.Grades.Obeys != nil:
		all[0].grade = ""
	}
	return all
}

// marked is a verdict as a matrix shows it.
func marked(g certificate.GradeResult) part {
	switch g.Verdict {
	case "pass":
		if g.InDoubt > 0 {
			return part{mark: doubted, means: "kept, " + wording.Grouped(g.InDoubt) + " in doubt", class: "open", open: g.InDoubt}
		}
		return part{mark: "✓", means: "kept", class: "pass"}
	case "fail":
		switch {
		case g.Broken == clause.Must:
			return part{mark: "✗", means: "broken", class: "fail", broken: g.Broken}
		case g.Broken == clause.Should:
			return part{mark: "✗", means: "broken (should)", class: "lax", broken: g.Broken}
		}
		return part{mark: "○", means: "does not", class: "none", broken: g.Broken}
	case "inconclusive":
		return part{mark: "?", means: "the evidence does not decide", class: "open"}
	case "error":
		return part{mark: "!", means: "the check broke", class: "open"}
	}
	return part{mark: "–", means: "not exercised", class: "none"}
}

// meaning is what a mark means.
type meaning struct{ Mark, Means string }

// legend says what the marks mean.
var legend = []meaning{
	{"✓", "kept"},
	{doubted, "kept wherever that was decided, and as often as the number says in doubt"},
	{"✗", "broken; the note says whether a must or a should"},
	{"○", "does not, which binds nobody"},
	{"–", "not exercised: the client gave no occasion, or was watched, which does not show it"},
	{"?", "the evidence does not decide"},
	{"!", "the check broke"},
}

// subject is what the rows of a matrix are.
type subject struct {
	title, head, one, many string
	graded                 bool // some have grades: they are clients
}

func subjects(m *certificate.Matrix) subject {
	proxies := 0
	for _, r := range m.Rows {
		if r.Certificate.Mode == certificate.Relay {
			proxies++
		}
	}
	switch {
	case proxies == 0:
		return subject{"Clients", "Client", "client", "clients", true}
	case proxies == len(m.Rows):
		return subject{"Proxies", "Proxy", "proxy", "proxies", false}
	}
	return subject{"Clients and proxies", "Client or proxy", "client or proxy", "clients and proxies", true}
}

// legendOf says what the marks mean in a matrix.
func legendOf(m *certificate.Matrix) []meaning {
	if subjects(m).graded {
		return legend
	}
	all := slices.Clone(legend)
	i := slices.IndexFunc(all, func(l meaning) bool { return l.Mark == "–" })
	all[i].Means = "not exercised: nothing that passed the proxy gave an occasion"
	return all
}

// silent says what a tick means of a client that does nothing by itself.
const silent = "A client that sends nothing by itself keeps L08, L08b and G10a by that: whoever uses it must back off and look up, and can, if the client tells."

// gradeLegend says what the grades are.
var gradeLegend = []struct{ Grade, Means string }{
	{"obeys", "what the client sends by itself keeps the clause"},
	{"tells", "its caller learns what the venue said; without it no caller can keep the clause"},
	{"guards", "it holds back what its caller asks for in spite of the clause"},
}

// note is the first finding of a cell with a cross.
type note struct {
	number  int
	row     certificate.Row
	clause  string
	level   clause.Level
	finding certificate.FirstFinding
	link    string // to the evidence; "" for none
}

// notesOf numbers the findings, row by row. The map finds them by row and clause.
func notesOf(m *certificate.Matrix, dir string) ([]note, map[[2]int]int) {
	var all []note
	at := map[[2]int]int{}
	for i, row := range m.Rows {
		for j, c := range m.Clauses {
			r, ok := row.Result(c.ID)
			if !ok || r.Finding == nil {
				continue
			}
			n := note{len(all) + 1, row, c.ID, r.Broken, timeless(*r.Finding), ""}
			if r.Evidence != "" {
				n.link = link(row, dir, r.Evidence)
			}
			at[[2]int{i, j}] = n.number
			all = append(all, n)
		}
	}
	return all, at
}

// writtenInstant is an RFC 3339 instant, and writtenDuration a duration as Go
// writes it, where a finding's text holds one.
var (
	writtenInstant  = pattern(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	writtenDuration = pattern(`\b(\d+h)?(\d+m)?\d+(\.\d+)?m?s\b`)
)

// timeless leaves out of a finding what the next run has otherwise, so that two
// tables differ in what the clients do alone: instants, and of durations what is
// less than a tenth of a second, or than a second in long ones. The certificate
// has both.
func timeless(f certificate.FirstFinding) certificate.FirstFinding {
	for _, text := range []*string{&f.Message, &f.Expected, &f.Seen} {
		*text = writtenInstant().ReplaceAllLiteralString(*text, "…")
		*text = writtenDuration().ReplaceAllStringFunc(*text, func(s string) string {
			d, err := time.ParseDuration(s)
			switch {
			case err != nil || d < 100*time.Millisecond:
				return s
			case d >= 10*time.Second: // the tenths of a long one are the machine's
				return d.Round(time.Second).String()
			}
			return d.Round(100 * time.Millisecond).String()
		})
	}
	return f
}

// made says what made the certificates.
func made(m *certificate.Matrix) string {
	if len(m.Rows) == 0 {
		return "No certificate."
	}
	c := m.Rows[0].Certificate
	if m.Mixed() {
		return "The certificates were made by different versions of mbxcheck or its rules: rows may not be compared cell by cell."
	}
	return "Made by mbxcheck " + shown(c.Tool.Version) + ", edition " + shown(c.Edition) + "."
}
