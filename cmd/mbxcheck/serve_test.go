package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// startServe runs the command as a process and returns the venue's address.
func startServe(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	return startServeTelling(t, nil, args...)
}

// startServeTelling is startServe with a place for what is said on standard error.
func startServeTelling(t *testing.T, said io.Writer, args ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := command(t, append([]string{"serve"}, args...)...)
	cmd.Stderr = said
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var first struct{ Listening string }
	if err := json.Unmarshal(line, &first); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return cmd, first.Listening
}

func getPing(t *testing.T, base string) {
	t.Helper()
	r, err := http.Get(base + "/api/v1/ping")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
}

func TestServeEndsBySignal(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			unlessIgnored(t, signal)
			cmd, base := startServe(t)
			getPing(t, base)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if got := code(t, cmd.Wait()); got != 0 {
				t.Errorf("expected exit code 0, found %d", got)
			}
		})
	}
}

// TestServeKilled: what a killed process recorded can be read, up to the last
// whole exchange; so can what is left where the disk lost the end of it.
func TestServeKilled(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"yaml", "ndjson", "har"} {
		name := filepath.Join(t.TempDir(), "session."+ending)
		cmd, base := startServe(t, "--record", name)
		// An exchange is recorded when its handler ends, which is before the
		// next request of the connection is read: of four, three are there.
		for range 4 {
			getPing(t, base)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lintKilled(t, name, data)
		got := bytes.Count(data, []byte("/api/v1/ping"))
		if got < 3 || got > 4 {
			t.Errorf("%s: expected 3 or 4 exchanges, found %d:\n%s", ending, got, data)
		}
		torn := filepath.Join(t.TempDir(), "torn."+ending)
		if err := os.WriteFile(torn, data[:len(data)-len(data)/(2*got)], 0o666); err != nil {
			t.Fatal(err)
		}
		lint(t, torn, tornCode, "exchanges judged")
	}
}

// TestServeKilledUnderLoad: of what clients were answered before the process was
// killed in the midst of it, all is in the recording but for the last of each.
func TestServeKilledUnderLoad(t *testing.T) {
	t.Parallel()
	const clients, before = 8, 25
	for _, ending := range []string{"yaml", "ndjson", "har"} {
		name := filepath.Join(t.TempDir(), "session."+ending)
		cmd, base := startServe(t, "--record", name, "--limit", "REQUEST_WEIGHT=1000000/1m", "--limit", "RAW_REQUESTS=1000000/5m")
		var answered atomic.Int64
		var enough, ended sync.WaitGroup
		enough.Add(clients)
		for range clients {
			ended.Go(func() {
				client := &http.Client{Transport: &http.Transport{}}
				for n := 0; ; n++ {
					if n == before {
						enough.Done()
					}
					r, err := client.Get(base + "/api/v1/depth?symbol=BTCUSDT&limit=20")
					if err == nil {
						_, err = io.ReadAll(r.Body)
						r.Body.Close()
					}
					if err != nil { // killed
						if n < before {
							t.Error(err)
							enough.Done()
						}
						return
					}
					answered.Add(1)
				}
			})
		}
		enough.Wait()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		ended.Wait()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lintKilled(t, name, data)
		got, least, most := int64(bytes.Count(data, []byte("/api/v1/depth"))), answered.Load()-clients, answered.Load()+clients
		if got < least || got > most {
			t.Errorf("%s: expected %d to %d exchanges, found %d", ending, least, most, got)
		}
	}
}

// tornCode is how lint ends on a recording that is torn within its last request,
// which can't be read any more.
const tornCode = 2

// lintKilled judges what a killed process has recorded. It is whole, but where the
// kill came in the midst of a write, which Linux then ends between two pages and
// nowhere else: of 400 processes killed as they wrote 6000 bytes at a time, 131 left
// a torn file, each of whole pages. All but what was being written is judged then.
func lintKilled(t *testing.T, name string, data []byte) {
	t.Helper()
	codes := []int{0}
	if len(data)%os.Getpagesize() == 0 {
		codes = append(codes, tornCode)
	}
	lintAs(t, name, codes, "exchanges judged")
}

// lint judges a recording in a process of its own.
func lint(t *testing.T, name string, want int, text string) {
	t.Helper()
	lintAs(t, name, []int{want}, text)
}

// lintAs is lint where more than one end may be right.
func lintAs(t *testing.T, name string, want []int, text string) {
	t.Helper()
	out, err := command(t, "lint", "--host", "127.0.0.1:*", "--party", "server", name).CombinedOutput()
	if got := code(t, err); !slices.Contains(want, got) || !strings.Contains(string(out), text) {
		t.Errorf("%s: expected exit code %d and %q, found %d:\n%s", filepath.Base(name), want, text, got, out)
	}
}
