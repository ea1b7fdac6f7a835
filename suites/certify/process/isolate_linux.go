package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// setupTime is what setting an isolated network up never takes; it takes some
// 50 ms.
const setupTime = 30 * time.Second

// CanIsolate tries whether clients can be isolated here. The error says what
// forbids it and which other ways there are.
func CanIsolate(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := tryWorld(&plan{WorkDir: "/", Hidden: hiddenDirs()})
	return err
}

// Unprotected tries to isolate a client and lists the protections that can't be
// had here, a sentence each without its end: none where the kernel has all. It
// fails as CanIsolate does, and where the client can't start.
func Unprotected(ctx context.Context, o Options) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var p Process // no client, and so without a directory
	r, err := p.resolve(o)
	if err != nil {
		return nil, err
	}
	made, err := newPlan(o, r)
	if err != nil {
		return nil, err
	}
	return tryWorld(made)
}

// tryWorld makes a world and ends it. It returns the protections that it lacks.
func tryWorld(p *plan) ([]string, error) {
	dir, err := newDirectory()
	if err != nil {
		return nil, err
	}
	defer dir.remove()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	p.Dir, p.Hosts = dir.path, hostsFile(nil)
	w, r, err := newWorld(p, null, null, null)
	if err != nil {
		return nil, err
	}
	w.abandon()
	return r.Missing, nil
}

// plan is what the first process of an isolated client sets up.
type plan struct {
	Dir         string   // the client's own directory
	WorkDir     string   // where it runs; no links lead to it
	Named       []string // files and directories that it needs
	Hidden      []string // directories of which it sees nothing else
	Writable    []string // directories where what it writes stays
	Sockets     []string // Unix sockets that are to lead nowhere
	Disk        int64    // bytes that it may write in all; 0 for no bound
	Tasks       int      // processes and threads that it may have; 0 for no bound
	Certificate []byte   // in PEM
	CertNames   []string
	Hosts       string // for /etc/hosts
}

// newPlan says what a client may see and write.
func newPlan(o Options, r resolved) (*plan, error) {
	p := &plan{Named: namedPaths(r, o.Env), Hidden: hiddenDirs(), Sockets: hostSockets(), Disk: o.Limits.Disk, Tasks: o.Limits.Tasks}
	var err error
	if p.WorkDir, err = filepath.EvalSymlinks(r.Dir); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	for _, dir := range o.Writable {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			return nil, fmt.Errorf("a directory that is to be writable: %w", err)
		}
		p.Writable = append(p.Writable, real)
	}
	p.Writable = shortestFirst(p.Writable)
	return p, nil
}

// ready is its answer. With it come the files of the listeners and of the
// resolver's socket.
type ready struct {
	Error   string
	Port    int      // of the listener for URLs and proxies
	Missing []string // protections that the kernel refused
}

// maxReady bounds that answer, in bytes: some ten protections may be missing, each
// told in a line.
const maxReady = 32 << 10

// report is what it says of the client.
type report struct {
	Error string // it did not start
	Ended bool
	Exit
}

// startIsolated starts a client in a network of its own, where the front listens
// under all of the venue's names.
func (p *Process) startIsolated(o Options, front *wire.Front, pipes *pipes) error {
	command, err := p.resolve(o) // without the URL, which is not known yet
	if err != nil {
		return err
	}
	made, err := newPlan(o, command)
	if err != nil {
		return err
	}
	made.Dir, made.Hosts = p.dir, hostsFile(o.Names)
	made.Certificate, made.CertNames = o.Authority.PEM(), certNames(o.Authority)
	w, r, err := newWorld(made, pipes.stdin, pipes.stdout, pipes.stderr)
	if err != nil {
		return err
	}
	p.url = fmt.Sprintf("http://127.0.0.1:%d", r.Port)
	if command, err = p.resolve(o); err == nil {
		err = w.run(command)
	}
	if err != nil {
		w.abandon()
		return err
	}
	for _, l := range w.listeners {
		front.Serve(l)
	}
	front.Resolve(w.resolver)
	p.started = w
	return nil
}

// world is the first process of an isolated client: when it ends, so does all
// that runs in there.
type world struct {
	group     *group
	control   *net.UnixConn
	lines     *bufio.Reader
	listeners []net.Listener
	resolver  net.PacketConn
}

// newWorld makes a network, a process and a file system view of their own, with
// nothing in them yet.
func newWorld(p *plan, stdin, stdout, stderr *os.File) (*world, *ready, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()
	w := &world{group: &group{done: make(chan struct{})}, control: ours, lines: bufio.NewReader(ours)}
	attr, err := namespaces()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{initName}, Env: []string{},
		Stdin: stdin, Stdout: stdout, Stderr: stderr, ExtraFiles: []*os.File{theirs}, SysProcAttr: attr,
	}
	if err := w.group.start(cmd); err != nil {
		ours.Close()
		return nil, nil, forbidden(err)
	}
	theirs.Close() // so that its end is heard
	r, err := w.setUp(p)
	if err != nil {
		w.abandon()
		return nil, nil, forbidden(err)
	}
	return w, r, nil
}

// setUp has the plan carried out.
func (w *world) setUp(p *plan) (*ready, error) {
	if err := w.control.SetDeadline(time.Now().Add(setupTime)); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w.control).Encode(p); err != nil {
		return nil, err
	}
	text, control := make([]byte, maxReady), make([]byte, unix.CmsgSpace(maxFiles*4))
	n, nc, _, _, err := w.control.ReadMsgUnix(text, control)
	if err != nil {
		return nil, fmt.Errorf("the first process said nothing: %w", err)
	}
	var r ready
	if err := json.Unmarshal(text[:n], &r); err != nil {
		return nil, fmt.Errorf("the first process said %q: %w", text[:n], err)
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	if err := w.take(control[:nc]); err != nil {
		return nil, err
	}
	return &r, w.control.SetDeadline(time.Time{})
}

// take makes listeners of the files that came.
func (w *world) take(control []byte) error {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("expected files of sockets, found %d messages: %v", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	for i, fd := range fds {
		unix.CloseOnExec(fd)
		file := os.NewFile(uintptr(fd), "socket")
		if i == 0 {
			w.resolver, err = net.FilePacketConn(file)
		} else {
			var l net.Listener
			if l, err = net.FileListener(file); err == nil {
				w.listeners = append(w.listeners, l)
			}
		}
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// run starts the client.
func (w *world) run(r resolved) error {
	if err := w.control.SetDeadline(time.Now().Add(setupTime)); err != nil {
		return err
	}
	if err := json.NewEncoder(w.control).Encode(r); err != nil {
		return err
	}
	answer, err := w.hear()
	if err != nil {
		return err
	}
	if answer.Error != "" {
		return fmt.Errorf("%w: %s", ErrNotStarted, answer.Error)
	}
	return w.control.SetDeadline(time.Time{})
}

func (w *world) hear() (report, error) {
	var r report
	line, err := w.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	return r, err
}

// terminate asks: the first process passes it on to all others.
func (w *world) terminate() { _ = syscall.Kill(w.group.pid, syscall.SIGTERM) }

// kill ends the first process, and with it all in its world.
func (w *world) kill() { _ = syscall.Kill(w.group.pid, syscall.SIGKILL) }

func (w *world) wait() error {
	last, err := w.hear()
	<-w.group.done
	w.control.Close()
	if err != nil || !last.Ended {
		return exitError(Exit{Signal: "with all that it had started"})
	}
	return exitError(last.Exit)
}

// abandon ends a world whose client did not start, and gives back what it had
// taken.
func (w *world) abandon() {
	w.kill()
	<-w.group.done
	w.control.Close()
	for _, l := range w.listeners {
		l.Close()
	}
	if w.resolver != nil {
		w.resolver.Close()
	}
}

// socketPair is a connection between this process and a child.
func socketPair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs := os.NewFile(uintptr(fds[1]), "control")
	file := os.NewFile(uintptr(fds[0]), "control")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// namespaces are those of an isolated client. Its users are the ones that there
// are: the user alone, or all of them for root, so that files have their owners.
func namespaces() (*syscall.SysProcAttr, error) {
	attr := ownGroup()
	attr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.AmbientCaps = setupCapabilities
		return attr, nil
	}
	var err error
	if attr.UidMappings, err = ownMap("/proc/self/uid_map"); err != nil {
		return nil, err
	}
	attr.GidMappings, err = ownMap("/proc/self/gid_map")
	attr.GidMappingsEnableSetgroups = true
	return attr, err
}

// setupCapabilities are what the first process of a user's client needs, for
// itself and for no other user's files: to mount, for the loopback interface and
// its low ports, and to make directories as an overlay has them, whose own has no
// rights for anybody.
var setupCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_NET_BIND_SERVICE,
	unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_CHOWN,
}

// ownMap maps every user that there is here to itself. Root may; how many there
// are depends on the namespace that this process is in itself.
func ownMap(name string) ([]syscall.SysProcIDMap, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []syscall.SysProcIDMap
	for line := range strings.Lines(string(text)) {
		var inside, outside, size int
		if _, err := fmt.Sscan(line, &inside, &outside, &size); err != nil {
			return nil, fmt.Errorf("%s: expected three numbers, found %q: %w", name, line, err)
		}
		list = append(list, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: size})
	}
	return list, nil
}

// hostsFile is the system's own, for this machine's names, and the venue's.
func hostsFile(names []string) string {
	var b strings.Builder
	old, _ := os.ReadFile("/etc/hosts") // without one there is little to keep
	local := false
	for line := range strings.Lines(string(old)) {
		text, _, _ := strings.Cut(line, "#")
		f := strings.Fields(text)
		if len(f) < 2 || !net.ParseIP(f[0]).IsLoopback() || clash(f[1:], names) {
			continue
		}
		local = local || f[1] == "localhost"
		fmt.Fprintln(&b, strings.Join(f, " "))
	}
	if !local {
		fmt.Fprintln(&b, "127.0.0.1 localhost")
	}
	for _, n := range names {
		fmt.Fprintln(&b, "127.0.0.1 "+n)
	}
	return b.String()
}

func clash(have, names []string) bool {
	return slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(h, n) })
	})
}

// forbidden says what keeps the kernel from isolating a client, where it is
// known how to find out, and what else can be done.
func forbidden(err error) error {
	why := "the kernel, or the container that this runs in, forbids it"
	switch {
	case setting("/proc/sys/kernel/unprivileged_userns_clone", "0"):
		why = "the kernel forbids it to users (sysctl kernel.unprivileged_userns_clone=0)"
	case setting("/proc/sys/user/max_user_namespaces", "0"):
		why = "the kernel allows no user namespaces (sysctl user.max_user_namespaces=0)"
	case setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"):
		why = "AppArmor forbids it to programs without a profile (sysctl kernel.apparmor_restrict_unprivileged_userns=1)"
	}
	return fmt.Errorf("the client can't be isolated: %w: %s. %s", err, why, otherWays)
}

func setting(name, value string) bool {
	text, err := os.ReadFile(name)
	return err == nil && strings.TrimSpace(string(text)) == value
}
