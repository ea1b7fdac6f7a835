// Package lines is what the readers of line-by-line recordings share: lines of
// any length up to the limit, with their numbers.
//
// It must not know any one format.
package lines

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Reader reads line by line. It is not safe for concurrent use.
type Reader struct {
	r      interface{ ReadSlice(byte) ([]byte, error) } // a bufio.Reader, or a text in memory
	file   string
	limit  int64
	n      int
	long   []byte
	failed bool
}

// bufferLen is how much is read at once: large beside a line, since one that
// goes beyond it is copied.
const bufferLen = 256 << 10

// New returns a Reader of a recording. The lines of one that lies in memory are
// views of it.
func New(in format.Input) *Reader {
	l := &Reader{file: in.Name, limit: in.Limits.EntryBytes}
	if text := in.Text(); text != nil {
		l.r = &memory{text}
	} else {
		l.r = bufio.NewReaderSize(in, bufferLen)
	}
	return l
}

// memory is a text in memory, or what is left of it.
type memory struct{ rest []byte }

// ReadSlice returns a view of what stands up to the first delimiter, and the
// delimiter, as that of bufio.Reader does.
func (m *memory) ReadSlice(delim byte) ([]byte, error) {
	if end := bytes.IndexByte(m.rest, delim); end >= 0 {
		line := m.rest[:end+1]
		m.rest = m.rest[end+1:]
		return line, nil
	}
	line := m.rest
	m.rest = nil
	return line, io.EOF
}

// Number returns the 1-based number of the line last read.
func (l *Reader) Number() int { return l.n }

// Failed reports whether the stream itself is broken, so that nothing can be
// read behind the error.
func (l *Reader) Failed() bool { return l.failed }

// Next returns the next line without what ends it, valid until the next call;
// io.EOF behind the last one; and an *format.Error for a line beyond the limit,
// which it passes by, and for a broken stream.
func (l *Reader) Next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	l.n++
	if err == bufio.ErrBufferFull {
		l.long = append(l.long[:0], line...)
		for err == bufio.ErrBufferFull {
			line, err = l.r.ReadSlice('\n')
			if int64(len(l.long)) <= l.limit {
				l.long = append(l.long, line...)
			}
		}
		line = l.long
	}
	switch {
	case err != nil && err != io.EOF:
		l.failed = true
		return nil, l.error(err)
	case err == io.EOF && len(line) == 0:
		return nil, io.EOF
	case int64(len(line)) > l.limit:
		return nil, l.error(fmt.Errorf("it exceeds %d bytes (limit entry-bytes)", l.limit))
	}
	if l.n == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), nil
}

func (l *Reader) error(err error) error {
	return &format.Error{File: l.file, Line: l.n, Expected: "a line", Err: err}
}

// Each yields what one makes of every line that isn't blank: an exchange, an
// error, or neither for a line that holds no exchange. It has b begin with each
// of these lines, those beyond the limit included, which count as entries too.
func Each(in format.Input, b *format.Builder, one func(text []byte, line int) (*traffic.Exchange, error)) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		l := New(in)
		for {
			text, err := l.Next()
			if err == io.EOF {
				return
			}
			if text = bytes.TrimSpace(text); len(text) == 0 && err == nil {
				continue
			}
			b.Begin(l.n)
			var x *traffic.Exchange
			if err == nil {
				x, err = one(text, l.n)
			}
			if x == nil && err == nil {
				continue
			}
			if !yield(x, err) || l.failed {
				return
			}
		}
	}
}
