package jsonitems

import (
	"bytes"
	"fmt"
	"io"
)

// source feeds the decoder, counting lines and holding each entry to its
// limit.
type source struct {
	r        io.Reader
	read     int64 // bytes handed out
	limit    int64 // up to which the entry at hand may read
	newlines int

	allowance int64 // what limit grows by
	err       error // what ended the stream, other than its end
	started   bool

	prefix, ahead []byte // to be handed out before anything is read
}

// pieceLen bounds one read. Line counts the newlines that were read ahead for
// every entry: without the bound the decoder, whose buffer grows with the
// largest value and never shrinks, would read megabytes ahead.
const pieceLen = 64 << 10

func (s *source) Read(p []byte) (int, error) {
	if len(s.prefix) > 0 {
		n := copy(p, s.prefix)
		s.prefix = s.prefix[n:]
		s.read += int64(n)
		return n, nil
	}
	if len(s.ahead) > 0 && s.read <= s.limit+pieceLen {
		n := copy(p[:min(len(p), pieceLen)], s.ahead)
		s.ahead = s.ahead[n:]
		s.read += int64(n)
		s.newlines += bytes.Count(p[:n], newline)
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	if !s.started {
		s.started = true
		if err := s.skipBOM(); err != nil {
			return 0, err
		}
	}
	// The decoder reads up to a piece ahead, which belongs to the next entry.
	if s.read > s.limit+pieceLen {
		s.err = fmt.Errorf("one entry exceeds %d bytes (limit entry-bytes)", s.allowance)
		return 0, s.err
	}
	n, err := s.r.Read(p[:min(len(p), pieceLen)])
	s.read += int64(n)
	s.newlines += bytes.Count(p[:n], newline)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

const bom = "\ufeff"

// skipBOM drops the byte order mark that Windows tools put first; RFC 8259
// section 8.1 lets a reader ignore it.
func (s *source) skipBOM() error {
	var first [3]byte
	n, err := io.ReadFull(s.r, first[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		s.err = err
		return err
	}
	if n < 3 || string(first[:]) != bom {
		s.r = io.MultiReader(bytes.NewReader(bytes.Clone(first[:n])), s.r)
	}
	return nil
}
