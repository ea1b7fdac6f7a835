package cassettes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// pipePatience is how long somebody may take to begin to read a pipe, and, once the
	// recording has ended, to read on: who writes to it is waited for, too, and to be
	// ended by one signal.
	pipePatience = 3 * time.Second

	// farewell bounds that in all: a reader that takes some bytes now and then would
	// keep a program that has ended.
	farewell = 30 * time.Second

	// maxWaiting bounds, in bytes, what waits for the reader of a pipe: some minutes of
	// a busy venue.
	maxWaiting = 64 << 20

	// pipePiece is how much is written to a pipe at a time: Linux takes so much whole or not
	// at all (PIPE_BUF), so that an entry no longer than that is never torn.
	pipePiece = 4 << 10
)

// ErrUnread says that a recording goes to a pipe that nobody reads.
var ErrUnread = errors.New("nobody reads the pipe: begin to read it before the recording, and read it to its end")

// errNoWayBack says that a pipe or a device was to forget what was written to it.
var errNoWayBack = errors.New("what was written to a pipe or a device can't be taken back")

// oneWay is the storage that a pipe or a device is.
type oneWay struct {
	io.WriteCloser
	at int64 // bytes written
}

// WriteAt implements io.WriterAt behind what was written before.
func (s *oneWay) WriteAt(p []byte, at int64) (int, error) {
	if at != s.at {
		return 0, errNoWayBack
	}
	n, err := s.Write(p)
	s.at += int64(n)
	return n, err
}

// Truncate implements format.Storage.
func (s *oneWay) Truncate(size int64) error {
	if size != s.at {
		return errNoWayBack
	}
	return nil
}

// openRead opens a pipe that somebody reads. It is not opened for reading as well,
// whereby what nobody else reads would be lost in it without an error.
func openRead(name string, patience time.Duration) (*oneWay, error) {
	for end := time.Now().Add(patience); ; time.Sleep(patience / 100) {
		f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		switch {
		case err == nil:
			to, err := newFeed(f, patience)
			return &oneWay{WriteCloser: to}, err
		case !errors.Is(err, syscall.ENXIO):
			return nil, once(err)
		case time.Now().After(end):
			return nil, fmt.Errorf("%s: %w", name, ErrUnread)
		}
	}
}

// feed keeps what the reader of a pipe has not taken yet: a reader that pauses is not
// gone, and nobody waits for it. It is safe for concurrent use.
type feed struct {
	to       *os.File
	patience time.Duration // with a reader that does not read on after Close

	mu      sync.Mutex
	more    sync.Cond // on mu: there is an entry, or the end
	queue   [][]byte  // entries, the first perhaps written in part
	waiting int       // bytes of them
	last    time.Time // when nothing more is written; zero until Close
	err     error     // why nothing more is
	done    chan struct{}
}

func newFeed(to *os.File, patience time.Duration) (*feed, error) {
	if err := to.SetWriteDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%w; expected a pipe that can be given up", once(err)), to.Close())
	}
	f := &feed{to: to, patience: patience, done: make(chan struct{})}
	f.more.L = &f.mu
	go f.deliver()
	return f, nil
}

// Write takes an entry, whole or not at all.
func (f *feed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	if f.waiting > 0 && f.waiting+len(p) > maxWaiting {
		return 0, fmt.Errorf("the pipe's reader has not taken %d bytes that were written before", f.waiting)
	}
	f.queue, f.waiting = append(f.queue, bytes.Clone(p)), f.waiting+len(p)
	f.more.Signal()
	return len(p), nil
}

// deliver writes entries until the last, or until nobody takes them.
func (f *feed) deliver() {
	defer close(f.done)
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for len(f.queue) == 0 && f.last.IsZero() {
			f.more.Wait()
		}
		if len(f.queue) == 0 {
			return
		}
		entry := f.queue[0]
		for at := 0; at < len(entry); {
			f.hurry()
			f.mu.Unlock()
			n, err := f.to.Write(entry[at:min(at+pipePiece, len(entry))])
			f.mu.Lock()
			if at += n; err != nil && n == 0 {
				f.err = fmt.Errorf("%w (%w)", ErrUnread, once(err))
				return
			}
		}
		f.queue[0] = nil
		f.queue, f.waiting = f.queue[1:], f.waiting-len(entry)
	}
}

// hurry gives the reader, once the recording has ended, so long for what is written now.
func (f *feed) hurry() {
	if f.last.IsZero() {
		return
	}
	until := time.Now().Add(f.patience)
	if until.After(f.last) {
		until = f.last
	}
	_ = f.to.SetWriteDeadline(until) // as newFeed has
}

// unread is the error of a pipe that was closed before its reader had taken all.
type unread struct {
	entries int64
	err     error
}

// Error implements error.
func (u *unread) Error() string { return u.err.Error() }

// Close waits for the reader while it reads on, and closes the pipe.
func (f *feed) Close() error {
	f.mu.Lock()
	f.last = time.Now().Add(farewell)
	f.hurry()
	f.more.Signal()
	f.mu.Unlock()
	<-f.done
	if err := f.to.Close(); len(f.queue) == 0 {
		return err
	}
	return &unread{int64(len(f.queue)), f.err}
}
