package reports

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

//go:embed matrix.html
var matrixPage string

// matrixTemplate is parsed by the first to ask, read-only, and escapes by
// context.
var matrixTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("matrix").Parse(matrixPage))
})

type htmlMatrix struct {
	Count, Made, Silent string
	Title, Head         string // what the rows are
	Clauses             []htmlClause
	Rows                []htmlRow
	Notes               []htmlNote
	Legend              any
	Grades              any
}

type htmlClause struct{ ID, Claim, Level string }

type htmlRow struct {
	Name, Version, Configuration string
	Verdict, Standing, Why, Link string
	Cells                        []htmlCell
}

type htmlCell struct {
	Class string // that of its worst part
	Parts []htmlPart
}

type htmlPart struct {
	Class, Mark, Grade, Doubts, Means string
	Note                              int // 0 for none
}

type htmlNote struct {
	Number                                              int
	Label, Clause, Level, Rule, Message, Expected, Seen string
	Link                                                string
}

// writeMatrixHTML writes one page that loads nothing and runs nothing.
func writeMatrixHTML(w io.Writer, m *certificate.Matrix, dir string) error {
	notes, at := notesOf(m, dir)
	doc := htmlMatrix{Count: wording.Plural(int64(len(m.Rows)), subjects(m).one, subjects(m).many), Made: made(m), Title: subjects(m).title, Head: subjects(m).head, Legend: legendOf(m)}
	if subjects(m).graded {
		doc.Silent, doc.Grades = silent, gradeLegend
	}
	for _, c := range m.Clauses {
		doc.Clauses = append(doc.Clauses, htmlClause{c.ID, shown(c.Claim), string(c.Level)})
	}
	for i, row := range m.Rows {
		im := row.Certificate.Implementation
		r := htmlRow{shown(im.Name), shown(im.Version), shown(im.Configuration), row.Certificate.Verdict, row.Certificate.Standing(), row.Certificate.Why(), link(row, dir, ""), nil}
		for j, c := range m.Clauses {
			r.Cells = append(r.Cells, htmlCellOf(row, c.ID, at[[2]int{i, j}]))
		}
		doc.Rows = append(doc.Rows, r)
	}
	for _, n := range notes {
		doc.Notes = append(doc.Notes, htmlNote{n.number, label(n.row), n.clause, string(n.level), n.finding.Rule,
			sentence(shown(n.finding.Message)), shown(n.finding.Expected), shown(n.finding.Seen), n.link})
	}
	b := bufio.NewWriter(w)
	if err := matrixTemplate().Execute(b, doc); err != nil {
		return err
	}
	return b.Flush()
}

// htmlCellOf is a cell; one of a clause that the certificate doesn't hold is
// empty.
func htmlCellOf(row certificate.Row, id string, note int) htmlCell {
	result, ok := row.Result(id)
	if !ok {
		return htmlCell{Class: "none"}
	}
	var c htmlCell
	for _, p := range partsOf(&result, row.Certificate) {
		h := htmlPart{p.class, p.mark, p.grade, p.doubts(), p.means, 0}
		if p.mark == "✗" {
			h.Note, note = note, 0
		}
		if c.Class == "" || p.class == "fail" || p.class == "lax" && c.Class != "fail" {
			c.Class = p.class
		}
		c.Parts = append(c.Parts, h)
	}
	return c
}
