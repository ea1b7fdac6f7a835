package cassettes

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// File is one file that may be a recording, or an archive of recordings, or a
// member of a zip archive. Its methods are safe for concurrent use.
type File struct {
	Path string // "-" for standard input; ARCHIVE!MEMBER of a member

	// Named says that the user named the file, and not a directory or an
	// archive above it. A named file that isn't recognised is an error; beside
	// cassettes in a directory lie licences and programs.
	Named bool

	// Info is of the file on disk; nil for standard input and for what can't
	// be read. All members of an archive share the archive's.
	Info fs.FileInfo

	member *zipMember
}

// Size returns how many bytes of the disk the file takes, 0 if unknown.
func (f File) Size() int64 {
	switch {
	case f.member != nil:
		return int64(f.member.file.CompressedSize64)
	case f.Info != nil && f.Info.Mode().IsRegular():
		return f.Info.Size()
	}
	return 0
}

// Member returns, of a member of an archive, the archive's path and what the
// member is called.
func (f File) Member() (archive, member string, is bool) {
	if f.member == nil {
		return "", "", false
	}
	return f.member.of.path, f.Path[len(f.member.of.path)+len(memberMark):], true
}

// PassesBy reports an error of Recordings that is to be counted instead of
// reported: something that nobody named is no recording.
func (f File) PassesBy(err error) bool {
	var m memberError
	return errors.Is(err, ErrUnrecognised) && (!f.Named || errors.As(err, &m))
}

// Files yields the files that paths stand for: a path that is no directory is
// itself; a directory is all regular files below it in lexical order, leaving
// out directories whose names begin with a dot. Symbolic links below it are
// followed to files and not to directories, so that no link leads in a circle.
// A zip archive stands for its members, save hidden ones likewise. What Exclude
// has is left out. What can't be read is yielded as an error beside its path, and the walk goes
// on.
func Files(paths []string) iter.Seq2[File, error] { return Options{}.Files(paths) }

// Files is like the function of that name, under other limits.
func (o Options) Files(paths []string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		w := walker{lim: o.limits(), exclude: o.Exclude, yield: yield}
		for _, path := range paths {
			if !w.files(path) {
				return
			}
		}
	}
}

type walker struct {
	lim     format.Limits
	exclude Exclude
	named   int // elements of the directory that the walk is below
	yield   func(File, error) bool
}

// file yields a file that is there, or its members.
func (w walker) file(f File) bool {
	if f.Info.Mode().IsRegular() && isZip(f.Path) {
		members, err := listZip(f.Path, w.lim)
		for _, m := range members {
			if !w.exclude.member(f.Path, m.member.file.Name) && !w.yield(m, nil) {
				return false
			}
		}
		if err == nil {
			return true
		} // else opening it says why
	}
	return w.yield(f, nil)
}

func (w walker) files(path string) bool {
	if path == StandardInput {
		return w.yield(File{Path: path, Named: true}, nil)
	}
	info, err := os.Stat(path)
	isDir := err == nil && info.IsDir()
	if !isDir && w.exclude.path(path, 0) {
		return true // a hook names files, too
	}
	if err != nil {
		return w.yield(File{Path: path, Named: true}, once(err))
	}
	if !isDir {
		return w.file(File{Path: path, Named: true, Info: info})
	}
	if w.named = len(elements(filepath.Clean(path))); filepath.Clean(path) == "." {
		w.named = 0 // what is below it is named without it
	}
	goOn := true
	// The separator makes WalkDir enter a directory that is named by a link.
	filepath.WalkDir(path+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		goOn, err = w.visit(path, d, err)
		return err
	})
	return goOn
}

// visit yields one entry of a walk, if it is for us, and says whether the
// consumer wants more; the error steers the walk.
func (w walker) visit(path string, d fs.DirEntry, err error) (goOn bool, steer error) {
	path = filepath.Clean(path)
	switch {
	case w.exclude.path(path, w.named):
		if d != nil && d.IsDir() {
			return true, fs.SkipDir
		}
		return true, nil
	case err != nil:
		if !w.yield(File{Path: path}, once(err)) {
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
	info, err := d.Info()
	if d.Type()&fs.ModeSymlink != 0 {
		info, err = os.Stat(path)
	}
	switch {
	case err != nil:
		return next(w.yield(File{Path: path}, once(err)))
	case !info.Mode().IsRegular():
		return true, nil // a FIFO would wait for its writer, a device may never end
	}
	return next(w.file(File{Path: path, Info: info}))
}

func next(goOn bool) (bool, error) {
	if goOn {
		return true, nil
	}
	return false, fs.SkipAll
}
