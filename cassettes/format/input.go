package format

import (
	"bytes"
	"io"
)

// Input is one recording to be read, and all that its reader may know of it. It is
// handed on as a value: what looks ahead or undoes a compression changes where the
// bytes come from, and can't lose the rest.
//
//	r                  what Read reads; never nil
//	file, if not nil   is r, and can be read anew from where r stood
//	text, if not nil   is all that r gives, of which nothing was read yet
type Input struct {
	Name   string // what messages and positions call it
	Limits Limits // to read under; none is zero
	Beside Beside // reads what lies beside the recording; nil where nothing does

	// Memory is what a reader may use for bodies, and where it leaves what it used
	// for the reader of another text; nil where nobody comes after it.
	Memory *[]byte

	r    io.Reader
	file io.ReadSeeker
	text []byte
}

// FromStream is an Input that can be read once.
func FromStream(r io.Reader, name string, l Limits) Input {
	return Input{Name: name, Limits: l, r: r}
}

// FromFile is an Input that can be read anew from where the file stands.
func FromFile(f io.ReadSeeker, name string, l Limits) Input {
	return Input{Name: name, Limits: l, r: f, file: f}
}

// FromText is an Input whose bytes are all in memory, where readers may use them as
// they lie.
func FromText(text []byte, name string, l Limits) Input {
	return Input{Name: name, Limits: l, r: bytes.NewReader(text), text: text}
}

// Through is the same recording, its bytes from now on what r makes of them.
func (in Input) Through(r io.Reader) Input {
	in.r, in.file, in.text = r, nil, nil
	return in
}

// Read implements io.Reader.
func (in Input) Read(p []byte) (int, error) { return in.r.Read(p) }

// File is what can be read anew; nil for what can't.
func (in Input) File() io.ReadSeeker { return in.file }

// Text is all of the bytes, of which none was read yet, as they lie in memory; nil
// where they don't.
func (in Input) Text() []byte { return in.text }

// Ahead returns the first n bytes, fewer where there are no more, and the Input as
// it was before. A fault of the stream is returned, too, and comes again where it
// stands.
func (in Input) Ahead(n int) ([]byte, Input, error) {
	head := make([]byte, n)
	n, err := io.ReadFull(in.r, head)
	head = head[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if in.file != nil && err == nil {
		if _, err := in.file.Seek(-int64(n), io.SeekCurrent); err == nil {
			return head, in, nil
		}
	}
	rest := in.r
	if err != nil {
		rest = Fault{err} // which it may not say twice
	}
	return head, in.Through(io.MultiReader(bytes.NewReader(head), rest)), err
}

// Fault is a stream that is broken from the beginning.
type Fault struct{ Err error }

// Read implements io.Reader.
func (f Fault) Read([]byte) (int, error) { return 0, f.Err }

// Beside reads a file that lies beside a recording, in the same directory or
// archive or below, by the name that the recording has for it: of at most so
// many bytes. It reaches nothing else. It is safe for concurrent use.
type Beside func(name string, limit int64) ([]byte, error)
