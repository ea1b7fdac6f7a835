package reports

import (
	"bufio"
	"fmt"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Timeline is what happened around a finding, in time order. Its texts are masked
// when they are written, and the event at fault is shown however long it is.
type Timeline []certificate.Moment

// maxMoments is how many events of a timeline are shown: a screen. Those left
// out are counted in their place.
const maxMoments = 24

// moment is an event as it is shown, or, with left, so many that are not.
type moment struct {
	certificate.Moment
	left int
}

// shown cuts a long timeline in the middle: the first and the last events stay,
// and each finding with its neighbours, as long as there is room.
func (t Timeline) shown() []moment {
	keep := t.kept()
	var all []moment
	for i, m := range t {
		switch {
		case keep[i]:
			all = append(all, moment{Moment: m})
		case i > 0 && !keep[i-1]:
			all[len(all)-1].left++
		default:
			all = append(all, moment{left: 1})
		}
	}
	return all
}

// kept chooses the events to be shown. A gap of one is none: its line shows
// the event as well.
func (t Timeline) kept() []bool {
	keep := make([]bool, len(t))
	room := maxMoments
	take := func(i int) {
		if i >= 0 && i < len(t) && !keep[i] && room > 0 {
			keep[i] = true
			room--
		}
	}
	if len(t) <= maxMoments {
		room = len(t)
	}
	for _, reach := range []int{0, 1, 2} { // findings first, then what is nearest to them
		for i, m := range t {
			if m.Finding {
				take(i - reach)
				take(i + reach)
			}
		}
	}
	for i := 0; room > 0 && i < len(t); i++ { // then both ends in turn
		take(i)
		take(len(t) - 1 - i)
	}
	for i := range keep {
		if !keep[i] && i > 0 && keep[i-1] && i+1 < len(t) && keep[i+1] {
			keep[i] = true
		}
	}
	return keep
}

// offset writes an instant in milliseconds: "1,032 ms". What is less is told
// in none: clients are judged by milliseconds.
func offset(d time.Duration) string {
	if d < 0 {
		return "-" + wording.Grouped(-d.Milliseconds()) + " ms"
	}
	return wording.Grouped(d.Milliseconds()) + " ms"
}

// text is what a moment says, fit to be shown.
func (m moment) text() string { return shown(rule.Mask(m.Text)) }

// maxSpeaker is the columns of who speaks: "client" has six.
const maxSpeaker = 10

func speaker(s certificate.Speaker) string { return shorten(clean(string(s)), maxSpeaker) }

// page writes the timeline on a page, indent columns from the left.
func (t Timeline) page(p *page, indent int) {
	all := t.shown()
	at, who := 0, 0
	for _, m := range all {
		at, who = max(at, columns(offset(m.At))), max(who, columns(speaker(m.Who)))
	}
	for _, m := range all {
		if m.left > 0 {
			p.para(indent+at+2, faint, "… "+wording.Plural(int64(m.left), "event", "events")+" left out …")
			continue
		}
		s, sign := plainly, "  "
		if m.Finding {
			s, sign = red, "✗ "
		}
		p.item(indent, faint, padLeft(offset(m.At), at)+"  "+pad(speaker(m.Who), who)+"  "+sign, s, m.text())
	}
}

// markdown writes the timeline as a table.
func (t Timeline) markdown(b *bufio.Writer) {
	b.WriteString("| | Time | Who | What |\n|-|-:|-|-|\n")
	for _, m := range t.shown() {
		if m.left > 0 {
			fmt.Fprintf(b, "| | | | … %s left out … |\n", wording.Plural(int64(m.left), "event", "events"))
			continue
		}
		sign := ""
		if m.Finding {
			sign = "✗"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", sign, offset(m.At), cell(prose(speaker(m.Who))), cell(codeSpan(m.text())))
	}
}
