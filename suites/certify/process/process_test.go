//go:build unix

package process

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// atOnce is how many tests run at once where -parallel does not say it. That is
// more than there are cores, since they wait for each process that begins and
// ends; and few, since a client asks for a name for a second and no longer.
const atOnce = "4"

func TestMain(m *testing.M) {
	Inside() // the test binary becomes the client, as the program does
	if err := flag.Lookup("test.parallel").Value.Set(atOnce); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// start runs a client before a front that answers every request.
func start(t *testing.T, o Options) (*Process, *wire.Front, error) {
	t.Helper()
	ca, err := wire.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o.Names = edition.Default().Names()
	front := wire.NewFront(wire.Config{Authority: ca, Names: o.Names, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{}")
	})})
	t.Cleanup(func() { front.Close() })
	o.Authority = ca
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	p, err := Start(ctx, o, front)
	if err == nil {
		t.Cleanup(p.Stop)
	}
	return p, front, err
}

// must is a client that starts.
func must(t *testing.T, o Options) (*Process, *wire.Front) {
	t.Helper()
	p, front, err := start(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return p, front
}

// ended waits for a client to end by itself.
func ended(t *testing.T, p *Process) error {
	t.Helper()
	select {
	case <-p.Ended():
	case <-time.After(deadline):
		t.Fatalf("expected the client to end, found it running:\n%s", p.Output())
	}
	return p.Err()
}

// modes are isolation and none, where there are both.
func modes(t *testing.T, f func(*testing.T, bool)) {
	t.Run("plain", func(t *testing.T) { f(t, false) })
	t.Run("isolated", func(t *testing.T) {
		if err := CanIsolate(t.Context()); err != nil {
			t.Skip(err)
		}
		f(t, true)
	})
}

func sh(script string, isolate bool) Options {
	return Options{Command: []string{"sh", "-c", script}, Way: wire.ByURL, Isolate: isolate, APIKey: "dummy-key", SecretKey: "dummy-secret"}
}

func TestEnvironmentIsClean(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "real")
	t.Setenv("NAMED", "taken over")
	t.Setenv("LANG", "C.UTF-8")
	modes(t, func(t *testing.T, isolate bool) {
		o := sh("env | sed 's/dummy-/dummy:/g; s/=/ is /'; pwd; echo \"$HOME\" > \"$HOME/file\" && echo written", isolate)
		o.Env = []string{"NAMED", "ABSENT", "SAID=this=that", "BASE={url}/api", "LANG=de", "KEYS={key} {secret}"}
		p, _ := must(t, o)
		if err := ended(t, p); err != nil {
			t.Fatalf("%v\n%s", err, p.Output())
		}
		got := p.Output()
		dir, _ := os.Getwd()
		for _, want := range []string{
			"NAMED is taken over\n", "SAID is this=that\n", "BASE is " + p.URL() + "/api\n", "MBXCHECK_URL is " + p.URL() + "\n", "LANG is de\n",
			"BINANCE_API_KEY is dummy:key\n", "BINANCE_API_SECRET is dummy:secret\n", "MBXCHECK_API_KEY is dummy:key\n", "MBXCHECK_SECRET_KEY is dummy:secret\n", "KEYS is dummy:key dummy:secret\n",
			"\n" + dir + "\n", "written\n",
		} {
			if !strings.Contains("\n"+got, want) {
				t.Errorf("expected %q, found:\n%s", want, got)
			}
		}
		for _, unwanted := range []string{"AWS_", "ABSENT", "C.UTF-8", "HOME is " + os.Getenv("HOME") + "\n", "_PROXY", "mbxcheck-client-starter"} {
			if strings.Contains(got, unwanted) {
				t.Errorf("expected no %q, found:\n%s", unwanted, got)
			}
		}
	})
}

// TestNothingIsLeft: directories and sockets of a client die with it.
func TestNothingIsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	modes(t, func(t *testing.T, isolate bool) {
		p, _ := must(t, sh("mkdir -p $HOME/a/b && chmod 500 $HOME/a && touch $TMPDIR/c", isolate))
		ended(t, p)
		if list, _ := os.ReadDir(os.TempDir()); len(list) > 0 {
			t.Errorf("expected nothing left, found %v", list)
		}
	})
}

func TestHowItEnded(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, isolate bool) {
		for script, want := range map[string]Exit{
			"exit 0": {}, "echo oh; exit 3": {Code: 3}, "kill -9 $$": {Signal: "killed"}, "exit 127": {Code: 127},
		} {
			p, _ := must(t, sh(script, isolate))
			err := ended(t, p)
			var got *Exit
			if want == (Exit{}) != (err == nil) || err != nil && (!errors.As(err, &got) || *got != want) {
				t.Errorf("%s: expected %+v, found %v", script, want, err)
			}
		}
	})
}

func TestWhatDoesNotStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	modes(t, func(t *testing.T, isolate bool) {
		for _, command := range [][]string{{"no-such-program"}, {"./no-such-program"}, {dir}, {script}, {}} {
			_, _, err := start(t, Options{Command: command, Way: wire.ByURL, Isolate: isolate})
			if !errors.Is(err, ErrNotStarted) {
				t.Errorf("%v: expected that it did not start, found %v", command, err)
			}
		}
		if _, _, err := start(t, Options{Command: []string{"sh"}, Way: wire.ByURL, Isolate: isolate, Dir: filepath.Join(dir, "none")}); !errors.Is(err, ErrNotStarted) {
			t.Errorf("expected a missing directory to be told, found %v", err)
		}
	})
	if _, _, err := start(t, Options{Command: []string{"sh"}, Way: wire.Isolated}); err == nil || !strings.Contains(err.Error(), "{url}") {
		t.Errorf("expected to be told of other ways, found %v", err)
	}
}

// stubborn starts a child that ignores requests to end, and says that it runs.
const stubborn = `trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo "pid $!"; wait`

// TestStopLeavesNothingRunning: also not what ignores the request; in isolation
// also not what has left for a session of its own.
func TestStopLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, isolate bool) {
		o := sh(stubborn, isolate)
		if isolate {
			o.Command = []string{"sh", "-c", `setsid sh -c "$1" & wait`, "sh", stubborn}
		}
		o.Driven = true // to read what it says
		p, _ := must(t, o)
		read := bufio.NewReader(p.Stdout)
		if line, err := read.ReadString('\n'); !strings.HasPrefix(line, "pid ") {
			t.Fatalf("expected it to run, found %q, %v\n%s", line, err, p.Output())
		}
		p.stopped.Do(p.stop)
		// Its output ends when the last process that may write to it has.
		if _, err := io.Copy(io.Discard, read); err != nil {
			t.Errorf("expected its output to end, found %v", err)
		}
	})
}

// gone holds that a process has ended.
func gone(t *testing.T, pid string) {
	t.Helper()
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(text), ") Z ") {
			return
		}
	}
	t.Errorf("expected process %s to end, found it running", pid)
}

// TestLimits reads the limits back, and runs into those on time.
func TestLimits(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, isolate bool) {
		o := sh("ulimit -t; ulimit -d; ulimit -f; ulimit -c", isolate)
		o.Limits = Limits{CPU: 90 * time.Second, Memory: 1 << 30, File: 1 << 20}
		p, _ := must(t, o)
		if err := ended(t, p); err != nil {
			t.Fatal(err, p.Output())
		}
		if got := strings.Fields(p.Output()); strings.Join(got, " ") != "90 1048576 2048 0" {
			t.Errorf("expected the limits, found %q", got)
		}
		o = sh("while :; do :; done", isolate)
		o.Limits.CPU = time.Second
		p, _ = must(t, o)
		var exit *Exit
		if err := ended(t, p); !errors.As(err, &exit) || exit.Signal == "" {
			t.Errorf("expected it to be killed for its time on the processor, found %v", err)
		}
		o = sh("sleep 1000", isolate)
		o.Limits.Time = 10 * time.Millisecond
		p, _ = must(t, o)
		if err := ended(t, p); err == nil || !strings.Contains(err.Error(), "stopped after 10ms") {
			t.Errorf("expected it to be stopped, found %v", err)
		}
	})
}

func TestContextEndsIt(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, isolate bool) {
		ca, err := wire.NewAuthority(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		front := wire.NewFront(wire.Config{Authority: ca, Names: edition.Default().Names(), Handler: http.NotFoundHandler()})
		defer front.Close()
		ctx, cancel := context.WithCancel(t.Context())
		o := sh("sleep 1000", isolate)
		o.Authority = ca
		p, err := Start(ctx, o, front)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := ended(t, p); !errors.Is(err, context.Canceled) {
			t.Errorf("expected the context's end, found %v", err)
		}
		if how := p.Exit(); how != "" {
			t.Errorf("expected it not told to have ended by itself, found %q", how)
		}
		p.Stop()
	})
}

func TestDriven(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, isolate bool) {
		o := sh(`echo diagnostics >&2; while read line; do echo "answer to $line"; done; echo end`, isolate)
		o.Driven = true
		p, _ := must(t, o)
		read := bufio.NewReader(p.Stdout)
		for _, word := range []string{"one", "two"} {
			io.WriteString(p.Stdin, word+"\n")
			if got, err := read.ReadString('\n'); got != "answer to "+word+"\n" {
				t.Errorf("expected an answer to %s, found %q %v", word, got, err)
			}
		}
		p.Stdin.Close()
		if rest, err := io.ReadAll(read); string(rest) != "end\n" || err != nil {
			t.Errorf("expected the end, found %q %v", rest, err)
		}
		if err := ended(t, p); err != nil || p.Output() != "diagnostics\n" {
			t.Errorf("expected its diagnostics apart, found %q %v", p.Output(), err)
		}
	})
}

func TestOutputIsBoundedAndMasked(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("k3y", 22)
	o := sh(`i=0; while [ $i -lt 5000 ]; do echo "line $i xxxxxxxxxxxxxxxxxxxxxxxx"; i=$((i+1)); done; echo "key `+secret+`"`, false)
	p, _ := must(t, o)
	ended(t, p)
	got := p.Output()
	if len(got) > maxOutput+100 || !strings.HasPrefix(got, "(") || !strings.Contains(got, "line 4999") || strings.Contains(got, secret) {
		t.Errorf("expected the end of the output, masked, found %d bytes: %.100q", len(got), got)
	}
}

func TestWayOf(t *testing.T) {
	for _, c := range []struct {
		command, env []string
		want         wire.Way
	}{
		{[]string{"curl", "{url}/api/v1/ping"}, nil, wire.ByURL},
		{[]string{"bot"}, []string{"BASE={url}"}, wire.ByURL},
		{[]string{"bot"}, []string{"URL"}, wire.Isolated},
	} {
		if got := WayOf(c.command, c.env); got != c.want {
			t.Errorf("%v %v: expected %v, found %v", c.command, c.env, c.want, got)
		}
	}
}

// signalled is how a test's child says that it is ready to be killed.
const signalled = "MBXCHECK_TEST_RUN_CLIENT"

// TestKilledProgramLeavesNothing: even a program that had no chance to clean up
// takes an isolated client with it.
func TestKilledProgramLeavesNothing(t *testing.T) {
	if mode := os.Getenv(signalled); mode != "" {
		o := sh("echo pid $$ >&2; sleep 1000 & sleep 1000 & wait", mode == "isolated")
		p, _ := must(t, o)
		for !strings.Contains(p.Output(), "\n") {
			time.Sleep(time.Millisecond)
		}
		os.Stdout.WriteString(p.Output())
		select {}
	}
	if runtime.GOOS != "linux" {
		t.Skip("for Linux")
	}
	modes(t, func(t *testing.T, isolate bool) {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestKilledProgramLeavesNothing$")
		mode := map[bool]string{true: "isolated", false: "plain"}[isolate]
		t.Setenv("TMPDIR", t.TempDir())
		cmd.Env = append(os.Environ(), signalled+"="+mode) // it cannot clean up
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		pid := strings.TrimSpace(strings.TrimPrefix(line, "pid "))
		if isolate {
			pid = childOf(t, cmd.Process.Pid) // the number was of another world
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		gone(t, pid)
		if group, err := strconv.Atoi(pid); err == nil && !isolate { // what a plain client started lives on
			syscall.Kill(-group, syscall.SIGKILL)
		}
		cmd.Wait()
		if list, _ := os.ReadDir(os.TempDir()); len(list) != 1 {
			t.Errorf("expected the client's directory to be left, found %v", list)
		}
		Sweep()
		if list, _ := os.ReadDir(os.TempDir()); len(list) > 0 {
			t.Errorf("expected the next run to remove what was left, found %v", list)
		}
	})
}

// childOf is a process that another one has started.
func childOf(t *testing.T, parent int) string {
	t.Helper()
	lists, _ := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
	for _, name := range lists {
		if text, _ := os.ReadFile(name); len(strings.Fields(string(text))) > 0 {
			return strings.Fields(string(text))[0]
		}
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, _ := os.ReadFile(name)
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			return filepath.Base(filepath.Dir(name))
		}
	}
	t.Fatalf("expected a child of %d, found none", parent)
	return ""
}

// BenchmarkStart says what running a client costs, from start to nothing left.
func BenchmarkStart(b *testing.B) {
	ca, err := wire.NewAuthority(time.Now())
	if err != nil {
		b.Fatal(err)
	}
	front := wire.NewFront(wire.Config{Authority: ca, Names: edition.Default().Names(), Handler: http.NotFoundHandler()})
	defer front.Close()
	for _, isolate := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "isolated"}[isolate], func(b *testing.B) {
			if err := CanIsolate(b.Context()); isolate && err != nil {
				b.Skip(err)
			}
			for b.Loop() {
				p, err := Start(b.Context(), Options{Command: []string{"true"}, Way: wire.ByURL, Isolate: isolate, Authority: ca}, front)
				if err != nil {
					b.Fatal(err)
				}
				<-p.Ended()
			}
		})
	}
}
