//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package client

import (
	"io/fs"
	"os"
	"syscall"
)

// canLock says that a directory can be held, and its holder's end be noticed.
const canLock = true

// tryLock takes hold of an open directory, and reports whether nobody else has.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

func ownedByUs(i fs.FileInfo) bool {
	s, ok := i.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
