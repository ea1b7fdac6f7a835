package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// cross is a must or a should that a client broke, in one grade.
type cross struct {
	client string // as nameOf has it
	clause string // its ID, and the grade unless that is obeys: "L08 tells"
}

// nameOf is a client as checks.md calls it: its name, its version and, unless
// it is the default, its configuration. A check holds for no other version.
func nameOf(name, version, configuration string) string {
	if configuration == "default" {
		return name + " " + version
	}
	return name + " " + version + " " + configuration
}

func clientOf(c *certificate.Certificate) string {
	return nameOf(c.Implementation.Name, c.Implementation.Version, c.Implementation.Configuration)
}

// crossesOf lists a certificate's crosses. What is broken for information is
// none: nobody is bound by it.
func crossesOf(c *certificate.Certificate) []cross {
	var all []cross
	for _, r := range c.Clauses {
		add := func(grade string, g *certificate.GradeResult) {
			if g != nil && g.Verdict == "fail" && g.Broken != clause.Info {
				all = append(all, cross{clientOf(c), r.ID + grade})
			}
		}
		if r.Grades == (certificate.Grades{}) {
			add("", &certificate.GradeResult{Verdict: r.Verdict, Broken: r.Broken})
		}
		add("", r.Grades.Obeys)
		add(" tells", r.Grades.Tells)
		add(" guards", r.Grades.Guards)
	}
	return all
}

// readChecks reads the table of checks.md: which crosses were checked, and in
// which line. Cells hold several clients or clauses a line, apart by <br>; one
// without a client means those of the line above.
func readChecks(text string) (map[cross]int, error) {
	checked := map[cross]int{}
	var above []string
	number, inTable := 0, false
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") {
			inTable = inTable && line != ""
			continue
		}
		if !inTable { // the head
			inTable = true
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 4 || slices.Contains(cells[1:], "") {
			return nil, fmt.Errorf("%s:%d: expected | Client | Clause | What the source says | The cross |, found %s", checks, number, line)
		}
		names := above
		if cells[0] != "" {
			names = strings.Split(cells[0], "<br>")
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s:%d: expected a client, for there is none above, found none", checks, number)
		}
		above = names
		for _, name := range names {
			for _, id := range strings.Split(cells[1], "<br>") {
				x := cross{name, id}
				if before, twice := checked[x]; twice {
					return nil, fmt.Errorf("%s:%d: expected each cross once, found %s, %s, in line %d too", checks, number, name, id, before)
				}
				checked[x] = number
			}
		}
	}
	if len(checked) == 0 {
		return nil, fmt.Errorf("%s: expected a table of checks, found none", checks)
	}
	return checked, nil
}

// agree holds crosses and checks against each other. clients are those whose
// crosses are known; whole says that there are no others, so that a check of
// any other client, or of another version, is of no use any more.
func agree(crosses []cross, checked map[cross]int, clients []string, whole bool) error {
	var wrong []error
	for _, x := range crosses {
		if checked[x] == 0 {
			wrong = append(wrong, fmt.Errorf("%s has a cross for %s that nobody has checked: read in its source whether it breaks the clause. If it does, add to %s\n\t| %s | %s | what the source does, FILE:LINE | agreed |\nIf it does not, the cross is mbxcheck's mistake, and is mended there",
				x.client, x.clause, checks, x.client, x.clause))
		}
	}
	var stale []cross
	for x := range checked {
		if !slices.Contains(crosses, x) && (whole || slices.Contains(clients, x.client)) {
			stale = append(stale, x)
		}
	}
	slices.SortFunc(stale, func(a, b cross) int { return checked[a] - checked[b] })
	for _, x := range stale {
		why := "it has no cross there any more"
		if !slices.Contains(clients, x.client) {
			why = "no such client, version and configuration is in the table"
		}
		wrong = append(wrong, fmt.Errorf("%s:%d: %s is said to have been checked for %s, but %s: take it out, and find out what changed",
			checks, checked[x], x.client, x.clause, why))
	}
	return errors.Join(wrong...)
}
