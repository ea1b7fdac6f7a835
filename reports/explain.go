package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Style is how a page for a person is laid out.
type Style struct {
	Color bool // ANSI colours
	Width int  // columns; 0 for PageWidth, at least MinWidth
}

// PageWidth is the columns of an explaining page when nobody says: prose is
// read best in short lines.
const PageWidth = 80

func (s Style) page(w io.Writer) *page { return newPage(w, s.Color, cmp.Or(s.Width, PageWidth)) }

// docPart is one part of a rule's documentation under its title.
type docPart struct {
	title, text string
	code        bool // an example, whose line breaks stay
}

// docParts lists what is written about a rule, in reading order.
func docParts(r *rule.Rule) []docPart {
	notJudged := "Not judged in recordings"
	if r.Pair != nil {
		notJudged += " of one side"
	}
	all := []docPart{
		{"Demands", r.Doc.Demands, false},
		{"Why it matters", r.Doc.Why, false},
		{"How to mend it", r.Doc.Mend, false},
		{"How the document is read", r.Doc.Reading, false},
		{"Good", r.Doc.Good, true},
		{"Bad", r.Doc.Bad, true},
		{notJudged, r.NotHere, false},
	}
	return slices.DeleteFunc(all, func(p docPart) bool { return p.text == "" })
}

// Explain writes the page of a rule: what it demands and in whose words, how
// the document is read, why it matters, a good and a bad example, how to mend
// it. It fails only if w does.
func Explain(w io.Writer, held *edition.Edition, r *rule.Rule, s Style) error {
	p := s.page(w)
	p.line(p.paint(bold, r.ID), "  ", p.paint(faint, wording.Joined(" · ", string(r.LevelIn(held)), string(r.Party), clauseIDs(r), "judges "+Judges(r))))
	for _, part := range docParts(r) {
		if part.title == "Demands" {
			p.line()
			p.para(2, plainly, clean(part.text))
			for _, id := range r.Clauses {
				if c, ok := held.Text(id); ok {
					explainQuote(p, c)
				}
			}
			continue
		}
		p.section(part)
	}
	return p.w.Flush()
}

// ExplainClause writes the page of a clause: the document's words, how they
// are read, what shows that the clause holds or does not, and which of the
// rules judge it. It fails only if w does.
func ExplainClause(w io.Writer, held *edition.Edition, c *edition.Text, rules []*rule.Rule, s Style) error {
	p := s.page(w)
	p.line(p.paint(bold, c.ID), "  ", p.paint(faint, wording.Joined(" · ", string(c.Level), string(c.Party), "seen by "+ways(c.Checks))))
	p.line()
	p.para(2, plainly, c.Claim)
	explainQuote(p, c)
	for _, part := range []docPart{
		{"How the document is read", c.Reading, false},
		{"It holds when", c.Held, false},
		{"It does not when", c.Violated, false},
		{"Traffic shows neither when", c.NotObservable, false},
		{"What looks like a violation and is none", c.FalseAlarms, false},
		{"Not judged in recordings", c.Unchecked, false},
	} {
		if part.text != "" {
			p.section(part)
		}
	}
	rules = slices.DeleteFunc(slices.Clone(rules), func(r *rule.Rule) bool { return !slices.Contains(r.Clauses, c.ID) })
	if len(rules) > 0 {
		p.title("Rules")
	}
	for _, r := range rules {
		p.item(4, plainly, r.ID+"  ", faint, wording.Joined(" · ", string(r.LevelIn(held)), string(r.Party)))
		p.para(6, plainly, clean(r.Doc.Demands))
		p.example("good ", green, r.Doc.Good)
		p.example("bad  ", red, r.Doc.Bad)
		p.example("mend ", plainly, r.Doc.Mend)
	}
	return p.w.Flush()
}

// example writes one of a rule's examples below its demand, on a page that
// shows several rules.
func (p *page) example(label string, s style, text string) {
	if text == "" {
		return
	}
	p.item(6, faint, label, s, clean(strings.ReplaceAll(text, "\n", " / ")))
}

// explainQuote writes a clause's words and where they stand.
func explainQuote(p *page, c *edition.Text) {
	verb := "says"
	if c.Derived {
		verb = "implies, where it says"
	}
	p.title(fmt.Sprintf("The document %s (%s, line %d)", verb, c.ID, c.Line))
	p.item(4, faint, "“", plainly, c.Words()+"”")
}

func (p *page) title(title string) {
	p.line()
	p.line("  ", p.paint(bold, title))
}

// section writes a part under its title; an example keeps its line breaks.
func (p *page) section(part docPart) {
	p.title(part.title)
	if !part.code {
		p.para(4, plainly, clean(part.text))
		return
	}
	s := green
	if part.title == "Bad" {
		s = red
	}
	for _, l := range strings.Split(part.text, "\n") {
		p.para(4, s, clean(l))
	}
}
