package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// farewell is how long a command may take to end that was asked to: test runners clean
// up.
const farewell = 5 * time.Second

// Attached is a command that runs as its caller would have run it: with all variables of
// this process, and with the streams that it is given.
type Attached struct {
	Command   []string // at least the program
	Stdin     io.Reader
	Output    io.Writer // standard output and standard error
	Variables []string  // NAME=VALUE, in place of those of that name

	// Proxy is the URL of a forward proxy to go through to all hosts, "" for none, and
	// Authority is who signs there. It is trusted beside whoever is trusted already.
	Proxy     string
	Authority *wire.Authority
}

// Run runs the command until it ends, or asks it to when ctx does, and ends what it
// has started and left: its process group, and on Linux also what has left that. A
// command at a terminal stays in the group of its caller, or it could not read there.
// The error is an *Exit of a command that did not end well, wraps ErrNotStarted of one
// that never ran, and is the context's of one that was ended.
func (a Attached) Run(ctx context.Context) error {
	own, err := newDirectory()
	if err != nil {
		return err
	}
	defer own.remove()
	cmd := exec.Command(a.Command[0], a.Command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = a.Stdin, a.Output, a.Output, afterlife
	if cmd.Env, err = a.environment(own.path); err != nil {
		return err
	}
	in, is := a.Stdin.(*os.File)
	running, err := attach(cmd, own.path, is && term.IsTerminal(int(in.Fd())))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	waited := make(chan error, 1)
	go func() { waited <- running.wait() }()
	select {
	case err := <-waited:
		if how := (*Exit)(nil); errors.As(err, &how) && how.Code == 0 && how.Signal == "" {
			return nil // it has left something, which was ended
		}
		return err
	case <-ctx.Done():
	}
	running.terminate()
	select {
	case <-waited:
	case <-time.After(farewell):
		running.kill()
		<-waited
	}
	return context.Cause(ctx)
}

// environment is what the command finds. All that it starts is known by the directory,
// which stands in it.
func (a Attached) environment(dir string) ([]string, error) {
	env := os.Environ()
	set := func(value string, names ...string) {
		for _, n := range names {
			env = setVariable(env, n, value)
		}
	}
	set(dir+"/", "MBXCHECK_RUN")
	if a.Proxy != "" {
		proxyVariables(set, a.Proxy)
		set("", "NO_PROXY", "no_proxy")
	}
	if a.Authority != nil {
		for _, name := range trustVariables() {
			file := filepath.Join(dir, name+".pem")
			if err := os.WriteFile(file, beside(valueOf(env, name), name, a.Authority.PEM()), 0o600); err != nil {
				return nil, err
			}
			set(file, name)
		}
	}
	for _, v := range a.Variables {
		name, value, _ := strings.Cut(v, "=")
		set(value, name)
	}
	return env, nil
}

// beside adds a certificate to those that a variable names, or would without naming any.
func beside(file, variable string, certificate []byte) []byte {
	files := []string{file}
	if file == "" && variable == nodeTrust {
		return certificate // Node has its own
	}
	if file == "" {
		files = bundles()
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			return append(append(bytes.TrimRight(text, "\n"), '\n'), certificate...)
		}
	}
	return certificate
}
