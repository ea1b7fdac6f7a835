// Package clause is the document as data: what the "General API Information"
// page demands, clause by clause, with its own words quoted, who is bound, how
// strongly, and how traffic can show it; and the document's editions.
//
// It must not know rules, traffic or reports, and it imports nothing else of
// this module. Clause IDs are permanent: never renumbered, never reused.
//
// Quotes are verbatim, typing errors included ("for for", "retun",
// "recieved"); they change no meaning.
package clause

import (
	"slices"
	"strings"
)

// Party is who a clause binds.
type Party string

// The parties.
const (
	Client Party = "client"
	Server Party = "server"
	Proxy  Party = "proxy"
)

// Level is how strongly a clause binds, taken from its words: "must" and plain
// statements of what is so, "should", "may", and statements that give nobody a
// duty.
type Level string

// The levels, strongest first.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
	Info   Level = "info"
)

// Check is a way in which a clause can be seen to hold.
type Check string

// The ways, cheapest first.
const (
	Exchange Check = "exchange" // one request and its response
	Sequence Check = "sequence" // several exchanges of one scope, in time order
	Pair     Check = "pair"     // both sides of a hop, or the same call sent in two ways
	Live     Check = "live"     // a party that can be driven
)

// The document's two sections.
const (
	General = "General API Information"
	Limits  = "LIMITS"
)

// Clause is one claim of the document.
type Clause struct {
	ID      string // "G03", "L12"; permanent
	Section string // General or Limits
	Claim   string // in one sentence, in this project's words
	Quote   string // the document's words, verbatim, line breaks and all
	Line    int    // 1-based line of the document on which Quote starts
	Party   Party
	Level   Level
	Checks  []Check

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

	Editions []string // IDs of the editions that hold the clause
}

// Words returns the quote on one line: its line breaks, and the indentation
// after them, folded to single spaces.
func (c Clause) Words() string { return strings.Join(strings.Fields(c.Quote), " ") }

// All returns the clauses in document order. The caller owns the slice, and
// shares what its elements point to.
func All() []Clause { return slices.Concat(general, limits) }

// ByID returns the clause with the ID.
func ByID(id string) (Clause, bool) {
	for _, part := range [][]Clause{general, limits} {
		if i := slices.IndexFunc(part, func(c Clause) bool { return c.ID == id }); i >= 0 {
			return part[i], true
		}
	}
	return Clause{}, false
}
