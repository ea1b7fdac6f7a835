package process

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// controlFile is where the first process of an isolated client speaks with the
// program outside: the first file after the standard ones.
const controlFile = 3

// maxFiles bounds the sockets that go outside: the resolver's, and one for each
// port and address.
const maxFiles = 8

// beInit is the first process of an isolated client: it sets the network and the
// files up, hands the sockets outside, starts the client, and waits for it. When
// it ends, the kernel ends everybody else in there.
func beInit() int {
	control := os.NewFile(controlFile, "control")
	syscall.CloseOnExec(controlFile)
	in := bufio.NewReader(control)
	var p plan
	if err := readLine(in, &p); err != nil {
		return 1
	}
	files, made, err := p.carryOut()
	if err != nil {
		_ = json.NewEncoder(control).Encode(ready{Error: err.Error()})
		return 1
	}
	if err := handOver(files, made); err != nil {
		return 1
	}
	var r resolved
	if err := readLine(in, &r); err != nil {
		return 0 // it was only tried whether this works
	}
	out := json.NewEncoder(control)
	pid, err := r.startInside()
	if err != nil {
		_ = out.Encode(report{Error: err.Error()})
		return 1
	}
	_ = out.Encode(report{})
	go func() { // whoever is outside has gone
		_, _ = in.ReadByte()
		os.Exit(1)
	}()
	g := newGuard(r.Limits)
	go g.watch()
	_ = out.Encode(reap(pid, g))
	return 0
}

func readLine(in *bufio.Reader, v any) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// carryOut makes the world what the plan says. The files are the resolver's
// socket, then listeners.
func (p *plan) carryOut() ([]*os.File, ready, error) {
	missing, err := p.mount()
	if err != nil {
		return nil, ready{}, err
	}
	if err := loopbackUp(); err != nil {
		return nil, ready{}, fmt.Errorf("the loopback interface: %w", err)
	}
	giveAddresses()
	files, port, err := sockets()
	return files, ready{Port: port, Missing: missing}, err
}

// mount makes what the client sees of this machine's files, and lays files of its
// own over the system's. It returns the protections that are missing.
func (p *plan) mount() ([]string, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("making mounts private: %w", err)
	}
	// Links are followed before anything is covered: they may lead into one
	// another, and into what is hidden.
	bundles, resolver := systemBundles(), linkEnd("/etc/resolv.conf")
	v := &view{plan: p}
	if err := v.make(); err != nil {
		return nil, err
	}
	return v.missing, errors.Join(p.names(resolver), p.trust(bundles), os.Chdir("/"))
}

// linkEnd is the file that a link leads to, and what is no link itself.
func linkEnd(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// names has the venue's names, and all others, resolved by the front.
func (p *plan) names(resolver string) error {
	if err := p.lay("hosts", p.Hosts, "/etc/hosts"); err != nil {
		return err
	}
	// The front resolves names at once, where nobody would let clients wait.
	for _, f := range []struct{ name, text, over string }{
		{"resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", resolver},
		{"nsswitch.conf", nameService(), "/etc/nsswitch.conf"},
	} {
		if err := p.lay(f.name, f.text, f.over); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// lay binds a file of ours over one of the system's, also where that is in a
// directory that is hidden now.
func (p *plan) lay(name, text, over string) error {
	file := filepath.Join(p.Dir, trustDir, name)
	_ = stub(over, false) // where nothing can be written, there is nothing to lay it over
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	return bind(file, over)
}

func bind(file, over string) error {
	if err := unix.Mount(file, over, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("binding over %s: %w", over, err)
	}
	return nil
}

// nameService is the system's own, but for where hosts are looked up.
func nameService() string {
	old, _ := os.ReadFile("/etc/nsswitch.conf")
	var b strings.Builder
	for line := range strings.Lines(string(old)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "hosts:") {
			b.WriteString(line)
		}
	}
	b.WriteString("\nhosts: files dns\n")
	return b.String()
}

// trust lays the certificate over all that the system trusts.
func (p *plan) trust(systems []string) error {
	own := filepath.Join(p.Dir, trustDir)
	if err := writeTrust(own, p.Certificate, p.CertNames); err != nil {
		return err
	}
	file, certs := filepath.Join(own, authorityFile), filepath.Join(own, certsDir)
	for _, over := range systems {
		what := file
		if i, err := os.Stat(over); err == nil && i.IsDir() {
			what = certs
		}
		if err := bind(what, over); err != nil {
			return err
		}
	}
	return nil
}

// systemBundles are the directories and files where this system keeps what it
// trusts, none of which lies in another one.
func systemBundles() []string {
	var list []string
	covered := map[string]bool{}
	for _, b := range append(bundleDirs(), otherBundles()...) {
		over, err := filepath.EvalSymlinks(b)
		if err != nil || covered[over] || covered[filepath.Dir(over)] {
			continue
		}
		list, covered[over] = append(list, over), true
	}
	return list
}

// loopbackUp starts the one interface that there is.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// giveAddresses gives the interface the addresses of resolvers over HTTPS, so
// that a client which asks those is seen to. Without them it would hear that there
// is no network, and nobody could say why it did not come.
func giveAddresses() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	number := 0
	for _, known := range overHTTPS {
		ip := net.ParseIP(known).To4()
		if ip == nil {
			continue
		}
		number++
		request, err := unix.NewIfreq(fmt.Sprintf("lo:%d", number))
		if err == nil && request.SetInet4Addr(ip) == nil {
			_ = unix.IoctlIfreq(fd, unix.SIOCSIFADDR, request) // one fewer is seen
		}
	}
}

// sockets are the resolver's and the listeners, in that order, with the port of
// the listener that has no number of its own.
func sockets() (files []*os.File, port int, err error) {
	resolver, err := net.ListenPacket("udp4", "127.0.0.1:53")
	if err != nil {
		return nil, 0, err
	}
	file, err := resolver.(*net.UDPConn).File()
	if err != nil {
		return nil, 0, err
	}
	files = append(files, file)
	for _, address := range []string{"0.0.0.0:443", "0.0.0.0:80", "127.0.0.1:0", "[::1]:443", "[::1]:80"} {
		network := "tcp4" // tcp would take the addresses of IPv6, too
		if strings.HasPrefix(address, "[") {
			network = "tcp6"
		}
		l, err := net.Listen(network, address)
		if err != nil && strings.HasPrefix(address, "[") {
			continue // there is no IPv6 here
		}
		if err != nil {
			return nil, 0, err
		}
		if file, err = l.(*net.TCPListener).File(); err != nil {
			return nil, 0, err
		}
		if strings.HasSuffix(address, ":0") {
			port = l.Addr().(*net.TCPAddr).Port
		}
		files = append(files, file)
	}
	return files, port, nil
}

// handOver passes the sockets outside, where the front is.
func handOver(files []*os.File, r ready) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	if err := unix.Sendmsg(controlFile, text, unix.UnixRights(fds...), nil, 0); err != nil {
		return err
	}
	for _, f := range files {
		f.Close()
	}
	return nil
}

// startInside starts the client and says why it could not.
func (r *resolved) startInside() (int, error) {
	args, err := r.arguments(true)
	if err != nil {
		return 0, err
	}
	status, theirs, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer status.Close()
	pid, err := syscall.ForkExec("/proc/self/exe", args, &syscall.ProcAttr{
		Dir: r.Dir, Env: r.Env, Files: []uintptr{0, 1, 2, theirs.Fd()},
	})
	theirs.Close()
	if err != nil {
		return 0, err
	}
	// The streams are the client's alone, so that its reader hears of its end.
	if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		for fd := range 3 {
			_ = unix.Dup3(int(null.Fd()), fd, 0)
		}
		null.Close()
	}
	why, err := io.ReadAll(status)
	if len(why) > 0 {
		err = errors.New(string(why))
	}
	return pid, err
}

// reap waits for the client, and for all whose parents have ended.
func reap(client int, g *guard) report {
	asked := make(chan os.Signal, 1)
	var ending atomic.Bool
	signal.Notify(asked, syscall.SIGTERM)
	go func() {
		for range asked {
			ending.Store(true)
			_ = syscall.Kill(-1, syscall.SIGTERM) // everybody but this process
		}
	}()
	for {
		var s syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &s, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return report{Ended: true, Exit: Exit{Signal: err.Error()}}
		case pid == client && (s.Signaled() || s.Exited()):
			r := report{Ended: true}
			r.set(s)
			// It may have ended for a bound of the kernel's, before anybody looked.
			if r.Over = g.look(); r.Over != "" {
				return r
			}
			r.Left = othersRun() && !ending.Load()
			return r
		}
	}
}

// othersRun reports whether others still run in this world once those that end
// with the client have had the time to.
func othersRun() bool {
	return outlasts(func() bool {
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.EINTR && (err != nil || pid <= 0) {
				return syscall.Kill(-1, 0) == nil
			}
		}
	})
}

// keptCapabilities are what root may still do inside: all about files and users
// of its own, nothing about the system or the network.
var keptCapabilities = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID,
	unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID,
}

// dropPrivileges takes from this thread, and so from the program that it
// executes next, what was needed to set the world up.
func dropPrivileges() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	if os.Geteuid() == 0 { // other users keep nothing anyway
		for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
			if slices.Contains(keptCapabilities, c) {
				continue
			}
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL { // not of this kernel
				return err
			}
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
