package main

import (
	"bufio"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// uses are the commands, three, by which README.md says behind a mark what something is
// used for, with a venue and programs of this test in the place of its own.
func uses(t *testing.T, mark, venue string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- "+mark+" uses -->\n")
	block, _, end := strings.Cut(rest, "\n\n")
	if !ok || !end {
		t.Fatal("README.md: expected what it is used for")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer(
		"https://api.binance.com", venue, "https://testnet.binance.vision", venue, "http://127.0.0.1:8080", venue, "127.0.0.1:8080", "127.0.0.1:0",
		"session.ndjson", filepath.Join(t.TempDir(), "session.ndjson"),
		"verify -- node bot.mjs", "verify --scenario 429-read-1 --observe -- env -u "+asMain+" "+exe+" -test.run=^TestAskForTheTime$ {url}", "--proxy --", "--proxy --scenario parameters --",
		"npm test", "env -u "+asMain+" "+exe+" -test.run=^TestAskForTheTime$ {url}", "certify-proxy --", "certify-proxy --scenario parameters --",
		"./proxy --listen {listen} --to {upstream}", "env "+asMain+"=1 "+exe+" proxy --listen {listen} --upstream {upstream}",
	)
	var list [][]string
	for line := range strings.Lines(block) {
		words := strings.Fields(here.Replace(line))
		if words[0] != "mbxcheck" {
			t.Fatalf("README.md: expected a command, found %q", line)
		}
		list = append(list, words[1:])
	}
	if len(list) != 3 {
		t.Fatalf("README.md: expected three uses, found %d", len(list))
	}
	return list
}

// TestAskForTheTime is the command in the place of npm test.
func TestAskForTheTime(t *testing.T) {
	if flag.NArg() != 1 || flag.Arg(0) != os.Getenv("MBXCHECK_URL") {
		t.Skip("nobody runs it as a command")
	}
	r, err := http.Get(flag.Arg(0) + "/api/v1/time")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
}

// TestReadmeProxyUses runs what README.md shows: watch, gate and certify.
func TestReadmeProxyUses(t *testing.T) {
	t.Parallel()
	_, venue := startServe(t)
	all := uses(t, "proxy", venue)
	t.Run("watch", func(t *testing.T) {
		t.Parallel()
		cmd := command(t, all[0]...)
		said, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		line, err := bufio.NewReader(said).ReadString('\n')
		_, rest, _ := strings.Cut(line, "http://")
		address, _, ok := strings.Cut(rest, " ")
		if err != nil || !ok {
			t.Fatalf("expected an address, found %q, %v", line, err)
		}
		getPing(t, "http://"+address)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if got := code(t, cmd.Wait()); got != 0 {
			t.Errorf("expected exit code 0, found %d", got)
		}
	})
	for i, name := range []string{"gate", "certify"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := command(t, all[1+i]...).CombinedOutput()
			if got := code(t, err); got != 0 || !strings.Contains(string(out), "conformant") {
				t.Errorf("expected exit code 0, found %d:\n%s", got, out)
			}
		})
	}
}

// TestReadmeVerifyUses runs what README.md shows: a client that makes no call that the
// scenario is about, a server that refuses, and a proxy that keeps all.
func TestReadmeVerifyUses(t *testing.T) {
	t.Parallel()
	venue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }))
	t.Cleanup(venue.Close)
	all := uses(t, "verify", venue.URL)
	for i, c := range []struct {
		name string
		code int
		said string
	}{{"client", 4, "came to none of the scenarios"}, {"server", 4, "reaches the server"}, {"proxy", 0, "0 Failed"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := command(t, all[i]...).CombinedOutput()
			if got := code(t, err); got != c.code || !strings.Contains(string(out), c.said) {
				t.Errorf("expected exit code %d and %q, found %d:\n%s", c.code, c.said, got, out)
			}
		})
	}
}
