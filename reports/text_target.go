package reports

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// textTarget says who was certified, and how.
func textTarget(p *page, r *Report) {
	t := r.Target
	if t.Warning != "" {
		p.item(0, yellow, "! ", bold, clean(rule.Mask(t.Warning)))
	}
	im := implementation(t)
	p.item(0, plainly, "", bold, shown(im.Name)+" "+shown(im.Version))
	parts := []string{"configuration " + shown(im.Configuration)}
	if im.Language != "" {
		parts = append(parts, shown(im.Language))
	}
	p.list(0, faint, append(parts, t.how()...))
	if text := t.leftOutText(); text != "" {
		p.para(0, faint, "left out: "+text)
	}
	textNotAsked(p, r)
}

// how says how the target was driven and reached, and for which profile.
func (t *Target) how() []string {
	mode, reached := "watched", "reached in isolation"
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

// textNotAsked says what a target was not asked for that is watched, not driven.
func textNotAsked(p *page, r *Report) {
	profile, _ := clause.ProfileByID(r.Target.Profile)
	if all := notAsked(r, profile); len(all) > 0 {
		p.para(0, faint, "watched, and so not asked "+unaskedText(all))
	}
}

// textDuties writes a line for each clause that binds the target, with its
// grades.
func textDuties(p *page, r *Report) {
	p.heading("What the client keeps")
	for _, d := range duties(r.Tally) {
		v := d.verdict(binding)
		sign, s := doubtfully(d.worst(binding), r.effect(v.Broken), v.InDoubt)
		standing := p.parts(partsOf(r, d))
		room := p.width - 2 - idColumn - 2 - columns(standing.plain)
		p.line(p.paint(s, sign), " ", pad(d.clause.ID, idColumn), pad(shorten(d.clause.Claim, room), room), "  ", standing.painted)
	}
}

// partsOf says how a duty of the target came off, grade by grade; what was broken
// is marked by what that does to the run, as all else in a report.
func partsOf(r *Report, d duty) []part {
	v := d.verdict(binding)
	result := ClauseResult{ID: d.clause.ID, Verdict: v.Verdict, Broken: v.Broken, InDoubt: v.InDoubt, Grades: d.grades()}
	profile, _ := clause.ProfileByID(r.Target.Profile)
	all := result.parts(r.Target.Mode, notAsked(r, profile))
	for i := range all {
		p := &all[i]
		switch e := r.effect(p.broken); {
		case p.broken == "" || e == remarks: // what binds nobody is no mark of a run
		case e == warns:
			p.mark, p.class = mark(rule.Fail, warns), "lax"
		default:
			p.mark, p.class = mark(rule.Fail, fails), "fail"
		}
	}
	return all
}

// painted is text with and without colour, which takes no columns.
type painted struct{ plain, painted string }

// parts is "✗ obeys  ◐ tells (2 in doubt)  ○ guards", or how the clause came off
// in a word where nothing tells grades apart.
func (p *page) parts(parts []part) painted {
	var plain, colored []string
	for _, part := range parts {
		text := part.mark + " " + part.means
		if part.grade != "" {
			text = part.mark + " " + part.grade + part.doubts()
		}
		plain = append(plain, text)
		colored = append(colored, p.paint(partStyles[part.class], text))
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
		sign, style := s.mark(r)
		p.item(0, style, sign+" "+pad(s.shown(), width)+"  ", plainly, s.standing())
	}
}

// textEvidence shows how a rule's first finding came about.
func textEvidence(p *page, e Evidence) {
	if len(e.Timeline) > 0 {
		p.line()
		e.Timeline.page(p, 6)
		p.line()
	}
	for _, member := range [...]struct{ name, value string }{{"venue     ", e.Venue}, {"again     ", e.Curl}, {"recording ", e.Cassette}} {
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
		heading := "Why it is not certified"
		if r.Target.Picked && c.lacksOccasions() {
			heading = "What a certificate would take besides"
		}
		p.heading(heading)
		for _, reason := range c.Reasons {
			p.item(0, plainly, pad(reason.Clause, idColumn)+" ", plainly, joined(" ", reason.Place, reason.Why))
		}
	}
}
