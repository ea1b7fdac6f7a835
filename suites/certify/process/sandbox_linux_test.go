package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Variables by which TestSandbox tells the clients that it starts, and itself as
// another user, what to try and on what.
const (
	tryThis   = "MBXCHECK_TEST_TRY"
	onThis    = "MBXCHECK_TEST_ON"
	listening = "MBXCHECK_TEST_LISTENING"
)

// attempt is what a client tries to do to this machine. It is tried on a text:
// a path, a process.
type attempt struct {
	name string
	do   func(on string) error
}

// attempts all have to fail.
var tries = []attempt{
	{"connect", func(on string) error {
		conn, err := net.Dial("unix", on)
		if err == nil {
			conn.Close()
		}
		return err
	}},
	{"open to write", func(on string) error { // nothing is written
		file, err := os.OpenFile(on, os.O_WRONLY, 0)
		if err == nil {
			file.Close()
		}
		return err
	}},
	{"write what it says", func(on string) error {
		text, err := os.ReadFile(on)
		if err != nil {
			return err
		}
		return os.WriteFile(on, text, 0)
	}},
	{"make a directory", func(on string) error { return os.Mkdir(filepath.Join(on, "mbxcheck-test"), 0o755) }},
	{"see", func(on string) error { _, err := os.Lstat(on); return err }},
	{"mknod", func(string) error {
		return unix.Mknod(filepath.Join(os.TempDir(), "disk"), unix.S_IFBLK|0o600, int(unix.Mkdev(254, 0)))
	}},
	{"mount", func(string) error { return unix.Mount("tmpfs", os.TempDir(), "tmpfs", 0, "size=4k") }},
	{"umount", func(on string) error { return unix.Unmount(on, unix.MNT_DETACH) }},
	{"umount in a namespace of its own", func(on string) error { return nested("umount", on) }},
	{"write again", func(on string) error {
		return unix.Mount("", on, "", unix.MS_BIND|unix.MS_REMOUNT, "")
	}},
	{"write again in a namespace of its own", func(on string) error { return nested("write again", on) }},
	{"ptrace", func(on string) error {
		pid, err := strconv.Atoi(on)
		if err != nil {
			return nil
		}
		return unix.PtraceSeize(pid)
	}},
	{"kill", func(on string) error {
		pid, err := strconv.Atoi(on)
		if err != nil {
			return nil
		}
		return unix.Kill(pid, 0)
	}},
	{"setns", func(on string) error {
		fd, err := unix.Open(on, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Setns(fd, 0)
	}},
}

// nested tries as the root of a user namespace of its own.
func nested(name, on string) error {
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestSandbox$")
	cmd.Env = append(os.Environ(), tryThis+"="+name, onThis+"="+on)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return err
	}
	if text, failed := strings.CutPrefix(string(out), "failed: "); failed {
		return errors.New(text)
	}
	return nil
}

// attempted is the client: it tries, and says how that went.
func attempted() {
	for _, a := range tries {
		if a.name != os.Getenv(tryThis) {
			continue
		}
		if err := a.do(os.Getenv(onThis)); err != nil {
			fmt.Printf("failed: %v\n", err)
		} else {
			fmt.Println("did it")
		}
		os.Exit(0)
	}
	fmt.Println("did it: no such attempt")
	os.Exit(0)
}

// TestSandbox: what an isolated client tries on the machine fails, as root and as
// another user. Each was seen to come about outside.
func TestSandbox(t *testing.T) {
	if os.Getenv(tryThis) != "" {
		attempted()
	}
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	sockets := os.Getenv(listening)
	if os.Geteuid() == 0 {
		sockets = strings.Join(listen(t), " ")
		t.Run("user", func(t *testing.T) { asNobody(t, "TestSandbox", listening+"="+sockets) })
	}
	writable := t.TempDir()
	inWritable := filepath.Join(writable, "socket")
	socketAt(t, inWritable)
	for _, path := range append(strings.Fields(sockets), inWritable, abstract(t)) {
		fails(t, attempt{name: "connect"}, path, true, writable)
	}
	for _, c := range []struct{ try, on string }{
		{"write what it says", "/proc/sys/kernel/core_pattern"},
		{"write what it says", "/proc/sys/vm/overcommit_memory"},
		{"open to write", "/proc/sysrq-trigger"},
		{"see", disk()}, {"see", "/dev/tty"},
		{"see", "/proc/" + strconv.Itoa(os.Getpid())},
		{"kill", strconv.Itoa(os.Getpid())},
		{"mknod", ""}, {"mount", ""}, {"ptrace", "1"},
		{"umount", "/proc"}, {"umount", "/tmp"}, {"umount", "/run"},
		{"umount in a namespace of its own", "/run"}, {"umount in a namespace of its own", "/dev"},
		{"write again", "/"}, {"write again", "/sys"}, {"write again", "/proc/sys"},
		{"write again in a namespace of its own", "/"}, {"write again in a namespace of its own", "/sys"},
		{"setns", "/proc/1/ns/mnt"}, {"setns", "/proc/1/ns/net"}, {"setns", "/proc/1/ns/user"},
	} {
		fails(t, attempt{name: c.try}, c.on, false, "")
	}
	for _, dir := range cgroups() {
		fails(t, attempt{name: "make a directory"}, dir, false, "")
	}
}

// fails has a client try something.
func fails(t *testing.T, a attempt, on string, outside bool, writable string) {
	t.Helper()
	t.Run(a.name+" "+on, func(t *testing.T) {
		t.Helper()
		t.Parallel()
		if outside {
			cmd := exec.Command("/proc/self/exe", "-test.run=^TestSandbox$")
			cmd.Env = append(os.Environ(), tryThis+"="+a.name, onThis+"="+on)
			out, err := cmd.CombinedOutput()
			if string(out) != "did it\n" {
				t.Skipf("it fails outside as well: %v %s", err, out)
			}
		}
		o := Options{Command: []string{"/proc/self/exe", "-test.run=^TestSandbox$"}, Isolate: true, Dir: t.TempDir(), Limits: DefaultLimits()}
		o.Env = []string{tryThis + "=" + a.name, onThis + "=" + on}
		if writable != "" {
			o.Writable = []string{writable}
		}
		p, _ := must(t, o)
		err := ended(t, p)
		if got := p.Output(); err != nil || !strings.HasPrefix(got, "failed: ") {
			t.Errorf("expected it to fail, found %v %s", err, got)
		} else {
			t.Log(strings.TrimSpace(got))
		}
	})
}

// nobody is a user without any rights, and of no other group but one that some
// directories are given to. 65534 would not do: in a namespace it is whoever is
// not known there.
const (
	nobody     = 54321
	otherGroup = 54322
)

// asNobody runs a test again as that user, with variables of its own.
func asNobody(t *testing.T, name string, env ...string) {
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), "HOME=/nonexistent", "TMPDIR=/tmp", "PATH=/usr/local/bin:/usr/bin:/bin"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{otherGroup}}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		t.Log(strings.TrimRight(line, "\n"))
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+name)) {
		t.Errorf("expected it to pass as nobody, found %v", err)
	}
}

// listen makes sockets that everybody may connect to, where there are such of the
// system and where there are none.
func listen(t *testing.T) []string {
	var list []string
	for _, dir := range []string{"/run", "/tmp", "/var/tmp", "/dev/shm", "/var/lib", "/usr/lib"} {
		own, err := os.MkdirTemp(dir, "mbxcheck-test-")
		if err != nil {
			t.Logf("no socket in %s: %v", dir, err)
			continue
		}
		t.Cleanup(func() { os.RemoveAll(own) })
		if err := os.Chmod(own, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(own, "docker.sock")
		socketAt(t, path)
		list = append(list, path)
	}
	return list
}

func socketAt(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if strings.HasPrefix(path, "/") {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

// abstract is a socket without a file.
func abstract(t *testing.T) string {
	name := fmt.Sprintf("@mbxcheck-test-%d", os.Getpid())
	socketAt(t, name)
	return name
}

// disk is a device that root may write to outside.
func disk() string {
	names, _ := os.ReadDir("/sys/class/block")
	for _, n := range names {
		if _, err := os.Stat("/dev/" + n.Name()); err == nil {
			return "/dev/" + n.Name()
		}
	}
	return "/dev/kmsg"
}

// cgroups are the trees of control groups that there are.
func cgroups() []string {
	list := []string{"/sys/fs/cgroup"}
	entries, _ := os.ReadDir(list[0])
	for _, e := range entries {
		if e.IsDir() {
			list = append(list, filepath.Join(list[0], e.Name()))
		}
	}
	return list[:min(len(list), 4)]
}

// TestWritesAreThrownAway: a client may write beside itself, and change what lies
// there, and nobody sees it outside, but for a directory that is named.
func TestWritesAreThrownAway(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestWritesAreThrownAway") })
	}
	dir, writable := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	write("bot", "#!/bin/sh\nset -e\necho new > bot.db\necho more >> log/bot.log\nrm removed\necho here > \"$1/report\"\ncat bot.db log/bot.log\necho t > /tmp/t; echo t > /var/tmp/t; echo t > /dev/shm/t; echo ok > /dev/null\n")
	write("log/bot.log", "old\n")
	write("removed", "")
	o := Options{Command: []string{"./bot", writable}, Isolate: true, Dir: dir, Writable: []string{writable}, Limits: DefaultLimits()}
	p, _ := must(t, o)
	if err := ended(t, p); err != nil || p.Output() != "new\nold\nmore\n" {
		t.Fatalf("expected it to read what it wrote, found %v\n%s", err, p.Output())
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "log/bot.log")); string(text) != "old\n" {
		t.Errorf("expected the file as it was, found %q", text)
	}
	if _, err := os.Lstat(filepath.Join(dir, "bot.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("expected no new file, found %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "removed")); err != nil {
		t.Errorf("expected the removed file to be there, found %v", err)
	}
	if text, _ := os.ReadFile(filepath.Join(writable, "report")); string(text) != "here\n" {
		t.Errorf("expected what was written to the writable directory, found %q", text)
	}
	if missing, err := Unprotected(t.Context(), o); err != nil || len(missing) > 0 {
		t.Logf("not protected here: %q %v", missing, err)
	}
}

// TestUnwrittenIsTold: who could not write is told what lets it, once, and only
// in isolation.
func TestUnwrittenIsTold(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	p, _ := must(t, Options{Command: []string{"sh", "-c", "echo > /sys/mbxcheck-test"}, Isolate: true, Dir: t.TempDir()})
	ended(t, p)
	if got := p.Output(); strings.Count(got, "--writable DIR") != 1 || !strings.HasSuffix(got, "here it could not.\n") {
		t.Errorf("expected to be told of --writable, found %q", got)
	}
	p, _ = must(t, sh("echo 'Read-only file system'", false))
	ended(t, p)
	if got := p.Output(); got != "Read-only file system\n" {
		t.Errorf("expected its words alone, found %q", got)
	}
}

// TestWhereClientsStand: a client whose program, working directory or files lie in
// a directory that is hidden finds them there, and none of its neighbours.
func TestWhereClientsStand(t *testing.T) {
	t.Parallel()
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestWhereClientsStand") })
	}
	for _, parent := range []string{"/tmp", "/var/tmp", "/dev/shm", "/run"} {
		t.Run(parent, func(t *testing.T) {
			dir, err := os.MkdirTemp(parent, "mbxcheck-test-")
			if err != nil {
				t.Skip(err)
			}
			defer os.RemoveAll(dir)
			neighbour, err := os.MkdirTemp(parent, "mbxcheck-test-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(neighbour)
			link := dir + "-link"
			if err := errors.Join(
				os.WriteFile(dir+"/bot", []byte("#!/bin/sh\ncat \"$1\" && pwd && echo x > written && cat written && test ! -e "+neighbour+"\n"), 0o755),
				os.WriteFile(dir+"/config", []byte("read\n"), 0o644), os.Symlink(dir, link)); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(link)
			for _, o := range []Options{
				{Command: []string{"./bot", "config"}, Dir: dir},
				{Command: []string{dir + "/bot", dir + "/config"}, Dir: dir},
				{Command: []string{"bot", "config"}, Dir: dir, Env: []string{"PATH=" + dir + ":/usr/bin:/bin"}},
				{Command: []string{"sh", "-c", link + "/bot config"}, Dir: link},
			} {
				o.Isolate = true
				p, _ := must(t, o)
				if err, got := ended(t, p), p.Output(); err != nil || !strings.HasPrefix(got, "read\n"+dir+"\nx\n") {
					t.Errorf("%q: expected it to run there, found %v\n%s", o.Command, err, got)
				}
			}
			if _, err := os.Stat(dir + "/written"); err == nil {
				t.Error("expected nothing written on the host")
			}
		})
	}
}

// TestInTheDirectoryForTemporaryFiles: a client that runs in a directory that is
// hidden itself sees what is there.
func TestInTheDirectoryForTemporaryFiles(t *testing.T) {
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() == 0 {
		t.Run("user", func(t *testing.T) { asNobody(t, "TestInTheDirectoryForTemporaryFiles") })
	}
	t.Setenv("TMPDIR", t.TempDir())
	if err := os.WriteFile(os.TempDir()+"/config", []byte("read\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, _ := must(t, Options{Command: []string{"sh", "-c", "cat config; echo x > written; cat written; echo y > $HOME/z; cat $HOME/z"}, Dir: os.TempDir(), Isolate: true})
	if err := ended(t, p); err != nil || p.Output() != "read\nx\ny\n" {
		t.Errorf("expected it to run there, found %v\n%s", err, p.Output())
	}
	if list, _ := os.ReadDir(os.TempDir()); len(list) != 1 {
		t.Errorf("expected its file alone, found %v", list)
	}
}

// TestOtherGroupsDirectory: a user's client may write where the directory, or the
// one above it, is of another group or user, and to files of its own there; of
// others it can have no copy, and is told.
func TestOtherGroupsDirectory(t *testing.T) {
	t.Parallel()
	const where = "MBXCHECK_TEST_OTHERS"
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	dir := os.Getenv(where)
	if os.Geteuid() == 0 {
		base := t.TempDir()
		group, user := base+"/group", base+"/user"
		if err := errors.Join(
			os.Chmod(filepath.Dir(base), 0o755), os.Chmod(base, 0o755),
			os.Mkdir(group, 0o770), os.Mkdir(group+"/sub", 0o770), os.Mkdir(user, 0o777), os.Mkdir(user+"/sub", 0o755),
			os.WriteFile(group+"/sub/other", nil, 0o660), os.WriteFile(group+"/sub/own", nil, 0o660), os.WriteFile(user+"/sub/own", nil, 0o660),
			os.Chown(group, nobody, otherGroup), os.Chown(group+"/sub", nobody, otherGroup), os.Chown(user+"/sub", nobody, nobody),
			os.Chown(group+"/sub/other", nobody, otherGroup), os.Chown(group+"/sub/own", nobody, nobody), os.Chown(user+"/sub/own", nobody, nobody),
		); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{group, user} {
			t.Run(filepath.Base(dir), func(t *testing.T) { asNobody(t, "TestOtherGroupsDirectory", where+"="+dir+"/sub") })
		}
		return
	}
	if dir == "" {
		t.Skip("only root can make such directories")
	}
	p, _ := must(t, Options{Command: []string{"sh", "-c", "echo a >> own && echo b > new && cat own new; test ! -e other || echo c >> other"}, Isolate: true, Dir: dir})
	ended(t, p)
	if got := p.Output(); !strings.HasPrefix(got, "a\nb\n") {
		t.Errorf("expected it to write its own files, found %q", got)
	}
	if _, err := os.Stat(dir + "/other"); err == nil && !strings.Contains(p.Output(), "can't be made of other users' files") {
		t.Errorf("expected it told why it can't write the other file, found %q", p.Output())
	}
}

// ownMounts runs a test again, as root, with mounts that it may change, and
// reports whether this is that run.
func ownMounts(t *testing.T) bool {
	const inside = "MBXCHECK_TEST_MOUNTS"
	if err := CanIsolate(t.Context()); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can mount something for it")
	}
	if os.Getenv(inside) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS} // Go makes its mounts private
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// TestWithoutLayer: where something is mounted in the working directory, no layer
// can be laid over it. The client runs, what it writes there stays, and that is
// said; all else is kept from it.
func TestWithoutLayer(t *testing.T) {
	t.Parallel()
	if !ownMounts(t) {
		return
	}
	dir := t.TempDir()
	mounted := filepath.Join(dir, "mounted")
	if err := errors.Join(os.Mkdir(mounted, 0o755), unix.Mount("tmpfs", mounted, "tmpfs", 0, "size=64k")); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(mounted, 0)
	o := Options{Command: []string{"sh", "-c", "echo a > here; echo b > mounted/there; echo c > $HOME/own; echo d > /var/elsewhere; cat $HOME/own"}, Isolate: true, Dir: dir, Limits: DefaultLimits()}
	p, _ := must(t, o)
	if err := ended(t, p); err != nil || !strings.HasSuffix(p.Output(), "c\n") {
		t.Errorf("expected it to run, found %v\n%s", err, p.Output())
	}
	for _, name := range []string{"here", "mounted/there"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("expected what it wrote to stay, found %v", err)
		}
	}
	missing, err := Unprotected(t.Context(), o)
	if err != nil || len(missing) != 1 || !strings.Contains(missing[0], "working directory stays there") {
		t.Errorf("expected to be told that its working directory is no copy, found %q %v", missing, err)
	}
	o.Writable = []string{dir}
	if missing, err := Unprotected(t.Context(), o); err != nil || len(missing) > 0 {
		t.Errorf("expected nothing told of what was asked for, found %q %v", missing, err)
	}
}

// TestWithoutProc: where parts of /proc are hidden, as containers have it, there is
// no other one. The client can't change what stands there, and nobody counts this
// machine's processes as its own.
func TestWithoutProc(t *testing.T) {
	t.Parallel()
	if !ownMounts(t) {
		return
	}
	if err := unix.Mount("tmpfs", "/proc/driver", "tmpfs", unix.MS_RDONLY, "size=4k"); err != nil {
		t.Skip(err)
	}
	o := Options{Command: []string{"sh", "-c", "sleep 0.5; cat /proc/sys/kernel/pid_max > /proc/sys/kernel/pid_max"}, Isolate: true, Dir: t.TempDir(), Limits: Limits{Tasks: 3, Total: 1 << 20}}
	p, _ := must(t, o)
	var how *Exit
	if err := ended(t, p); !errors.As(err, &how) || how.Over != "" || !strings.Contains(p.Output(), "Read-only file system") {
		t.Errorf("expected it refused, and not ended, found %v\n%s", err, p.Output())
	}
	if missing, err := Unprotected(t.Context(), o); err != nil || len(missing) != 1 || !strings.Contains(missing[0], "/proc shows processes outside") {
		t.Errorf("expected to be told, found %q %v", missing, err)
	}
}

// TestResolverInRun: where /etc/resolv.conf leads into a directory that is hidden,
// as systemd-resolved has it, the front still resolves names.
func TestResolverInRun(t *testing.T) {
	t.Parallel()
	if !ownMounts(t) {
		return
	}
	layer := t.TempDir()
	if err := errors.Join(
		unix.Mount("tmpfs", layer, "tmpfs", 0, "size=1m"), os.Mkdir(layer+"/upper", 0o755), os.Mkdir(layer+"/work", 0o755),
		unix.Mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc,upperdir="+layer+"/upper,workdir="+layer+"/work"),
		unix.Mount("tmpfs", "/run", "tmpfs", 0, "size=1m"), os.MkdirAll("/run/systemd/resolve", 0o755),
		os.WriteFile("/run/systemd/resolve/stub-resolv.conf", []byte("nameserver 127.0.0.53\n"), 0o644),
		os.Rename("/etc/resolv.conf", "/etc/resolv.conf.old"), os.Symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf"),
	); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(layer, unix.MNT_DETACH)
	p, _ := must(t, Options{Command: []string{"sh", "-c", "cat /etc/resolv.conf && ls /run"}, Isolate: true, Dir: "/"})
	if err := ended(t, p); err != nil || p.Output() != "nameserver 127.0.0.1\noptions timeout:1 attempts:1\nsystemd\n" {
		t.Errorf("expected the front's address and nothing else of /run, found %v\n%s", err, p.Output())
	}
}
