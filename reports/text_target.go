package reports

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// textTarget says who was certified, and how.
func textTarget(p *page, t *Target) {
	im := implementation(t)
	p.item(0, plainly, "", bold, shown(im.Name)+" "+shown(im.Version))
	parts := []string{"configuration " + shown(im.Configuration)}
	if im.Language != "" {
		parts = append(parts, shown(im.Language))
	}
	p.list(0, faint, append(parts, t.how()...))
}

// how says how the target was driven and reached, and for which profile.
func (t *Target) how() []string {
	mode, reached := "observed", "reached in isolation"
	if t.Mode == Drive {
		mode = "driven"
	}
	switch t.Reached {
	case ByURL:
		reached = "reached by URL"
	case ByProxy:
		reached = "reached by proxy"
	case InProcess:
		reached = "in this process"
	}
	return []string{mode, reached, "profile " + shown(t.Profile)}
}

// textDuties writes a line for each clause that binds the target, with its
// grades.
func textDuties(p *page, r *Report) {
	p.heading("What the client keeps")
	for _, d := range duties(r.Tally) {
		v := d.verdict(binding)
		does := r.effect(v.Broken)
		s, standing := shade(d.worst(binding), does), gradesText(p, d)
		room := p.width - 2 - idColumn - 2 - columns(standing.plain)
		p.line(p.paint(s, mark(d.worst(binding), does)), " ", pad(d.clause.ID, idColumn), pad(shorten(d.clause.Claim, room), room), "  ", standing.painted)
	}
}

// painted is text with and without colour, which takes no columns.
type painted struct{ plain, painted string }

// gradesText is "✗ obeys  ✓ tells  ○ guards", or how the clause came off in a
// word where nothing tells grades apart.
func gradesText(p *page, d duty) painted {
	var plain, colored []string
	result := ClauseResult{Verdict: d.verdict(binding).Verdict, Broken: d.verdict(binding).Broken, Grades: d.grades()}
	for _, part := range result.parts() {
		word := part.grade
		if word == "" {
			word = part.means
		}
		plain = append(plain, part.mark+" "+word)
		colored = append(colored, p.paint(partStyles[part.class], part.mark+" "+word))
	}
	return painted{strings.Join(plain, "  "), strings.Join(colored, "  ")}
}

var partStyles = map[string]style{"pass": green, "fail": red, "lax": yellow, "open": yellow, "none": faint}

// textScenarios writes a line for each scenario.
func textScenarios(p *page, r *Report) {
	scenarios := r.Scenarios
	if len(scenarios) == 0 {
		return
	}
	width := 0
	for _, s := range scenarios {
		width = max(width, columns(s.shown()))
	}
	p.heading("Scenarios")
	for _, s := range scenarios {
		v := s.verdict()
		does := r.effect(s.broken())
		p.item(0, shade(v, does), mark(v, does)+" "+pad(s.shown(), width)+"  ", plainly, s.standing())
	}
}

// maxScenario bounds a scenario's name where columns stand beside it.
const maxScenario = 32

func (s Scenario) shown() string { return shorten(clean(s.Name), maxScenario) }

// verdict is the most telling one of the scenario's clauses. What a client keeps
// beside the way, in a scenario that it did not come to, is no pass of that.
func (s Scenario) verdict() rule.Verdict {
	worst := rule.NotExercised
	for _, d := range duties(s.Tally) {
		if v := d.worst(binding); telling(v) > telling(worst) {
			worst = v
		}
	}
	if worst == rule.Pass && s.Outcome != Played {
		return rule.NotExercised
	}
	return worst
}

// broken is the level of the strongest rule that the scenario saw broken.
func (s Scenario) broken() clause.Level {
	var l clause.Level
	for _, d := range duties(s.Tally) {
		if v := d.verdict(binding); v.Broken != "" && (l == "" || rule.Severity(v.Broken) > rule.Severity(l)) {
			l = v.Broken
		}
	}
	return l
}

// standing says which clauses a scenario showed, or why none.
func (s Scenario) standing() string {
	var broken, open, kept []string
	for _, d := range duties(s.Tally) {
		switch d.worst(binding) {
		case rule.Fail:
			broken = append(broken, d.clause.ID)
		case rule.Pass:
			kept = append(kept, d.clause.ID)
		case rule.Inconclusive, rule.Broken:
			open = append(open, d.clause.ID)
		}
	}
	said := func(word string, ids []string) string {
		if len(ids) == 0 {
			return ""
		}
		return word + " " + strings.Join(ids, ", ")
	}
	outcome := ""
	if s.Outcome != Played {
		outcome = strings.ReplaceAll(clean(string(s.Outcome)), "-", " ")
	}
	return joined("; ", outcome, said("breaks", broken), said("keeps", kept), said("undecided", open), shown(s.Note))
}

// textEvidence shows how a rule's first finding came about.
func textEvidence(p *page, e Evidence) {
	if len(e.Timeline) > 0 {
		p.line()
		e.Timeline.page(p, 6)
		p.line()
	}
	for _, member := range [...]struct{ name, value string }{{"again     ", e.Curl}, {"recording ", e.Cassette}} {
		if member.value != "" {
			p.line("      ", p.paint(faint, member.name), clean(rule.Mask(member.value))) // unbroken, to be copied
		}
	}
}

// textCertificate says whether the target is certified, and if not, why.
func textCertificate(p *page, r *Report) {
	c, err := NewCertificate(r, time.Time{})
	if err != nil {
		return
	}
	if len(c.Reasons) > 0 {
		p.heading("Why it is not certified")
		for _, reason := range c.Reasons {
			p.item(0, plainly, pad(reason.Clause, idColumn)+" ", plainly, joined(" ", reason.Place, reason.Why))
		}
	}
}
