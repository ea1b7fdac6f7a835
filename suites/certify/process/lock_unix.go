//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"io/fs"
	"os"
	"syscall"
)

// canLock says that a directory can be held, and its holder's end be noticed.
const canLock = true

// tryLock takes hold of an open directory. It reports whether this process holds
// it now, and whether somebody else does; neither where the file system has no
// locks.
func tryLock(f *os.File) (ours, others bool) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return err == nil, err == syscall.EWOULDBLOCK || err == syscall.EINTR
}

func ownedByUs(i fs.FileInfo) bool {
	s, ok := i.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
