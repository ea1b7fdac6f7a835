package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	recorded   = "../../../../cassettes/recorded"
	conformant = recorded + "/conformant.yaml"
	violations = recorded + "/violations.yaml"
)

// outcome of a run of the program.
type outcome struct {
	code     int
	out, err string
}

// mbxcheck runs the program in this process; stdin may be "".
func mbxcheck(stdin string, args ...string) outcome {
	var out, err bytes.Buffer
	code := Run(context.Background(), args, Streams{strings.NewReader(stdin), &out, &err})
	return outcome{code, out.String(), err.String()}
}

// expect fails the test unless the run ended with the code and each of the
// texts stands in what it wrote.
func (o outcome) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("expected exit code %d, found %d\n%s%s", code, o.code, o.out, o.err)
	}
	for _, text := range texts {
		if !strings.Contains(o.out+o.err, text) {
			t.Errorf("expected %q, found:\n%s%s", text, o.out, o.err)
		}
	}
	if strings.Contains(o.err, "Usage:") && code != exitUsage {
		t.Errorf("expected no usage in:\n%s", o.err)
	}
}

// file writes a file for a test and returns its name.
func file(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

const ping = `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"},"response":{"status":200,"body":"{}"}}` + "\n"

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	us := file(t, "us.ndjson", strings.ReplaceAll(strings.Repeat(ping, 3), "binance.com", "binance.us"))
	web := file(t, "web.ndjson", strings.ReplaceAll(ping, "api.binance.com/api", "example.com/v2"))
	for _, c := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"conformant", []string{"lint", conformant}, 0, []string{"conformant"}},
		{"violations", []string{"lint", recorded}, 1, []string{"back-off-after-429", "violations.yaml:"}},
		{"fails on none", []string{"lint", "--fail-on", "none", violations}, 0, []string{"back-off-after-429"}},
		{"should is below must", []string{"lint", "--run", "no-identical-resend", violations}, 0, []string{"no-identical-resend"}},
		{"should counts if asked", []string{"lint", "--run", "no-identical-resend", "--fail-on", "should", violations}, 1, nil},
		{"info never fails", []string{"lint", "--run", "base-endpoint", "--fail-on", "may", violations}, 0, []string{"base-endpoint"}},
		{"skipped", []string{"lint", "--run", "L08*", "--skip", "L08,L08b", violations}, 2, []string{"leave no rule"}},
		{"of another party", []string{"lint", "--run", "L08", "--party", "server", violations}, 2, []string{"leave no rule"}},
		{"a file left out", []string{"lint", "--exclude", "violations.yaml", recorded}, 0, []string{"conformant"}},
		{"one of several files left out", []string{"lint", "--exclude", "config.y*", conformant, file(t, "config.yaml", "a: 1")}, 0, nil},
		{"a file that is no recording, not left out", []string{"lint", "--exclude", "config", conformant, file(t, "config.yaml", "a: 1")}, 2, []string{"config.yaml:1: no recording format"}},
		{"all left out", []string{"lint", "--exclude", "*.yaml", recorded}, 4, []string{"no recording found", "what --exclude fits"}},
		{"left out of specs of no name", []string{"verify", "--exclude", "[a", recorded}, 2, []string{"--exclude: [a: expected a glob"}},
		{"a party's", []string{"lint", "--party", "client", conformant}, 0, nil},
		{"other hosts", []string{"lint", us}, 4, []string{"3 exchanges of api.binance.us left out", "--host api.binance.us"}},
		{"those hosts", []string{"lint", "--host", "*.binance.us", us}, 0, nil},
		{"a bare body", []string{"lint", "--as", "GET /api/v1/klines", "--fail-on", "must", file(t, "body", `[[2,"1","1","1","1","1",3],[1,"1","1","1","1","1",2]]`)}, 1, []string{"ascending", "body:1"}},
		{"a bare body that is no JSON", []string{"lint", "--as", "GET /api/v1/ping", file(t, "body", "pong")}, 1, []string{"json-body", "it breaks at byte 0"}},
		{"a bare body that is a bare value", []string{"lint", "--as", "GET /api/v1/ping", file(t, "body", "true")}, 1, []string{"json-body", "bare JSON boolean"}},
		{"a bare body that is a page", []string{"lint", "--verbose", "--as", "GET /api/v1/ping", file(t, "body", "<html>Bad Gateway</html>")}, 4, []string{"the body is a page"}},
		{"a bare exchangeInfo without limits", []string{"lint", "--as", "GET /api/v1/exchangeInfo", file(t, "body", `{"timezone":"UTC","serverTime":1563616800123,"symbols":[]}`)}, 1, []string{"rate-limit-types", "exchangeInfo has no rateLimits array"}},
		{"what curl -i saved", []string{"lint", "--as", "GET /api/v1/time", file(t, "saved", "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nDate: Sat, 20 Jul 2019 10:00:00 GMT\r\nServer: nginx\r\nConnection: keep-alive\r\nX-MBX-USED-WEIGHT: 1201\r\nContent-Length: 84\r\n\r\n{\"code\":-1003,\"msg\":\"Too many requests; please use the websocket for live updates.\"}")}, 1, []string{"retry-after-present", "→ 429"}},
		{"what curl -i saved, as it should be", []string{"lint", "--as", "GET /api/v1/time", file(t, "saved", "HTTP/2 200 \ncontent-type: application/json\n\n{\"serverTime\":1563616800123}")}, 0, nil},
		{"what curl -i saved, without a word", []string{"lint", file(t, "saved", "HTTP/1.1 200 OK\r\n\r\n{}")}, 2, []string{"as curl -i prints it; lint --as takes it"}},
		{"a bare body as it should be", []string{"lint", "--as", "GET /api/v1/time", file(t, "body", `{"serverTime":1563616800123}`)}, 0, nil},
		{"no venue at all", []string{"lint", web}, 4, []string{"1 exchange of example.com left out\n"}},
		{"no occasion", []string{"lint", "--run", "retry-after-present", file(t, "x", ping)}, 4, []string{"1 exchange", "no occasion"}},
		{"empty directory", []string{"lint", empty}, 4, []string{"no recording found, nor any other file", "begin with a dot"}},
		{"what no recording shows", []string{"lint", "--run", "G18", conformant}, 4, []string{"no occasion", "Ordinary recordings cannot show it: 'mbxcheck explain any-order-accepted' says why."}},
		{"a bare body of an unknown endpoint", []string{"lint", "--as", "GET /api/v1/Time", file(t, "body", `{"serverTime":1563616800123}`)}, 4, []string{"no endpoint is known as 'GET /api/v1/Time'; did you mean 'GET /api/v1/time'?"}},
		{"a cassette for a bare body", []string{"lint", "--as", "GET /api/v1/exchangeInfo", conformant}, 2, []string{"found a recording (go-vcr), which is judged without --as"}},
		{"a bare body without a word", []string{"lint", file(t, "body", `{"serverTime":1563616800123}`)}, 2, []string{"the bare body of a response is judged by lint --as"}},
		{"no recordings in it", []string{"lint", "testdata"}, 4, []string{"no recording found", "HAR"}},
		{"help", []string{"help", "lint"}, 0, []string{"Exit codes:"}},
		{"version", []string{"version"}, 0, []string{"mbxcheck ", "2019-seed"}},
		{"version by a flag", []string{"--version"}, 0, []string{"mbxcheck ", "2019-seed"}},
		{"rules", []string{"rules"}, 0, []string{"back-off-after-429"}},
		{"explain a rule", []string{"explain", "Back-Off-After-429"}, 0, []string{"Why it matters"}},
		{"explain by globs, each page once", []string{"explain", "retry-after-[pz]*", "l08?", "retry-after-present"}, 0, []string{"retry-after-present", "retry-after-zero", "L08b"}},
		{"explain what is known, tell the rest", []string{"explain", "G03", "nonsense", "retry-aftr-present", "z*"}, 2, []string{"G03", "no rule or clause is called \"nonsense\"", "no rule or clause is called \"retry-aftr-present\"", "Did you mean retry-after-present?", "no rule or clause is called \"z*\""}},
		{"explain clauses", []string{"explain", "g03", "L07d"}, 0, []string{"G03", "L07d"}},
	} {
		t.Run(c.name, func(t *testing.T) { mbxcheck("", c.args...).expect(t, c.code, c.want...) })
	}
}

func TestWrongUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{}, []string{"Usage:", "lint"}},
		{[]string{"lnt", conformant}, []string{`unknown command "lnt"`, "mbxcheck lint"}},
		{[]string{"--party", "client", "lnt"}, []string{"unknown"}},
		{[]string{conformant}, []string{"mbxcheck lint " + conformant}},
		{[]string{"frobnicate"}, []string{"explain, formats, lint"}},
		{[]string{"help", "frobnicate"}, []string{`unknown command "frobnicate"`}},
		{[]string{"lint"}, []string{"at least one PATH", "For example"}},
		{[]string{"lint", "--fial-on", "must", "x"}, []string{"Did you mean --fail-on?"}},
		{[]string{"lint", "-x", "x"}, []string{"unknown shorthand", "mbxcheck lint --help"}},
		{[]string{"lint", "--fail-on", "mist", "x"}, []string{"expected must, should, may or none; did you mean must?"}},
		{[]string{"lint", "--party", "", "x"}, []string{"expected client, server, proxy or all"}},
		{[]string{"lint", "--edition", "2019", "x"}, []string{"expected 2019-seed"}},
		{[]string{"lint", "--format", "jsn", "x"}, []string{"did you mean json?"}},
		{[]string{"lint", "--format", "json=", "x"}, []string{"expected a file"}},
		{[]string{"lint", "--format", "json", "--format", "sarif", "x"}, []string{"two reports (json and sarif) for standard output", "sarif=FILE"}},
		{[]string{"lint", "--format", "json=a", "--format", "sarif=a", "x"}, []string{"two reports"}},
		{[]string{"lint", "--format", "json=a", "-o", "./a", "x"}, []string{"two reports"}},
		{[]string{"lint", "--run", "back-off-after-492", "x"}, []string{"Did you mean back-off-after-429?"}},
		{[]string{"lint", "--skip", "L99", "x"}, []string{"--skip L99"}},
		{[]string{"lint", "--run", "zzz*", "x"}, []string{"--run zzz*"}},
		{[]string{"lint", "--run", "[", "x"}, []string{"does not close"}},
		{[]string{"lint", "--run", "", "x"}, nil},
		{[]string{"lint", "--host", "https://api.binance.com/", "x"}, []string{"expected a host name"}},
		{[]string{"lint", "--as", "/api/v1/ping", "x"}, []string{`--as "/api/v1/ping": expected METHOD and a path or URL`}},
		{[]string{"lint", "--max-findings", "-1", "x"}, []string{"0 for all"}},
		{[]string{"lint", "--max-findings", "many", "x"}, []string{"--max-findings"}},
		{[]string{"lint", "--color", "x"}, []string{"--color"}},
		{[]string{"serve", "--host", "api.binance.com"}, []string{"expected --tls beside it"}},
		{[]string{"serve", "--tls", "--host", "https://api.binance.com"}, []string{"expected the name of a host alone"}},
		{[]string{"explain"}, []string{"needs the ID"}},
		{[]string{"explain", "ascendign"}, []string{"Did you mean ascending?"}},
		{[]string{"explain", "L07"}, []string{"Did you mean L07a?"}},
		{[]string{"rules", "ascending"}, []string{"no arguments"}},
		{[]string{"rules", "--format", "xml"}, []string{"text, json or markdown"}},
		{[]string{"verify"}, []string{"at least one PATH"}},
		{[]string{"lint", "x", ""}, []string{"PATH number 2", "found an empty name"}},
		{[]string{"lint", "--max-findings", "many", "x"}, []string{"--max-findings many: expected a whole number\n"}},
		{[]string{"lint", "--run", `L08"`, "x"}, []string{`--run L08": expected a list divided by commas, without quotes`}},
		{[]string{"verify", "--verbose=maybe", "x"}, []string{"--verbose maybe: expected true or false"}},
		{[]string{"serve", "--record", ""}, []string{"--record: expected the name of a file, found none"}},
		{[]string{"probe", "--url", "http://127.0.0.1:1", "--record="}, []string{"--record: expected the name of a file, found none"}},
		{[]string{"certify", "--certificate", "", "--", "x"}, []string{"--certificate: expected the name of a file, found none"}},
		{[]string{"certify", "--evidence", "", "--", "x"}, []string{"--evidence: expected the name of a directory, found none"}},
		{[]string{"certify", "--client-log=", "--", "x"}, []string{"--client-log: expected the name of a directory, found none"}},
		{[]string{"lint", "-o", "", "x"}, []string{"--output: expected the name of a file, found none"}},
		{[]string{"lint", "--host", "[", "x"}, []string{`host pattern "[": expected a host name such as`, "found a bracket that nothing closes"}},
		{[]string{"serve", "--seed", "-1"}, []string{"--seed -1: expected a whole number, 0 or more\n"}},
		{[]string{"certify", "--ban-window", "10", "--", "x"}, []string{"--ban-window 10: expected a time such as 10s"}},
		{[]string{"lint", "--as", "get api/v1/ping", "x"}, []string{"did you mean 'GET /api/v1/ping'?"}},
		{[]string{"explain", "-1121"}, []string{"the error code -1121, BAD_SYMBOL", "known-error-code"}},
		{[]string{"explain", "1121"}, []string{"the error code -1121, BAD_SYMBOL"}},
		{[]string{"explain", "backoff"}, []string{"Did you mean back-off-after-429?"}},
		{[]string{"explain", "-9"}, []string{"unknown shorthand"}},
		{[]string{"help", "lint", "foo"}, []string{`mbxcheck lint has no command "foo"`}},
		{[]string{"completion"}, []string{"the name of a shell: bash, fish, powershell or zsh"}},
		{[]string{"completion", "bsh"}, []string{"did you mean bash?"}},
		{[]string{"matrix", "missing"}, []string{"mbxcheck: missing: no such file"}},
		{[]string{"matrix", conformant}, []string{"is it a certificate, as certify --certificate writes them?"}},
		{[]string{"probe", "http://127.0.0.1:1"}, []string{"takes the server by --url"}},
		{[]string{"selftest", "now"}, []string{"no arguments"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			o := mbxcheck("", c.args...)
			o.expect(t, exitUsage, c.want...)
			if o.out != "" {
				t.Errorf("expected nothing on standard output, found:\n%s", o.out)
			}
			if n := strings.Count(o.err, "\n"); len(c.args) > 0 && (n == 0 || n > 3) {
				t.Errorf("expected one to three lines, found:\n%s", o.err)
			}
		})
	}
}

// TestEveryValueHasAKind: of a value that cannot be parsed nobody is told in the
// words of Go's parsers. What is called string is never refused; what has a
// type of its own, such as PATTERN, says by itself what it takes.
func TestEveryValueHasAKind(t *testing.T) {
	kinds := map[string]int{}
	for _, c := range (&app{}).root().Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			kind := f.Value.Type()
			kinds[kind]++
			if strings.ToUpper(kind) != kind && kind != "string" && kind != "stringArray" && kindOfValue[kind] == "" {
				t.Errorf("%s --%s: expected words for a value of the type %s", c.Name(), f.Name, kind)
			}
		})
	}
	for kind := range kindOfValue {
		if kinds[kind] == 0 {
			t.Errorf("no flag has the type %s", kind)
		}
	}
}

func TestBadInput(t *testing.T) {
	secret := file(t, "secret.har", "{}")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	_, denied := os.Open(secret)
	for _, c := range []struct {
		name, path string
		want       string
		skip       bool
	}{
		{"missing", filepath.Join(t.TempDir(), "nix.har"), "nix.har: no such file", false},
		{"empty", file(t, "empty.har", ""), "the file is empty", false},
		{"garbage", file(t, "garbage", "\x00\xff\x1f\x8bnot a recording\x1b[31m"), "no recording format", false},
		{"cut", file(t, "cut.har", `{"log":{"version":"1.2","entries":[{"request":{"method":"GET",`), "cut.har:1", false},
		{"bad line", file(t, "bad.ndjson", ping+`{"request":17}`+"\n"+ping), "bad.ndjson:2", false},
		{"denied", secret, "permission denied", denied == nil}, // root reads everything
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.skip {
				t.Skip("this user may read every file")
			}
			if alone := mbxcheck("", "lint", c.path); c.name != "bad line" { // whose neighbours are read
				alone.expect(t, exitUsage, c.want, "no exchange could be read; nothing was judged")
			} else {
				alone.expect(t, exitUsage, c.want, "what could be was judged")
			}
			// Beside a good file its findings are shown, and the error counts more.
			mbxcheck("", "lint", c.path, violations).expect(t, exitUsage, "back-off-after-429", filepath.Base(c.path))
			o := mbxcheck("", "lint", "--format", "json", c.path, violations)
			o.expect(t, exitUsage, filepath.Base(c.path))
			if !strings.Contains(o.err, filepath.Base(c.path)) || !json.Valid([]byte(o.out)) {
				t.Errorf("expected JSON on one stream and the error on the other, found:\n%s\n%s", o.out, o.err)
			}
			if strings.Contains(o.err, "\x1b") {
				t.Errorf("expected no escapes of the file's, found %q", o.err)
			}
		})
	}
}

// TestTerminalIsSafe: nothing that a file is called or holds reaches the
// terminal as an escape.
func TestTerminalIsSafe(t *testing.T) {
	evil := "\x1b[2J\u202e\r"
	host := strings.ReplaceAll(ping, "api.binance.com", `\u001bc.example`)
	for _, args := range [][]string{
		{"lint", evil}, {"lint", "--format", "json", evil}, {"lint", file(t, "evil\x1b[2J", "x")}, {"lint", file(t, "x", host)},
		{evil}, {"explain", evil}, {"lint", "--run", evil, "x"}, {"lint", "--" + evil, "x"}, {"lint", "--party", evil, "x"}, {"lint", "x", "-o", t.TempDir() + "/" + evil + "/x"},
	} {
		o := mbxcheck("", args...)
		if o.code == 0 || strings.ContainsAny(o.out+o.err, "\x1b\u202e\r") {
			t.Errorf("%q: expected an error without escapes, found %d: %q", args, o.code, o.out+o.err)
		}
	}
}

func TestStandardInput(t *testing.T) {
	mbxcheck(strings.Repeat(ping, 3), "lint", "-").expect(t, 0, "3 exchanges", "1 file")
	cassette, err := os.ReadFile(violations)
	if err != nil {
		t.Fatal(err)
	}
	mbxcheck(string(cassette), "lint", "-").expect(t, exitViolations, "-:")
	mbxcheck("", "lint", "-").expect(t, exitUsage, "empty")
}

func TestReportsToFiles(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	mbxcheck("", "lint", violations, "--format", "json="+at("a.json"), "--format", "sarif="+at("a.sarif"),
		"--format", "junit="+at("a.xml"), "--format", "markdown="+at("a.md"), "--format", "github", "-o", at("a.txt")).expect(t, exitViolations)
	for name, want := range map[string]string{
		"a.json": `"mbxcheck-report/1"`, "a.sarif": `"2.1.0"`, "a.xml": "<testsuite", "a.md": "back-off-after-429", "a.txt": "::error",
	} {
		data, err := os.ReadFile(at(name))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: expected %q, found %q, %v", name, want, data, err)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 5 {
		t.Errorf("expected 5 files, found %v", entries)
	}

	one := mbxcheck("", "lint", violations, "--format", "json="+at("b.json"))
	one.expect(t, exitViolations, "✗ back-off-after-429") // the text report stays
	mbxcheck("", "lint", violations, "--format", "json", "-o", at("c.json")).expect(t, exitViolations)
	b, _ := os.ReadFile(at("b.json"))
	if c, _ := os.ReadFile(at("c.json")); !bytes.Equal(b, c) {
		t.Errorf("expected the same report from -o FILE and NAME=FILE")
	}
	if o := mbxcheck("", "lint", violations, "--format", "json=-"); o.out != string(b) {
		t.Errorf("expected the same report on standard output, found %q", o.out)
	}
}

func TestReportsThatCannotBeWritten(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing", "report")
	mbxcheck("", "lint", violations, "-o", missing).expect(t, exitUsage, "text report can't be written", missing)
	mbxcheck("", "certify", "-o", missing, "--", "true").expect(t, exitUsage, "text report can't be written", missing)
	mbxcheck("", "certify", "--certificate", "/dev/null/certificate.yaml", "--", "true").expect(t, exitUsage, "can't be written", "/dev/null")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no device that is always full: ", err)
	}
	defer full.Close()
	mbxcheck("", "lint", conformant, "-o", "/dev/full").expect(t, exitBroken, "no space left")
	mbxcheck("", "lint", conformant, "--format", "json=/dev/full").expect(t, exitBroken, "json report", "conformant")
	for _, args := range [][]string{
		{"lint", conformant}, {"lint", violations, "--format", "sarif"}, {"rules"}, {"explain", "G03"}, {"version"}, {"help", "lint"}, {"lint", "--help"}, {"completion", "bash"},
	} {
		var errs bytes.Buffer
		code := Run(context.Background(), args, Streams{strings.NewReader(""), full, &errs})
		outcome{code, "", errs.String()}.expect(t, exitBroken, "standard output could not be written: no space left")
		if strings.Contains(errs.String(), "--help") {
			t.Errorf("%v: expected no usage error beside it, found:\n%s", args, &errs)
		}
	}
}

// TestNoRecordingIsOverwritten: a slip of the pen must not cost a recording.
func TestNoRecordingIsOverwritten(t *testing.T) {
	name := file(t, "x.ndjson", ping)
	mbxcheck("", "lint", name, "-o", name).expect(t, exitUsage, "over its own source")
	mbxcheck("", "lint", filepath.Dir(name), "--format", "json="+name).expect(t, exitUsage, "over its own source")
	if data, _ := os.ReadFile(name); string(data) != ping {
		t.Errorf("expected the recording untouched, found %q", data)
	}
}

func TestColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	if o := mbxcheck("", "lint", violations, "--color", "always"); !strings.Contains(o.out, "\x1b[") {
		t.Error("expected colours: the flag outweighs NO_COLOR")
	}
	t.Setenv("NO_COLOR", "")
	for _, when := range []string{"auto", "never"} {
		if o := mbxcheck("", "lint", violations, "--color", when); strings.Contains(o.out, "\x1b") {
			t.Errorf("%s: expected no colours in a pipe", when)
		}
	}
}

func TestMaxFindings(t *testing.T) {
	for n, want := range map[string]int{"0": 2, "1": 1, "100": 2} {
		o := mbxcheck("", "lint", "--run", "back-off-after-429", "--max-findings", n, "--format", "json", violations)
		var report struct {
			Rules    []struct{ Failed int }
			Findings []any
		}
		if err := json.Unmarshal([]byte(o.out), &report); err != nil {
			t.Fatal(err)
		}
		if len(report.Findings) != want || report.Rules[0].Failed != 2 {
			t.Errorf("--max-findings %s: expected %d of 2, found %d of %d", n, want, len(report.Findings), report.Rules[0].Failed)
		}
	}
}

// By default people are shown a few of each kind; --quiet and --verbose print
// less and more.
func TestHowMuchIsPrinted(t *testing.T) {
	for _, c := range []struct {
		args   []string
		want   []string
		absent []string
	}{
		{[]string{violations}, []string{"Findings ──", "rules failed", "--verbose lists"}, []string{"Counts are occasions"}},
		{[]string{"-q", violations}, []string{"✗ "}, []string{"rules failed", "Findings ──", "edition"}},
		{[]string{"-v", violations}, []string{"Findings ──", "Counts are occasions", "Why inconclusive"}, []string{"--verbose lists"}},
		{[]string{conformant}, []string{"✓ conformant"}, []string{"Counts are occasions"}},
	} {
		o := mbxcheck("", append([]string{"lint"}, c.args...)...)
		for _, w := range c.want {
			if !strings.Contains(o.out, w) {
				t.Errorf("%v: expected %q, found\n%s", c.args, w, o.out)
			}
		}
		for _, w := range c.absent {
			if strings.Contains(o.out, w) {
				t.Errorf("%v: expected no %q, found\n%s", c.args, w, o.out)
			}
		}
	}
	if o := mbxcheck("", "lint", "--quiet", conformant); o.out != "" || o.code != 0 {
		t.Errorf("a clean file, --quiet: expected nothing and 0, found %d and\n%s", o.code, o.out)
	}
	if o := mbxcheck("", "lint", conformant); strings.Count(o.out, "\n") > 15 {
		t.Errorf("a clean file: expected a few lines, found\n%s", o.out)
	}
}

// TestNoSecrets: what the reports show of keys and signatures is masked.
func TestNoSecrets(t *testing.T) {
	key := strings.Repeat("k3yMaterial", 6)
	text := `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/klines?symbol=BTCUSDT&interval=1m&startTime=1563616800&signature=` + key + `","headers":{"X-MBX-APIKEY":"` + key + `"}},"response":{"status":200,"headers":{"Date":"Sat, 20 Jul 2019 10:00:00 GMT"},"body":"{\"listenKey\":\"` + key + `\"}"}}` + "\n"
	for _, format := range formatNames() {
		o := mbxcheck(text, "lint", "--format", format, "--fail-on", "none", "-")
		if strings.Contains(o.out+o.err, key) {
			t.Errorf("%s: expected no key, found:\n%s", format, o.out)
		}
	}
}

// TestConclude holds the order of the codes, whatever else is the case.
func TestConclude(t *testing.T) {
	must := &rule.Rule{ID: "m", Level: clause.Must}
	failed := rule.RuleTally{ID: must.ID, Failed: 1}
	broke := rule.RuleTally{ID: must.ID, Error: "planted"}
	unread := []rule.InputError{rule.NewInputError("a.har", 0, os.ErrNotExist)}
	for _, c := range []struct {
		name   string
		rules  []rule.RuleTally
		errors []rule.InputError
		faults []error
		code   int
	}{
		{"a fault", []rule.RuleTally{failed}, unread, []error{os.ErrClosed}, exitBroken},
		{"a broken rule", []rule.RuleTally{failed, broke}, unread, nil, exitBroken},
		{"unreadable", []rule.RuleTally{failed}, unread, nil, exitUsage},
		{"violated", []rule.RuleTally{failed}, nil, nil, exitViolations},
		{"inconclusive", []rule.RuleTally{{ID: must.ID, Inconclusive: 1}}, nil, nil, exitNotExercised},
		{"passed", []rule.RuleTally{{ID: must.ID, Passed: 1}}, nil, nil, exitConformant},
	} {
		f := ruling{failOn: &choice{value: "must"}}
		code := exitConformant
		if err := f.conclude(&rule.Tally{Rules: c.rules, Errors: c.errors}, c.faults); err != nil {
			code = asExit(err).code
		}
		if code != c.code {
			t.Errorf("%s: expected %d, found %d", c.name, c.code, code)
		}
	}
}

// TestHelp holds what every command's help must have, and the texts of some.
func TestHelp(t *testing.T) {
	a := &app{}
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			each(sub)
		}
		if cmd.Short == "" || !cmd.HasExample() && cmd.Parent().Name() != "completion" {
			t.Errorf("%s: expected a summary and an example", cmd.CommandPath())
		}
		text := mbxcheck("", append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		text.expect(t, 0)
		for line := range strings.Lines(text.out) {
			if n := len([]rune(line)) - 1; n > 80 && cmd.Parent() != nil && cmd.Parent().Name() != "completion" && cmd.Name() != "completion" {
				t.Errorf("%s: expected 80 columns at most, found %d: %s", cmd.CommandPath(), n, line)
			}
		}
	}
	each(a.root())
	for _, name := range []string{"", "lint", "certify", "probe", "proxy", "matrix"} {
		got := mbxcheck("", strings.Fields(name+" --help")...).out
		golden(t, filepath.Join("testdata", strings.TrimSuffix("help-"+name, "-")+".txt"), got)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: expected\n%s\nfound\n%s", file, want, got)
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", ""}, "back-off-after-429\t"},
		{[]string{"explain", ""}, "\nL07d\t"},
		{[]string{"lint", "--run", "G03,asc"}, "G03,ascending\t"},
		{[]string{"lint", "--run", "L08,ret"}, "L08,retry-after-present\t"},
		{[]string{"lint", "--skip", "L08,"}, "L08,retry-after-present\t"},
		{[]string{"serve", "--scenario", ""}, "limit-429"},
		{[]string{"serve", "--scenario", "429-r"}, "429-read-1"},
		{[]string{"lint", "--format", ""}, "sarif"},
		{[]string{"lint", "--fail-on", ""}, "should"},
		{[]string{"lint", "--party", ""}, "proxy"},
		{[]string{"verify", "--edition", ""}, "2019-seed"},
		{[]string{"lin"}, "lint\tJudge recorded traffic"},
	} {
		mbxcheck("", append([]string{"__complete"}, c.args...)...).expect(t, 0, c.want)
	}
	if o := mbxcheck("", "__complete", "explain", ""); strings.Contains(o.out, "`") {
		t.Errorf("expected descriptions without markup, found\n%s", o.out)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		mbxcheck("", "completion", shell).expect(t, 0, "mbxcheck")
	}
}

func TestSelftest(t *testing.T) {
	t.Parallel()
	mbxcheck("", "selftest").expect(t, exitConformant, "plants", "deafened, 0 problems")
}

func TestPanicAsksForAReport(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run(context.Background(), []string{"lint", "-"}, Streams{panicking{}, &out, &errs})
	outcome{code, out.String(), errs.String()}.expect(t, exitBroken, "issues")
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("planted") }

// TestFormats: the list says what a format keeps, and what follows from it.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"formats"}, []string{"HAR\n", "keeps       send time", "can't show"}},
		{[]string{"formats", "--limits"}, []string{"entry-bytes=64M\n"}},
	} {
		o := mbxcheck("", append(c.args, "--format", "json")...)
		o.expect(t, 0)
		if !json.Valid([]byte(o.out)) {
			t.Errorf("%v: expected JSON, found:\n%s", c.args, o.out)
		}
		text := mbxcheck("", c.args...)
		text.expect(t, 0, c.want...)
		for line := range strings.Lines(text.out) {
			if len([]rune(line)) > 81 {
				t.Errorf("%v: expected 80 columns at most, found: %s", c.args, line)
			}
		}
	}
	rows, err := describeFormats(edition.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row.Shows) == 0 || len(row.Keeps)+len(row.KeepsNot) != len(records) {
			t.Errorf("%s: expected a format that can show something, found %+v", row.Name, row)
		}
	}
}

// TestLimits: what is read is bounded as the flag says.
func TestLimits(t *testing.T) {
	two := file(t, "two.ndjson", ping+ping)
	mbxcheck("", "lint", "--limit", "entries=1", two).expect(t, exitUsage, "at most 1 entries")
	mbxcheck("", "lint", "--limit", "entry-bytes=50", two).expect(t, exitUsage, "50 bytes")
	mbxcheck("", "lint", "--limit", "entry-bytes=1K", "--limit", "entries=2", two).expect(t, exitConformant)
	for arg, want := range map[string]string{
		"entries": "NAME=VALUE", "entries=0": "positive", "entries=x": "positive", "entries=99999999999G": "positive",
		"entrys=1": "expected one of entry-bytes", "file-seconds=10G": "from 1 to 1000000000", "depth=99": "from 100 to 10000",
	} {
		mbxcheck("", "lint", "--limit", arg, two).expect(t, exitUsage, want)
	}
}

// What was not judged is named, with what takes it: other hosts, routes that
// nobody knows, and files that are no recordings.
func TestLeftOutIsNamed(t *testing.T) {
	line := func(url string) string {
		return `{"request":{"method":"GET","url":"` + url + `"},"response":{"status":200,"headers":{"Content-Type":"application/json"},"body":"{}"}}` + "\n"
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mixed.ndjson": line("https://api.binance.com/api/v1/ping") + line("https://api.binance.com/api/v1/newThing/7") +
			strings.Repeat(line("https://mirror.example/api/v1/ping"), 5),
		"README.txt": "no recording", "empty.har": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mbxcheck("", "lint", dir).expect(t, exitConformant, "✓ conformant in the 2 of 7 exchanges judged; 5 of other hosts were left out",
		"--host mirror.example takes it", "1 exchange on 1 unknown route", "GET /api/v1/newThing/*", "2 files are no recordings", "empty.har")
	mbxcheck("", "lint", "--host", "api.binance.com", "--host", "mirror.example", filepath.Join(dir, "mixed.ndjson")).expect(t, exitConformant, "✓ conformant\n", "7 exchanges judged")
	only := t.TempDir()
	if err := os.WriteFile(filepath.Join(only, "notes.txt"), []byte("no recording"), 0o666); err != nil {
		t.Fatal(err)
	}
	mbxcheck("", "lint", only).expect(t, exitNotExercised, "notes.txt")
}

// A page that several arguments ask for is shown once.
func TestExplainOnce(t *testing.T) {
	once := mbxcheck("", "explain", "retry-after-present")
	if o := mbxcheck("", "explain", "retry-after-present", "Retry-After-P*"); o != once {
		t.Errorf("expected one page, found\n%s%s", o.out, o.err)
	}
	if o := mbxcheck("", "explain", "retry-after-present", "nonsense"); o.out != once.out || o.code != exitUsage {
		t.Errorf("expected the page and exit code 2, found %d\n%s%s", o.code, o.out, o.err)
	}
}
