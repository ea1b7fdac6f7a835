package cassettes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ErrUnrecognised is what an error wraps when a file is in none of the formats.
var ErrUnrecognised = errors.New("no recording format")

// StandardInput is the name of standard input.
const StandardInput = "-"

// Recording is one open recording. It is not safe for concurrent use; several
// recordings may be read at once.
type Recording struct {
	File   string // as named, "-" for standard input
	Format string // the format's name

	read   func(io.Reader, string) iter.Seq2[*traffic.Exchange, error]
	r      io.Reader
	closer io.Closer
}

// Open opens a file, or standard input for "-", and finds out its format. The
// error is an *format.Error wrapping ErrUnrecognised if it is in none, and an
// *fs.PathError if the file can't be opened. The caller closes the recording.
func Open(path string) (*Recording, error) {
	if path == StandardInput {
		return OpenReader(os.Stdin, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	rec, err := OpenReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	rec.closer = f
	return rec, nil
}

// OpenReader is Open for a stream, which messages call name. The stream stays
// the caller's to close. If it is an io.Seeker, it is taken to be one.
func OpenReader(r io.Reader, name string) (*Recording, error) {
	head := make([]byte, format.SniffLen)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, &format.Error{File: name, Line: 1, Expected: "a recording", Err: err}
	}
	f, err := recognise(head, name)
	if err != nil {
		return nil, err
	}
	return &Recording{File: name, Format: f.Name, read: f.Read, r: rewind(r, head)}, nil
}

// rewind returns the stream as it was before head was read: the same file where
// that works, since a reader may want to read a file twice.
func rewind(r io.Reader, head []byte) io.Reader {
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(-int64(len(head)), io.SeekCurrent); err == nil {
			return r
		}
	}
	return io.MultiReader(bytes.NewReader(head), r)
}

// Exchanges yields the exchanges in the order of the file. Each is valid until
// the next is asked for: Clone what must outlive it. A broken entry is yielded
// as a nil exchange and an *format.Error; those behind it follow if the format
// allows. The stream can be read once.
func (r *Recording) Exchanges() iter.Seq2[*traffic.Exchange, error] {
	return r.read(r.r, r.File)
}

// Close closes the file, if Open opened one.
func (r *Recording) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// recognise finds the format that a file begins like.
func recognise(head []byte, name string) (format.Format, error) {
	var near, all []string
	for _, f := range formats {
		is, missing := f.Sniff(head)
		if is {
			return f, nil
		}
		if missing != "" {
			near = append(near, f.Name+", which lacks "+missing)
		}
		all = append(all, f.Name+" ("+f.Wants+")")
	}
	e := &format.Error{File: name, Line: 1, Err: ErrUnrecognised}
	switch {
	case len(head) == 0:
		e.Err = fmt.Errorf("%w: the file is empty", ErrUnrecognised)
	case len(near) > 0:
		e.Err = fmt.Errorf("%w; the nearest: %s", ErrUnrecognised, strings.Join(near, "; "))
	default:
		e.Err = fmt.Errorf("%w: it begins with %s; expected one of: %s",
			ErrUnrecognised, beginning(head), strings.Join(all, "; "))
	}
	return format.Format{}, e
}

// beginning quotes the first few characters; what stands there in a file of
// another kind is no secret of the API's.
func beginning(head []byte) string {
	const enough = 16
	head = bytes.TrimSpace(head)
	return strconv.Quote(string(head[:min(len(head), enough)]))
}

// File is one file that may be a recording.
type File struct {
	Path string

	// Named says that the user named the file, and not a directory above it. A
	// named file that isn't recognised is an error; beside cassettes in a
	// directory lie licences and programs.
	Named bool
}

// Open opens the file. Of an unrecognised one it returns an error wrapping
// ErrUnrecognised, which the caller counts instead of reporting it if the file
// is not Named.
func (f File) Open() (*Recording, error) { return Open(f.Path) }
