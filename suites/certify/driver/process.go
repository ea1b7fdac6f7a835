package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// keptStderr is how much of the end of standard error is kept, in bytes:
	// some screens of a stack trace.
	keptStderr = 64 << 10

	// exitWait is how long a driver may go on after the end of its input. On a
	// machine with twenty busy processes for each core Node took more than 5 s.
	exitWait = 30 * time.Second

	// pipeWait is how long what a driver left behind may hold its pipes open.
	pipeWait = 5 * time.Second
)

// Process is a running driver. It is safe for concurrent use.
type Process struct {
	*Conversation

	cmd      *exec.Cmd
	stderr   ring
	exitWait time.Duration // shorter in tests

	reaping sync.Mutex
	reaped  bool // the process's number is no longer its own

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
	p := &Process{cmd: cmd, exitWait: exitWait, exited: make(chan struct{})}
	p.stderr.keep = keptStderr
	cmd.Stderr = &p.stderr
	cmd.WaitDelay = pipeWait
	group(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("driver: %w", err)
	}
	stdout, output := io.Pipe()
	cmd.Stdout = output
	p.Conversation = newConversation(stdin)
	p.excuse, p.ending = p.broken, p.lastWords
	p.refuse = func() {
		stdout.CloseWithError(errRefused) // nobody reads on
		p.kill()
	}
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
	if err := p.await(context.Background(), hello); err != nil { // watch ends it with ctx
		p.kill()
		<-p.exited
		return nil, err
	}
	return p, nil
}

// Stderr returns the end of what the driver wrote to standard error, the last
// 64 KiB at most.
func (p *Process) Stderr() string { return p.stderr.String() }

// Close ends the driver's input and waits for it to exit, 30 s at most; then it
// is killed, with all that it started. Who cannot wait ends the context that
// Start was given. An error says that the driver was broken or did not end by
// itself with exit status 0.
func (p *Process) Close() error {
	p.stdin.Close()
	late := time.NewTimer(p.exitWait)
	defer late.Stop()
	select {
	case <-p.exited:
	case <-late.C:
		p.end(fmt.Errorf("expected it to exit within %s after the end of its input", p.exitWait))
		p.kill()
		<-p.exited
	}
	<-p.ended
	if errors.Is(p.fault, errEndOfOutput) && p.exit == nil {
		return nil
	}
	return p.fault
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

// errRefused is what a driver that broke the protocol reads of its output.
var errRefused = errors.New("the driver broke the protocol")

// lastWords is why the output ended.
func (p *Process) lastWords() error {
	<-p.exited // for its exit status and last words
	if p.exit != nil {
		return fmt.Errorf("%w: %w", errEndOfOutput, p.exit)
	}
	return errEndOfOutput
}

// reap waits for the process to end, and for the rest of its output.
func (p *Process) reap(output *io.PipeWriter) {
	p.exit = p.wait()
	output.Close()
	close(p.exited)
}
