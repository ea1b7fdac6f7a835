package cassettes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
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

	read    func(format.Input) iter.Seq2[*traffic.Exchange, error]
	lines   bool // that stand alone
	in      format.Input
	closers []io.Closer // the decoder's and the file's
}

// Open opens the recording in a file, plain or compressed, or in standard input
// for "-", and finds out its format. The error is an *format.Error wrapping
// ErrUnrecognised if it is in none, and wraps an *fs.PathError if the file
// can't be opened. An archive is an error: File.Recordings reads such. The
// caller closes the recording.
func Open(path string) (*Recording, error) {
	in, closer, err := Options{}.open(path)
	if err != nil {
		return nil, err
	}
	rec, err := OpenInput(in)
	if err != nil {
		closer.Close()
		return nil, err
	}
	rec.closers = append(rec.closers, closer)
	return rec, nil
}

// OpenInput is Open for what was opened before, and stays the caller's to close.
func OpenInput(in format.Input) (*Recording, error) {
	c, err := unpacker{}.look(in)
	if err != nil {
		return nil, err
	}
	if c.kind != noArchive {
		c.close()
		return nil, &format.Error{File: in.Name, Line: 1, Expected: "one recording", Found: "an archive"}
	}
	if c.closer != nil {
		c.rec.closers = append(c.rec.closers, c.closer)
	}
	return c.rec, nil
}

// Exchanges yields the exchanges in the order of the file. Each is valid until
// the next is asked for: Clone what must outlive it. A broken entry is yielded
// as a nil exchange and an *format.Error; those behind it follow if the format
// allows. The stream can be read once.
func (r *Recording) Exchanges() iter.Seq2[*traffic.Exchange, error] {
	return r.bounded(r.read(r.in), 0, 0)
}

// bounded holds to the limits what comes behind so many entries, of which so
// many were broken.
func (r *Recording) bounded(xs iter.Seq2[*traffic.Exchange, error], entries, broken int64) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		left, broken := r.in.Limits.Entries-entries, r.in.Limits.Broken-broken
		for x, err := range xs {
			if err != nil {
				broken--
			}
			switch left--; {
			case left < 0:
				yield(nil, r.tooMany("entries", r.in.Limits.Entries, x))
				return
			case broken < 0:
				yield(nil, r.tooMany("broken-entries", r.in.Limits.Broken, x))
				return
			case !yield(x, err):
				return
			}
		}
	}
}

// tooMany says which limit reading ends at.
func (r *Recording) tooMany(limit string, n int64, x *traffic.Exchange) error {
	e := &format.Error{File: r.File, Expected: fmt.Sprintf("at most %d %s", n, limit), Found: "more (limit " + limit + ")"}
	if x != nil {
		e.Line = x.At.Line
	}
	return e
}

// Close closes the file, if Open opened one.
func (r *Recording) Close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// recognise finds the format that a file begins like.
func recognise(head []byte, name string) (format.Format, error) {
	var near []lack
	var all []string
	for _, f := range formats {
		is, missing := f.Sniff(head)
		if is {
			return f, nil
		}
		if missing != "" {
			near = append(near, lack{f.Name, missing})
		}
		all = append(all, f.Name)
	}
	e := &format.Error{File: name, Line: 1, Err: ErrUnrecognised}
	other, kind, inJSON := otherCoding(head), foreignKind(head), isJSON(head)
	switch {
	case other != "":
		e.Err = fmt.Errorf("%w: it is compressed by %s; expected gzip, zstd, tar or zip, or it unpacked", ErrUnrecognised, other)
	case len(head) == 0:
		e.Err = fmt.Errorf("%w: the file is empty", ErrUnrecognised)
	case len(bytes.TrimSpace(head)) == 0 && len(head) < format.SniffLen:
		e.Err = fmt.Errorf("%w: the file holds nothing but white space", ErrUnrecognised)
	case kind != "":
		e.Err = fmt.Errorf("%w: it is %s", ErrUnrecognised, kind)
	case len(near) > 0 && (inJSON || !bracketed(head)):
		e.Err = fmt.Errorf("%w; the nearest: %s", ErrUnrecognised, nearest(near, head))
		if inJSON && mayBeBody(near, head) {
			e.Err = fmt.Errorf("%w; the bare body of a response is judged by lint --as", e.Err)
		}
	default:
		e.Err = fmt.Errorf("%w: it begins with %s; expected one of %s",
			ErrUnrecognised, beginning(head), strings.Join(all, ", "))
	}
	return format.Format{}, e
}

// lack is a format that a file comes near, and what it lacks.
type lack struct{ format, what string }

// nearest names the formats that a file comes nearest. What lacks no more than
// a part that only this format has, said in more words than a key at the top,
// is nearer than what is of the same syntax and lacks the key; and who wrote
// braces did not mean YAML.
func nearest(all []lack, head []byte) string {
	near := slices.DeleteFunc(slices.Clone(all), func(l lack) bool { return !strings.Contains(l.what, " ") })
	if len(near) == 0 {
		near = all
		if head = bytes.TrimSpace(head); len(head) > 0 && head[0] == '{' {
			near = slices.DeleteFunc(near, func(l lack) bool { return strings.HasSuffix(l.what, `:"`) })
		}
	}
	var parts []string
	for _, l := range near {
		parts = append(parts, l.format+", which lacks "+l.what)
	}
	return strings.Join(parts, "; ")
}

// mayBeBody reports JSON that comes near no format by more than being JSON.
func mayBeBody(near []lack, head []byte) bool {
	return bracketed(head) || !slices.ContainsFunc(near, func(l lack) bool { return strings.Contains(l.what, " ") })
}

// bracketed reports what begins with a bracket. Where it is no JSON, as a log
// whose lines begin with "[2019-07-20", it comes near no format.
func bracketed(head []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(head), []byte("[")) }

// isJSON reports whether a file begins with an object or an array, and goes on
// as JSON as far as head reaches.
func isJSON(head []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(head), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if k := d.PeekKind(); k != '{' && k != '[' {
		return false
	}
	for {
		if _, err := d.ReadToken(); err != nil {
			return err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
}

// otherCoding names the compression, of those not read, that a file begins
// with.
func otherCoding(head []byte) string {
	for _, c := range []struct{ name, magic string }{
		{"xz", "\xfd7zXZ\x00"}, {"bzip2", "BZh"}, {"7-Zip", "7z\xbc\xaf\x27\x1c"}, {"lz4", "\x04\x22\x4d\x18"}, {"RAR", "Rar!\x1a\x07"},
	} {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.name
		}
	}
	return ""
}

// beginning quotes the first few characters, secrets masked: a file of another kind
// may be a key.
func beginning(head []byte) string {
	const enough = 16
	text, _ := (*mask.Masker)(nil).Excerpt(string(bytes.TrimSpace(head)), enough)
	return strconv.Quote(text)
}
