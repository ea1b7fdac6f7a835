package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Storage is where a recording is kept: a file, of which what was written last
// can be taken back, or a pipe or device, of which it can't.
type Storage interface {
	io.WriterAt
	io.Closer
	Truncate(size int64) error
}

// OpenStorage opens a recording, of which what it held before is lost. rewritten
// says that it is a file.
func OpenStorage(name string, mode fs.FileMode) (s Storage, rewritten bool, err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, false, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		return f, true, nil
	}
	return &stream{File: f}, false, nil
}

// stream is a pipe or a device.
type stream struct {
	*os.File
	at int64 // bytes written
}

// errNoWayBack says that a pipe or a device was to forget what was written to it.
var errNoWayBack = errors.New("what was written to a pipe or a device can't be taken back")

// WriteAt implements io.WriterAt behind what was written before.
func (s *stream) WriteAt(p []byte, at int64) (int, error) {
	if at != s.at {
		return 0, errNoWayBack
	}
	n, err := s.Write(p)
	s.at += int64(n)
	return n, err
}

// Truncate implements Storage.
func (s *stream) Truncate(size int64) error {
	if size != s.at {
		return errNoWayBack
	}
	return nil
}

// Entries grows by whole entries, one each Write. When the disk is full, what was
// written of an entry is taken back, so that what is kept ends with an entry; the
// next one is tried again. It is not safe for concurrent use.
type Entries struct {
	s    Storage
	size int64 // of whole entries
	torn bool  // there may be a part of an entry behind them
}

// NewEntries begins with no entry. Closing the storage is the caller's.
func NewEntries(s Storage) *Entries { return &Entries{s: s} }

// Write writes an entry, whole or not at all.
func (e *Entries) Write(p []byte) (int, error) {
	if err := e.Mend(); err != nil {
		return 0, err
	}
	n, err := e.s.WriteAt(p, e.size)
	if err != nil {
		e.torn = true
		if left := e.Mend(); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return 0, err
	}
	e.size += int64(n)
	return n, nil
}

// Mend takes back what is left of an entry that could not be written. An error says
// that it still stands there.
func (e *Entries) Mend() error {
	if !e.torn {
		return nil
	}
	if err := e.s.Truncate(e.size); err != nil {
		return fmt.Errorf("a part of an entry could not be taken back: %w", err)
	}
	e.torn = false
	return nil
}

// LeftOut says how many exchanges a recording lacks, and why the first of them.
func LeftOut(n int64, first error) error {
	what := "exchanges were"
	if n == 1 {
		what = "exchange was"
	}
	return fmt.Errorf("%d %s left out: %w", n, what, first)
}
