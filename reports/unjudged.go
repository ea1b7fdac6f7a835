package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxUnjudged bounds the hosts, routes and files that people are shown of each;
// the JSON report has all that the tally names.
const maxUnjudged = 5

// LeftHost is a host whose exchanges were not judged.
type LeftHost struct {
	Name string // "" where recordings do not say
	rule.HostCount
}

// Take is the flag that has the host judged, "" where none would: a host that is
// not known is taken by the path, and others than the venue's are of no interest
// unless they were asked for what the document has.
func (h LeftHost) Take() string {
	if h.Name == "" || h.API == 0 && !strings.Contains(h.Name, "binance") {
		return ""
	}
	return "--host " + clean(h.Name)
}

// LeftHosts lists the hosts left out, those with most calls of the API first.
func LeftHosts(t *rule.Tally) []LeftHost {
	var all []LeftHost
	for name, n := range t.LeftOut {
		all = append(all, LeftHost{name, *n})
	}
	slices.SortFunc(all, func(a, b LeftHost) int {
		return cmp.Or(cmp.Compare(b.API, a.API), cmp.Compare(b.Exchanges, a.Exchanges), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// unjudged is one kind of what was left out: a sentence and the first of those
// that it speaks of.
type unjudged struct {
	sentence string
	counts   []int64 // of each thing; empty for files
	things   []string
	more     string // "and 3 more routes", "" for none
}

// notJudged says all that was met and not judged, or not in full.
func notJudged(t *rule.Tally) []unjudged {
	var all []unjudged
	if n := t.Traffic.Skipped; n > 0 {
		u := unjudged{sentence: fmt.Sprintf("%s of %s of other hosts:", wording.Grouped(n), wording.Plural(n+t.Traffic.Exchanges, "exchange is", "exchanges are"))}
		hosts := LeftHosts(t)
		for _, h := range hosts[:min(len(hosts), maxUnjudged)] {
			thing := cmp.Or(shown(h.Name), "an unknown host")
			if h.Take() != "" {
				thing += " (" + h.Take() + " takes it)"
			}
			u.counts, u.things = append(u.counts, h.Exchanges), append(u.things, thing)
		}
		u.bound(len(hosts), "host", "hosts")
		all = append(all, u)
	}
	if n := t.Traffic.Unknown; n > 0 {
		routes, beyond := namedInOrder(t.UnknownRoutes), ""
		if t.UnknownRoutes.More {
			beyond = "more than "
		}
		u := unjudged{sentence: fmt.Sprintf("%s on %s%s, which the catalogue does not know: order, kind and times are not judged:",
			wording.Plural(n, "exchange", "exchanges"), beyond, wording.Plural(int64(len(routes)), "unknown route", "unknown routes"))}
		for _, r := range routes[:min(len(routes), maxUnjudged)] {
			u.counts, u.things = append(u.counts, t.UnknownRoutes.Counts.Of(r)), append(u.things, shown(r))
		}
		u.bound(len(routes), "route", "routes")
		all = append(all, u)
	}
	if n := t.Traffic.Unrecognised; n > 0 {
		u := unjudged{sentence: wording.Plural(n, "file is no recording:", "files are no recordings:")}
		files := slices.Sorted(maps.Keys(t.PassedOver.Counts))
		for _, f := range files[:min(len(files), maxUnjudged)] {
			u.things = append(u.things, shown(f))
		}
		u.bound(int(n), "file", "files")
		all = append(all, u)
	}
	return all
}

// bound says how many there are beyond those that are named.
func (u *unjudged) bound(all int, one, many string) {
	if more := all - len(u.things); more > 0 && len(u.things) > 0 {
		u.more = "and " + wording.Plural(int64(more), "more "+one, "more "+many)
	}
}

// namedInOrder lists names, the commonest first.
func namedInOrder(n rule.Named) []string {
	names := slices.Sorted(maps.Keys(n.Counts))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(n.Counts.Of(b), n.Counts.Of(a)) })
	return names
}

// textNotJudged writes what was left out.
func textNotJudged(p *page, t *rule.Tally) {
	all := notJudged(t)
	if len(all) == 0 {
		return
	}
	p.heading("Not judged")
	for _, u := range all {
		p.para(0, plainly, u.sentence)
		width := 0
		for _, n := range u.counts {
			width = max(width, len(wording.Grouped(n)))
		}
		for i, thing := range u.things {
			lead := ""
			if len(u.counts) > 0 {
				lead = padLeft(wording.Grouped(u.counts[i]), width) + "  "
			}
			p.item(2, faint, lead, plainly, thing)
		}
		if u.more != "" {
			p.para(2, faint, u.more)
		}
	}
}

// markdownNotJudged writes a list item for each kind.
func markdownNotJudged(b *bufio.Writer, t *rule.Tally) {
	all := notJudged(t)
	if len(all) > 0 {
		b.WriteString("\nNot judged:\n\n")
	}
	for _, u := range all {
		var things []string
		for i, thing := range u.things {
			if thing = codeSpan(thing); len(u.counts) > 0 {
				thing = wording.Grouped(u.counts[i]) + " " + thing
			}
			things = append(things, thing)
		}
		if u.more != "" {
			things = append(things, u.more)
		}
		fmt.Fprintf(b, "- %s %s\n", prose(u.sentence), strings.Join(things, ", "))
	}
}

// mostLeftOut qualifies a headline where less than half of the traffic was
// judged: "in the 1 of 9 exchanges judged; 8 of other hosts were left out".
func mostLeftOut(t *rule.Tally) string {
	judged, left := t.Traffic.Exchanges, t.Traffic.Skipped
	if judged == 0 || left <= judged {
		return ""
	}
	verb := "were"
	if left == 1 {
		verb = "was"
	}
	return fmt.Sprintf(" in the %s of %s judged; %s of other hosts %s left out", wording.Grouped(judged), wording.Plural(judged+left, "exchange", "exchanges"), wording.Grouped(left), verb)
}
