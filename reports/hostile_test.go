package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// hostileTally puts text wherever a recording's bytes can get.
func hostileTally(text string) *rule.Tally {
	t := &rule.Tally{Edition: edition.DefaultID, Traffic: rule.Traffic{Files: 1, Exchanges: 3}}
	where := rule.Where{File: text, Line: 1, Exchange: 1, Pointer: text, Method: text, Path: text, Status: 200, Time: time.Unix(1<<50, 0)}
	for _, r := range []*rule.Rule{sorted, sortedToo, once} {
		f := rule.Finding{Rule: r.ID, Message: text, Expected: text, Seen: text, Hint: text, At: where}
		t.Rules = append(t.Rules, rule.RuleTally{ID: r.ID, Failed: 1, Findings: []rule.Finding{f}})
	}
	t.Rules = append(t.Rules,
		rule.RuleTally{ID: weight.ID, Inconclusive: 1, Doubts: rule.Counts[int64]{"x" + text: new(int64(1))}},
		rule.RuleTally{ID: broke.ID, Error: "x" + text})
	t.Errors = inputErrorsOf(errors.New(text), errors.New(text+":3: "+text))
	return t
}

var hostile = []string{
	"\x1b[31mred\x1b[0m \x1b]0;title\a \u009b31m \x7f\b\b\b",
	"line\r\n::error file=x::forged\n::warning::forged\v\f",
	"</details></code><script>alert(1)</script><!-- ]]> &amp; <?xml",
	"| a | b |\n|-|-|\n# heading\n- [x](http://evil.example) ![i](//evil.example/p.png)",
	"` ``` ```` `code``` @everyone #1 www.evil.example https://evil.example",
	"{0} {{1}} {\"code\":-1121} ${{ secrets.TOKEN }}",
	"\xff\xfe\xc0\xaf\xed\xa0\x80 \ufffe \uffff \u202egnp.exe \u2028 \u2066 \u200b \ufeff \U000e0041",
	"100%0A%0D,:%", "~", "~2/a~", "not/a/pointer", "-", "--- ", "1. one", "    code", "\t", " ", "",
	"../../a b/ü%20?#[]:@&=+$,;.har", "C:\\rec\\a.har", "https://evil.example/a.har", "//evil.example/share",
	"交易所 混合 ｆｕｌｌ 🎌 e\u0301", strings.Repeat("long ", 2000), strings.Repeat("x", 5000),
}

func TestHostileDataStaysData(t *testing.T) {
	for _, text := range hostile {
		judgeHostile(t, text)
	}
}

func FuzzHostile(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { judgeHostile(t, text) })
}

func judgeHostile(t *testing.T, text string) {
	t.Helper()
	r := &Report{Tally: hostileTally(text), Tool: text, Version: text, Width: 80}
	for _, format := range Formats() {
		out := written(t, format.Name, r)
		judgeVisible(t, format.Name, text, out)
		if again := written(t, format.Name, r); !bytes.Equal(out, again) {
			t.Errorf("%s of %q: two runs differ", format.Name, text)
		}
		switch format.Name {
		case "json":
			judgeSchema(t, reportSchema, text, unnamed(out, text))
		case "sarif":
			judgeSchema(t, sarifSchemaFile, text, out)
		case "junit":
			judgeXML(t, text, out)
		case "github":
			judgeCommands(t, text, out)
		case "markdown":
			judgeMarkdown(t, text, out)
		}
	}
	r.Color = true
	plain := sgr.ReplaceAll(written(t, "text", r), nil)
	r.Color = false
	if !bytes.Equal(plain, written(t, "text", r)) {
		t.Errorf("text of %q: colour changes more than colour", text)
	}
}

// sgr is the one kind of terminal escape that the text report writes.
var sgr = regexp.MustCompile("\x1b\\[[0-9]*m")

// unnamed undoes the tool's name, which the schema fixes.
func unnamed(out []byte, text string) []byte {
	var doc map[string]any
	if json.Unmarshal(out, &doc) != nil {
		return out
	}
	doc["tool"].(map[string]any)["name"] = "mbxcheck"
	out, _ = json.Marshal(doc)
	return out
}

func judgeVisible(t *testing.T, format, text string, out []byte) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Errorf("%s of %q: not UTF-8", format, text)
	}
	for l := range strings.Lines(string(out)) {
		if l = strings.TrimSuffix(l, "\n"); format != "json" && clean(l) != l {
			t.Errorf("%s of %q: what cannot be seen, or a command, stands in %q", format, text, l)
		}
	}
}

func judgeXML(t *testing.T, text string, out []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(out))
	names := map[string]bool{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("junit of %q: %v\n%s", text, err, out)
		}
		if e, ok := token.(xml.StartElement); ok {
			names[e.Name.Local] = true
		}
	}
	if names["script"] || !names["failure"] || !names["error"] || !names["skipped"] {
		t.Errorf("junit of %q: elements %v", text, names)
	}
}

// judgeCommands demands a line for each input error, broken check and finding,
// and one for the conclusion.
func judgeCommands(t *testing.T, text string, out []byte) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 2+1+3+1 {
		t.Fatalf("github of %q: %d lines:\n%s", text, len(lines), out)
	}
	command := regexp.MustCompile(`^::(error|warning|notice) (file=[^:,]+,(line=[0-9]+,)?)?title=[^:,]+::.`)
	for _, l := range lines[:len(lines)-1] {
		if !command.MatchString(l) {
			t.Errorf("github of %q: not a command: %q", text, l)
		}
	}
}

// judgeMarkdown looks at what is left when the code spans are taken away.
func judgeMarkdown(t *testing.T, text string, out []byte) {
	t.Helper()
	markup := regexp.MustCompile(`</?(details|summary|code)>`)
	for l := range strings.Lines(string(out)) {
		rest := markup.ReplaceAllString(withoutCode(strings.ReplaceAll(l, `\|`, "")), "")
		rest = strings.TrimPrefix(strings.TrimSpace(rest), "### ")
		rest = strings.ReplaceAll(strings.TrimSpace(rest), "**", "")
		if strings.HasPrefix(rest, "|") {
			if n := strings.Count(rest, "|"); n != 8 && n != 5 {
				t.Errorf("markdown of %q: a row of %d bars: %s", text, n, l)
			}
			continue
		}
		if strings.ContainsAny(rest, "<>[]`@#*_|\\~&$") || strings.Contains(rest, "://") || strings.Contains(rest, "www.") {
			t.Errorf("markdown of %q: markup stands in %q", text, l)
		}
	}
}

// withoutCode takes the code spans of a line away, as CommonMark finds them.
func withoutCode(l string) string {
	var b strings.Builder
	for l != "" {
		i := strings.IndexByte(l, '`')
		if i < 0 {
			break
		}
		fence := l[i : i+len(l[i:])-len(strings.TrimLeft(l[i:], "`"))]
		b.WriteString(l[:i])
		l = l[i+len(fence):]
		end := closing(l, len(fence))
		if end < 0 {
			b.WriteString(fence)
			continue
		}
		l = l[end+len(fence):]
	}
	return b.String() + l
}

// closing finds the run of exactly n backticks.
func closing(l string, n int) int {
	for i := 0; i < len(l); {
		if l[i] != '`' {
			i++
			continue
		}
		run := len(l[i:]) - len(strings.TrimLeft(l[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}
