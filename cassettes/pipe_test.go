package cassettes

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

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
