package reports

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// artefact is a trace of recorders and how many exchanges bear it.
type artefact struct {
	rule.Artefact
	count int64
}

// artefacts lists those that were met.
func artefacts(t *rule.Tally) []artefact {
	var met []artefact
	for i, n := range t.Traffic.Artefacts {
		if n > 0 {
			met = append(met, artefact{rule.Artefact(i), n})
		}
	}
	return met
}

// textArtefacts says what recorders did to the traffic; it breaks no rule.
func textArtefacts(p *page, t *rule.Tally) {
	met, width := artefacts(t), 0
	for _, a := range met {
		width = max(width, len(wording.Grouped(a.count)))
	}
	if width == 0 {
		return
	}
	p.heading("Left by recorders")
	for _, a := range met {
		p.item(2, faint, padLeft(wording.Grouped(a.count), width)+"  ", plainly, a.String())
	}
}

// artefactLine is all of them in a line: "27 signed requests without ...; 3 ...".
func artefactLine(t *rule.Tally) string {
	return strings.Join(wording.Each(artefacts(t), func(a artefact) string { return wording.Grouped(a.count) + " " + a.String() }), "; ")
}
