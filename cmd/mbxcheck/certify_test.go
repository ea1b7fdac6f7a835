package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func beBot() {
	files, base, _ := strings.Cut(os.Getenv(asBot), ",")
	signal.Ignore(syscall.SIGTERM)
	for n := 0; ; n++ {
		if r, err := http.Get(base + "/api/v3/time"); err == nil {
			r.Body.Close()
		}
		if n == 0 {
			os.WriteFile(filepath.Join(files, strconv.Itoa(os.Getpid())), nil, 0o666)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestCertifyInterrupted: Ctrl-C leaves nothing running, not even clients that
// will not end, and no directory; nor does any other signal that asks for an end.
func TestCertifyInterrupted(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			unlessIgnored(t, s)
			interrupted(t, s)
		})
	}
}

// unlessIgnored skips where whoever began the tests has them ignore a signal, as
// nohup does: what they start ignores it, too, as it should.
func unlessIgnored(t *testing.T, s os.Signal) {
	t.Helper()
	if signal.Ignored(s) {
		t.Skipf("%v is ignored here", s)
	}
}

func interrupted(t *testing.T, asked os.Signal) {
	dir, scratch := t.TempDir(), t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "certify", "--observe", "--profile", "market-data", "--env", asBot+"="+dir+",{url}", "--", exe)
	cmd.Env = append(cmd.Env, "TMPDIR="+scratch)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // of one that hangs; else it has gone
	pids := botsIn(t, dir, 2)
	if err := cmd.Process.Signal(asked); err != nil {
		t.Fatal(err)
	}
	if got := code(t, cmd.Wait()); got != 130 || !strings.Contains(stderr.String(), "interrupted") || stdout.Len() > 0 {
		t.Errorf("expected exit code 130, a message and no report, found %d:\n%s%s", got, stdout.String(), stderr.String())
	}
	for _, pid := range append(pids, botsIn(t, dir, 0)...) {
		if client, err := os.FindProcess(pid); err == nil && client.Signal(syscall.Signal(0)) == nil {
			t.Errorf("the client %d still runs", pid)
			client.Kill()
		}
	}
	if left, _ := os.ReadDir(scratch); len(left) > 0 {
		t.Errorf("expected no directory left, found %v", left)
	}
}

// botsIn waits until so many bots have written their numbers.
func botsIn(t *testing.T, dir string, atLeast int) []int {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var pids []int
		for _, e := range entries {
			var pid int
			if _, err := fmt.Sscan(e.Name(), &pid); err == nil {
				pids = append(pids, pid)
			}
		}
		if len(pids) >= atLeast {
			return pids
		}
		if time.Now().After(deadline) {
			t.Fatalf("expected %d clients to come to work, found %d", atLeast, len(pids))
		}
	}
}
