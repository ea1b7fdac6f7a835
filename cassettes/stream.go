package cassettes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// Options say how recordings are opened. The zero Options are the defaults.
type Options struct {
	Limits  format.Limits // the zero Limits stand for format.DefaultLimits
	Stdin   io.Reader     // what "-" stands for; nil for os.Stdin
	Read    *atomic.Int64 // counts the bytes read, as they lie on disk; may be nil
	Exclude Exclude       // files and members that are left out
	As      *Target       // what every file is a bare response body of; nil for recordings, which are refused otherwise
}

func (o Options) unpacker() unpacker { return unpacker{lim: o.limits(), as: o.As, exclude: o.Exclude} }

func (o Options) limits() format.Limits {
	if o.Limits == (format.Limits{}) {
		return format.DefaultLimits()
	}
	return o.Limits
}

func (o Options) count(n int64) {
	if o.Read != nil {
		o.Read.Add(n)
	}
}

// stream is what is read of one file: bytes that are counted, under limits,
// until its time is over.
type stream struct {
	r        io.Reader
	closer   io.Closer // nil for what the caller opened
	o        Options
	lim      format.Limits
	beside   format.Beside // nil for what lies in no directory
	deadline time.Time
}

// fileStream is a stream that can be read anew.
type fileStream struct {
	stream
	seek io.Seeker
}

func (o Options) stream() stream {
	lim := o.limits()
	return stream{o: o, lim: lim, deadline: time.Now().Add(time.Duration(lim.FileSeconds) * time.Second)}
}

// open opens a path for reading. What is no regular file may never say
// anything, and even opening a FIFO waits for its writer: those are waited for
// no longer than the limit.
func (o Options) open(path string) (io.ReadCloser, error) {
	s := o.stream()
	if path == StandardInput {
		if s.r = o.Stdin; s.r == nil {
			s.r = os.Stdin
		}
		return s.of(), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, once(err)
	}
	var f *os.File
	switch mode := info.Mode(); {
	case mode.IsRegular():
		f, err = os.Open(path)
		s.beside = besideFile(path)
	case mode.IsDir(), mode&fs.ModeSocket != 0:
		return nil, fmt.Errorf("%s: expected a file, found %s", path, kindOf(mode))
	default:
		f, err = openPipe(path, s.deadline)
	}
	if err != nil {
		return nil, once(err)
	}
	s.r, s.closer = f, f
	return s.of(), nil
}

func kindOf(mode fs.FileMode) string {
	if mode.IsDir() {
		return "a directory"
	}
	return "a socket"
}

// once takes the system call out of an error: "open" and "stat" tell nobody
// anything, the path and the cause do.
func once(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return &pathError{p}
	}
	return err
}

type pathError struct{ *fs.PathError }

func (e *pathError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *pathError) Unwrap() error { return e.PathError }

// of makes a regular file seekable and anything else patient.
func (s stream) of() io.ReadCloser {
	if f, ok := s.r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return &fileStream{s, f}
		}
	}
	s.r = &patient{r: s.r, deadline: s.deadline, limit: s.lim.FileSeconds}
	return &s
}

func (s *stream) Limits() format.Limits { return s.lim }
func (s *stream) Beside() format.Beside { return s.beside }

func (s *stream) Read(p []byte) (int, error) {
	if time.Now().After(s.deadline) {
		return 0, overtime(s.lim.FileSeconds)
	}
	n, err := s.r.Read(p)
	s.o.count(int64(n))
	return n, err
}

func (s *stream) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

// Seek is the file's. What is read twice is counted once where it is the
// beginning that was looked at.
func (s *fileStream) Seek(offset int64, whence int) (int64, error) {
	at, err := s.seek.Seek(offset, whence)
	if err == nil && whence == io.SeekCurrent && offset < 0 {
		s.o.count(offset)
	}
	return at, err
}

func overtime(seconds int64) error {
	return fmt.Errorf("reading it takes more than %d seconds (limit file-seconds)", seconds)
}

// openPipe opens what may make the caller wait. The goroutine of one that
// nobody writes to ends with the program.
func openPipe(path string, deadline time.Time) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	c := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		c <- opened{f, err}
	}()
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case o := <-c:
		return o.f, o.err
	case <-timer.C:
		return nil, fmt.Errorf("%s: expected somebody to write to it, found nobody in time (limit file-seconds)", path)
	}
}

// patient reads a pipe without waiting longer than until its deadline.
type patient struct {
	r        io.Reader
	deadline time.Time
	limit    int64

	pieces chan piece
	free   chan []byte
	rest   []byte // of the piece at hand
	whole  []byte
	err    error
}

type piece struct {
	text  []byte
	err   error
	panic any // what the reader panicked with, for whoever reads
}

// pipeBytes is as much as Linux keeps in a pipe.
const pipeBytes = 64 << 10

func (p *patient) Read(to []byte) (int, error) {
	if p.pieces == nil {
		p.pieces, p.free = make(chan piece, 1), make(chan []byte, 2)
		p.free <- make([]byte, pipeBytes)
		p.free <- make([]byte, pipeBytes)
		go p.pump()
	}
	if len(p.rest) == 0 && p.err == nil {
		p.next()
	}
	if len(p.rest) == 0 {
		return 0, p.err
	}
	n := copy(to, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *patient) next() {
	if p.whole != nil {
		p.free <- p.whole
	}
	timer := time.NewTimer(time.Until(p.deadline))
	defer timer.Stop()
	select {
	case got := <-p.pieces:
		if got.panic != nil {
			panic(got.panic)
		}
		p.rest, p.whole, p.err = got.text, got.text[:cap(got.text)], got.err
	case <-timer.C:
		p.whole, p.err = nil, overtime(p.limit)
	}
}

// pump ends with the stream. Left behind, it waits for its next buffer until
// the program ends.
func (p *patient) pump() {
	defer func() {
		if v := recover(); v != nil {
			p.pieces <- piece{panic: v}
		}
	}()
	for buffer := range p.free {
		n, err := p.r.Read(buffer)
		p.pieces <- piece{text: buffer[:n], err: err}
		if err != nil {
			return
		}
	}
}
