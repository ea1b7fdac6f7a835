package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

const (
	// maxLog bounds what is kept in a file of what a client prints: a bot that
	// logs each request writes some kilobytes in a scenario, a debug log of all
	// traffic a few megabytes.
	maxLog = 4 << 20

	// maxLogLine bounds a line, which is held in memory until it can be masked.
	maxLogLine = 64 << 10

	// longestSecret bounds what may be half a secret at the end of a line that
	// was cut, in bytes.
	longestSecret = 512
)

// record is a file of all that a client prints, up to a size. It is safe for
// concurrent use.
type record struct {
	hide  *mask.Masker
	mu    sync.Mutex
	file  *os.File
	wrote int64
	full  bool
	lines []*lineWriter
}

// openRecord makes a file for nobody else to read, in place of one of that name.
func openRecord(name string) (*record, error) {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &record{file: file}, nil
}

// lineWriter hands a stream to a record line by line, so that no secret is cut
// in two before it is masked.
type lineWriter struct {
	to   *record
	line []byte
	lost int64 // bytes of the line beyond what is held
}

// stream is a further stream whose lines go into the record.
func (r *record) stream() io.Writer {
	w := &lineWriter{to: r}
	r.lines = append(r.lines, w)
	return w
}

// Write never fails: a client is not stopped because a disk is full.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	for rest := p; len(rest) > 0; {
		part, after, ends := bytes.Cut(rest, []byte("\n"))
		room := min(len(part), maxLogLine-len(w.line))
		w.line, w.lost = append(w.line, part[:room]...), w.lost+int64(len(part)-room)
		if ends {
			w.end()
		}
		rest = after
	}
	return len(p), nil
}

// end writes the line that is held; the lock is.
func (w *lineWriter) end() {
	text := w.to.hide.Text(strings.ToValidUTF8(string(w.line), "\uFFFD"))
	if w.lost > 0 {
		text = fmt.Sprintf("%s (cut: %d bytes more)", text[:max(0, len(text)-longestSecret)], w.lost+longestSecret)
	}
	w.line, w.lost = w.line[:0], 0
	r := w.to
	switch {
	case r.full:
		return
	case r.wrote+int64(len(text)) >= maxLog:
		r.full = true
		text = fmt.Sprintf("(mbxcheck keeps no more than %d bytes of this)", maxLog)
	}
	n, _ := r.file.WriteString(text + "\n")
	r.wrote += int64(n)
}

// close writes what is left.
func (r *record) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.lines {
		if len(w.line) > 0 {
			w.end()
		}
	}
	r.full = true // whoever writes on is too late
	r.file.Close()
}
