package reports

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxInputErrors bounds the input errors that the text report spells out: a
// directory of another program's files has one for each.
const maxInputErrors = 20

func writeText(w io.Writer, r *Report) error {
	p := newPage(w, r.Color, r.Width)
	if r.Quiet {
		textFindings(p, r)
		textBroken(p, r.Tally)
		textInputErrors(p, r.Tally)
		return p.w.Flush()
	}
	head := r.tool()
	if r.Version != "" {
		head += " " + clean(r.Version)
	}
	p.line(p.paint(bold, head), p.paint(faint, " · edition "+certificate.Edition(r.Tally).ID))
	if r.Certificate != nil {
		textTarget(p, r)
	}
	textFindings(p, r)
	if r.Certificate != nil {
		textDuties(p, r)
		textScenarios(p, r)
		textCertificate(p, r)
	} else if r.Verbose {
		textClauses(p, r)
	}
	if r.Certificate != nil || r.Verbose {
		textDoubts(p, r.Tally)
	}
	textBroken(p, r.Tally)
	textInputErrors(p, r.Tally)
	if r.Certificate == nil { // of one, what is cut or missing is the scenarios' doing
		textArtefacts(p, r.Tally)
		textNotJudged(p, r.Tally)
	}
	textConclusion(p, r)
	return p.w.Flush()
}

// textFindings writes the findings by rule, those that must be kept first.
func textFindings(p *page, r *Report) {
	failed := failedRules(r.Tally)
	if len(failed) == 0 {
		return
	}
	if !r.Quiet {
		p.heading("Findings")
	}
	for n, i := range failed {
		if n > 0 {
			p.line()
		}
		t := &r.Tally.Rules[i]
		textRule(p, t, r.few(t), r.effect(t.Level()), r.Evidence[t.ID])
	}
}

func textRule(p *page, t *rule.RuleTally, f few, does effect, e certificate.Evidence) {
	r := t.Rule()
	s := shade(rule.Fail, does)
	facts := wording.Joined(" · ", string(t.Level()), string(r.Party), clauseIDs(r), "failed "+certificate.Failed(t))
	sign := p.paint(s, mark(rule.Fail, does))
	if columns(r.ID)+columns(facts)+4 <= p.width {
		p.line(sign, " ", p.paint(bold, r.ID), "  ", p.paint(faint, facts))
	} else {
		p.line(sign, " ", p.paint(bold, r.ID))
		p.para(2, faint, facts)
	}
	if r.Doc.Demands != "" {
		p.para(2, plainly, clean(r.Doc.Demands))
	}
	p.line()
	for i, one := range f.shown {
		textFinding(p, one)
		if i == 0 {
			textEvidence(p, e)
		}
	}
	if f.more > 0 {
		p.para(4, faint, f.left())
		for _, k := range f.lines() {
			p.item(6, faint, padLeft(wording.Grouped(k.more), len(wording.Grouped(f.more)))+"  ", faint, k.String())
		}
	}
	if r.Doc.Mend != "" {
		p.line()
		p.item(2, faint, "mend  ", plainly, clean(r.Doc.Mend))
	}
}

func textFinding(p *page, f *rule.Finding) {
	where, exchange := position(f), exchangeLine(f)
	if columns(where)+2+columns(exchange)+4 <= p.width {
		p.line("    ", p.paint(cyan, where), "  ", p.paint(faint, exchange))
	} else {
		p.line("    ", p.paint(cyan, where)) // unbroken, to be copied and opened
		p.para(6, faint, exchange)
	}
	if m := shown(message(f)); f.Message != rule.Of(f.Rule).Doc.Demands {
		p.para(6, plainly, m)
	}
	for _, member := range [...]struct{ name, value string }{
		{"expected  ", f.Expected}, {"seen      ", f.Seen}, {"at        ", f.At.Pointer},
	} {
		if member.value != "" {
			p.item(6, faint, member.name, plainly, shown(member.value))
		}
	}
	if f.Hint != "" && f.Hint != rule.Of(f.Rule).Doc.Mend {
		p.item(6, faint, "mend      ", plainly, shown(f.Hint))
	}
}

// position is FILE:LINE, which terminals and editors open.
func position(f *rule.Finding) string {
	file := cmp.Or(shown(f.At.File), "-")
	if f.At.Line > 0 {
		file += ":" + strconv.Itoa(f.At.Line)
	}
	return file
}

// exchangeLine is the exchange of a finding in short: number, method, path,
// status, instant.
func exchangeLine(f *rule.Finding) string {
	number, status := "", ""
	if f.At.Exchange > 0 {
		number = "#" + strconv.Itoa(f.At.Exchange)
	}
	if f.At.Status > 0 {
		status = "→ " + strconv.Itoa(f.At.Status)
	}
	request := wording.Joined(" ", shown(f.At.Method), shown(f.At.Path), status)
	return wording.Joined("  ", number, request, instant(f.At.Time))
}

// idColumn is the columns of a clause ID and the space behind it.
const idColumn = 5

// textClauses writes a line for each clause; the claim gets what the rest of
// its line leaves.
func textClauses(p *page, r *Report) {
	section := ""
	for _, c := range certificate.Clauses(r.Tally) {
		if c.Clause.Section != section {
			section = c.Clause.Section
			p.heading(sectionTitle(section))
		}
		does := r.effect(c.Level)
		sign, s := clauseMark(&c, does)
		standing := r.standing(&c)
		room := p.width - 2 - idColumn - 2 - columns(standing)
		claim := pad(shorten(c.Clause.Claim, room), room)
		if c.Verdict == rule.NotExercised {
			claim = p.paint(faint, claim)
		}
		p.line(p.paint(s, sign), " ", pad(c.Clause.ID, idColumn), claim, "  ", p.paint(s, standing))
	}
	p.line()
	p.para(0, faint, countsExplained)
}

// sectionTitle writes a section's name as a heading among others.
func sectionTitle(section string) string {
	if section == clause.Limits {
		return "Limits"
	}
	return section
}

// countsExplained is said below tables of clauses: an exchange counts more than
// once.
const countsExplained = "Counts are occasions: an exchange is one for each rule and place that it concerns."

func textDoubts(p *page, t *rule.Tally) {
	width := 0
	for i := range t.Rules {
		for _, d := range certificate.Doubts(&t.Rules[i]) {
			width = max(width, len(wording.Grouped(d.Count)))
		}
	}
	if width == 0 {
		return
	}
	p.heading("Why inconclusive")
	for i := range t.Rules {
		r := t.Rules[i].Rule()
		for j, d := range certificate.Doubts(&t.Rules[i]) {
			if j == 0 {
				p.line(p.paint(yellow, mark(rule.Inconclusive, remarks)), " ", pad(r.Clauses[0], idColumn), r.ID)
			}
			p.item(2+idColumn, faint, padLeft(wording.Grouped(d.Count), width)+"  ", plainly, d.Why)
		}
	}
}

func textBroken(p *page, t *rule.Tally) {
	first := true
	for i := range t.Rules {
		if t.Rules[i].Error == "" {
			continue
		}
		if first {
			p.heading("Checks that broke")
			first = false
		}
		p.item(0, red, "! ", plainly, t.Rules[i].ID+": "+shown(t.Rules[i].Error))
	}
}

func textInputErrors(p *page, t *rule.Tally) {
	if len(t.Errors) == 0 {
		return
	}
	p.heading("Input that could not be read")
	for i, e := range inputErrors(t) {
		if i == maxInputErrors {
			p.para(2, faint, fmt.Sprintf("and %s more", wording.Grouped(int64(len(t.Errors)-i))))
			break
		}
		p.item(0, red, "! ", plainly, shown(placeAndMessage(e)))
	}
}

func textConclusion(p *page, r *Report) {
	c := r.concluded()
	sign, s := c.outcome.sign()
	read := r.read()
	if r.Elapsed > 0 {
		read[0] += " in " + roundly(r.Elapsed)
	}
	p.ruler()
	p.list(2, faint, read)
	p.item(0, s, sign+" ", bold, c.headline)
	p.list(2, plainly, c.parts)
	if r.Certificate == nil && !r.Verbose && len(c.parts) > 0 {
		p.para(2, faint, "--verbose lists every clause, and why what is inconclusive is so.")
	}
}

// roundly writes a duration with three digits or so.
func roundly(d time.Duration) string {
	unit := time.Microsecond
	switch {
	case d >= time.Minute:
		unit = time.Second
	case d >= time.Second:
		unit = 10 * time.Millisecond
	case d >= time.Millisecond:
		unit = 100 * time.Microsecond
	}
	return d.Round(unit).String()
}
