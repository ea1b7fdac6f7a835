package reports

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// textTarget says who was certified, and how.
func textTarget(p *page, r *Report) {
	c := r.Certificate
	if r.Warning != "" {
		p.item(0, yellow, "! ", bold, clean(rule.Mask(r.Warning)))
	}
	im := c.Implementation
	p.item(0, plainly, "", bold, shown(im.Name)+" "+shown(im.Version))
	parts := []string{"configuration " + shown(im.Configuration)}
	if im.Language != "" {
		parts = append(parts, shown(im.Language))
	}
	p.list(0, faint, append(parts, how(c)...))
	if text := leftOutText(c); text != "" {
		p.para(0, faint, "left out: "+text)
	}
	if len(c.NotAsked) > 0 {
		p.para(0, faint, "watched, and so not asked "+unaskedText(c.NotAsked))
	}
}

// how says how the client was driven and reached, and for which profile.
func how(c *certificate.Certificate) []string {
	mode, reached := "watched", "reached in isolation"
	if c.Mode == certificate.Drive {
		mode = "driven"
	}
	switch c.Reached {
	case wire.ByURL:
		reached = "reached by URL"
	case wire.ByProxy:
		reached = "reached by proxy"
	case wire.InProcess:
		reached = "in this process"
	}
	return []string{mode, reached, "profile " + shown(c.Profile)}
}

// leftOutText is "withdraw, since it has no call withdraw; for all of it:
// --profile all", "" for nothing left out.
func leftOutText(c *certificate.Certificate) string {
	if len(c.LeftOut) == 0 {
		return ""
	}
	parts := wording.Each(c.LeftOut, func(l certificate.LeftOut) string { return shown(l.Profile) + ", since " + shown(l.Why) })
	return strings.Join(parts, "; ") + "; to ask for it all the same: --profile all"
}

// unaskedText is "whether it copes with error payloads (G11b), what it tells
// whoever uses it".
func unaskedText(all []certificate.Unasked) string {
	var parts []string
	for _, u := range all {
		text := u.What
		if u.Clause != "" {
			text += " (" + u.Clause + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// textDuties writes a line for each clause that binds the target, with its
// grades.
func textDuties(p *page, r *Report) {
	p.heading("What the client keeps")
	for i := range r.Certificate.Clauses {
		c := &r.Certificate.Clauses[i]
		sign, s := doubtfully(c.Verdict.Verdict(), r.effect(c.Broken), c.InDoubt)
		standing := p.parts(r.parts(c))
		room := p.width - 2 - idColumn - 2 - columns(standing.plain)
		p.line(p.paint(s, sign), " ", pad(c.ID, idColumn), pad(shorten(c.Claim, room), room), "  ", standing.painted)
	}
}

// parts says how a clause came off, grade by grade; what was broken is marked by
// what that does to the run, as all else in a report.
func (r *Report) parts(c *certificate.ClauseResult) []part {
	all := partsOf(c, r.Certificate)
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
	scenarios := r.scenarios()
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
func textEvidence(p *page, e certificate.Evidence) {
	if len(e.Timeline) > 0 {
		p.line()
		Timeline(e.Timeline).page(p, 6)
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
	c := r.Certificate
	if len(c.Reasons) > 0 {
		heading := "Why it is not certified"
		if r.Picked && c.LacksOccasions() {
			heading = "What a certificate would take besides"
		}
		p.heading(heading)
		for _, reason := range c.Reasons {
			p.item(0, plainly, pad(reason.Clause, idColumn)+" ", plainly, wording.Joined(" ", reason.Place, reason.Why))
		}
	}
}
