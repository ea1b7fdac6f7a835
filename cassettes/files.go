package cassettes

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Files yields the files that paths stand for: a path that is no directory is
// itself; a directory is all regular files below it in lexical order, leaving
// out directories whose names begin with a dot. Symbolic links below it are
// followed to files and not to directories, so that no link leads in a circle.
// What can't be read is yielded as an error beside its path, and the walk goes
// on.
func Files(paths []string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for _, path := range paths {
			if !filesOf(path, yield) {
				return
			}
		}
	}
}

func filesOf(path string, yield func(File, error) bool) bool {
	if path == StandardInput {
		return yield(File{path, true}, nil)
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return yield(File{path, true}, err)
	}
	goOn := true
	// The separator makes WalkDir enter a directory that is named by a link.
	filepath.WalkDir(path+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		goOn, err = visit(path, d, err, yield)
		return err
	})
	return goOn
}

// visit yields one entry of a walk, if it is for us, and says whether the
// consumer wants more; the error steers the walk.
func visit(path string, d fs.DirEntry, err error, yield func(File, error) bool) (goOn bool, steer error) {
	path = filepath.Clean(path)
	switch {
	case err != nil:
		if !yield(File{Path: path}, err) {
			return false, fs.SkipAll
		}
		if d != nil && d.IsDir() {
			return true, fs.SkipDir
		}
		return true, nil
	case d.IsDir():
		if strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 1 && d.Name() != ".." {
			return true, fs.SkipDir
		}
		return true, nil
	}
	mode := d.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil {
			return next(yield(File{Path: path}, err))
		}
		mode = info.Mode()
	}
	if !mode.IsRegular() {
		return true, nil // a FIFO would wait for its writer, a device may never end
	}
	return next(yield(File{Path: path}, nil))
}

func next(goOn bool) (bool, error) {
	if goOn {
		return true, nil
	}
	return false, fs.SkipAll
}
