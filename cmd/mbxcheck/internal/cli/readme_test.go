package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/reports"
	faults "github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

const readme = "../../../../README.md"

// TestReadme holds the tables of README.md against what they are made from.
func TestReadme(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, table := range map[string]string{
		"formats": mbxcheck("", "formats", "--format", "markdown").out, "limits": mbxcheck("", "formats", "--limits", "--format", "markdown").out, "reports": reportTable(), "exit codes": codeTable(),
		"rules": mbxcheck("", "rules", "--format", "markdown").out,
	} {
		text = between(t, text, name, table)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if text != string(data) {
		t.Error("the tables of README.md are not current; write them with: make docs")
	}
}

// between replaces what stands between the markers of a name.
func between(t *testing.T, text, name, with string) string {
	t.Helper()
	open, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	i, j := strings.Index(text, open), strings.Index(text, end)
	if i < 0 || j < i {
		t.Fatalf("README.md: expected %s and %s", strings.TrimSpace(open), end)
	}
	return text[:i+len(open)] + "\n" + strings.TrimSpace(with) + "\n\n" + text[j:]
}

func reportTable() string {
	var b strings.Builder
	b.WriteString("| Report | For |\n|-|-|\n")
	for _, f := range reports.Formats() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Summary)
	}
	return b.String()
}

// codeTable turns the table of lint's help into Markdown.
func codeTable() string {
	var b strings.Builder
	b.WriteString("| Exit code | Meaning |\n|-|-|\n")
	notes, inNotes := "", false
	for line := range strings.Lines(exitTable) {
		code, meaning, ok := strings.Cut(strings.TrimSpace(line), "  ")
		switch {
		case strings.HasPrefix(line, "  ") && ok:
			fmt.Fprintf(&b, "| %s | %s |\n", code, strings.TrimSpace(meaning))
			inNotes = true
		case inNotes:
			notes += line
		}
	}
	return b.String() + "\n" + notes
}

// TestReadmeExample reads the line of NDJSON that README.md shows.
func TestReadmeExample(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "<!-- ndjson -->\n```json\n")
	line, _, ok := strings.Cut(rest, "\n```")
	if !ok {
		t.Fatal("README.md: expected a line of NDJSON")
	}
	mbxcheck(line, "lint", "--fail-on", "should", "-").expect(t, exitConformant, "conformant")
}

// TestReadmeScenario reads the scenario that README.md shows.
func TestReadmeScenario(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```yaml\nname: lost-answers")
	text, _, ok := strings.Cut(rest, "\n```")
	if !ok {
		t.Fatal("README.md: expected a scenario")
	}
	if s, err := faults.Parse(readme, []byte("name: lost-answers"+text)); err != nil || len(s.Faults) != 1 {
		t.Errorf("found %+v, %v", s, err)
	}
}
