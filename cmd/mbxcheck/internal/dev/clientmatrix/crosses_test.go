package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/checked"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/certify/clients"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

func of(version string, results ...certificate.ClauseResult) *certificate.Certificate {
	return &certificate.Certificate{
		Implementation: certificate.Implementation{Name: "bot", Version: version, Configuration: "retry=3"},
		Clauses:        results,
	}
}

func broke(client, clause string) checked.Cross {
	return checked.Cross{Subject: client, What: clause}
}

func TestCrossesOf(t *testing.T) {
	fails := func(broken clause.Level) *certificate.GradeResult {
		return &certificate.GradeResult{Verdict: "fail", Broken: broken}
	}
	kept := &certificate.GradeResult{Verdict: "pass"}
	c := of("1.2",
		certificate.ClauseResult{ID: "G10a", Verdict: "fail", Broken: clause.Must, Grades: certificate.Grades{Obeys: fails(clause.Must)}},
		certificate.ClauseResult{ID: "G14", Verdict: "pass", Grades: certificate.Grades{Obeys: kept}},
		certificate.ClauseResult{ID: "G19c", Verdict: "fail", Broken: clause.Should},
		certificate.ClauseResult{ID: "L08", Verdict: "fail", Broken: clause.Must,
			Grades: certificate.Grades{Obeys: fails(clause.Must), Tells: fails(clause.Should), Guards: fails(clause.Info)}},
	)
	want := []checked.Cross{
		broke("bot 1.2 retry=3", "G10a"), broke("bot 1.2 retry=3", "G19c"), broke("bot 1.2 retry=3", "L08"), broke("bot 1.2 retry=3", "L08 tells"),
	}
	if got := crossesOf(c); !slices.Equal(got, want) {
		t.Errorf("expected %v, found %v", want, got)
	}
	c.Implementation.Configuration = "default"
	if got := checked.Subject(c); got != "bot 1.2" {
		t.Errorf("expected a default configuration to be left out, found %q", got)
	}
}

const checksHead = "# Checks\n\n| Client | Clause | What the source says | The cross |\n|-|-|-|-|\n"

func TestReadChecks(t *testing.T) {
	got, err := checked.Read(checks, checksHead+`| bot 1.2<br>bot 1.2 retry=3 | L08 tells | absent | agreed |
| | G10a<br>L08 | bot.js:3 | agreed |
| @x/y 2 | G10a | y.js:3 | agreed |

Text | with a bar.
`)
	want := map[checked.Cross]int{
		broke("bot 1.2", "L08 tells"): 5, broke("bot 1.2 retry=3", "L08 tells"): 5,
		broke("bot 1.2", "G10a"): 6, broke("bot 1.2", "L08"): 6, broke("bot 1.2 retry=3", "G10a"): 6, broke("bot 1.2 retry=3", "L08"): 6,
		broke("@x/y 2", "G10a"): 7,
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("expected %v, found %v, %v", want, got, err)
	}
	for _, c := range []struct{ text, says string }{
		{"", "expected a table"},
		{checksHead, "expected a table"},
		{checksHead + "| bot 1.2 | L08 | absent |\n", ":5: expected four cells"},
		{checksHead + "| bot 1.2 | L08 | | agreed |\n", ":5: expected four cells"},
		{checksHead + "| | L08 | absent | agreed |\n", ":5: expected a client or a proxy"},
		{checksHead + "| bot 1.2 | L08 | absent | agreed |\n| | L08 | absent | agreed |\n", "in line 5 too"},
	} {
		if _, err := checked.Read(checks, c.text); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: expected an error that says %q, found %v", c.text, c.says, err)
		}
	}
}

func TestAgree(t *testing.T) {
	obeys, tells := broke("bot 1.2", "L08"), broke("bot 1.2", "L08 tells")
	old := broke("bot 1.1", "L08")
	for _, c := range []struct {
		name    string
		crosses []checked.Cross
		checked map[checked.Cross]int
		whole   bool
		says    []string // nothing when they agree
	}{
		{"all checked", []checked.Cross{obeys, tells}, map[checked.Cross]int{obeys: 5, tells: 6}, true, nil},
		{"unchecked", []checked.Cross{obeys, tells}, map[checked.Cross]int{obeys: 5}, false, []string{"bot 1.2 has a cross for L08 tells that nobody", "| bot 1.2 | L08 tells |"}},
		{"another grade is no check", []checked.Cross{tells}, map[checked.Cross]int{obeys: 5}, false, []string{"for L08 tells that nobody", "checks.md:5: bot 1.2 is said to have been checked for L08, but it has no cross"}},
		{"kept by now", nil, map[checked.Cross]int{obeys: 5}, false, []string{"checks.md:5:", "no cross there any more: take it out"}},
		{"another version", []checked.Cross{obeys}, map[checked.Cross]int{old: 5}, true, []string{"bot 1.2 has a cross", "checks.md:5: bot 1.1", "no such name, version"}},
		{"not all were certified", []checked.Cross{obeys}, map[checked.Cross]int{obeys: 5, old: 6}, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := checked.Agree(checks, c.crosses, c.checked, []string{"bot 1.2"}, c.whole)
			if (err != nil) != (len(c.says) > 0) {
				t.Fatalf("expected %q, found %v", c.says, err)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("expected %q, found %v", says, err)
				}
			}
		})
	}
}

// TestNothingUncheckedIsWritten leaves the page as it was, and takes only
// certificates of clients that it knows.
func TestNothingUncheckedIsWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	bot := clients.Client{Name: "bot retry=3"}
	for _, dir := range []string{certificates, filepath.Dir(checks)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	page := func() string {
		t.Helper()
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	put := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(table, "as it was\n")
	put(certificateOf(bot), string(sample(t)))
	put(checks, checksHead+"| another 1 | L08 | absent | agreed |\n")
	// echo stands for the program: what it is asked becomes the page.
	err := write(t.Context(), "echo", []clients.Client{bot})
	if err == nil || !strings.Contains(err.Error(), "that nobody has checked") || page() != "as it was\n" {
		t.Errorf("expected the page to be left alone, found %v and %q", err, page())
	}
	var lines strings.Builder
	for _, x := range crossesOf(open(t, certificateOf(bot))) {
		fmt.Fprintf(&lines, "| %s | %s | absent | agreed |\n", x.Subject, x.What)
	}
	put(checks, checksHead+lines.String())
	if err := write(t.Context(), "echo", []clients.Client{bot}); err != nil {
		t.Fatal(err)
	}
	if want := "matrix " + certificateOf(bot) + "\n\n" + checksHead + lines.String(); !strings.HasSuffix(page(), want) {
		t.Errorf("expected the page to end in %q, found %q", want, page())
	}
}

// root is the module's, from here.
const root = "../../../../../"

// sample is a certificate with crosses.
var sampleFile, _ = filepath.Abs(root + "reports/testdata/refused.yaml")

func sample(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func open(t *testing.T, file string) *certificate.Certificate {
	t.Helper()
	c, err := certificate.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCommittedPage holds the page that is committed against the checks that
// are: one must not be changed without the other.
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
		t.Errorf("%s: expected it to end in %s as it stands (make clients writes it anew)", table, checks)
	}
	read, err := checked.Read(checks, string(text))
	if err != nil {
		t.Fatal(err)
	}
	crosses, known := crossesOnPage(string(page))
	if len(crosses) == 0 {
		t.Fatalf("%s: expected crosses, found none", table)
	}
	whole := !strings.Contains(string(page), "Not in the table")
	if err := checked.Agree(checks, crosses, read, known, whole); err != nil {
		t.Errorf("%s: %v", table, err)
	}
}

// crossesOnPage reads the table of a page, and the clients in it.
func crossesOnPage(page string) (all []checked.Cross, known []string) {
	var head []string
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "| Client | Version | Configuration | Certificate |"):
			head = cellsOf(line)
			continue
		case head == nil || strings.HasPrefix(line, "|-"):
			continue
		case line == "":
			return all, known
		}
		cells := cellsOf(strings.ReplaceAll(line, "`", ""))
		name := checked.Subject(&certificate.Certificate{Implementation: certificate.Implementation{Name: cells[0], Version: cells[1], Configuration: cells[2]}})
		known = append(known, name)
		for i := 4; i < len(cells); i++ {
			for _, mark := range strings.Split(cells[i], "<br>") {
				if !strings.HasPrefix(mark, "✗") {
					continue
				}
				grade, _, _ := strings.Cut(strings.TrimPrefix(mark, "✗"), "[^")
				if strings.TrimSpace(grade) == "obeys" {
					grade = ""
				}
				all = append(all, broke(name, head[i]+grade))
			}
		}
	}
	return all, known
}

func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}
