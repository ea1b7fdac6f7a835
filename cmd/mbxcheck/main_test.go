package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/certify/process"
)

// asMain, in the environment, makes the test binary the program itself: what
// happens to processes (signals, pipes, terminals) is tested on one.
const asMain = "MBXCHECK_TEST_AS_MAIN"

// asBot, in the environment, makes the test binary a client that never ends: it
// asks the venue for the time, having written its process number into a
// directory, and ignores the signal to end. The variable names both: DIR,URL.
const asBot = "MBXCHECK_TEST_AS_BOT"

// peakFile, in the environment, is where the program leaves what Linux says of
// its memory. What wait4 says of a child is no less than its parent's.
const peakFile = "MBXCHECK_TEST_PEAK"

func TestMain(m *testing.M) {
	process.Inside()
	if os.Getenv(asBot) != "" {
		beBot()
	}
	if os.Getenv(asMain) != "" {
		code := run()
		if file := os.Getenv(peakFile); file != "" {
			status, _ := os.ReadFile("/proc/self/status")
			os.WriteFile(file, status, 0o666)
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

const recorded = "../../cassettes/recorded"

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	return cmd
}

// code returns how a command ended.
func code(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

func TestProcessExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"lint", recorded + "/conformant.yaml"}, 0},
		{[]string{"lint", recorded}, 1},
		{[]string{"lint"}, 2},
		{[]string{"lint", t.TempDir()}, 4},
		{[]string{"lint", recorded, "-o", "/nowhere/at/all"}, 2},
	} {
		if got := code(t, command(t, c.args...).Run()); got != c.want {
			t.Errorf("%v: expected exit code %d, found %d", c.args, c.want, got)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	junit, report := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "report.json")
	out, err := command(t, "verify", "--junit-report", junit, "--json-report", report, recorded).CombinedOutput()
	if code(t, err) != 1 || !bytes.Contains(out, []byte("back-off-after-429")) {
		t.Errorf("expected exit code 1 and the rule, found %v:\n%s", err, out)
	}
	for file, want := range map[string]string{junit: "<testsuite", report: "SuiteDescription"} {
		if data, err := os.ReadFile(file); err != nil || !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: expected %q, found %v", filepath.Base(file), want, err)
		}
	}
	for want, args := range map[int][]string{
		0: {"verify", recorded + "/conformant.yaml"},
		1: {"verify", "--party", "client", "--skip", "L08", recorded},
		2: {"verify", filepath.Join(dir, "nix")},
		4: {"verify", "--host", "nowhere.example", recorded},
	} {
		if out, err := command(t, args...).CombinedOutput(); code(t, err) != want {
			t.Errorf("%v: expected exit code %d, found %v:\n%s", args, want, err, out)
		}
	}
	nowhere := []string{"verify", "--junit-report", filepath.Join(dir, "no", "x.xml"), recorded}
	if out, err := command(t, nowhere...).CombinedOutput(); code(t, err) != 2 {
		t.Errorf("%v: expected exit code 2, found %v:\n%s", nowhere, err, out)
	}
}

// TestInterrupt sends the signal while the program reads a pipe that has more
// to give. What is written first exceeds what a pipe holds, so that by then
// the program reads, and listens for signals. The pipe stays open until the
// program has ended: cmd.StdinPipe's is closed by Wait, and the program could
// come to its end before it hears of the signal.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, out := range []string{"-", filepath.Join(t.TempDir(), "report.txt")} {
		cmd := command(t, "lint", "-o", out, "-")
		stdin, feed, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		var stdout, stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stdin.Close()
		line := `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}` + "\n"
		if _, err := feed.WriteString(strings.Repeat(line, 1<<20/len(line))); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		got := code(t, cmd.Wait())
		report := stdout.String()
		if out != "-" {
			text, _ := os.ReadFile(out)
			report = string(text)
		}
		if got != 130 || !strings.Contains(stderr.String(), "interrupted after 0 of 1 files") || !strings.Contains(report, "; of what was judged: ") {
			t.Errorf("expected exit code 130, a message and a report of what was judged, found %d:\n%s%s", got, report, stderr.String())
		}
	}
}

// TestReaderGoesAway: "| head" ends the program quietly, as other tools.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := command(t, "lint", recorded)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &stderr
	err = cmd.Run()
	w.Close()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("expected SIGPIPE and silence, found %v:\n%s", err, stderr.String())
	}
}

// BenchmarkStartToFinish says how long a user waits for a small cassette.
func BenchmarkStartToFinish(b *testing.B) {
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.Command(exe, "lint", recorded+"/conformant.yaml")
		cmd.Env = append(os.Environ(), asMain+"=1")
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
