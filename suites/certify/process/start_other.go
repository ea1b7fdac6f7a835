//go:build !unix

package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// Inside does nothing here: clients are started as they are.
func Inside() {}

// single is a client as the process that was started; what that starts is out
// of reach.
type single struct{ cmd *exec.Cmd }

func startGroup(r resolved, p *pipes, _ string) (started, error) {
	cmd := &exec.Cmd{
		Path: r.Path, Args: r.Args, Env: r.Env, Dir: r.Dir,
		Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr,
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	return single{cmd}, nil
}

func attach(cmd *exec.Cmd, _ string, _ bool) (started, error) { return single{cmd}, cmd.Start() }

func (s single) terminate() { s.kill() } // there is no way to ask
func (s single) kill()      { _ = s.cmd.Process.Kill() }

func (s single) wait() error {
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError(Exit{Code: exit.ExitCode()})
	}
	return err
}

// CanIsolate says why clients can't be isolated here.
func CanIsolate(context.Context) error { return errNotLinux }

// Unprotected says why clients can't be isolated here.
func Unprotected(context.Context, Options) ([]string, error) { return nil, errNotLinux }

func (p *Process) startIsolated(Options, *wire.Front, *pipes) error { return errNotLinux }

var errNotLinux = errors.New("isolation is for Linux. " + otherWays)
