package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// Whatever a recording brings along, no line that lint or verify prints commands
// the program that runs a build, or passes for one of ours.
func TestRecordingsCommandNoRunner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := "commands.ndjson"
	if runtime.GOOS != "windows" { // where a name has neither colons nor line breaks
		name = "::error::a\n::stop-commands::pause\n✓ all rules passed.ndjson"
	}
	if err := os.WriteFile(filepath.Join(dir, name), commandRecording(t), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := regexp.MustCompile(`^\s*(::|✓ all rules)|##[A-Za-z]*\[`)
	own := regexp.MustCompile(`^::(error|warning|notice) [^:]*title=[^:]*::`)
	for _, args := range [][]string{
		{"verify", "-v", "."}, {"lint", "--format", "text", "--verbose", "."}, {"lint", "--format", "markdown", "."},
		{"lint", "--format", "junit", "."}, {"lint", "--format", "sarif", "."}, {"lint", "--format", "github", "."},
		{"lint", "--quiet", name}, {"lint", "--as", "GET /::error::x", name}, {"lint", name + ".missing"}, {"matrix", "."}, {"matrix", name},
	} {
		cmd := command(t, args...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		if len(out) == 0 {
			t.Errorf("%q: nothing was said", args)
		}
		for l := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == '\n' || r == '\r' }) {
			if args[len(args)-2] == "github" {
				l = own.ReplaceAllString(l, "-")
			}
			if taken.MatchString(l) {
				t.Errorf("%q: found the line %q", args, l)
			}
		}
	}
}

// commandRecording has commands in paths, parameters, fields, bodies, methods,
// hosts and entries that can't be read, behind blanks and line breaks, at many
// columns.
func commandRecording(t *testing.T) []byte {
	t.Helper()
	var all strings.Builder
	enc := json.NewEncoder(&all)
	for i, c := range []string{
		"::stop-commands::pause", "\n::error file=a::x", " ::add-mask::a", "##[error]x", "##vso[a.b]c", "\n##teamcity[a]", "a\r\n\t::x::y\n✓ all rules passed",
	} {
		query := strings.NewReplacer("\n", "%0A", "\r", "%0D", "\t", "%09", " ", "%20", "#", "%23").Replace(c)
		for pad := range 30 {
			type side map[string]any
			url := "https://api.binance.com/api/v3/" + strings.Repeat("p/", pad) + " " + query + "?symbol" + query + "=" + query + "&timestamp=" + query
			enc.Encode(map[string]side{
				"request":  {"method": "POST", "url": url, "headers": map[string]string{"Content-Type": "application/x-www-form-urlencoded" + c, "X" + c: c}, "body": "symbol" + query + "=1&timestamp=" + c},
				"response": {"status": 400 + 29*(i%2), "headers": map[string]string{"Content-Type": "application/json", "X-MBX-USED-WEIGHT": c, "Retry-After": c}, "body": `{"code":"` + query + `","msg":[` + c},
			})
		}
		enc.Encode(map[string]any{"request": map[string]string{"method": c, "url": "https://" + c + ".example/api/v3/ping"}})
		enc.Encode(map[string]any{"sent": c, "request": map[string]string{"method": "GET", "url": c}})
		enc.Encode(map[string]any{c: c, "request": c})
	}
	return []byte(all.String())
}
