//go:build unix

package clients

import (
	"errors"
	"os"
	"syscall"
)

// lockFile waits for the file's lock, which ends with the file.
func lockFile(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
