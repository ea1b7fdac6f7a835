package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/checked"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/relay/proxies"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// root is the module's, from here.
const root = "../../../../../"

func TestMarksTellADoubtFromATick(t *testing.T) {
	for want, r := range map[string]certificate.RuleResult{
		"✓":   {Passed: 2},
		"◐ 1": {Passed: 2, Inconclusive: 1},
		"✗":   {Passed: 2, Failed: 1, Inconclusive: 1, Level: clause.Must},
		"○":   {Failed: 1, Level: clause.Info},
		"?":   {Inconclusive: 1},
		"–":   {},
	} {
		if got := mark(r); got != want {
			t.Errorf("%+v: expected %s, found %s", r, want, got)
		}
	}
}

// Each proxy has a folder that starts it, and its row on the committed page or its name
// among those that were not run; each mark there has its check, and each check its mark.
func TestCommittedPage(t *testing.T) {
	page, err := os.ReadFile(root + table)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(root + checks)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(page), string(text)) {
		t.Errorf("%s: expected it to end in %s as it stands (make proxies writes it anew)", table, checks)
	}
	read, err := checked.Read(checks, string(text))
	if err != nil {
		t.Fatal(err)
	}
	crosses, known := marksOnPage(string(page))
	if len(crosses) == 0 {
		t.Fatalf("%s: expected marks, found none", table)
	}
	if err := checked.Agree(checks, crosses, read, known, !strings.Contains(string(page), "Not in the table")); err != nil {
		t.Errorf("%s: %v", table, err)
	}
	for _, p := range proxies.All() {
		if start, err := os.ReadFile(filepath.Join(root, fixtures, p.Name, "start")); err != nil || strings.Count(string(start), "\n") != 1 {
			t.Errorf("%s: expected one command that starts it, found %q, %v", p.Name, start, err)
		}
		if !strings.Contains(string(page), "| "+p.Software+" |") && !strings.Contains(string(page), "`"+p.Name+"`") {
			t.Errorf("%s: expected it on the page, or why not", p.Name)
		}
	}
}

// marksOnPage reads the table of a page: the rules broken, and the proxies in it.
func marksOnPage(page string) (all []checked.Cross, known []string) {
	var head []string
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), `\_`, "_")
		}
		switch {
		case len(cells) > 5 && cells[0] == "Proxy":
			head = cells
			continue
		case head == nil || len(cells) != len(head) || strings.HasPrefix(line, "|-"):
			continue
		}
		name := checked.Subject(&certificate.Certificate{Implementation: certificate.Implementation{Name: cells[0], Version: cells[1], Configuration: cells[2]}})
		known = append(known, name)
		for i, cell := range cells[4:] {
			if cell == "✗" || cell == "○" {
				all = append(all, checked.Cross{Subject: name, What: "proxy-" + strings.ReplaceAll(head[4+i], " ", "-")})
			}
		}
	}
	return all, known
}
