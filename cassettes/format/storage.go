package format

import (
	"fmt"
	"io"
)

// Storage is where a recording is kept: a file, of which what was written last
// can be taken back, or a pipe or device, of which it can't.
type Storage interface {
	io.WriterAt
	Truncate(size int64) error
}

// Memory is storage in memory, which begins empty.
type Memory struct{ Bytes []byte }

// WriteAt implements io.WriterAt.
func (m *Memory) WriteAt(p []byte, at int64) (int, error) {
	if more := int(at) + len(p) - len(m.Bytes); more > 0 {
		m.Bytes = append(m.Bytes, make([]byte, more)...)
	}
	return copy(m.Bytes[at:], p), nil
}

// Truncate implements Storage.
func (m *Memory) Truncate(size int64) error {
	m.Bytes = m.Bytes[:size]
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
