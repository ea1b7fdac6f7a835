package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// What is replaced in a command and in the values of variables: by the front's
// URL, and by the account's keys.
const (
	Placeholder       = "{url}"
	KeyPlaceholder    = "{key}"
	SecretPlaceholder = "{secret}"
)

// fill fills the places of a text in.
func (o *Options) fill(text, url string) string {
	return strings.NewReplacer(Placeholder, url, KeyPlaceholder, o.APIKey, SecretPlaceholder, o.SecretKey).Replace(text)
}

// WayOf is the way that a command asks for: by URL if it, or a variable, has a
// place for one. A variable without a value has it from this process.
func WayOf(command, env []string) wire.Way {
	wants := func(s string) bool { return strings.Contains(s, Placeholder) }
	given := func(s string) bool { return wants(s) || !strings.Contains(s, "=") && wants(os.Getenv(s)) }
	if slices.ContainsFunc(command, wants) || slices.ContainsFunc(env, given) {
		return wire.ByURL
	}
	return wire.Isolated
}

// Reached is the way that certificates name: in isolation whoever is isolated.
func (o *Options) Reached() wire.Way {
	if o.Isolate {
		return wire.Isolated
	}
	return cmp.Or(o.Way, wire.Isolated)
}

// Limits bound a client. Zero means none.
type Limits struct {
	CPU    time.Duration // of each of its processes, in whole seconds
	Memory int64         // bytes that each of its processes may write to: RLIMIT_DATA
	File   int64         // bytes of each file that it writes

	// In isolation alone:
	Tasks int           // processes and threads at once
	Total int64         // bytes of memory of all its processes, what they share counted once
	Disk  int64         // bytes of all its files together, which are in memory, too
	Time  time.Duration // from start to end
}

// DefaultLimits are beyond what any client needs for a scenario, and well short
// of what a laptop has. Of threads a browser takes some 300, a program on a JVM
// some 50; such a program takes up to a gigabyte, and reserves many without using
// them, which is not counted. What a compiler keeps in a new home directory comes
// to some 200 MB.
func DefaultLimits() Limits {
	return Limits{CPU: 5 * time.Minute, Memory: 4 << 30, File: 1 << 30, Tasks: 512, Total: 4 << 30, Disk: 1 << 30}
}

// Options say which client is run and how.
type Options struct {
	Command []string // at least the program
	Dir     string   // working directory; "" for the current one
	Way     wire.Way // "" is by name, as wire.Isolated is
	Isolate bool     // a network of its own, by whichever way; see CanIsolate

	// Writable are directories where what an isolated client writes stays.
	// Elsewhere it is thrown away.
	Writable []string

	// Env are further variables: NAME takes the value from this process,
	// NAME=VALUE says it. They come last, and win.
	Env []string

	APIKey, SecretKey string   // of the account that the client trades for
	Names             []string // the venue's hosts
	Authority         *wire.Authority
	Limits            Limits

	// URL is the venue's where it listens already, as for a proxy that is to lead
	// there; the front is not asked then, and may be nil. "" is an address of the
	// client's own at the front.
	URL string

	// Driven clients are spoken to on standard input and output; of others the
	// output is kept, and the input is empty.
	Driven bool

	// LogFile is where all that the client prints is kept, keys masked; "" for
	// nowhere.
	LogFile string
}

// grace is how long a client has between the request to end and its end.
const grace = 2 * time.Second

// Process is a client that runs. It is safe for concurrent use.
type Process struct {
	Stdin  io.WriteCloser // of a driven client, nil otherwise
	Stdout io.ReadCloser  // of a driven client, nil otherwise

	output   tail
	url      string
	dir      string // thrown away at the end
	own      *directory
	isolated bool
	log      *record // nil without a file
	started  started
	ended    chan struct{}
	err      error // once ended is closed
	over     bool  // its time was, or the context's: it did not end by itself; once ended is closed
	stop     func()
	stopped  sync.Once
}

// started is a process of the operating system, in isolation or not.
type started interface {
	// terminate asks all of the client to end, kill makes it.
	terminate()
	kill()
	// wait returns how the client ended; there is nothing left of it then.
	wait() error
}

// ErrNotStarted says that there never was a client: no such program, or one that
// the system can't run.
var ErrNotStarted = errors.New("the client did not start")

// Start runs a client whose requests arrive at front. It ends when it wants to,
// when ctx does, after Limits.Time, or by Stop.
func Start(ctx context.Context, o Options, front *wire.Front) (*Process, error) {
	if len(o.Command) == 0 {
		return nil, fmt.Errorf("%w: expected a command, found none", ErrNotStarted)
	}
	if o.Reached() == wire.Isolated && !o.Isolate {
		return nil, errors.New("a client comes by name only in isolation: without it, give it a URL ({url} in its command, or MBXCHECK_URL) or a proxy")
	}
	own, err := newDirectory()
	if err != nil {
		return nil, err
	}
	p := &Process{own: own, dir: own.path, isolated: o.Isolate, ended: make(chan struct{})}
	for _, sub := range []string{homeDir, scratchDir, trustDir} {
		err = errors.Join(err, os.Mkdir(filepath.Join(p.dir, sub), 0o700))
	}
	if err == nil && o.LogFile != "" {
		p.log, err = openRecord(o.LogFile)
	}
	if err == nil {
		err = p.launch(o, front)
	}
	if err != nil {
		p.log.close()
		own.remove()
		return nil, err
	}
	p.watch(ctx, o.Limits.Time)
	return p, nil
}

// remove removes a directory, also if the client has locked parts of it.
func remove(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

// Directories of a client, below one that is thrown away.
const (
	homeDir    = "home"
	scratchDir = "tmp"
	trustDir   = "trust" // in isolation, a file system of its own in memory
)

// launch starts the process with its pipes.
func (p *Process) launch(o Options, front *wire.Front) error {
	pipes, err := newPipes(o.Driven)
	if err != nil {
		return err
	}
	defer pipes.closeTheirs()
	p.output.hide = mask.New(secretsOf(o, nil)...)
	if p.log != nil {
		p.log.hide = p.output.hide
		p.output.also = p.log.stream()
	}
	if o.Isolate {
		err = p.startIsolated(o, front, pipes)
	} else {
		err = p.startPlain(o, front, pipes)
	}
	if err != nil {
		pipes.closeOurs()
		return withOutput(err, pipes.drain(&p.output))
	}
	if o.Driven {
		p.Stdin, p.Stdout = pipes.toClient, pipes.fromClient
		if p.log != nil {
			p.Stdout = logged{io.TeeReader(pipes.fromClient, p.log.stream()), pipes.fromClient}
		}
	}
	p.output.follow(pipes.logs)
	return nil
}

// logged is a driven client's output that is kept as it is read.
type logged struct {
	io.Reader
	io.Closer
}

// startPlain starts a client that shares this machine's network.
func (p *Process) startPlain(o Options, front *wire.Front, pipes *pipes) error {
	if p.url = o.URL; o.URL != "" {
		return p.startGroup(o, pipes)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.url = "http://" + l.Addr().String()
	if o.Way == wire.ByProxy {
		if err := writeTrust(filepath.Join(p.dir, trustDir), o.Authority.PEM(), certNames(o.Authority)); err != nil {
			l.Close()
			return err
		}
	}
	if err := p.startGroup(o, pipes); err != nil {
		l.Close()
		return err
	}
	front.Serve(l)
	return nil
}

// startGroup starts the command in a process group of its own.
func (p *Process) startGroup(o Options, pipes *pipes) error {
	r, err := p.resolve(o)
	if err == nil {
		p.started, err = startGroup(r, pipes, p.dir)
	}
	return err
}

// resolved is a command that can be executed as it stands.
type resolved struct {
	Path   string
	Args   []string
	Env    []string
	Dir    string
	Limits Limits
}

// resolve finds the program and fills the URL in.
func (p *Process) resolve(o Options) (resolved, error) {
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.Getwd(); err != nil {
			return resolved{}, err
		}
	}
	r := resolved{Dir: dir, Env: environment(o, p.dir, p.url), Limits: o.Limits}
	for _, a := range o.Command {
		r.Args = append(r.Args, o.fill(a, p.url))
	}
	p.output.hide = mask.New(secretsOf(o, r.Env)...)
	if p.log != nil {
		p.log.hide = p.output.hide
	}
	var err error
	if r.Path, err = find(r.Args[0], dir, valueOf(r.Env, "PATH")); err != nil {
		return resolved{}, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	return r, nil
}

// find looks a program up as a shell does in the client's own PATH.
func find(name, dir, path string) (string, error) {
	if strings.ContainsRune(name, os.PathSeparator) || strings.ContainsRune(name, '/') {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return exec.LookPath(name)
	}
	for _, d := range filepath.SplitList(path) {
		if d == "" || !filepath.IsAbs(d) {
			continue // what lies in the working directory is not looked for
		}
		if found, err := exec.LookPath(filepath.Join(d, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%q is not in PATH", name)
}

// watch ends the client when its time is over, and cleans up after it.
func (p *Process) watch(ctx context.Context, limit time.Duration) {
	over, timeUp := make(chan struct{}), (<-chan time.Time)(nil)
	p.stop = func() { close(over) }
	if limit > 0 {
		timeUp = time.After(limit)
	}
	waited := make(chan error, 1)
	go func() { waited <- p.started.wait() }()
	go func() {
		defer close(p.ended)
		var reason error
		select {
		case p.err = <-waited:
			p.clean()
			return
		case <-over:
		case <-ctx.Done():
			reason = context.Cause(ctx)
		case <-timeUp:
			reason = fmt.Errorf("the client was stopped after %v", limit)
		}
		p.started.terminate()
		select {
		case p.err = <-waited:
		case <-time.After(grace):
			p.started.kill()
			p.err = <-waited
		}
		p.err, p.over = errors.Join(reason, p.err), reason != nil
		p.clean()
	}()
}

// clean leaves nothing behind but what the client said.
func (p *Process) clean() {
	p.output.finish()
	p.log.close()
	p.own.remove()
}

// Ended is closed when nothing of the client runs any more.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err says how the client ended: nil for exit code 0. It is for after Ended.
func (p *Process) Err() error {
	select {
	case <-p.ended:
		return p.err
	default:
		return nil
	}
}

// Exit says how the client ended by itself, such as "exit code 1"; "" while it
// runs, and of one whose time was over.
func (p *Process) Exit() string {
	select {
	case <-p.ended:
	default:
		return ""
	}
	if p.over {
		return ""
	}
	how := new(Exit)
	if p.err != nil && !errors.As(p.err, &how) {
		return p.err.Error()
	}
	return how.String()
}

// Stop ends the client, first with a request and then by force, and returns
// when nothing of it runs any more.
func (p *Process) Stop() {
	p.stopped.Do(p.stop)
	<-p.ended
	if p.Stdin != nil {
		p.Stdin.Close()
		p.Stdout.Close()
	}
}

// URL is the front's address as the client sees it, without a path.
func (p *Process) URL() string { return p.url }

// Output is the end of what the client wrote to standard error, and to standard
// output too unless it is driven.
// What an isolated client met where it could not write is explained at the end.
func (p *Process) Output() string {
	text := p.output.String()
	if !p.isolated {
		return text
	}
	advice := unwritten(text)
	if advice != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + advice
}
