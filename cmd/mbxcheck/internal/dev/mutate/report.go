package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is what a run came to, its machine form.
type Report struct {
	Seed       uint64    `json:"seed"`
	PerPackage int       `json:"perPackage"`
	LeftOut    int       `json:"leftOut"` // sites that were drawn and did not compile
	ByPackage  []Score   `json:"byPackage"`
	ByKind     []Score   `json:"byKind"`
	Mutants    []*Mutant `json:"mutants"`
}

// Score counts the mutants of a package or a kind.
type Score struct {
	Of       string `json:"of"`
	Possible int    `json:"possible"`
	Run      int    `json:"run"`
	Killed   int    `json:"killed"`
}

func (s Score) percent() float64 {
	if s.Run == 0 {
		return 0
	}
	return 100 * float64(s.Killed) / float64(s.Run)
}

func (c *config) report(b *build) *Report {
	return &Report{
		Seed: c.seed, PerPackage: c.n, LeftOut: b.out, Mutants: b.mutants,
		ByPackage: scores(b, func(s *Site) string { return s.Package }),
		ByKind:    scores(b, func(s *Site) string { return string(s.Kind) }),
	}
}

// scores counts by a name of a site, in the order of the names, with their sum
// at the end.
func scores(b *build, name func(*Site) string) []Score {
	of := map[string]*Score{}
	sum := Score{Of: "all"}
	for _, s := range b.possible {
		n := name(s)
		if of[n] == nil {
			of[n] = &Score{Of: n}
		}
		of[n].Possible++
		sum.Possible++
	}
	for _, m := range b.mutants {
		s := of[name(m.Site)]
		s.Run++
		sum.Run++
		if m.Outcome.kills() {
			s.Killed++
			sum.Killed++
		}
	}
	var list []Score
	for _, s := range of {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Score) int { return strings.Compare(a.Of, b.Of) })
	return append(list, sum)
}

// write writes the tables.
func (r *Report) write(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, t := range []struct {
		title string
		list  []Score
	}{{"package", r.ByPackage}, {"kind", r.ByKind}} {
		fmt.Fprintf(w, "%s\tpossible\trun\tkilled\tscore\t\n", t.title)
		for _, s := range t.list {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.1f %%\t\n", s.Of, s.Possible, s.Run, s.Killed, s.percent())
		}
		fmt.Fprintln(w, "\t\t\t\t\t")
	}
	w.Flush()
}

// survivors is a line for each mutant that no test killed.
func (r *Report) survivors() string {
	var b strings.Builder
	for _, m := range r.Mutants {
		if m.Outcome.kills() {
			continue
		}
		fmt.Fprint(&b, m.Site)
		if m.Outcome == NotReached {
			b.WriteString(" (not reached)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// keep writes both forms of the report into a directory.
func (r *Report) keep(dir string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, survivorsFile), []byte(r.survivors()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, mutantsFile), append(data, '\n'), 0o644)
}

// The files of a report.
const (
	survivorsFile = "survivors.txt"
	mutantsFile   = "mutants.json"
)
