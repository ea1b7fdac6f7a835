package suites_test

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/suites"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// configVariable holds the Config, as JSON, with which this program plays the
// part of one that calls Run: Ginkgo runs once in a process.
const configVariable = "SUITES_TEST_CONFIG"

// embedVariable has that program call Register, twice, instead.
const embedVariable = "SUITES_TEST_EMBED"

// terminateVariable has that program send itself SIGTERM behind Run.
const terminateVariable = "SUITES_TEST_TERMINATE"

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(configVariable); ok {
		os.Exit(program(text))
	}
	flag.Parse()
	if run := flag.Lookup("test.run"); len(trafficFlag) > 0 && run.Value.String() == "" {
		// Whoever brings traffic asks about it, not about this package.
		if err := run.Value.Set("^TestDocument$"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// program runs the specs, twice where asked to, and exits 1 for a failure and
// 2 for an error.
func program(text string) int {
	var cfg suites.Config
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if _, ok := os.LookupEnv(embedVariable); ok {
		return embed(cfg)
	}
	out, err := suites.Run(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if _, err := suites.Run(cfg); !errors.Is(err, suites.ErrRanBefore) {
		fmt.Fprintf(os.Stderr, "expected %v of a second Run, found %v\n", suites.ErrRanBefore, err)
		return 2
	}
	if _, ok := os.LookupEnv(terminateVariable); ok {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Signal(syscall.SIGTERM)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		select {} // until the signal arrives, or the parent's deadline
	}
	if !out.Passed {
		return 1
	}
	return 0
}

// embed is a suite of somebody else's, with a BeforeSuite and specs of its own,
// in which the document's specs stand twice.
func embed(cfg suites.Config) int {
	ginkgo.BeforeSuite(func() {})
	for _, name := range []string{"morning", "evening"} {
		ginkgo.Describe(name, func() {
			ginkgo.It("has a spec of its own", func() {})
			if err := suites.Register(cfg); err != nil {
				panic(err)
			}
		})
	}
	_, reporter := ginkgo.GinkgoConfiguration()
	reporter.JSONReport = cfg.JSON
	if !ginkgo.RunSpecs(silent{}, "somebody else's", reporter) {
		return 1
	}
	return 0
}

type silent struct{}

func (silent) Fail() {}

// ran is what a program came to.
type ran struct {
	code           int
	stdout, stderr string
}

func runSpecs(t *testing.T, cfg suites.Config) ran {
	t.Helper()
	var r ran
	cmd := command(t, cfg)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		r.code = exit.ExitCode()
	}
	r.stdout, r.stderr = out.String(), errs.String()
	return r
}

// command is this program as one that calls Run.
func command(t *testing.T, cfg suites.Config) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // longer than any of them takes
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), configVariable+"="+string(text))
	return cmd
}

// conversed reads one of the rules' own cases.
func conversed(t *testing.T, file string) []*traffic.Exchange {
	t.Helper()
	text, err := fs.ReadFile(general.Cases, "testdata/"+file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := conversation.Parse(edition.Default(), file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return c.Exchanges
}

// record writes rules' cases as a recording.
func record(t *testing.T, cases ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.ndjson")
	var exchanges []*traffic.Exchange
	for _, file := range cases {
		exchanges = append(exchanges, conversed(t, file)...)
	}
	write(t, path, exchanges)
	return path
}

func write(t *testing.T, path string, exchanges []*traffic.Exchange) {
	t.Helper()
	to, err := cassettes.Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range exchanges {
		to.Add(x)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRunPassesOnTrafficThatKeepsTheDocument(t *testing.T) {
	dir := t.TempDir()
	cfg := suites.Config{
		Paths: []string{record(t, "ascending/good.txt")},
		JUnit: filepath.Join(dir, "junit.xml"),
		JSON:  filepath.Join(dir, "report.json"),
	}
	r := runSpecs(t, cfg)
	if r.code != 0 {
		t.Fatalf("expected exit code 0, found %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	states := statesOf(t, cfg.JSON)
	want := map[string]types.SpecState{
		"ascending": types.SpecStatePassed, "back-off-after-429": types.SpecStateSkipped, "reads the recordings": types.SpecStatePassed,
	}
	for name, state := range want {
		if states[name] != state {
			t.Errorf("%s: expected %s, found %s", name, state, states[name])
		}
	}
	for _, rule := range rule.All(edition.Default()) {
		if _, ok := states[rule.ID]; !ok {
			t.Errorf("expected a spec for the rule %s, found none", rule.ID)
		}
	}
	if strings.Contains(r.stdout, "\x1b[") {
		t.Error("expected no colours unless they are asked for")
	}
	junit(t, cfg.JUnit, 0)
}

func TestRunFailsTheRulesThatWereBroken(t *testing.T) {
	dir := t.TempDir()
	cfg := suites.Config{
		Paths: []string{record(t, "ascending/bad-klines-newest-first.txt")},
		JUnit: filepath.Join(dir, "junit.xml"),
		JSON:  filepath.Join(dir, "report.json"),
	}
	r := runSpecs(t, cfg)
	if r.code != 1 {
		t.Fatalf("expected exit code 1, found %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var failed []string
	for name, state := range statesOf(t, cfg.JSON) {
		if state.Is(types.SpecStateFailureStates) {
			failed = append(failed, name)
		}
	}
	if !slices.Equal(failed, []string{"ascending"}) {
		t.Errorf("expected ascending to fail and nothing else, found %q", failed)
	}
	clause, _ := edition.Default().Text("G03")
	for _, part := range []string{clause.Words(), "expected: ", "seen: ", "hint: ", "ascending.go:", filepath.Base(cfg.Paths[0])} {
		if !strings.Contains(strings.ReplaceAll(r.stdout, `\"`, `"`), part) {
			t.Errorf("expected the console to tell %q, found\n%s", part, r.stdout)
		}
	}
	junit(t, cfg.JUnit, 1)
}

// TestRunFollowsTheDocument holds the order of specs to that of the clauses and
// their places to the rules' own.
func TestRunFollowsTheDocument(t *testing.T) {
	cfg := suites.Config{Paths: []string{record(t, "ascending/good.txt")}, JSON: filepath.Join(t.TempDir(), "report.json")}
	if r := runSpecs(t, cfg); r.code != 0 {
		t.Fatalf("expected exit code 0, found %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var ids, clauses []string
	files := map[string]string{}
	for _, s := range specsOf(t, cfg.JSON) {
		if c := s.ContainerHierarchyTexts[len(s.ContainerHierarchyTexts)-1]; len(s.ContainerHierarchyTexts) > 1 {
			clauses = append(clauses, c)
		}
		id, _, isRule := strings.Cut(s.LeafNodeText, ": ")
		if isRule {
			ids = append(ids, id)
			files[id] = fmt.Sprintf("%s:%d", s.LeafNodeLocation.FileName, s.LeafNodeLocation.LineNumber)
		}
	}
	var titles []string
	for _, c := range clause.All() {
		titles = append(titles, c.ID+" "+c.Claim)
	}
	if got := slices.Compact(clauses); !slices.Equal(got, titles) {
		t.Errorf("expected a container for each clause, in the order\n%q, found\n%q", titles, got)
	}
	var want []string
	for _, r := range rule.All(edition.Default()) {
		want = append(want, r.ID)
		file, line := r.Source()
		if at := fmt.Sprintf("%s:%d", file, line); files[r.ID] != at {
			t.Errorf("%s: expected the spec at %s, found it at %s", r.ID, at, files[r.ID])
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("expected the specs in the order\n%q, found\n%q", want, ids)
	}
}

// TestRunFailsEachRuleThatTheViolationsBreak runs over the project's own
// recording of violations, whose text says which rules it breaks.
func TestRunFailsEachRuleThatTheViolationsBreak(t *testing.T) {
	const text = "../cmd/mbxcheck/internal/dev/recorded/violations.txt"
	data, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{} // by lines such as "! ascending /1/0"
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "!" {
			wanted[words[1]] = true
		}
	}
	for _, failOn := range []clause.Level{clause.Info, clause.Should, clause.Must} {
		want := map[string]bool{}
		for _, r := range rule.All(edition.Default()) {
			if rule.Severity(r.LevelIn(edition.Default())) >= rule.Severity(failOn) && wanted[r.ID] {
				want[r.ID] = true
			}
		}
		cfg := suites.Config{Paths: []string{"../cassettes/recorded/violations.yaml"}, FailOn: failOn, JSON: filepath.Join(t.TempDir(), "report.json")}
		if r := runSpecs(t, cfg); r.code != 1 {
			t.Fatalf("expected exit code 1, found %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		for name, state := range statesOf(t, cfg.JSON) {
			failed := state.Is(types.SpecStateFailureStates)
			switch {
			case failed && !want[name]:
				t.Errorf("failing on %s: %s failed, which %s does not want", failOn, name, text)
			case !failed && want[name]:
				t.Errorf("failing on %s: expected %s to fail, as %s wants, found it %s", failOn, name, text, state)
			}
		}
	}
}

// TestRunStopsReadingWhenInterrupted interrupts a run over a recording without
// an end.
func TestRunStopsReadingWhenInterrupted(t *testing.T) {
	cmd := command(t, suites.Config{Paths: []string{"-"}})
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // until the program closes its end
		for {
			if _, err := io.WriteString(in, `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}`+"\n"); err != nil {
				return
			}
		}
	}()
	var told strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		told.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Will run") { // by now Ginkgo catches signals
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(told.String(), "Interrupted by User") {
		t.Errorf("expected exit code 1 of an interrupted run, found %v and\n%s", err, told.String())
	}
}

func TestRegisterStandsBesideOtherSpecs(t *testing.T) {
	cfg := suites.Config{Paths: []string{record(t, "ascending/good.txt")}, Config: judge.Config{Rules: []string{"G03"}}, JSON: filepath.Join(t.TempDir(), "report.json")}
	cmd := command(t, cfg)
	cmd.Env = append(cmd.Env, embedVariable+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	times := map[string]int{}
	for _, s := range specsOf(t, cfg.JSON) {
		if s.State == types.SpecStatePassed {
			id, _, _ := strings.Cut(s.LeafNodeText, ": ")
			times[id]++
		}
	}
	if want := map[string]int{"has a spec of its own": 2, "reads the recordings": 2, "ascending": 2}; !maps.Equal(times, want) {
		t.Errorf("expected these specs to pass %v, found %v", want, times)
	}
}

// TestRunTellsViolationsThatFailNothing fails on musts, over a recording that
// breaks rules of weaker levels too.
func TestRunTellsViolationsThatFailNothing(t *testing.T) {
	cfg := suites.Config{
		Paths:  []string{"../cassettes/recorded/violations.yaml"},
		Config: judge.Config{Rules: []string{"no-identical-resend"}},
		JSON:   filepath.Join(t.TempDir(), "report.json"),
	}
	r := runSpecs(t, cfg)
	if r.code != 0 {
		t.Errorf("expected exit code 0, found %d", r.code)
	}
	if state := statesOf(t, cfg.JSON)["no-identical-resend"]; state != types.SpecStateSkipped {
		t.Errorf("expected the spec to be skipped, not passed, found it %s", state)
	}
	demand(t, r.stdout, "violations that fail nothing", "1 violation", "seen: ")
}

// TestRunGivesSignalsBack ends a program by SIGTERM after its run.
func TestRunGivesSignalsBack(t *testing.T) {
	cmd := command(t, suites.Config{Paths: []string{record(t, "ascending/good.txt")}})
	cmd.Env = append(cmd.Env, terminateVariable+"=1")
	out, err := cmd.CombinedOutput()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("expected the program to end by SIGTERM, found %v and\n%s", err, out)
	}
}

func TestRunRefuses(t *testing.T) {
	good := record(t, "ascending/good.txt")
	for name, c := range map[string]struct {
		cfg  suites.Config
		code int
		says string
	}{
		"no paths":           {suites.Config{}, 2, "at least one path"},
		"unknown edition":    {suites.Config{Paths: []string{good}, Config: judge.Config{Edition: "1999"}}, 2, edition.DefaultID},
		"unknown rule":       {suites.Config{Paths: []string{good}, Config: judge.Config{Rules: []string{"descending"}}}, 2, "descending"},
		"unknown level":      {suites.Config{Paths: []string{good}, FailOn: "shall"}, 2, "shall"},
		"bad host":           {suites.Config{Paths: []string{good}, Config: judge.Config{Hosts: []string{"https://x"}}}, 2, "https://x"},
		"bad filter":         {suites.Config{Paths: []string{good}, Labels: "(server"}, 2, "(server"},
		"report not to make": {suites.Config{Paths: []string{good}, JUnit: filepath.Join(good, "x.xml")}, 2, "x.xml"},
		"filter of nothing":  {suites.Config{Paths: []string{good}, Labels: "nobody"}, 1, ""},
		"no such recording":  {suites.Config{Paths: []string{good + "x"}}, 1, "no such file"},
		"no recording":       {suites.Config{Paths: []string{"run_test.go"}}, 1, "run_test.go"},
		"other hosts":        {suites.Config{Paths: []string{good}, Config: judge.Config{Hosts: []string{"example.com"}}}, 1, "other hosts (api.binance.com)"},
		"unreadable, and a filter that leaves its spec out": {suites.Config{Paths: []string{good, good + "x"}, Labels: "G03"}, 1, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runSpecs(t, c.cfg)
			if r.code != c.code || !strings.Contains(r.stdout+r.stderr, c.says) {
				t.Errorf("expected exit code %d and %q, found %d and\n%s%s", c.code, c.says, r.code, r.stdout, r.stderr)
			}
		})
	}
}

// TestRunKeepsTheTerminalSafe puts escape sequences and Ginkgo's colour tags
// where a report quotes the recording.
func TestRunKeepsTheTerminalSafe(t *testing.T) {
	exchanges := conversed(t, "ascending/bad-klines-newest-first.txt")
	for _, x := range exchanges {
		x.At.File = ""
		x.Request.URL += "&x=\x1b[2J"
	}
	dir := filepath.Join(t.TempDir(), "a\x1b[31mb{{red}}")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Skipf("the file system takes no such name: %v", err)
	}
	path := filepath.Join(dir, "client.ndjson")
	write(t, path, exchanges)
	r := runSpecs(t, suites.Config{Paths: []string{path}})
	if r.code != 1 || strings.Contains(r.stdout, "\x1b") || !strings.Contains(r.stdout, `a\x1b[31mb{ {red}}`) {
		t.Errorf("expected exit code 1 and escapes spelled out, found %d and\n%q", r.code, r.stdout)
	}
}

func specsOf(t *testing.T, file string) types.SpecReports {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var reports []types.Report
	if err := json.Unmarshal(data, &reports); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 {
		t.Fatalf("%s: expected one report, found %d", file, len(reports))
	}
	return reports[0].SpecReports.WithLeafNodeType(types.NodeTypeIt)
}

// statesOf returns what the JSON report says of each spec, by the rule's ID.
func statesOf(t *testing.T, file string) map[string]types.SpecState {
	t.Helper()
	states := map[string]types.SpecState{}
	for _, s := range specsOf(t, file) {
		id, _, _ := strings.Cut(s.LeafNodeText, ": ")
		states[id] = s.State
	}
	return states
}

// junit demands a JUnit report with so many failures, each with an element that
// says what is wrong.
func junit(t *testing.T, file string, failures int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Suites []struct {
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Name    string  `xml:"name,attr"`
				Failure *string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	elements := map[string]string{}
	for _, s := range report.Suites {
		if s.Failures != failures {
			t.Errorf("expected failures=%d, found %d", failures, s.Failures)
		}
		for _, c := range s.Cases {
			if c.Failure != nil {
				elements[c.Name] = *c.Failure
			}
		}
	}
	if len(elements) != failures {
		t.Errorf("expected %d failure elements, found %q", failures, slices.Sorted(maps.Keys(elements)))
	}
	for name, text := range elements {
		if !strings.Contains(text, "violation") {
			t.Errorf("%s: expected the findings in the failure element, found %q", name, text)
		}
	}
}
