package certificate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// Matrix is a table of many certificates: a row for each client, version and
// configuration, a column for each clause. It is immutable.
type Matrix struct {
	Clauses []ClauseResult // the columns; only ID, Claim and Level count
	Rows    []Row
}

// Row is a certificate and the file that it was read from.
type Row struct {
	File        string
	Certificate *Certificate
}

// NewMatrix makes a matrix of certificates in any order.
func NewMatrix(rows []Row) *Matrix {
	m := &Matrix{Rows: slices.Clone(rows)}
	slices.SortFunc(m.Rows, func(a, b Row) int {
		x, y := a.Certificate.Implementation, b.Certificate.Implementation
		return cmp.Or(
			cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.Name, y.Name),
			cmp.Compare(x.Version, y.Version), cmp.Compare(x.Configuration, y.Configuration), cmp.Compare(a.File, b.File))
	})
	seen := map[string]bool{}
	for _, row := range m.Rows {
		for _, c := range row.Certificate.Clauses {
			if !seen[c.ID] {
				seen[c.ID] = true
				m.Clauses = append(m.Clauses, c)
			}
		}
	}
	slices.SortFunc(m.Clauses, func(a, b ClauseResult) int {
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

// Result is what a row's certificate says of a clause.
func (r Row) Result(id string) (ClauseResult, bool) {
	i := slices.IndexFunc(r.Certificate.Clauses, func(c ClauseResult) bool { return c.ID == id })
	if i < 0 {
		return ClauseResult{}, false
	}
	return r.Certificate.Clauses[i], true
}

// Mixed reports certificates that were made by different rules, and so may not
// be compared cell by cell.
func (m *Matrix) Mixed() bool {
	return slices.ContainsFunc(m.Rows, func(r Row) bool {
		a, b := r.Certificate, m.Rows[0].Certificate
		return a.Tool != b.Tool || a.Edition != b.Edition
	})
}
