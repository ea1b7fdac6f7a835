package reports

import (
	"cmp"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Matrix is a table of many certificates: a row for each client, version and
// configuration, a column for each clause. It is immutable.
type Matrix struct {
	clauses []ClauseResult // the columns; only ID, Claim and Level count
	rows    []MatrixRow
}

// MatrixRow is a certificate and the file that it was read from.
type MatrixRow struct {
	File        string
	Certificate *Certificate
}

// MatrixFormat is one way to write a matrix.
type MatrixFormat struct {
	Name    string // what --format takes
	Summary string // what it is for, half a sentence

	// Write writes the matrix with links that start from dir, the directory
	// that it is written to. It fails only if w does.
	Write func(w io.Writer, m *Matrix, dir string) error
}

// MatrixFormats returns the formats. The caller owns the slice.
func MatrixFormats() []MatrixFormat {
	return []MatrixFormat{
		{"markdown", "for a README or a pull request", writeMatrixMarkdown},
		{"html", "one page that needs nothing else", writeMatrixHTML},
		{"json", "for programs, by schemas/matrix.schema.json", writeMatrixJSON},
	}
}

// NewMatrix makes a matrix of certificates in any order.
func NewMatrix(rows []MatrixRow) *Matrix {
	m := &Matrix{rows: slices.Clone(rows)}
	slices.SortFunc(m.rows, func(a, b MatrixRow) int {
		x, y := a.Certificate.Implementation, b.Certificate.Implementation
		return cmp.Or(
			cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.Name, y.Name),
			cmp.Compare(x.Version, y.Version), cmp.Compare(x.Configuration, y.Configuration), cmp.Compare(a.File, b.File))
	})
	seen := map[string]bool{}
	for _, row := range m.rows {
		for _, c := range row.Certificate.Clauses {
			if !seen[c.ID] {
				seen[c.ID] = true
				m.clauses = append(m.clauses, c)
			}
		}
	}
	slices.SortFunc(m.clauses, func(a, b ClauseResult) int {
		return cmp.Or(cmp.Compare(documentOrder(a.ID), documentOrder(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return m
}

// documentOrder is a clause's place in the document; clauses that this version
// does not know come last.
func documentOrder(id string) int {
	all := clause.All()
	i := slices.IndexFunc(all, func(c clause.Clause) bool { return c.ID == id })
	if i < 0 {
		return len(all)
	}
	return i
}

// result is what a row's certificate says of a clause.
func (r MatrixRow) result(id string) (ClauseResult, bool) {
	i := slices.IndexFunc(r.Certificate.Clauses, func(c ClauseResult) bool { return c.ID == id })
	if i < 0 {
		return ClauseResult{}, false
	}
	return r.Certificate.Clauses[i], true
}

// link is a relative reference from dir to the certificate, or to a file below
// its directory.
func (r MatrixRow) link(dir, below string) string {
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
func (r MatrixRow) label() string {
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
	return " (" + grouped(p.open) + " in doubt)"
}

// parts says how a clause came off, grade by grade where there are several: a
// client that hides the 429 and never retries must not look like one that
// waits. Of a program that is watched nobody sees what it tells and guards.
func (c ClauseResult) parts(mode Mode, notAsked []Unasked) []part {
	if c.Verdict == resultOf(rule.NotExercised) && slices.ContainsFunc(notAsked, func(u Unasked) bool { return u.Clause == c.ID }) {
		return []part{{mark: "–", means: "not asked of a program that is watched", class: "none"}}
	}
	var all []part
	for _, g := range []struct {
		name rule.Grade
		r    *GradeResult
	}{{rule.Obeys, c.Grades.Obeys}, {rule.Tells, c.Grades.Tells}, {rule.Guards, c.Grades.Guards}} {
		unseen := mode == Observe && g.name != rule.Obeys
		if g.r != nil && !(unseen && g.r.Verdict == resultOf(rule.NotExercised)) {
			p := marked(*g.r)
			p.grade = string(g.name)
			all = append(all, p)
		}
	}
	switch {
	case len(all) == 0:
		return []part{marked(GradeResult{c.Verdict, c.Broken, c.InDoubt})}
	case len(all) == 1 && c.Grades.Obeys != nil:
		all[0].grade = ""
	}
	return all
}

// marked is a verdict as a matrix shows it.
func marked(g GradeResult) part {
	switch g.Verdict {
	case "pass":
		if g.InDoubt > 0 {
			return part{mark: doubted, means: "kept, " + grouped(g.InDoubt) + " in doubt", class: "open", open: g.InDoubt}
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

// legend says what the marks mean.
var legend = []struct{ Mark, Means string }{
	{"✓", "kept"},
	{doubted, "kept wherever that was decided, and as often as the number says in doubt"},
	{"✗", "broken; the note says whether a must or a should"},
	{"○", "does not, which binds nobody"},
	{"–", "not exercised: the client gave no occasion, or was watched, which does not show it"},
	{"?", "the evidence does not decide"},
	{"!", "the check broke"},
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
	row     MatrixRow
	clause  string
	level   clause.Level
	finding FirstFinding
	link    string // to the evidence; "" for none
}

// notes numbers the findings, row by row. The map finds them by row and clause.
func (m *Matrix) notes(dir string) ([]note, map[[2]int]int) {
	var all []note
	at := map[[2]int]int{}
	for i, row := range m.rows {
		for j, c := range m.clauses {
			r, ok := row.result(c.ID)
			if !ok || r.Finding == nil {
				continue
			}
			n := note{len(all) + 1, row, c.ID, r.Broken, timeless(*r.Finding), ""}
			if r.Evidence != "" {
				n.link = row.link(dir, r.Evidence)
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
func timeless(f FirstFinding) FirstFinding {
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

// mixed reports certificates that were made by different rules, and so may not
// be compared cell by cell.
func (m *Matrix) mixed() bool {
	return slices.ContainsFunc(m.rows, func(r MatrixRow) bool {
		a, b := r.Certificate, m.rows[0].Certificate
		return a.Tool != b.Tool || a.Edition != b.Edition
	})
}

// made says what made the certificates.
func (m *Matrix) made() string {
	if len(m.rows) == 0 {
		return "No certificate."
	}
	c := m.rows[0].Certificate
	if m.mixed() {
		return "The certificates were made by different versions of mbxcheck or its rules: rows may not be compared cell by cell."
	}
	return "Made by mbxcheck " + shown(c.Tool.Version) + ", edition " + shown(c.Edition) + "."
}
