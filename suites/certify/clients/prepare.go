package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// installWait bounds an installation. From a registry nearby it takes half a
// minute.
const installWait = 10 * time.Minute

// maxLock bounds a lock file, in bytes. The real ones have 100 kB.
const maxLock = 16 << 20

// MissingError says that a program is not on this machine that a client needs.
type MissingError struct {
	Program string
	Err     error
}

func (e *MissingError) Error() string { return fmt.Sprintf("%s is missing: %v", e.Program, e.Err) }

func (e *MissingError) Unwrap() error { return e.Err }

// Prepare installs or builds what a client needs and is not there yet, below
// dir, this package's folder, and returns the command that runs its driver, by
// absolute paths. Any number of processes may call it at once.
//
// An error is a *MissingError when the machine lacks a program.
func Prepare(ctx context.Context, dir string, c Client) ([]string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, installWait)
	defer cancel()
	var argv []string
	switch c.Runtime {
	case Node:
		argv, err = prepareNode(ctx, filepath.Join(dir, "node"), c)
	case Go:
		argv, err = prepareGo(ctx, filepath.Join(dir, "go"), c)
	case Python:
		argv, err = preparePython(ctx, filepath.Join(dir, "python"), c)
	case Curl:
		argv, err = prepareCurl(filepath.Join(dir, "shell"), c)
	default:
		err = fmt.Errorf("no runtime is named %q", c.Runtime)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return append(argv, c.Flags...), nil
}

// Fetches reports whether Prepare would fetch packages for the client: 125 MB
// of them for those of Node. Tests ask for that to be wanted.
func Fetches(dir string, c Client) bool {
	if c.Runtime != Node {
		return false
	}
	installed, err := isInstalled(filepath.Join(dir, "node"))
	return err == nil && !installed
}

func find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &MissingError{program, err}
	}
	return filepath.Abs(path)
}

func prepareCurl(dir string, c Client) ([]string, error) {
	node, err := find("node")
	if err != nil {
		return nil, err
	}
	if _, err := find("curl"); err != nil {
		return nil, err
	}
	return []string{node, filepath.Join(dir, c.Driver)}, nil
}

// preparePython takes the system's Python before others: its requests is the
// one that Debian pins.
func preparePython(ctx context.Context, dir string, c Client) ([]string, error) {
	var tried []error
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		python, err := find(name)
		if err == nil {
			err = run(exec.CommandContext(ctx, python, "-c", "import requests, urllib3"))
		}
		if err == nil {
			return []string{python, filepath.Join(dir, c.Driver)}, nil
		}
		tried = append(tried, err)
	}
	return nil, &MissingError{"python3 with requests", errors.Join(tried...)}
}

func prepareGo(ctx context.Context, dir string, c Client) ([]string, error) {
	command, err := find("go")
	if err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	program := filepath.Join(dir, "drivers")
	fresh := program + ".new"
	build := exec.CommandContext(ctx, command, "build", "-o", fresh, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if err := run(build); err != nil {
		return nil, err
	}
	// Another process may be running the one that is there.
	if err := os.Rename(fresh, program); err != nil {
		return nil, err
	}
	return []string{program, c.Driver}, nil
}

func prepareNode(ctx context.Context, dir string, c Client) ([]string, error) {
	node, err := find("node")
	if err != nil {
		return nil, err
	}
	npm, err := find("npm")
	if err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	installed, err := isInstalled(dir)
	if err != nil {
		return nil, err
	}
	if !installed {
		ci := exec.CommandContext(ctx, npm, "ci")
		ci.Dir = dir
		if err := run(ci); err != nil {
			return nil, err
		}
	}
	return []string{node, filepath.Join(dir, c.Driver)}, nil
}

// isInstalled compares what npm last installed with what is pinned.
func isInstalled(dir string) (bool, error) {
	want, err := readLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, err
	}
	have, err := readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return false, nil // none, or half of one
	}
	for path, pinned := range want {
		if path != "" && !pinned.Optional && have[path].Version != pinned.Version {
			return false, nil
		}
	}
	return true, nil
}

type lockedPackage struct {
	Version  string `json:"version"`
	Optional bool   `json:"optional"`
}

func readLock(file string) (map[string]lockedPackage, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var l struct {
		Packages map[string]lockedPackage `json:"packages"`
	}
	if err := json.UnmarshalRead(io.LimitReader(f, maxLock), &l); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(l.Packages) == 0 {
		return nil, fmt.Errorf("%s: expected packages, found none", file)
	}
	return l.Packages, nil
}

// run runs a command, and puts what it wrote into the error.
func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// lock holds a file against other processes until unlock is called.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, fs.FileMode(0o644))
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return func() { f.Close() }, nil
}
