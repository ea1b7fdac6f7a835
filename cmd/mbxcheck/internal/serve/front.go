package serve

import (
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue"
	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// front answers plain requests by itself, which takes half the time that
// net/http takes, and gives every connection that brings anything else to
// net/http, for good and with all that was read of it. It is what net/http
// listens on.
type front struct {
	net.Listener
	venue    *venue.Venue
	faults   *fault.Injector
	observer *observer

	handed  chan net.Conn // connections for net/http
	closing chan struct{}
	once    sync.Once

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // those that the front has
	closed bool
	ended  sync.WaitGroup // of the connections' goroutines
}

func newFront(l net.Listener, v *venue.Venue, faults *fault.Injector, o *observer) *front {
	return &front{
		Listener: l, venue: v, faults: faults, observer: o,
		handed: make(chan net.Conn), closing: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
}

// run accepts connections until the listener is closed. Errors of Accept other
// than that are for net/http, which knows how to wait.
func (f *front) run() {
	for {
		conn, err := f.Listener.Accept()
		switch {
		case err == nil && f.begin(conn):
			go f.serve(conn)
		case err == nil:
			conn.Close()
		case errors.Is(err, net.ErrClosed):
			return
		default:
			f.observer.log.Warn("no connection could be accepted", "error", err)
			select {
			case <-time.After(acceptPause):
			case <-f.closing:
				return
			}
		}
	}
}

// acceptPause is how long the front waits when the machine has no more
// descriptors for connections, as net/http does at the most.
const acceptPause = time.Second

// Accept implements net.Listener for net/http.
func (f *front) Accept() (net.Conn, error) {
	select {
	case conn := <-f.handed:
		return conn, nil
	case <-f.closing:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Connections that wait for a request end, those
// that are being answered end when they are.
func (f *front) Close() (err error) {
	f.once.Do(func() {
		err = f.Listener.Close()
		close(f.closing)
		f.mu.Lock()
		defer f.mu.Unlock()
		for conn := range f.conns {
			_ = conn.SetReadDeadline(time.Unix(1, 0)) // one that broke ends by itself
		}
		f.closed = true
	})
	return err
}

// allDone returns a channel that is closed when a group has nothing left to wait
// for.
func allDone(group *sync.WaitGroup) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	return done
}

// wait waits until all connections of the front have ended, or there has been
// enough of it: those that are left are closed.
func (f *front) wait(enough <-chan struct{}) {
	select {
	case <-allDone(&f.ended):
	case <-enough:
		f.mu.Lock()
		defer f.mu.Unlock()
		for conn := range f.conns {
			conn.Close()
		}
	}
}

// begin notes a connection. It returns false when the front has ended.
func (f *front) begin(conn net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.conns[conn] = struct{}{}
	f.ended.Add(1)
	return true
}

// end forgets a connection, which is no longer the front's.
func (f *front) end(conn net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, conn)
	f.ended.Done()
}

const (
	// plainBuffer is the longest plain request, in bytes: the venue's own
	// clients send under a kilobyte.
	plainBuffer = 4 << 10

	// outBuffer is how much of answers to requests sent on end is gathered
	// before it is written, in bytes, and kept for later ones.
	outBuffer = 64 << 10
)

// speaker is a connection that the front answers.
type speaker struct {
	net.Conn
	address string // whom its requests count for
	buffer  [plainBuffer]byte
	in      []byte    // of buffer, read and not yet answered
	until   time.Time // the deadline that is set
}

// working is what answering takes, shared by connections that wait.
type working struct {
	call   venue.Call
	answer venue.Answer
	out    []byte
}

var workings = sync.Pool{New: func() any { return new(working) }}

func (f *front) serve(conn net.Conn) {
	s := &speaker{Conn: conn}
	s.address = hostOf(conn.RemoteAddr().String())
	keep := f.unbroken(s)
	f.end(conn)
	// What net/http is given has no deadline.
	if !keep || conn.SetDeadline(time.Time{}) != nil {
		conn.Close()
		return
	}
	select {
	case f.handed <- &begun{conn, s.in}:
	case <-f.closing:
		conn.Close()
	}
}

// unbroken is converse, of which a panic costs a connection and not the server,
// as in net/http.
func (f *front) unbroken(s *speaker) (keep bool) {
	defer func() {
		if p := recover(); p != nil {
			f.observer.log.Error("answering panicked", "panic", p, "stack", string(debug.Stack()))
			keep = false
		}
	}()
	return f.converse(s)
}

// converse answers plain requests until something else comes, and reports
// whether the connection is to be kept for it.
func (f *front) converse(s *speaker) (keep bool) {
	now := time.Now()
	// Later requests may be longer in coming than the first.
	if s.SetReadDeadline(now.Add(headerTimeout)) != nil || s.SetWriteDeadline(now.Add(idleTimeout)) != nil {
		return false
	}
	for {
		select {
		case <-f.closing:
			return false
		default:
		}
		n, err := s.Read(s.buffer[:])
		if err != nil {
			return false
		}
		s.in = s.buffer[:n]
		plain, err := f.answerAll(s)
		if err != nil || !plain {
			return err == nil
		}
		// An eighth of the time is not worth a call each.
		if now := time.Now(); s.until.Sub(now) < idleTimeout*7/8 {
			if s.until = now.Add(idleTimeout); s.SetDeadline(s.until) != nil {
				return false
			}
		}
	}
}

// answerAll answers the requests that were read. It reports whether all of it
// was plain; else s.in is what is left.
func (f *front) answerAll(s *speaker) (plain bool, err error) {
	w := workings.Get().(*working)
	defer workings.Put(w)
	w.out = w.out[:0]
	for plain = true; plain && len(s.in) > 0; {
		plain = f.answer(s, w)
		if len(w.out) > 0 && (len(w.out) >= outBuffer || !plain || len(s.in) == 0) {
			if _, err := s.Write(w.out); err != nil {
				return false, err
			}
			w.out = w.out[:0]
		}
	}
	if cap(w.out) > 2*outBuffer {
		w.out = nil
	}
	return plain, nil
}

// answer answers the next request, if it is plain and no scenario is set.
func (f *front) answer(s *speaker, w *working) bool {
	var r plainRequest
	n := parsePlain(s.in, &r)
	if n == 0 {
		return false
	}
	c := &w.call
	c.Method, c.Address, c.Body, c.Request = http.MethodGet, s.address, nil, nil
	setText(&c.Path, r.path)
	setText(&c.Query, r.query)
	setText(&c.APIKey, r.apiKey)
	setText(&c.Accept, r.accept)
	setText(&c.ContentType, r.contentType)
	f.observer.inFlight.Add(1)
	defer f.observer.inFlight.Add(-1)
	if !f.faults.WhileNone(func() { f.venue.Do(c, &w.answer) }) {
		return false
	}
	f.observer.count(w.answer.Status, int64(len(w.answer.Body)))
	w.out = appendAnswer(w.out, &w.answer)
	s.in = s.in[n:]
	return true
}

// setText sets a text, without making it anew where it is what it was.
func setText(text *string, b []byte) {
	if *text != string(b) {
		*text = string(b)
	}
}

// begun is a connection of which something was read.
type begun struct {
	net.Conn
	rest []byte
}

// Read implements net.Conn.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.rest)
	if b.rest = b.rest[n:]; len(b.rest) == 0 {
		b.rest = nil // lets go of the buffer
	}
	return n, nil
}

// NetConn returns the connection below.
func (b *begun) NetConn() net.Conn { return b.Conn }
