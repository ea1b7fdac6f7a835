package client

import (
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

// awaitExit returns when a child has ended and has not been waited for.
func awaitExit(pid int) {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
			return
		}
	}
}
