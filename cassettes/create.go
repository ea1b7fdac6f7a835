package cassettes

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// RecordingMode is that of a recording that is made: what masking can't know
// stands in it, and it is for who made it to show it to others.
const RecordingMode = 0o600

// Recorder writes a recording in the order in which exchanges come, secrets masked.
// Each is written whole and at once, so that the file is readable up to the last one
// however the process ends; into a pipe, as its reader takes them. One that could not
// be written, the disk being full, is left out whole, and the next one tried. It is
// safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	hide   *mask.Masker
	format format.Format
	w      format.Writer // nil once it is closed
	closer io.Closer
	n      int64
	left   int64 // that could not be written
	err    error // the first
}

// Create begins a recording in a file, whose ending says in which format it is
// written. What it held before is lost. Secrets are hidden by the masker; nil knows
// no values.
func Create(name string, hide *mask.Masker) (*Recorder, error) {
	f, err := writtenAs(name)
	if err != nil {
		return nil, err
	}
	to, rewritten, err := openStorage(name)
	if err != nil {
		return nil, err
	}
	if f.Rewrites && !rewritten {
		err := fmt.Errorf("%s: expected a file, for the end of a %s is written anew behind each entry, found a pipe or a device, which .ndjson and .yaml go to as well", name, f.Name)
		return nil, errors.Join(err, to.Close())
	}
	r, err := record(f, to, hide)
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return r, nil
}

// storage is what a Recorder writes to and closes: a file, a pipe or a device.
type storage interface {
	format.Storage
	io.Closer
}

func record(f format.Format, to storage, hide *mask.Masker) (*Recorder, error) {
	w, err := f.Write(to)
	if err != nil {
		return nil, err
	}
	return &Recorder{hide: mask.Or(hide), format: f, w: w, closer: to}, nil
}

// Encode is the recording of exchanges that a file of that name is to hold, secrets
// masked as Create has them masked.
func Encode(name string, exchanges iter.Seq[*traffic.Exchange], hide *mask.Masker) ([]byte, error) {
	f, err := writtenAs(name)
	if err != nil {
		return nil, err
	}
	var to format.Memory
	w, err := f.Write(&to)
	if err != nil {
		return nil, err
	}
	hide = mask.Or(hide)
	for x := range exchanges {
		if err := add(f, w, x, hide); err != nil {
			return nil, err
		}
	}
	err = w.Close() // which may write the end
	return to.Bytes, err
}

// add is the only way to a writer, and masks.
func add(f format.Format, w format.Writer, x *traffic.Exchange, hide *mask.Masker) error {
	if x.Statement() && f.Loses.Has(format.LosesAnnotation) {
		return fmt.Errorf("%s has no place for what a client told its caller, which NDJSON keeps", f.Name)
	}
	return w.Add(hide.Storable(x))
}

// writtenAs finds the format that files of such names are written in.
func writtenAs(name string) (format.Format, error) {
	ending := strings.ToLower(filepath.Ext(name))
	for _, f := range formats {
		if slices.Contains(f.Endings, ending) {
			return f, nil
		}
	}
	return format.Format{}, fmt.Errorf("%s: expected a name that ends in .yaml (go-vcr v3), .ndjson or .har, found %q", name, ending)
}

// KeepsAnnotations reports whether a recording of that name keeps what the wire did not
// show (traffic.Annotation), such as which exchanges are the two sides of a proxy.
func KeepsAnnotations(name string) bool {
	f, err := writtenAs(name)
	return err == nil && !f.Loses.Has(format.LosesAnnotation)
}

// Add writes an exchange, which it does not keep, or leaves it out: the first error
// is returned, further ones are counted only. After Close it does nothing.
func (r *Recorder) Add(x *traffic.Exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w == nil {
		return nil
	}
	err := add(r.format, r.w, x, r.hide)
	if err == nil {
		r.n++
		return nil
	}
	if r.left++; r.err != nil {
		return nil
	}
	r.err = err
	return err
}

// Count returns how many exchanges were written; into a pipe, only after Close are
// those not counted that its reader left.
func (r *Recorder) Count() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// Close completes the file, and waits a while for the reader of a pipe. Its error says
// that the recording is not whole, how many exchanges were left out and why the first
// of them.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w == nil {
		return fs.ErrClosed
	}
	ended, err := r.w.Close(), r.closer.Close()
	if u, is := errors.AsType[*unread](err); is {
		lost := min(u.entries, r.n) // a cassette without exchanges has an entry, too
		r.n, r.left, r.err, err = r.n-lost, r.left+lost, cmp.Or(r.err, u.err), nil
	}
	ended = errors.Join(ended, err)
	if r.w = nil; r.left == 0 {
		return ended
	}
	return errors.Join(leftOut(r.left, r.err), ended)
}

// leftOut says how many exchanges a recording lacks, and why the first of them.
func leftOut(n int64, first error) error {
	what := "exchanges were"
	if n == 1 {
		what = "exchange was"
	}
	return fmt.Errorf("%d %s left out: %w", n, what, first)
}

// openStorage opens a file to be written, of which what it held before is lost.
// rewritten says that it is a regular one.
func openStorage(name string) (s storage, rewritten bool, err error) {
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		p, err := openRead(name, pipePatience)
		return p, false, err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, RecordingMode)
	if err != nil {
		return nil, false, fmt.Errorf("%w; expected a path where a file may be made", once(err))
	}
	info, err := f.Stat()
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		return f, true, nil
	}
	return &oneWay{WriteCloser: f}, false, nil
}
