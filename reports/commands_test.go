package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// taken matches what a program that runs builds obeys: two colons behind the
// blanks and colours that begin a line, and its commands wherever they stand.
var taken = regexp.MustCompile(`^(?:\s|\x1b\[[0-9;]*m)*::|##[A-Za-z]*\[`)

var commands = []string{
	"::stop-commands::pause", "::error file=README.md,line=1::forged", "::add-mask::a", "##[error]forged",
	"##vso[task.setvariable variable=a]b", "##teamcity[testFailed name='a']", "::", ":::",
}

// hostileReport has text wherever a report shows what came from elsewhere.
func commandedReport(text string) *Report {
	line := Timeline{{At: time.Second, Who: certificate.Speaker(text), Text: text, Finding: true}}
	r := &Report{
		Tally: hostileTally(text), Tool: text, Version: text, Partial: text, Verbose: true, Warning: text,
		Evidence:  map[string]certificate.Evidence{sorted.ID: {Cassette: text, Venue: text, Curl: text, Timeline: line}},
		Scenarios: []certificate.Scenario{{Name: text, Note: text, Unfinished: text, Output: text}},
	}
	r.Tally.LeftOut = rule.Counts[rule.HostCount]{text: {Exchanges: 1}}
	r.Tally.Traffic.Skipped = 1
	return r
}

func hostileTarget(text string) *certificate.Target {
	return &certificate.Target{Name: text, Version: text, Configuration: text, Language: text, Contact: text, Profile: "all",
		Command: []string{text}, Mode: certificate.Drive, Reached: wire.Isolated, Reproduce: text}
}

// No line of any report is a command, at whatever width, from whatever value.
func TestNoReportCommandsARunner(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for width := 40; width <= 200; width += 3 {
		for _, text := range []string{padded(rnd, " "), padded(rnd, ""), padded(rnd, "\n"), commands[width%len(commands)]} {
			judgeCommandless(t, text, width)
		}
	}
	judgeCommandless(t, "a\n✓ all rules passed", 80)
	for _, c := range commands {
		for _, before := range []string{"", "\n", "  ", "\t", "a\r\n \t", "x: ", "a\u2028"} {
			judgeCommandless(t, before+c, 80)
		}
	}
}

// padded has several commands at columns that vary.
func padded(rnd *rand.Rand, before string) string {
	var b strings.Builder
	for b.Len() < maxShown {
		b.WriteString(strings.Repeat("p/", 1+rnd.IntN(60)) + before + commands[rnd.IntN(len(commands))])
	}
	return b.String()
}

func FuzzNoReportCommandsARunner(f *testing.F) {
	f.Add("p/p/p/p/p ::stop-commands::pause", 40)
	f.Add("\n##[error]x", 200)
	f.Add("::::::", 20)
	f.Fuzz(func(t *testing.T, text string, width int) { judgeCommandless(t, text, width%200) })
}

func judgeCommandless(t *testing.T, text string, width int) {
	t.Helper()
	r := commandedReport(text)
	for _, target := range []*certificate.Target{nil, hostileTarget(text)} {
		r.Width = width
		if target != nil {
			r = of(target, *r)
		}
		for _, color := range []bool{false, true} {
			r.Color = color
			noCommand(t, text, width, "text", written(t, "text", r))
		}
		if r.Color = false; width%20 != 0 {
			continue // the others have no width
		}
		noCommand(t, text, width, "markdown", written(t, "markdown", r))
		noCommand(t, text, width, "junit", written(t, "junit", r))
		for _, decoded := range append(textsOfXML(t, written(t, "junit", r)), textsOfJSON(t, written(t, "sarif", r))...) {
			noCommand(t, text, width, "junit or sarif, decoded", []byte(decoded))
		}
		noForeignCommand(t, text, written(t, "github", r))
	}
	noCommand(t, text, width, "timeline", timelines(t, Timeline(r.Evidence[sorted.ID].Timeline), Style{Width: width}))
}

func noCommand(t *testing.T, text string, width int, format string, out []byte) {
	t.Helper()
	for _, l := range strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if taken.MatchString(l) || strings.TrimSpace(l) == "✓ all rules passed" {
			t.Fatalf("%s, %d columns, of %q: a command or a line that passes for ours: %q", format, width, text, l)
		}
	}
}

// noForeignCommand takes the report's own commands away, and looks at the rest.
func noForeignCommand(t *testing.T, text string, out []byte) {
	t.Helper()
	own := regexp.MustCompile(`^::(error|warning|notice) [^\n]*title=[^:]*::`)
	for l := range strings.Lines(string(out)) {
		noCommand(t, text, 0, "github", []byte("."+own.ReplaceAllString(l, "")))
		if strings.HasPrefix(strings.TrimSpace(l), "::") && !own.MatchString(l) {
			t.Fatalf("github of %q: a command that is not ours: %q", text, l)
		}
	}
}

// textsOfXML are the character data and attributes.
func textsOfXML(t *testing.T, out []byte) (all []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		switch token := token.(type) {
		case xml.CharData:
			all = append(all, string(token))
		case xml.StartElement:
			for _, a := range token.Attr {
				all = append(all, a.Name.Local+"="+a.Value)
			}
		}
	}
}

// textsOfJSON are the members called text or markdown.
func textsOfJSON(t *testing.T, out []byte) (all []string) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				if s, ok := member.(string); ok && (name == "text" || name == "markdown") {
					all = append(all, s)
				}
				walk(member)
			}
		case []any:
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(doc)
	return all
}

// A command that stands at a line's beginning costs no room: the text is broken
// anew, and no line is wider than the page.
func TestCommandsKeepTheWidth(t *testing.T) {
	for width := 1; width < 30; width++ {
		for _, l := range wrap(clean("aaaa ::b::c "+strings.Repeat("::", 20)+" :: ##[x] "+strings.Repeat("x", width)+"::y"), width) {
			if columns(l) > width || width > 3 && taken.MatchString(l) {
				t.Errorf("%d columns: found %q", width, l)
			}
		}
	}
	if got := fmt.Sprintf("%q", wrap("aaaaaaaa ::b::c", 8)); got != `["aaaaaaaa" "\\x3a:b::" "c"]` {
		t.Errorf("found %s", got)
	}
}
