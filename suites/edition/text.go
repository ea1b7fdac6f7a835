package edition

import (
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// Text is what an edition says of a clause.
type Text struct {
	clause.Clause `json:"id"`

	Section string // clause.General or clause.Limits
	Quote   string // the document's words, verbatim, line breaks and all
	Line    int    // 1-based line of the document on which Quote starts
	Level   clause.Level

	// Derived: the claim does not stand in the document but follows from the
	// sentence quoted.
	Derived bool

	Held          string // what shows that it holds
	Violated      string // what shows that it does not
	NotObservable string // when traffic shows neither
	FalseAlarms   string // what looks like a violation and is none

	// Reading is how an ambiguous, or contradictory, passage is read here, and
	// why; "" where the document is plain.
	Reading string

	// Unchecked is why recorded traffic cannot show the clause; "" when it
	// can.
	Unchecked string
}

// Words returns the quote on one line: its line breaks, and the indentation
// after them, folded to single spaces.
func (t *Text) Words() string { return strings.Join(strings.Fields(t.Quote), " ") }

// Text returns what the edition says of the clause with the ID; ok is false where it
// does not hold it, or is nil.
func (e *Edition) Text(id string) (text *Text, ok bool) {
	if e == nil {
		return nil, false
	}
	i := slices.IndexFunc(e.Clauses, func(t Text) bool { return t.ID == id })
	if i < 0 {
		return nil, false
	}
	return &e.Clauses[i], true
}
