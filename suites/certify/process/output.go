package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/mask"
)

// maxOutput is how much of a client's output is kept, from its end: enough for
// the longest stack trace, little enough to be shown.
const maxOutput = 64 << 10

// tail keeps the end of what is written. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte
	lost int64
	also io.Writer // hears all; nil for nobody
	hide *mask.Masker
	from *os.File
	done chan struct{}
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxOutput; over > 0 {
		t.lost += int64(over)
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String is what was kept, secrets masked.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost == 0 {
		return t.hide.Text(string(t.kept))
	}
	lost := t.lost + int64(firstWhole(t.kept))
	return fmt.Sprintf("(%d bytes before this are not shown)\n%s", lost, t.hide.Text(string(t.kept[lost-t.lost:])))
}

// firstWhole is where the first whole line begins of text whose beginning is
// lost: what is left of its first line may be half a secret, which nobody would
// know. A line without an end loses what a secret may have.
func firstWhole(kept []byte) int {
	if i := bytes.IndexByte(kept, '\n'); i >= 0 {
		return i + 1
	}
	return min(len(kept), longestSecret)
}

// follow takes in what comes out of a pipe, until finish.
func (t *tail) follow(from *os.File) {
	t.from, t.done = from, make(chan struct{})
	go func() {
		defer close(t.done)
		_, _ = io.Copy(t, from)
	}()
}

// afterlife is how long output is waited for when the client has ended: what it
// wrote is in the pipe already, and somebody who outlived it may hold that open.
const afterlife = time.Second

func (t *tail) finish() {
	_ = t.from.SetReadDeadline(time.Now().Add(afterlife))
	<-t.done
	t.from.Close()
}

// pipes are a client's standard streams.
type pipes struct {
	stdin, stdout, stderr *os.File // the client's ends

	toClient, fromClient *os.File // of a driven client
	logs                 *os.File // of what is kept
}

func newPipes(driven bool) (p *pipes, err error) {
	p = new(pipes)
	defer func() {
		if err != nil {
			p.closeTheirs()
			p.closeOurs()
		}
	}()
	if p.logs, p.stderr, err = os.Pipe(); err != nil {
		return p, err
	}
	if !driven {
		p.stdout = p.stderr
		p.stdin, err = os.Open(os.DevNull)
		return p, err
	}
	if p.stdin, p.toClient, err = os.Pipe(); err != nil {
		return p, err
	}
	p.fromClient, p.stdout, err = os.Pipe()
	return p, err
}

func (p *pipes) closeTheirs() {
	for _, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
		if f != nil {
			f.Close() // a second time does no harm
		}
	}
}

func (p *pipes) closeOurs() {
	for _, f := range []*os.File{p.toClient, p.fromClient} {
		if f != nil {
			f.Close()
		}
	}
}

// drain reads what a client that did not start has left.
func (p *pipes) drain(into *tail) string {
	p.closeTheirs()
	into.follow(p.logs)
	into.finish()
	return strings.TrimSpace(into.String())
}

// withOutput adds what was written to an error.
func withOutput(err error, output string) error {
	if output == "" {
		return err
	}
	return errors.Join(err, errors.New(output))
}
