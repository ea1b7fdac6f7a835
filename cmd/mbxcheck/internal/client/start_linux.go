package client

import (
	"errors"
	"os"
	"syscall"

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
