package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// dirPrefix is how directories of clients begin that are locked while they are
// used.
const dirPrefix = "mbxcheck-run-"

// directory is a client's own. It is locked for as long as this process uses it,
// and the kernel takes the lock away when the process is killed.
type directory struct {
	path string
	lock *os.File
}

// attempts bounds how often a directory is made: one is lost only to a Sweep that
// finds it before it is locked.
const attempts = 10

func newDirectory() (*directory, error) {
	for range attempts {
		path, err := os.MkdirTemp("", dirPrefix)
		if err != nil {
			return nil, err
		}
		lock, err := os.Open(path)
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				continue // swept
			}
			return nil, err
		}
		_, others := tryLock(lock) // without locks nobody sweeps either
		// A sweep that had the lock first has removed it, or is about to.
		if now, err := os.Lstat(path); err == nil && !others {
			if held, err := lock.Stat(); err == nil && os.SameFile(now, held) {
				return &directory{path, lock}, nil
			}
		}
		lock.Close()
	}
	return nil, errors.New("expected a temporary directory of its own, found each removed by somebody else")
}

// remove removes the directory with all in it.
func (d *directory) remove() {
	remove(d.path)
	d.lock.Close()
}

// Sweep removes the directories of runs that were killed: those of this user that
// nobody holds. It touches none of which it is not sure.
func Sweep() {
	if !canLock {
		return
	}
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), dirPrefix) {
			sweep(filepath.Join(os.TempDir(), e.Name()))
		}
	}
}

func sweep(path string) {
	before, err := os.Lstat(path)
	if err != nil || !before.IsDir() || !ownedByUs(before) {
		return
	}
	lock, err := os.Open(path)
	if err != nil {
		return
	}
	defer lock.Close()
	held, err := lock.Stat()
	if err != nil || !os.SameFile(before, held) {
		return
	}
	if ours, _ := tryLock(lock); ours {
		remove(path)
	}
}
