package reports

import (
	"io"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// jsonMatrixSchema names the shape, which schemas/matrix.schema.json describes.
const jsonMatrixSchema = "mbxcheck-matrix/1"

type jsonMatrix struct {
	Schema  string             `json:"schema"`
	Clauses []jsonMatrixClause `json:"clauses"`
	Clients []jsonMatrixRow    `json:"clients"`
}

type jsonMatrixClause struct {
	ID    string       `json:"id"`
	Claim string       `json:"claim"`
	Level clause.Level `json:"level"`
}

type jsonMatrixRow struct {
	Implementation certificate.Implementation `json:"implementation"`
	Certificate    string                     `json:"certificate"`
	Verdict        string                     `json:"verdict"`
	Why            string                     `json:"why,omitempty"`
	Profile        string                     `json:"profile"`
	LeftOut        []certificate.LeftOut      `json:"left_out,omitempty"`
	Edition        string                     `json:"edition"`
	Date           string                     `json:"date"`
	Tool           certificate.Tool           `json:"tool"`
	Mode           certificate.Mode           `json:"mode"`
	Reached        wire.Way                   `json:"reached"`
	NotAsked       []certificate.Unasked      `json:"not_asked,omitempty"`
	Cells          []jsonMatrixCell           `json:"cells"`
}

type jsonMatrixCell struct {
	Clause   string                    `json:"clause"`
	Verdict  certificate.Result        `json:"verdict"`
	Broken   clause.Level              `json:"broken,omitempty"`
	InDoubt  int64                     `json:"in_doubt,omitempty"`
	Doubts   string                    `json:"doubts,omitempty"`
	Needed   bool                      `json:"needed"`
	Grades   certificate.Grades        `json:"grades"`
	Finding  *certificate.FirstFinding `json:"finding,omitempty"`
	Evidence string                    `json:"evidence,omitempty"`
}

// jsonCellOf is a clause without what shows it.
func jsonCellOf(r *certificate.ClauseResult) jsonMatrixCell {
	return jsonMatrixCell{Clause: r.ID, Verdict: r.Verdict, Broken: r.Broken, InDoubt: r.InDoubt, Doubts: r.Doubts, Needed: r.Needed, Grades: r.Grades}
}

func writeMatrixJSON(w io.Writer, m *certificate.Matrix, dir string) error {
	doc := jsonMatrix{Schema: jsonMatrixSchema, Clauses: []jsonMatrixClause{}, Clients: []jsonMatrixRow{}}
	for _, c := range m.Clauses {
		doc.Clauses = append(doc.Clauses, jsonMatrixClause{c.ID, c.Claim, c.Level})
	}
	for _, row := range m.Rows {
		c := row.Certificate
		j := jsonMatrixRow{
			Implementation: c.Implementation, Certificate: link(row, dir, ""), Verdict: c.Verdict, Why: c.Why(), Profile: c.Profile, LeftOut: c.LeftOut,
			Edition: c.Edition, Date: c.Date.UTC().Format("2006-01-02T15:04:05Z"), Tool: c.Tool, Mode: c.Mode, Reached: c.Reached, NotAsked: c.NotAsked,
			Cells: []jsonMatrixCell{},
		}
		for _, r := range c.Clauses {
			cell := jsonCellOf(&r)
			cell.Finding = r.Finding
			if r.Evidence != "" {
				cell.Evidence = link(row, dir, r.Evidence)
			}
			j.Cells = append(j.Cells, cell)
		}
		doc.Clients = append(doc.Clients, j)
	}
	return encodeJSON(w, doc)
}
