package reports

import (
	"bufio"
	"cmp"
	"io"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/inert"
)

const (
	// DefaultWidth is the columns of a text page when nobody says.
	DefaultWidth = 100

	// MinWidth is the narrowest page that still has room for its columns.
	MinWidth = 60
)

// style is an ANSI "select graphic rendition" sequence (ECMA-48 section
// 8.3.117), by its parameters.
type style string

const (
	plainly style = ""
	bold    style = "1"
	faint   style = "2"
	red     style = "31"
	green   style = "32"
	yellow  style = "33"
	cyan    style = "36"
)

// page lays text out in columns. Errors of the writer stick to w and come out
// when it is flushed.
type page struct {
	w     *bufio.Writer
	color bool
	width int
}

func newPage(w io.Writer, color bool, width int) *page {
	return &page{bufio.NewWriter(w), color, max(cmp.Or(width, DefaultWidth), MinWidth)}
}

func (p *page) paint(s style, text string) string {
	if !p.color || s == plainly || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// line writes one line as it is, unless it were a command.
func (p *page) line(parts ...string) {
	p.w.WriteString(inert.Lines(strings.Join(parts, "")))
	p.w.WriteByte('\n')
}

// para writes text broken into lines that begin indent columns from the left.
func (p *page) para(indent int, s style, text string) { p.item(indent, plainly, "", s, text) }

// item is para with a lead in front of the first line, which the other lines
// hang under.
func (p *page) item(indent int, leadStyle style, lead string, s style, text string) {
	hang := indent + columns(lead)
	if strings.TrimSpace(lead) == "" {
		text = inert.Lines(text) // before its columns are counted
	}
	for i, l := range wrap(text, p.width-hang) {
		switch {
		case i > 0:
			p.line(strings.Repeat(" ", hang), p.paint(s, l))
		case l == "":
			p.line(strings.Repeat(" ", indent), p.paint(leadStyle, strings.TrimRight(lead, " ")))
		default:
			p.line(strings.Repeat(" ", indent), p.paint(leadStyle, lead), p.paint(s, l))
		}
	}
}

// list writes parts with commas, broken only between parts.
func (p *page) list(indent int, s style, parts []string) {
	if len(parts) == 0 {
		return
	}
	for _, l := range fold(parts, ", ", p.width-indent) {
		p.line(strings.Repeat(" ", indent), p.paint(s, l))
	}
}

// heading writes a title with a rule to the right edge, set off by empty lines.
func (p *page) heading(title string) {
	p.line()
	p.line(p.paint(bold, title), " ", p.paint(faint, strings.Repeat("─", max(0, p.width-columns(title)-1))))
	p.line()
}

// ruler writes a rule across the page.
func (p *page) ruler() {
	p.line()
	p.line(p.paint(faint, strings.Repeat("─", p.width)))
	p.line()
}

// pad fills text up to so many columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// padLeft is pad from the left.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(s))) + s
}

var levelStyles = map[clause.Level]style{
	clause.Must: red, clause.Should: yellow, clause.May: cyan, clause.Info: cyan,
}
