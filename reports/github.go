package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// writeGitHub writes a workflow command for each finding, and the conclusion
// as a line of the log. GitHub shows the first ten annotations of a kind in a
// step, so that those that must be kept come first.
func writeGitHub(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	for _, e := range inputErrors(r.Tally) {
		annotate(b, "error", e.file, e.line, "input", shown(e.message))
	}
	for i := range r.Tally.Rules {
		if t := &r.Tally.Rules[i]; t.Error != "" {
			annotate(b, "error", "", 0, t.Rule.ID, shown(t.Error))
		}
	}
	all := findings(r.Tally)
	for _, kind := range []string{"error", "warning", "notice"} {
		for _, f := range all {
			if githubKind(r.effect(f.Rule.Level)) == kind {
				title := fmt.Sprintf("%s (%s)", f.Rule.ID, clauseIDs(f.Rule))
				annotate(b, kind, clean(f.At.File), f.At.Line, title, githubText(f.Finding))
			}
		}
	}
	fmt.Fprintf(b, "%s: %s\n", r.tool(), conclude(r))
	return b.Flush()
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

func annotate(b *bufio.Writer, kind, file string, line int, title, message string) {
	var properties []string
	if file != "" && file != "-" {
		properties = append(properties, "file="+githubProperty.Replace(file))
		if line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", line))
		}
	}
	properties = append(properties, "title="+githubProperty.Replace(title))
	fmt.Fprintf(b, "::%s %s::%s\n", kind, strings.Join(properties, ","), githubMessage.Replace(message))
}
