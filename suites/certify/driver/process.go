package driver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// maxLine bounds a driver's line, in bytes. Answers have some hundred; an
	// error that quotes a page of HTML, some ten thousand.
	maxLine = 1 << 20

	// keptStderr is how much of the end of standard error is kept, in bytes:
	// some screens of a stack trace.
	keptStderr = 64 << 10

	// helloWait is how long a driver may take to load its client and say hello.
	// The slowest, ccxt, takes about 2 s of an idle core.
	helloWait = time.Minute

	// exitWait is how long a driver may go on after the end of its input, and
	// how long what it left behind may hold its pipes open.
	exitWait = 5 * time.Second
)

// Process is a running driver. It is safe for concurrent use.
type Process struct {
	Hello Hello // what it said of itself: read only

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr ring
	lines  chan []byte // commands for the writer

	mu      sync.Mutex
	lastID  int64
	waiting map[int64]chan<- Answer // by command; nil where the caller has gone
	fault   error                   // what ended the conversation

	reaping sync.Mutex
	reaped  bool // the process's number is no longer its own

	ended  chan struct{} // closed once fault is set: no answer comes any more
	exited chan struct{} // closed once the process is reaped, its group killed
	exit   error         // of cmd.Wait, once exited is closed
}

// Start starts a driver and waits for its hello, a minute at most. When ctx
// ends, before or after, the driver is killed with all that it started.
//
// The command is Start's from then on. It must not have its standard streams
// set; its environment and whatever else says how it runs are the caller's
// choice.
func Start(ctx context.Context, cmd *exec.Cmd) (*Process, error) {
	if cmd.Stdin != nil || cmd.Stdout != nil || cmd.Stderr != nil {
		return nil, errors.New("driver: expected a command whose standard streams are not set")
	}
	p := &Process{
		cmd: cmd, lines: make(chan []byte), waiting: map[int64]chan<- Answer{},
		ended: make(chan struct{}), exited: make(chan struct{}),
	}
	p.stderr.keep = keptStderr
	cmd.Stderr = &p.stderr
	cmd.WaitDelay = exitWait
	group(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("driver: %w", err)
	}
	stdout, output := io.Pipe()
	p.stdin, cmd.Stdout = stdin, output
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("driver: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("driver: %w", err)
	}
	hello := make(chan Hello, 1)
	go p.reap(output)
	go p.read(stdout, hello)
	go p.write()
	go p.watch(ctx)
	if err := p.await(hello); err != nil {
		p.kill()
		<-p.exited
		return nil, err
	}
	return p, nil
}

func (p *Process) await(hello <-chan Hello) error {
	late := time.NewTimer(helloWait)
	defer late.Stop()
	select {
	case p.Hello = <-hello:
		return nil
	case <-p.ended:
		return p.fault
	case <-late.C:
		return p.broken(fmt.Errorf("expected a hello within %s, found none", helloWait))
	}
}

// Do tells the driver a command and waits for its answer. It sets the command's
// ID. Commands may be told while others are under way. Once ctx ends Do no
// longer waits; the driver goes on, and its answer is dropped.
//
// An error means that there is no answer; it names the command, and says what
// became of the driver if that is the cause.
func (p *Process) Do(ctx context.Context, c Command) (Answer, error) {
	answer := make(chan Answer, 1)
	p.mu.Lock()
	p.lastID++
	c.ID = p.lastID
	p.waiting[c.ID] = answer
	p.mu.Unlock()

	a, err := p.do(ctx, c, answer)
	if err != nil {
		p.mu.Lock()
		if _, ok := p.waiting[c.ID]; ok {
			p.waiting[c.ID] = nil
		}
		p.mu.Unlock()
		return Answer{}, fmt.Errorf("command %d, %s: %w", c.ID, c.Op, err)
	}
	return a, nil
}

func (p *Process) do(ctx context.Context, c Command, answer <-chan Answer) (Answer, error) {
	line, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		return Answer{}, err
	}
	select {
	case p.lines <- append(line, '\n'):
	case <-p.ended:
		return Answer{}, p.fault
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("not told, for the driver takes no more: %w", context.Cause(ctx))
	}
	select {
	case a := <-answer:
		return a, nil
	case <-p.ended:
		select {
		case a := <-answer: // both were ready
			return a, nil
		default:
			return Answer{}, p.fault
		}
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("no answer: %w", context.Cause(ctx))
	}
}

// Stderr returns the end of what the driver wrote to standard error, the last
// 64 KiB at most.
func (p *Process) Stderr() string { return p.stderr.String() }

// Close ends the driver's input and waits for it to exit, 5 s at most; then it
// is killed, with all that it started. An error says that the driver was broken
// or did not end by itself with exit status 0.
func (p *Process) Close() error {
	p.stdin.Close()
	late := time.NewTimer(exitWait)
	defer late.Stop()
	select {
	case <-p.exited:
	case <-late.C:
		p.end(fmt.Errorf("expected it to exit within %s after the end of its input", exitWait))
		p.kill()
		<-p.exited
	}
	<-p.ended
	if errors.Is(p.fault, errEndOfOutput) && p.exit == nil {
		return nil
	}
	return p.fault
}

// errEndOfOutput is what ends every conversation, good ones too.
var errEndOfOutput = errors.New("the driver has ended")

// end says why no more answers come; the first to say it counts.
func (p *Process) end(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == nil {
		p.fault = p.broken(why)
		close(p.ended)
	}
}

// broken adds who it was, and its last words.
func (p *Process) broken(why error) error {
	name := strings.Join(p.cmd.Args, " ")
	if words := lastLines(p.Stderr()); words != "" {
		return fmt.Errorf("driver %s: %w; it last wrote to standard error:\n%s", name, why, words)
	}
	return fmt.Errorf("driver %s: %w", name, why)
}

func (p *Process) watch(ctx context.Context) {
	select {
	case <-ctx.Done():
		p.end(context.Cause(ctx))
		p.kill()
	case <-p.exited:
	}
}

func (p *Process) write() {
	for {
		select {
		case line := <-p.lines:
			// What stops a write ends the output as well, which says more.
			if _, err := p.stdin.Write(line); err != nil {
				return
			}
		case <-p.ended:
			return
		}
	}
}

// read takes the driver's lines up to the first that breaks the protocol.
func (p *Process) read(stdout *io.PipeReader, hello chan<- Hello) {
	in := bufio.NewReaderSize(stdout, 4096)
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err == nil {
			err = p.take(line, number, hello)
		}
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			<-p.exited // for its exit status and last words
			err = errEndOfOutput
			if p.exit != nil {
				err = fmt.Errorf("%w: %w", errEndOfOutput, p.exit)
			}
			p.end(err)
			return
		}
		p.end(fmt.Errorf("line %d of its output: %w: %s", number, err, quoted(line)))
		stdout.CloseWithError(err) // nobody reads on
		p.kill()
		return
	}
}

func (p *Process) take(line []byte, number int, hello chan<- Hello) error {
	if number == 1 {
		h, err := parseHello(line)
		if err != nil {
			return fmt.Errorf("expected a hello of protocol %d: %w", Protocol, err)
		}
		hello <- h
		return nil
	}
	a, err := parseAnswer(line)
	if err != nil {
		return fmt.Errorf("expected an answer: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, ok := p.waiting[a.ID]
	if !ok {
		return fmt.Errorf("expected one answer for each command: %d has had one, or was never told", a.ID)
	}
	delete(p.waiting, a.ID)
	if answer != nil {
		answer <- a
	}
	return nil
}

var errLongLine = fmt.Errorf("expected at most %d bytes", maxLine)

// readLine returns a line without its end. The last one may lack it.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return line, errLongLine
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// quoted is the beginning of a line, for a message.
func quoted(line []byte) string {
	const most = 200 // two lines of a terminal
	if len(line) > most {
		return fmt.Sprintf("%q and %d bytes more", line[:most], len(line)-most)
	}
	return fmt.Sprintf("%q", line)
}

// reap waits for the process to end, and for the rest of its output.
func (p *Process) reap(output *io.PipeWriter) {
	p.exit = p.wait()
	output.Close()
	close(p.exited)
}
