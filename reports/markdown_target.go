package reports

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// markdownTarget says who was certified and what he keeps.
func markdownTarget(b *bufio.Writer, r *Report) {
	if r.Target == nil {
		return
	}
	if r.Target.Warning != "" {
		fmt.Fprintf(b, "\n**Warning:** %s\n", prose(clean(rule.Mask(r.Target.Warning))))
	}
	im := implementation(r.Target)
	fmt.Fprintf(b, "\n**Client:** %s, %s.\n", prose(shown(im.Name)+" "+shown(im.Version)+", configuration "+shown(im.Configuration)), prose(strings.Join(r.Target.how(), ", ")))
	if text := r.Target.leftOutText(); text != "" {
		fmt.Fprintf(b, "Left out: %s.\n", prose(text))
	}
	profile, _ := clause.ProfileByID(r.Target.Profile)
	if all := notAsked(r, profile); len(all) > 0 {
		fmt.Fprintf(b, "Watched, and so not asked %s.\n", prose(unaskedText(all)))
	}
	b.WriteString("\n| Clause | | Claim |\n|-|-|-|\n")
	for _, d := range duties(r.Tally) {
		var marks []string
		for _, p := range partsOf(r, d) {
			marks = append(marks, joined(" ", p.mark, p.grade)+p.doubts())
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", d.clause.ID, strings.Join(marks, "<br>"), cell(prose(shown(d.clause.Claim))))
	}
	if len(r.Scenarios) == 0 {
		return
	}
	b.WriteString("\n<details><summary>Scenarios</summary>\n\n| | Scenario | |\n|-|-|-|\n")
	for _, s := range r.Scenarios {
		sign, _ := s.mark(r)
		fmt.Fprintf(b, "| %s | %s | %s |\n", sign, cell(codeSpan(s.shown())), cell(prose(s.standing())))
	}
	b.WriteString("\n</details>\n")
}

// markdownEvidence shows how a rule's first finding came about.
func markdownEvidence(b *bufio.Writer, e Evidence) {
	if len(e.Timeline) > 0 {
		b.WriteString("\n")
		e.Timeline.markdown(b)
	}
	for _, member := range [...]struct{ name, value string }{{"Venue", e.Venue}, {"Again", e.Curl}, {"Recording", e.Cassette}} {
		if member.value != "" {
			fmt.Fprintf(b, "\n%s: %s\n", member.name, codeSpan(clean(rule.Mask(member.value))))
		}
	}
}
