package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of so many kibibytes, and returns its directory.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("small", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk could not be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves no room on a disk; what it returns makes all of it again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			return func() {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// A disk that is full costs serve the exchanges that have no room, which it says at
// once and at the end; what it records is whole all the time.
func TestServeOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{".har", ".ndjson", ".yaml"} {
		dir := smallDisk(t, "256k")
		name := filepath.Join(dir, "x"+ending)
		var said bytes.Buffer
		cmd, base := startServeTelling(t, &said, "--record", name)
		getPing(t, base)
		if n := exchangesIn(t, name); n != 1 {
			t.Fatalf("%s: expected 1 exchange, found %d", ending, n)
		}
		free := fill(t, dir)
		for range 40 { // some go into the block that is there
			getPing(t, base)
		}
		meantime := exchangesIn(t, name)
		free()
		for range 5 {
			getPing(t, base)
		}
		cmd.Process.Signal(os.Interrupt)
		if got := code(t, cmd.Wait()); got != 6 {
			t.Errorf("%s: expected exit code 6, found %d", ending, got)
		}
		all := exchangesIn(t, name)
		if meantime < 1 || meantime > 40 || all < meantime+4 {
			t.Errorf("%s: found %d exchanges while the disk was full, and %d in the end", ending, meantime, all)
		}
		text := said.String()
		if strings.Count(text, "make room on its disk") != 1 || strings.Count(text, "left out: ") != 1 || strings.Count(text, "\n") != 2 {
			t.Errorf("%s: expected to be told at once and at the end, once each, found\n%s", ending, text)
		}
	}
}

// exchangesIn counts the exchanges of a recording, which must be whole: lint reads
// all of it, and JSON is JSON to anybody. An answer is recorded when it has been
// given, so that the last one may still be on its way into the file.
func exchangesIn(t *testing.T, name string) int64 {
	t.Helper()
	var data []byte
	for deadline := time.Now().Add(10 * time.Second); ; {
		var err error
		if data, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("/ping")) && data[len(data)-1] == '\n' && (json.Valid(data) || filepath.Ext(name) != ".har") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: expected it to end with an entry, found %q", name, data[max(0, len(data)-100):])
		}
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := command(t, "lint", "--format", "json", "--host", "127.0.0.1:*", copied).Output()
	var report struct {
		Traffic struct{ Exchanges int64 }
		Errors  []any
	}
	if err := json.Unmarshal(out, &report); err != nil || len(report.Errors) > 0 {
		t.Fatalf("%s: %v in %.2000s", name, err, out)
	}
	return report.Traffic.Exchanges
}
