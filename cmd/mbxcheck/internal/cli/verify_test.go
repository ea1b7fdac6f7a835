package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// asItself is the variable that makes this test the program: Ginkgo runs once in a
// process.
const asItself = "MBXCHECK_TEST_AS_ITSELF"

// apart runs the program in a process of its own.
func apart(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asItself+"=1")
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// told is a verdict with the number of occasions where specs tell it.
func told(v rule.Verdict, passed, failed int) string {
	switch v {
	case rule.Pass:
		return fmt.Sprint(v, " ", passed)
	case rule.Fail:
		return fmt.Sprint(v, " ", failed)
	}
	return fmt.Sprint(v)
}

// reported are the verdicts of a JSON report, by rule.
func reported(t *testing.T, report string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for id, counts := range verdicts(t, report) {
		var r rule.RuleTally
		if _, err := fmt.Sscanf(counts, "%d/%d/%d", &r.Passed, &r.Failed, &r.Inconclusive); err != nil {
			t.Fatal(err)
		}
		all[id] = told(r.Verdict(), int(r.Passed), int(r.Failed))
	}
	return all
}

// specified are the verdicts of Ginkgo's JSON report, by rule.
func specified(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var reports []struct {
		SpecReports []struct {
			LeafNodeText, State string
			Failure             struct{ Message string }
			ReportEntries       []struct {
				Value struct{ Representation string }
			}
		}
	}
	if err := json.Unmarshal(data, &reports); err != nil || len(reports) != 1 {
		t.Fatalf("%v in %s", err, data)
	}
	all := map[string]string{}
	for _, s := range reports[0].SpecReports {
		id, _, isRule := strings.Cut(s.LeafNodeText, ": ")
		if !isRule {
			continue
		}
		passed, failed, verdict := 0, 0, rule.NotExercised
		if _, err := fmt.Sscanf(s.Failure.Message, "%d violation", &failed); err == nil {
			verdict = rule.Fail
		} else if s.State == "passed" {
			verdict = rule.Pass
			fmt.Sscan(s.ReportEntries[0].Value.Representation, &passed)
		} else if strings.HasPrefix(s.Failure.Message, "inconclusive") {
			verdict = rule.Inconclusive
		}
		all[id] = told(verdict, passed, failed)
	}
	return all
}

// TestVerifyAgrees holds the specs about whom they meet against the commands that
// certify them: the same exit code, and the same verdict by each rule.
func TestVerifyAgrees(t *testing.T) {
	t.Parallel()
	client := func(way string) []string {
		return []string{"--", "env", asClient + "=" + way, asURL + "={url}", os.Args[0]}
	}
	proxy := func(id string) []string {
		return []string{"--scenario", "percent-encoding", "--scenario", "answer-429", "--", "env", asProxy + "=" + id, os.Args[0], "{listen}", "{upstream}"}
	}
	server := func(liars ...string) func() []string {
		return func() []string {
			address, _ := stub(t, 15, liars...)
			return []string{"--url", address}
		}
	}
	always := func(args []string) func() []string { return func() []string { return args } }
	for name, c := range map[string]struct {
		by   string
		args func() []string // the same to both
		code int
		fail string // a rule that must, "" for none
	}{
		"client":        {"certify", always(append([]string{"--scenario", "429-read-1"}, client("sound")...)), exitConformant, ""},
		"faulty client": {"certify", always(append([]string{"--scenario", "429-read-2"}, client("spam")...)), exitViolations, "back-off-after-429"},
		"watched":       {"certify", always(append([]string{"--scenario", longSilence, "--observe"}, client("bot")...)), exitViolations, "back-off-after-429"},
		"no client":     {"certify", always(append([]string{"--scenario", "429-read-1"}, client("crash")...)), exitNoStart, ""},
		"silent client": {"certify", always(append([]string{"--scenario", "429-read-1", "--observe"}, client("bot-elsewhere")...)), exitNotExercised, ""},
		"server":        {"probe", server(), exitNotExercised, ""}, // which ends the probe by a 429
		"lying server":  {"probe", server("descending-klines"), exitViolations, "ascending"},
		"no server":     {"probe", always([]string{"--url", "http://127.0.0.1:1"}), exitNoStart, ""},
		"proxy":         {"certify-proxy", always(append([]string{"--proxy"}, proxy("faithful")...)), exitConformant, ""},
		"faulty proxy":  {"certify-proxy", always(append([]string{"--proxy"}, proxy("sorts-parameters")...)), exitViolations, "proxy-keeps-bytes"},
		"no proxy":      {"certify-proxy", always([]string{"--proxy", "--", "sh", "-c", "exit 3", "{listen}", "{upstream}"}), exitNoStart, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := filepath.Join(t.TempDir(), "report.json")
			specs := apart(t, append([]string{"verify", "--json-report", report}, c.args()...)...)
			args := c.args()
			if c.by == "certify-proxy" {
				args = args[1:]
			}
			by := mbxcheck("", append([]string{c.by, "--format", "json"}, args...)...)
			if specs.code != c.code || by.code != c.code {
				t.Fatalf("expected %d of both, found %d and %d\n%s%s\n%s", c.code, specs.code, by.code, specs.out, specs.err, by.err)
			}
			got := specified(t, report)
			if by.out == "" { // it met nobody
				return
			}
			want := reported(t, by.out)
			// A watched client sends as often as it gets round to it, and what is counted of
			// a server's weights depends on when the minute turned.
			uncounted := name == "watched" || c.by == "probe"
			for id, verdict := range want {
				if got[id] != verdict && (!uncounted || strings.Fields(got[id])[0] != strings.Fields(verdict)[0]) {
					t.Errorf("%s: %s says %s, the specs %s", id, c.by, verdict, got[id])
				}
			}
			if c.fail != "" && !strings.HasPrefix(want[c.fail], fmt.Sprint(rule.Fail)) || len(want) < 8 {
				t.Errorf("expected %s broken, found %v", c.fail, want)
			}
		})
	}
}
