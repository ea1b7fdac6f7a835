//go:build unix

package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// Names under which the program starts itself: one becomes the client once its
// limits are set, the other is the first process of an isolated one.
const (
	starterName = "mbxcheck-client-starter"
	initName    = "mbxcheck-client-init"
)

// Inside must be called before anything else in main. It returns at once, unless
// this process was started to become a client: then it never does.
func Inside() {
	switch filepath.Base(os.Args[0]) {
	case starterName:
		runtime.LockOSThread() // what is set for a thread is the process's once it executes another program
		os.Exit(becomeClient())
	case initName:
		os.Exit(beInit())
	}
}

// statusFile is where a process that is to become a client says why it can't:
// the first file after the standard ones. It closes when it has.
const statusFile = 3

// starter is what a process needs to know to become a client.
type starter struct {
	Path     string
	Args     []string
	Limits   Limits
	Isolated bool
	Parent   int // the process that it must not outlive; 0 in isolation
}

// becomeClient puts the limits on this process and executes the client in its
// place. It returns an exit code if that fails.
func becomeClient() int {
	syscall.CloseOnExec(statusFile)
	status := os.NewFile(statusFile, "status")
	fail := func(err error) int {
		fmt.Fprint(status, err)
		return 127 // as shells say it
	}
	var s starter
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		return fail(err)
	}
	if err := dieWith(s.Parent); err != nil {
		return fail(err)
	}
	if s.Isolated {
		if err := dropPrivileges(); err != nil {
			return fail(fmt.Errorf("dropping privileges: %w", err))
		}
		if err := s.Limits.boundUser(); err != nil {
			return fail(fmt.Errorf("limit on processes: %w", err))
		}
	}
	if err := s.Limits.set(); err != nil {
		return fail(err)
	}
	return fail(&os.PathError{Op: "exec", Path: s.Path, Err: syscall.Exec(s.Path, s.Args, os.Environ())})
}

// set puts the limits on this process and all that it starts.
func (l Limits) set() error {
	for _, r := range []struct {
		name     string
		resource int
		value    int64
	}{
		{"CPU time", syscall.RLIMIT_CPU, int64((l.CPU + time.Second - 1) / time.Second)},
		{"memory", syscall.RLIMIT_DATA, l.Memory},
		{"file size", syscall.RLIMIT_FSIZE, l.File},
	} {
		if r.value <= 0 {
			continue
		}
		var now syscall.Rlimit
		if err := syscall.Getrlimit(r.resource, &now); err != nil {
			return fmt.Errorf("limit on %s: %w", r.name, err)
		}
		lower(&now.Cur, r.value)
		lower(&now.Max, r.value)
		if err := syscall.Setrlimit(r.resource, &now); err != nil {
			return fmt.Errorf("limit on %s: %w", r.name, err)
		}
	}
	// A dump of a client's memory is of no use to anybody here.
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// lower brings a limit down; systems differ in whether it has a sign.
func lower[T uint64 | int64](limit *T, value int64) { *limit = min(*limit, T(value)) }

// arguments are those of a process that becomes a client.
func (r resolved) arguments(isolated bool) ([]string, error) {
	s := starter{Path: r.Path, Args: r.Args, Limits: r.Limits, Isolated: isolated}
	if !isolated {
		s.Parent = os.Getpid()
	}
	text, err := json.Marshal(s)
	return []string{starterName, string(text)}, err
}

// group is a client in a process group of its own.
type group struct {
	pid   int
	dir   string // of the client, by which what it started is known; "" for none
	alone bool   // the first process of a client in its caller's group
	asked atomic.Bool
	done  chan struct{}
	left  bool
	err   error
}

// startGroup starts a client in a process group of its own. Its directory, which
// stands in its environment, tells what it starts from all else.
func startGroup(r resolved, p *pipes, dir string) (started, error) {
	args, err := r.arguments(false)
	if err != nil {
		return nil, err
	}
	status, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer status.Close()
	self, err := ownFile()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{
		Path: self, Args: args, Env: r.Env, Dir: r.Dir,
		Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr, ExtraFiles: []*os.File{theirs},
		SysProcAttr: ownGroup(),
	}
	g := &group{dir: dir, done: make(chan struct{})}
	if err := g.start(cmd); err != nil {
		theirs.Close()
		return nil, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	theirs.Close()
	if why, err := io.ReadAll(status); err != nil || len(why) > 0 {
		g.kill()
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrNotStarted, why), err)
	}
	return g, nil
}

// attach starts a command that is executed as it is, in a process group of its own or in
// its caller's.
func attach(cmd *exec.Cmd, dir string, alone bool) (started, error) {
	cmd.SysProcAttr = ownGroup()
	cmd.SysProcAttr.Setpgid = !alone
	g := &group{dir: dir, alone: alone, done: make(chan struct{})}
	return g, g.start(cmd)
}

// start runs the command from a thread that lives as long as it: where a child
// is told of its parent's death, the thread counts as the parent.
func (g *group) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(g.done)
		err := cmd.Start()
		if err == nil {
			g.pid = cmd.Process.Pid
		}
		result <- err
		if err != nil {
			return
		}
		awaitExit(g.pid)
		if g.dir != "" {
			g.left = endRest(g.pid, g.dir) && !g.asked.Load()
		}
		g.kill() // the rest of the group, while its number is still taken
		g.err = cmd.Wait()
	}()
	return <-result
}

func (g *group) terminate() {
	g.asked.Store(true)
	g.signal(syscall.SIGTERM)
}

func (g *group) kill() { g.signal(syscall.SIGKILL) }

func (g *group) signal(s syscall.Signal) {
	to := -g.pid
	if g.alone {
		to = g.pid
	}
	_ = syscall.Kill(to, s)
}

func (g *group) wait() error {
	<-g.done
	how := Exit{Left: g.left}
	var exit *exec.ExitError
	switch {
	case errors.As(g.err, &exit):
		how.set(exit.Sys().(syscall.WaitStatus))
	case errors.Is(g.err, exec.ErrWaitDelay): // somebody has its output still
	case g.err != nil:
		return g.err
	}
	return exitError(how)
}

// set takes over how a process ended.
func (e *Exit) set(s syscall.WaitStatus) {
	if s.Signaled() {
		e.Signal = s.Signal().String()
		return
	}
	e.Code = s.ExitStatus()
}
