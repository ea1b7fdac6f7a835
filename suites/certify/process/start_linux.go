package process

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ownFile is the program's own file, also if it was replaced or removed since,
// or lies where a user may not look for it.
func ownFile() (string, error) { return "/proc/self/exe", nil }

// ownGroup makes a process lead a group, and die with this program.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// dieWith has the program that this thread executes next die with a process.
// Linux keeps that by thread, and the one that the process was started with need
// not be this one.
func dieWith(parent int) error {
	if parent == 0 {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	if os.Getppid() != parent {
		return errors.New("mbxcheck has gone")
	}
	return nil
}

// awaitExit returns when a child has ended and has not been waited for.
func awaitExit(pid int) {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
			return
		}
	}
}

const (
	// dying is how long what a client started may take to end after it, as
	// helpers do whose pipe to it has closed.
	dying = 250 * time.Millisecond

	// dyingLook is how often it is looked whether it has.
	dyingLook = 10 * time.Millisecond
)

// outlasts reports whether something is still so after a client's helpers have
// had the time to end.
func outlasts(runs func() bool) bool {
	for end := time.Now().Add(dying); runs(); time.Sleep(dyingLook) {
		if time.Now().After(end) {
			return true
		}
	}
	return false
}

// endRest ends what a client has left running when its first process ended, also
// what has left its process group, and reports whether there was any. Only what
// has the client's own directory in its environment is touched.
func endRest(leader int, dir string) bool {
	left := outlasts(func() bool { return len(descendants(leader, dir)) > 0 })
	for _, p := range descendants(leader, dir) {
		p.kill(dir)
	}
	return left
}

// descendant is a process by its number.
type descendant int

// descendants are the processes that have a client's directory in their
// environment, but for its first.
func descendants(leader int, dir string) []descendant {
	names, _ := filepath.Glob("/proc/[0-9]*")
	var list []descendant
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err == nil && pid != leader && descendant(pid).knows(dir) {
			list = append(list, descendant(pid))
		}
	}
	return list
}

// knows reports whether a process runs with a directory in its environment; one
// that has ended has none.
func (d descendant) knows(dir string) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(int(d)) + "/environ")
	return err == nil && bytes.Contains(text, []byte("="+dir+"/"))
}

// kill ends the process, unless its number has become another's.
func (d descendant) kill(dir string) {
	fd, err := unix.PidfdOpen(int(d), 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if d.knows(dir) { // the file is the process's that had the number when it was opened
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}
