package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// writeMatrixMarkdown writes GitHub-flavoured Markdown: a table, and a footnote
// for each cross. Texts of certificates are prose or stand in code spans.
func writeMatrixMarkdown(w io.Writer, m *certificate.Matrix, dir string) error {
	b := bufio.NewWriter(w)
	notes, at := notesOf(m, dir)
	fmt.Fprintf(b, "| %s | Version | Configuration | Certificate | Why |", subjects(m).head)
	for _, c := range m.Clauses {
		fmt.Fprintf(b, " %s |", c.ID)
	}
	b.WriteString("\n|-|-|-|-|-|" + strings.Repeat(":-:|", len(m.Clauses)) + "\n")
	for i, row := range m.Rows {
		im := row.Certificate.Implementation
		fmt.Fprintf(b, "| %s | %s | %s | [%s](%s) | %s |", markdownName(im.Name), markdownName(im.Version), markdownName(im.Configuration),
			row.Certificate.Standing(), link(row, dir, ""), cell(prose(row.Certificate.Why())))
		for j, c := range m.Clauses {
			fmt.Fprintf(b, " %s |", markdownCell(row, c.ID, at[[2]int{i, j}]))
		}
		b.WriteString("\n")
	}
	markdownLegend(b, m)
	for _, n := range notes {
		markdownNote(b, n)
	}
	return b.Flush()
}

// markdownName writes a name as it is where Markdown leaves it alone, and in one
// code span otherwise: it is no prose, to be marked word by word.
func markdownName(s string) string {
	s = shown(s)
	if prose(s) != s {
		s = codeSpan(s)
	}
	return cell(s)
}

// markdownCell writes a grade a line, and the note behind the first cross.
func markdownCell(row certificate.Row, id string, note int) string {
	r, ok := row.Result(id)
	if !ok {
		return ""
	}
	var lines []string
	for _, p := range partsOf(&r, row.Certificate) {
		line := wording.Joined(" ", p.mark, p.grade) + p.doubts()
		if p.mark == "✗" && note > 0 {
			line += fmt.Sprintf("[^%d]", note)
			note = 0
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "<br>")
}

func markdownLegend(b *bufio.Writer, m *certificate.Matrix) {
	b.WriteString("\n")
	for i, l := range legendOf(m) {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(b, "%s %s", l.Mark, l.Means)
	}
	b.WriteString(".\n")
	if subjects(m).graded {
		b.WriteString("\n")
		for _, g := range gradeLegend {
			fmt.Fprintf(b, "- *%s*: %s\n", g.Grade, g.Means)
		}
		fmt.Fprintf(b, "\n%s\n", silent)
	}
	fmt.Fprintf(b, "\n%s\n\n| Clause | Level | Claim |\n|-|-|-|\n", prose(made(m)))
	for _, c := range m.Clauses {
		fmt.Fprintf(b, "| %s | %s | %s |\n", c.ID, c.Level, cell(prose(shown(c.Claim))))
	}
}

func markdownNote(b *bufio.Writer, n note) {
	im := n.row.Certificate.Implementation
	fmt.Fprintf(b, "\n[^%d]: %s %s (%s), %s (%s), `%s`: %s", n.number, markdownName(im.Name), markdownName(im.Version), markdownName(im.Configuration), n.clause, n.level, n.finding.Rule, sentence(prose(shown(n.finding.Message))))
	for _, member := range [...]struct{ name, value string }{{"Expected", n.finding.Expected}, {"Seen", n.finding.Seen}} {
		if member.value != "" {
			fmt.Fprintf(b, " %s: %s.", member.name, codeSpan(shown(member.value)))
		}
	}
	if n.link != "" {
		fmt.Fprintf(b, " [Evidence](%s).", n.link)
	}
	b.WriteString("\n")
}

// sentence ends text with a full stop, unless it has an end.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
