package reports

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// markdownTarget says who was certified and what he keeps.
func markdownTarget(b *bufio.Writer, r *Report) {
	c := r.Certificate
	if c == nil {
		return
	}
	if r.Warning != "" {
		fmt.Fprintf(b, "\n**Warning:** %s\n", prose(clean(rule.Mask(r.Warning))))
	}
	im := c.Implementation
	fmt.Fprintf(b, "\n**Client:** %s, %s.\n", prose(shown(im.Name)+" "+shown(im.Version)+", configuration "+shown(im.Configuration)), prose(strings.Join(how(c), ", ")))
	if text := leftOutText(c); text != "" {
		fmt.Fprintf(b, "Left out: %s.\n", prose(text))
	}
	if len(c.NotAsked) > 0 {
		fmt.Fprintf(b, "Watched, and so not asked %s.\n", prose(unaskedText(c.NotAsked)))
	}
	b.WriteString("\n| Clause | | Claim |\n|-|-|-|\n")
	for i := range c.Clauses {
		one := &c.Clauses[i]
		var marks []string
		for _, p := range r.parts(one) {
			marks = append(marks, wording.Joined(" ", p.mark, p.grade)+p.doubts())
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", one.ID, strings.Join(marks, "<br>"), cell(prose(shown(one.Claim))))
	}
	if len(r.Scenarios) == 0 {
		return
	}
	b.WriteString("\n<details><summary>Scenarios</summary>\n\n| | Scenario | |\n|-|-|-|\n")
	for _, s := range r.scenarios() {
		sign, _ := s.mark(r)
		fmt.Fprintf(b, "| %s | %s | %s |\n", sign, cell(codeSpan(s.shown())), cell(prose(s.standing())))
	}
	b.WriteString("\n</details>\n")
}

// markdownEvidence shows how a rule's first finding came about.
func markdownEvidence(b *bufio.Writer, e certificate.Evidence) {
	if len(e.Timeline) > 0 {
		b.WriteString("\n")
		Timeline(e.Timeline).markdown(b)
	}
	for _, member := range [...]struct{ name, value string }{{"Venue", e.Venue}, {"Again", e.Curl}, {"Recording", e.Cassette}} {
		if member.value != "" {
			fmt.Fprintf(b, "\n%s: %s\n", member.name, codeSpan(clean(rule.Mask(member.value))))
		}
	}
}
