// Package output writes reports to where they are asked to go: standard output
// or files that appear whole or not at all.
//
// It must not know what a report holds.
package output

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Stdout is the name of standard output.
const Stdout = "-"

// File is a report being written. A regular file is written beside its name
// and takes it in Commit, so that nobody ever reads half a report; a device, a
// FIFO or /dev/stdout is written as it comes.
type File struct {
	name   string // as the user wrote it
	f      *os.File
	target string // what f is to be called, "" for a device
}

// Create opens a report for writing. It fails at once where it would fail in
// the end: a directory that is not there, or is not ours.
func Create(name string) (*File, error) { return CreateMode(name, 0o666) }

// CreateMode is Create for a file that is made with a mode, before umask.
func CreateMode(name string, mode fs.FileMode) (*File, error) {
	target, err := filepath.EvalSymlinks(name) // a link goes on pointing to the report
	switch {
	case errors.Is(err, fs.ErrNotExist):
		target = name
	case err != nil:
		return nil, err
	}
	info, err := os.Stat(target)
	switch {
	case err == nil && info.IsDir():
		return nil, &fs.PathError{Op: "write", Path: name, Err: errors.New("expected a file, found a directory")}
	case err == nil && !info.Mode().IsRegular() || onDevices(name):
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{name: name, f: f}, nil
	}
	temp := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, named(name, err)
	}
	if info != nil {
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			f.Close()
			os.Remove(temp)
			return nil, named(name, err)
		}
	}
	return &File{name: name, f: f, target: target}, nil
}

// onDevices reports whether a name stands for an open file: /dev/stdout may be
// a link to a regular file, and must not be replaced.
func onDevices(name string) bool {
	dir := filepath.Dir(filepath.Clean(name))
	return dir == "/dev" || dir == "/dev/fd" || filepath.Dir(dir) == "/proc/self"
}

// named puts the name that the user knows in place of the temporary one.
func named(name string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: "write", Path: name, Err: p.Err}
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// Write writes to the report.
func (o *File) Write(p []byte) (int, error) {
	n, err := o.f.Write(p)
	if err != nil {
		err = named(o.name, err)
	}
	return n, err
}

// Commit ends the report and gives it its name.
func (o *File) Commit() error {
	if o.f == nil {
		return nil
	}
	temp := o.f.Name()
	err := o.f.Close()
	o.f = nil
	if o.target != "" {
		if err == nil {
			err = os.Rename(temp, o.target)
		}
		if err != nil {
			os.Remove(temp)
		}
	}
	if err != nil {
		return named(o.name, err)
	}
	return nil
}

// Discard drops a report that was not committed; after Commit it does nothing.
func (o *File) Discard() {
	if o.f == nil {
		return
	}
	temp := o.f.Name()
	o.f.Close()
	o.f = nil
	if o.target != "" {
		os.Remove(temp)
	}
}

// Sticky remembers the first error of a writer, for callers that do not look:
// whoever printed help to a full disk must say so in the end.
type Sticky struct {
	W   io.Writer
	Err error
}

// Write writes on, unless an earlier Write failed.
func (s *Sticky) Write(p []byte) (int, error) {
	if s.Err != nil {
		return 0, s.Err
	}
	n, err := s.W.Write(p)
	if err != nil {
		s.Err = err
	}
	return n, err
}
