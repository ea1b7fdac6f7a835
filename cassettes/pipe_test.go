//go:build unix

package cassettes

import (
	"bufio"
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
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// A pipe forgets nothing: behind a part of an entry nothing more is written.
func TestPipesAreNotMended(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &oneWay{WriteCloser: w}
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
// for that one for long. What its reader did not take is not counted.
func TestPipesThatNobodyReads(t *testing.T) {
	t.Parallel()
	name := fifo(t, "x.ndjson")
	const patience = 100 * time.Millisecond
	if _, err := openRead(name, patience); !errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), name) {
		t.Errorf("expected nobody to read it, found %v", err)
	}
	for _, gone := range []bool{true, false} {
		r, reader := piped(t, name, patience)
		lines := bufio.NewReader(reader)
		if err := r.Add(ping); err != nil {
			t.Fatalf("expected it taken, found %v", err)
		}
		if _, err := lines.ReadBytes('\n'); err != nil {
			t.Fatal(err)
		}
		if gone {
			reader.Close()
		}
		long := ping.Clone()
		long.Response.Body = bytes.Repeat([]byte("x"), 1<<20) // more than any pipe holds
		for _, x := range []*traffic.Exchange{long, ping} {
			if err := r.Add(x); err != nil && (!gone || !errors.Is(err, ErrUnread)) {
				t.Errorf("gone %t: expected it to wait for the reader, found %v", gone, err)
			}
		}
		if err := r.Close(); !errors.Is(err, ErrUnread) || !strings.HasPrefix(err.Error(), "2 exchanges were left out: ") || r.Count() != 1 {
			t.Errorf("gone %t: expected the first exchange alone and to be told at the end, found %d and %v", gone, r.Count(), err)
		}
		reader.Close()
	}
}

// A reader that pauses for longer than one may who begins is not gone: it gets all, and
// whoever records does not wait for it.
func TestPipesWhoseReaderPauses(t *testing.T) {
	t.Parallel()
	r, reader := piped(t, fifo(t, "x.ndjson"), time.Minute)
	long := ping.Clone()
	long.Response.Body = bytes.Repeat([]byte("x"), 1<<20)
	const several = 3
	for range several {
		if err := r.Add(long); err != nil { // nobody has read yet
			t.Fatal(err)
		}
	}
	text := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(reader)
		text <- all
	}()
	if err := r.Close(); err != nil || r.Count() != several {
		t.Errorf("expected %d exchanges, found %d and %v", several, r.Count(), err)
	}
	if all := <-text; bytes.Count(all, []byte("\n")) != several || !bytes.HasSuffix(all, []byte("\n")) {
		t.Errorf("expected %d whole lines, found %d of %d bytes", several, bytes.Count(all, []byte("\n")), len(all))
	}
}

// What waits for a reader is bounded, and what finds no room is left out whole.
func TestPipesWaitWithinBounds(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := newFeed(w, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, maxWaiting+1)); err != nil {
		t.Errorf("expected a long one taken alone, found %v", err)
	}
	if n, err := f.Write([]byte("a\n")); err == nil || n != 0 || errors.Is(err, ErrUnread) {
		t.Errorf("expected no room, found %d taken, %v", n, err)
	}
	if err := f.Close(); !errors.Is(err.(*unread).err, ErrUnread) {
		t.Errorf("expected it given up, found %v", err)
	}
}

// TestOpenFIFO reads a named FIFO, as process substitution gives.
func TestOpenFIFO(t *testing.T) {
	path := fifo(t, "fifo")
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer w.Close()
		for range 3 {
			io.WriteString(w, oneLine)
		}
	}()
	rec, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	if n := numbers(t, rec); n != 3 {
		t.Errorf("%d exchanges", n)
	}
}

// Nobody but who is named is waited for: a FIFO in a directory is passed by.
func TestFilesPassFIFOsBy(t *testing.T) {
	for f, err := range Files([]string{filepath.Dir(fifo(t, "fifo"))}) {
		t.Errorf("expected nothing to read, found %s, %v", f.Path, err)
	}
}

// fifo makes a named pipe.
func fifo(t *testing.T, name string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	return name
}

// piped begins a recording into a pipe, and to read it.
func piped(t *testing.T, name string, patience time.Duration) (*Recorder, *os.File) {
	t.Helper()
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	to, err := openRead(name, patience)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record(writer(t, name), to, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, reader
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
