package suites

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// violations tells what a rule found: the rule, the document's own words, and
// each finding. It allocates freely: a rule is broken seldom, and told once.
func violations(held *edition.Edition, t *rule.RuleTally) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", count(t.Failed, "violation"))
	b.WriteString(heading(held, t))
	for _, f := range t.Findings {
		b.WriteString("\n" + finding(f))
	}
	if more := t.Failed - int64(len(t.Findings)); more > 0 {
		fmt.Fprintf(&b, "\n… and %d more\n", more)
	}
	file, line := t.Rule().Source()
	fmt.Fprintf(&b, "\nrule: %s:%d", file, line)
	return inert.Lines(b.String())
}

// heading names a rule and quotes its clauses.
func heading(held *edition.Edition, t *rule.RuleTally) string {
	r := t.Rule()
	var b strings.Builder
	fmt.Fprintf(&b, "of %s (%s, %s): %s\n", r.ID, r.Party, t.Level(), r.Doc.Demands)
	for _, id := range r.Clauses {
		if c, ok := held.Text(id); ok {
			fmt.Fprintf(&b, "%s %q\n", id, c.Words())
		}
	}
	return b.String()
}

// finding tells one violation; empty parts are left out.
func finding(f rule.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", place(f.At))
	for _, part := range [...]struct{ name, text string }{
		{"", f.Message}, {"expected: ", f.Expected}, {"seen: ", f.Seen}, {"hint: ", f.Hint},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "  %s%s\n", part.name, printable(part.text))
		}
	}
	return b.String()
}

// place says where a finding falls: file, line and exchange, the request, the
// answer's status and the part at fault.
func place(w rule.Where) string {
	var b strings.Builder
	if w.File != "" {
		b.WriteString(printable(w.File))
		if w.Line > 0 {
			fmt.Fprintf(&b, ":%d", w.Line)
		}
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "exchange %d", w.Exchange)
	if w.Method != "" || w.Path != "" {
		fmt.Fprintf(&b, ", %s %s", printable(w.Method), printable(w.Path))
	}
	if w.Status != 0 {
		fmt.Fprintf(&b, ", status %d", w.Status)
	}
	if w.Pointer != "" {
		fmt.Fprintf(&b, ", at %s", printable(w.Pointer))
	}
	if !w.Time.IsZero() {
		fmt.Fprintf(&b, ", %s", w.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	return b.String()
}

// undecided says why a rule neither passed nor failed.
func undecided(t *rule.RuleTally) string {
	if t.Verdict() == rule.NotExercised {
		if t.Rule().NotHere != "" {
			return "not exercised: " + t.Rule().NotHere
		}
		return "not exercised: the traffic held no occasion"
	}
	reasons := wording.Each(slices.Sorted(maps.Keys(t.Doubts)), func(why string) string {
		return fmt.Sprintf("%s (%s)", printable(why), count(t.Doubts.Of(why), "occasion"))
	})
	return "inconclusive: " + strings.Join(reasons, "; ")
}

// problems says what could not be met, read or judged, "" when nothing is wrong.
func (found *met) problems() string {
	t := found.Tally
	var lines []string
	if u := found.Unmet; u != nil {
		lines = append(lines, apart(u.Error()))
		if u.Hint != "" {
			lines = append(lines, apart(u.Hint))
		}
	}
	for _, err := range found.Broken {
		text, _, _ := strings.Cut(err.Error(), "\n") // the first has a stack
		lines = append(lines, "a fault of mbxcheck: "+printable(mask.Text(text)))
	}
	for _, e := range t.Errors[:min(len(t.Errors), maxFindings)] {
		lines = append(lines, printable(mask.Text(e.Text)))
	}
	if more := t.Traffic.Unreadable - maxFindings; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", more))
	}
	if t.Traffic.Exchanges == 0 && found.Unmet == nil {
		lines = append(lines, "no exchange was judged: "+nothingJudged(t))
	}
	return inert.Lines(strings.Join(lines, "\n"))
}

func nothingJudged(t *rule.Tally) string {
	switch {
	case t.Traffic.Skipped > 0:
		hosts := wording.Each(slices.Sorted(maps.Keys(t.LeftOut)), printable)
		const enough = 5
		if more := len(hosts) - enough; more > 0 {
			hosts = append(hosts[:enough], fmt.Sprintf("%d more", more))
		}
		return fmt.Sprintf("all %d are of other hosts (%s); say which to judge", t.Traffic.Skipped, strings.Join(hosts, ", "))
	case t.Traffic.Files == 0 && t.Traffic.Unrecognised == 0:
		return "no recording was found"
	case t.Traffic.Files == 0:
		return fmt.Sprintf("no recording was found (%s in another format)", count(t.Traffic.Unrecognised, "file"))
	}
	return fmt.Sprintf("%s held none", count(t.Traffic.Files, "recording"))
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printable takes the bite out of text that a recording brought along: what would
// steer a terminal, begin a line or command the program that runs a build is
// written as an escape, and "{{", which begins Ginkgo's colour tags, is pulled apart.
func printable(s string) string { return apart(inert.Value(s)) }

// apart puts a space between braces, also where three or more meet.
func apart(s string) string {
	for strings.Contains(s, "{{") {
		s = strings.ReplaceAll(s, "{{", "{ {")
	}
	return s
}
