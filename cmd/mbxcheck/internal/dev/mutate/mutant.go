package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
)

// Kind is a way to change a program.
type Kind string

// The kinds. What a mutant of each does is in the table of changes.
const (
	DropLeft        Kind = "drop-left"
	DropRight       Kind = "drop-right"
	Boundary        Kind = "boundary"
	NegateOrder     Kind = "negate-order"
	NegateEqual     Kind = "negate-equal"
	Negate          Kind = "negate"
	SkipBranch      Kind = "skip-branch"
	SkipCase        Kind = "skip-case"
	DeleteStatement Kind = "delete-statement"
	ReturnEarly     Kind = "return-early"
	NegateReturn    Kind = "negate-return"
	OneMore         Kind = "one-more"
	DropAddend      Kind = "drop-addend"
)

// Site is a place that can be changed in one way.
type Site struct {
	Package string `json:"package"` // below the module's root, slashed
	File    string `json:"file"`    // the same
	Line    int    `json:"line"`    // from 1
	Column  int    `json:"column"`  // from 1, in bytes
	Func    string `json:"func"`
	Kind    Kind   `json:"kind"`
	Change  string `json:"change"` // in words

	edits []edit
}

func (s *Site) String() string {
	return fmt.Sprintf("%s:%d:%d: %s in %s: %s", s.File, s.Line, s.Column, s.Kind, s.Func, s.Change)
}

// edit is a change of a file's text that lets the mutant be chosen.
type edit struct {
	from, to int    // bytes of the file that the text takes the place of
	text     string // %d is the mutant's number
	rank     int    // of two at one place the lower comes first
}

// Mutant is a site that is tried.
type Mutant struct {
	*Site
	Number  int     `json:"number"` // by which it is chosen, from 1
	Outcome Outcome `json:"outcome"`
	By      string  `json:"by,omitempty"` // whose tests killed it, and which
}

// Outcome is what came of a mutant.
type Outcome string

const (
	// Killed by a test that fails.
	Killed Outcome = "killed"
	// OutOfTime is killed, too: the tests took ten times as long.
	OutOfTime Outcome = "out of time"
	// Survived: all tests pass.
	Survived Outcome = "survived"
	// NotReached survives without a trial: no test comes to the place, or none
	// with values for which the change makes a difference.
	NotReached Outcome = "not reached"
)

func (o Outcome) kills() bool { return o == Killed || o == OutOfTime }

// draw takes n sites of each package, by the seed and without those left out: the
// same ones for the same source.
func draw(sites []*Site, out map[*Site]bool, seed uint64, n int) []*Site {
	by := map[string][]*Site{}
	for _, s := range sites {
		by[s.Package] = append(by[s.Package], s)
	}
	var drawn []*Site
	for name, of := range by {
		h := fnv.New64a()
		h.Write([]byte(name)) // never fails
		r := rand.New(rand.NewPCG(seed, h.Sum64()))
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		of = slices.DeleteFunc(of, func(s *Site) bool { return out[s] })
		drawn = append(drawn, of[:min(n, len(of))]...)
	}
	slices.SortFunc(drawn, bySource)
	return drawn
}

// mutants numbers the sites.
func mutants(drawn []*Site) []*Mutant {
	var list []*Mutant
	for i, s := range drawn {
		list = append(list, &Mutant{Site: s, Number: i + 1})
	}
	return list
}
