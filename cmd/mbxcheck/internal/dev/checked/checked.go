// Package checked holds what a table of certificates breaks against what somebody has
// read in the source of who breaks it: no cross is shown that nobody has checked, and
// no check stays whose cross is gone.
//
// The package must not know which tables there are.
package checked

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
)

// Cross is what a client or a proxy breaks.
type Cross struct {
	Subject string // as Subject has it
	What    string // of a client a clause's ID, and the grade unless that is obeys: "L08 tells"; of a proxy a rule's
}

// Subject is whom a certificate is of, as checks call it: its name, its version and,
// unless it is the default, its configuration. A check holds for no other version.
func Subject(c *certificate.Certificate) string {
	i := c.Implementation
	if i.Configuration == "default" {
		return i.Name + " " + i.Version
	}
	return i.Name + " " + i.Version + " " + i.Configuration
}

// Read reads the table of a file called checks: which crosses were checked, and in
// which line. Cells hold several subjects or clauses a line, apart by <br>; one
// without a subject means those of the line above.
func Read(checks, text string) (map[Cross]int, error) {
	checked := map[Cross]int{}
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
			return nil, fmt.Errorf("%s:%d: expected four cells that hold something, but for the first, as the head has them, found %s", checks, number, line)
		}
		names := above
		if cells[0] != "" {
			names = strings.Split(cells[0], "<br>")
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s:%d: expected a client or a proxy, for there is none above, found none", checks, number)
		}
		above = names
		for _, name := range names {
			for _, id := range strings.Split(cells[1], "<br>") {
				x := Cross{name, id}
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

// Agree holds crosses and checks against each other. subjects are those whose
// crosses are known; whole says that there are no others, so that a check of
// any other subject, or of another version, is of no use any more.
func Agree(checks string, crosses []Cross, checked map[Cross]int, subjects []string, whole bool) error {
	var wrong []error
	for _, x := range crosses {
		if checked[x] == 0 {
			wrong = append(wrong, fmt.Errorf("%s has a cross for %s that nobody has checked: read in its source whether it breaks the clause. If it does, add to %s\n\t| %s | %s | what the source does, FILE:LINE | agreed |\nIf it does not, the cross is mbxcheck's mistake, and is mended there",
				x.Subject, x.What, checks, x.Subject, x.What))
		}
	}
	var stale []Cross
	for x := range checked {
		if !slices.Contains(crosses, x) && (whole || slices.Contains(subjects, x.Subject)) {
			stale = append(stale, x)
		}
	}
	slices.SortFunc(stale, func(a, b Cross) int { return checked[a] - checked[b] })
	for _, x := range stale {
		why := "it has no cross there any more"
		if !slices.Contains(subjects, x.Subject) {
			why = "no such name, version and configuration is in the table"
		}
		wrong = append(wrong, fmt.Errorf("%s:%d: %s is said to have been checked for %s, but %s: take it out, and find out what changed",
			checks, checked[x], x.Subject, x.What, why))
	}
	return errors.Join(wrong...)
}
