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

func (o Options) unpacker() unpacker { return unpacker{as: o.As, exclude: o.Exclude} }

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

// stream is what is read of one file: bytes that are counted, until its time is
// over.
type stream struct {
	r        io.Reader
	o        Options
	deadline time.Time
	seconds  int64 // that the deadline was away
}

// fileStream is a stream that can be read anew.
type fileStream struct {
	stream
	seek io.Seeker
}

func (o Options) stream(r io.Reader) stream {
	seconds := o.limits().FileSeconds
	return stream{r: r, o: o, seconds: seconds, deadline: time.Now().Add(time.Duration(seconds) * time.Second)}
}

// open opens a path for reading. What is no regular file may never say
// anything, and even opening a FIFO waits for its writer: those are waited for
// no longer than the limit.
func (o Options) open(path string) (format.Input, io.Closer, error) {
	if path == StandardInput {
		return o.stdin(), io.NopCloser(nil), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return format.Input{}, nil, once(err)
	}
	s := o.stream(nil)
	var f *os.File
	var beside format.Beside
	switch mode := info.Mode(); {
	case mode.IsRegular():
		f, err = os.Open(path)
		beside = besideFile(path)
	case mode.IsDir(), mode&fs.ModeSocket != 0:
		return format.Input{}, nil, fmt.Errorf("%s: expected a file, found %s", path, kindOf(mode))
	default:
		f, err = openPipe(path, s.deadline)
	}
	if err != nil {
		return format.Input{}, nil, once(err)
	}
	in := s.file(f, path)
	in.Beside = beside
	return in, f, nil
}

// stdin is standard input, which is a file where the shell was told "<".
func (o Options) stdin() format.Input {
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	s := o.stream(o.Stdin)
	if f, ok := o.Stdin.(*os.File); ok {
		return s.file(f, StandardInput)
	}
	return s.patient(StandardInput)
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
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return &pathError{p}
	}
	return err
}

type pathError struct{ *fs.PathError }

func (e *pathError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *pathError) Unwrap() error { return e.PathError }

// file reads an open file, anew where it is a regular one, and patiently where it
// is anything else.
func (s stream) file(f *os.File, name string) format.Input {
	s.r = f
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return format.FromFile(&fileStream{s, f}, name, s.o.limits())
	}
	return s.patient(name)
}

func (s stream) patient(name string) format.Input {
	s.r = &patient{r: s.r, deadline: s.deadline, limit: s.seconds}
	return format.FromStream(&s, name, s.o.limits())
}

func (s *stream) Read(p []byte) (int, error) {
	if time.Now().After(s.deadline) {
		return 0, overtime(s.seconds)
	}
	n, err := s.r.Read(p)
	s.o.count(int64(n))
	return n, err
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
