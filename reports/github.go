package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxAnnotations is how many annotations of a kind GitHub shows of a step:
// https://docs.github.com/en/rest/checks/runs, "Annotations".
const maxAnnotations = 10

// writeGitHub writes workflow commands: as many as GitHub shows, each kind of
// finding before more of any, a notice that says what was left out, and the
// conclusion as a line of the log.
func writeGitHub(w io.Writer, r *Report) error {
	all := annotations(r)
	b := bufio.NewWriter(w)
	shown, left := map[string]int{}, r.said()
	most := func(kind string) int {
		if kind == "notice" {
			return maxAnnotations - 1 // the last one says what was left out
		}
		return maxAnnotations
	}
	for _, a := range all {
		if shown[a.kind] == most(a.kind) {
			continue
		}
		shown[a.kind]++
		left--
		annotate(b, a)
	}
	if left > 0 {
		more := wording.Plural(left, "annotation", "annotations") + " more than GitHub shows. The text, JSON and SARIF reports have them."
		annotate(b, annotation{kind: "notice", title: r.tool(), message: more})
	}
	fmt.Fprintf(b, "%s\n", inert.Lines(fmt.Sprintf("%s: %s", r.tool(), r.concluded())))
	return b.Flush()
}

// said is how many annotations there would be without any bound.
func (r *Report) said() int64 {
	n := int64(len(r.Tally.Errors))
	for i := range r.Tally.Rules {
		t := &r.Tally.Rules[i]
		if n += t.Failed; t.Error != "" {
			n++
		}
	}
	return n
}

// annotation is one workflow command.
type annotation struct {
	kind, file     string
	line           int
	title, message string
}

// annotations lists all there is to say, in the order of importance.
func annotations(r *Report) []annotation {
	var all []annotation
	for _, e := range inputErrors(r.Tally) {
		all = append(all, annotation{"error", e.File, e.Line, "input", shown(e.Message)})
	}
	for i := range r.Tally.Rules {
		if t := &r.Tally.Rules[i]; t.Error != "" {
			all = append(all, annotation{"error", "", 0, t.ID, shown(t.Error)})
		}
	}
	found := eachKindFirst(findings(r.Tally))
	for _, kind := range []string{"error", "warning", "notice"} {
		for _, f := range found {
			if githubKind(r.effect(r.Tally.Rules[f.rule].Level())) == kind {
				title := fmt.Sprintf("%s (%s)", f.Rule, clauseIDs(rule.Of(f.Rule)))
				all = append(all, annotation{kind, clean(f.At.File), f.At.Line, title, githubText(f.Finding)})
			}
		}
	}
	return all
}

// eachKindFirst puts the first finding of each rule and kind before the second
// of any, and so on.
func eachKindFirst(all []placed) []placed {
	type kind struct {
		rule int
		kind rule.Kind
	}
	met, turn := map[kind]int{}, make(map[*rule.Finding]int, len(all))
	for _, f := range all {
		k := kind{f.rule, f.Kind()}
		turn[f.Finding] = met[k]
		met[k]++
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(turn[a.Finding], turn[b.Finding]) })
	return all
}

// githubKind is the command for what violations do; what breaks nothing is a
// notice.
func githubKind(e effect) string {
	return [...]string{remarks: "notice", warns: "warning", fails: "error"}[e]
}

func githubText(f *rule.Finding) string {
	text := lines(f)
	if x := exchangeLine(f); x != "" {
		text = append(text, "Exchange: "+x)
	}
	return strings.Join(text, "\n")
}

// The escapes of workflow commands: a message ends at its line's end, a
// property at a comma or a colon.
var (
	githubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotate(b *bufio.Writer, a annotation) {
	var properties []string
	if a.file != "" && a.file != "-" {
		properties = append(properties, "file="+githubProperty.Replace(a.file))
		if a.line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", a.line))
		}
	}
	properties = append(properties, "title="+githubProperty.Replace(a.title))
	fmt.Fprintf(b, "::%s %s::%s\n", a.kind, strings.Join(properties, ","), githubMessage.Replace(a.message))
}
