package cassettes

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// A pipe forgets nothing: behind a part of an entry nothing more is written.
func TestPipesAreNotMended(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &pipe{File: w}
	e := format.NewEntries(s)
	for _, entry := range []string{"one\n", "two\n"} {
		if n, err := e.Write([]byte(entry)); err != nil || n != len(entry) {
			t.Fatalf("expected %q written, found %d, %v", entry, n, err)
		}
	}
	s.at++ // a byte of an entry that broke off
	if _, err := e.Write([]byte("three\n")); !errors.Is(err, errNoWayBack) {
		t.Errorf("expected %v, found %v", errNoWayBack, err)
	}
	w.Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "one\ntwo\n" {
		t.Errorf("expected two entries, found %q, %v", text, err)
	}
}

// A recording into a pipe that nobody reads, or no more, is not whole, and nobody waits
// for that one for long.
func TestPipesThatNobodyReads(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "x.ndjson")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	const patience = 100 * time.Millisecond
	if _, err := openRead(name, patience); !errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), name) {
		t.Errorf("expected nobody to read it, found %v", err)
	}
	for _, gone := range []bool{true, false} {
		reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		to, err := openRead(name, patience)
		if err != nil {
			t.Fatal(err)
		}
		format, err := writtenAs(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record(format, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add(ping); err != nil {
			t.Fatalf("expected it written, found %v", err)
		}
		if gone {
			reader.Close()
		} else {
			long := ping.Clone()
			long.Response.Body = bytes.Repeat([]byte("x"), 1<<20) // more than any pipe holds
			err = r.Add(long)
		}
		err = errors.Join(err, r.Add(ping))
		if !errors.Is(err, ErrUnread) || r.Count() != 1 {
			t.Errorf("gone %t: expected the first exchange alone, found %d and %v", gone, r.Count(), err)
		}
		if err := r.Close(); !errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), "left out") {
			t.Errorf("gone %t: expected to be told at the end, found %v", gone, err)
		}
	}
}

// A recording begins empty, and is its owner's alone.
func TestOpenStorage(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, rewritten, err := openStorage(name)
	if err != nil || !rewritten {
		t.Fatalf("expected a file, found %t, %v", rewritten, err)
	}
	if _, err := format.NewEntries(s).Write([]byte("a\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "a\n" {
		t.Errorf("found %q, %v", text, err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here to stand for a device")
	}
	full, rewritten, err := openStorage("/dev/full")
	if err != nil || rewritten {
		t.Fatalf("expected a device, found %t, %v", rewritten, err)
	}
	defer full.Close()
	if _, err := format.NewEntries(full).Write([]byte("a\n")); err == nil || errors.Is(err, errNoWayBack) {
		t.Errorf("expected the device's own error, found %v", err)
	}
}
