// Package clause is what the "General API Information" page demands, clause by
// clause, whichever edition of it says so: who is bound, and how traffic can show
// it. What an edition's words are and how strongly they bind stands in package
// edition.
//
// It must not know rules, traffic or reports, and it imports nothing else of this
// module. Clause IDs are permanent: never renumbered, never reused. The clauses
// stand in clauses.go.
package clause

import "slices"

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

// Clause is one claim, whichever edition of the document makes it.
type Clause struct {
	ID     string // "G03", "L12"; permanent
	Claim  string // in one sentence, in this project's words
	Party  Party
	Checks []Check
}

// All returns the clauses in the document's order. The caller owns the slice, and
// shares what its elements point to.
func All() []Clause { return slices.Clone(clauses[:]) }

// ByID returns the clause with the ID.
func ByID(id string) (Clause, bool) {
	i := slices.IndexFunc(clauses[:], func(c Clause) bool { return c.ID == id })
	if i < 0 {
		return Clause{}, false
	}
	return clauses[i], true
}
