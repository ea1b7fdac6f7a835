package cassettes

import (
	"archive/tar"
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// memberMark stands between an archive's name and a member's. A member is
// never written anywhere, so that its name, wherever it climbs, is a name only.
const memberMark = "!"

// memberError is an error about a member of an archive, which nobody named.
type memberError struct{ error }

func (e memberError) Unwrap() error { return e.error }

var errNested = errors.New("an archive in an archive is not read: unpack the outer one")

// Recordings yields the recordings that the file holds: itself, or the members
// of the archive that it is, each an error where it can't be read. A recording
// is valid until the next is asked for, and need not be closed.
func (f File) Recordings(o Options) iter.Seq2[*Recording, error] {
	return func(yield func(*Recording, error) bool) {
		if f.member != nil {
			rec, done, err := f.member.open(f.Path, o)
			if err == nil {
				defer done()
			}
			yield(rec, err)
			return
		}
		in, closer, err := o.open(f.Path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer closer.Close()
		c, err := o.unpacker().look(in)
		if err != nil {
			yield(nil, err)
			return
		}
		defer c.close()
		switch c.kind {
		case noArchive:
			yield(c.rec, nil)
		case tarArchive:
			o.unpacker().tar(c.in, yield)
		case zipArchive:
			yield(nil, f.whyNoZip(c, o))
		}
	}
}

// whyNoZip says why a zip archive comes here, where Files did not find its
// members: it isn't sound, or is no file.
func (f File) whyNoZip(c content, o Options) error {
	if f.Path != StandardInput && c.closer == nil {
		if _, err := listZip(f.Path, o.limits()); err != nil {
			return err
		}
	}
	return &format.Error{File: f.Path, Line: 1, Expected: "a zip archive by its file's name, since its directory stands at its end",
		Found: "one in a stream"}
}

// hidden reports what Files leaves out below directories, too.
func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return strings.HasPrefix(part, ".") && part != "." && part != ".."
	})
}

// tar goes through an archive, which must be read from front to back.
func (u unpacker) tar(of format.Input, yield func(*Recording, error) bool) {
	name, names := of.Name, newNames(of.Limits)
	in := &counting{r: of}
	archive := tar.NewReader(in)
	for {
		h, err := archive.Next()
		switch {
		case err == io.EOF:
			// What follows is filling, but a decoder holds its checksum only
			// at its own end.
			if _, err := io.Copy(io.Discard, in); err != nil {
				yield(nil, &format.Error{File: name, Offset: in.n, Expected: "the end", Err: err})
			}
			return
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			yield(nil, &format.Error{File: name, Offset: in.n, Expected: "a tar archive", Err: ended(err)})
			return
		case h.Typeflag != tar.TypeReg || hidden(h.Name) || u.exclude.member(name, h.Name):
			continue // directories, links and devices hold nothing
		}
		path, err := names.of(name, h.Name)
		if err != nil {
			yield(nil, &format.Error{File: name, Offset: in.n, Expected: "a tar archive", Err: err})
			return
		}
		if !u.tarMember(format.FromStream(archive, path, of.Limits), h, yield) {
			return
		}
	}
}

func (u unpacker) tarMember(in format.Input, h *tar.Header, yield func(*Recording, error) bool) (goOn bool) {
	if isSparse(h) {
		return yield(nil, memberError{&format.Error{File: in.Name, Line: 1, Expected: "a member with all its bytes", Found: "a sparse one"}})
	}
	c, err := u.look(in)
	if err != nil {
		return yield(nil, memberError{err})
	}
	defer c.close()
	if c.kind != noArchive {
		return yield(nil, memberError{&format.Error{File: in.Name, Line: 1, Err: errNested}})
	}
	return yield(c.rec, nil)
}

// isSparse reports a member of which few bytes stand for many zeros.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// names keeps members apart that an archive calls the same.
type names struct {
	times map[string]int
	left  int64 // bytes of names that may be held
}

// namesPerDirectory is how many times the bytes of a zip archive's directory the
// members' names may take, each of which begins with the archive's own: 300,000
// members below a path of 3,500 bytes came to 4 GB.
const namesPerDirectory = 4

func newNames(lim format.Limits) *names {
	return &names{times: map[string]int{}, left: lim.DirectoryBytes * namesPerDirectory}
}

// errDirectory says that too much would be held for an archive's members.
var errDirectory = errors.New("its directory is too long (limit directory-bytes)")

func (n *names) of(archive, member string) (string, error) {
	if n.left -= int64(len(archive) + len(member)); n.left < 0 {
		return "", errDirectory
	}
	name := archive + memberMark + member
	if n.times[name]++; n.times[name] > 1 {
		name += "#" + strconv.Itoa(n.times[name])
	}
	return name, nil
}

// zipFile is a zip archive whose members are read at random, by several
// workers. It is open while any of them is.
type zipFile struct {
	path string
	info fs.FileInfo
	all  []*zip.File

	mu     sync.Mutex
	file   *os.File
	users  int
	byName map[string]*zip.File // of all, when it is first asked for
}

// zipMember is one member.
type zipMember struct {
	of   *zipFile
	file *zip.File
}

// isZip reports whether a regular file begins as zip archives do.
func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	n, _ := io.ReadFull(f, head[:])
	return archiveOf(head[:n]) == zipArchive
}

// listZip lists the members of a zip archive that may be recordings.
func listZip(path string, lim format.Limits) ([]File, error) {
	z := &zipFile{path: path}
	if err := z.acquire(); err != nil {
		return nil, err
	}
	defer z.release()
	info, err := z.file.Stat()
	if err != nil {
		return nil, once(err)
	}
	z.info = info
	d := &directory{zipFile: z, left: lim.DirectoryBytes}
	r, err := zip.NewReader(d, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, &format.Error{File: path, Expected: "a zip archive", Err: err}
	}
	d.listed = true
	z.all = r.File
	decompressors(r)
	if isFiddler(r.File) {
		return nil, &format.Error{File: path, Line: 1, Err: fmt.Errorf("%w: it is a session archive of Fiddler; export it as HAR (File, Export Sessions, HTTPArchive)", ErrUnrecognised)}
	}
	names, members, packed := newNames(lim), []File(nil), uint64(0)
	for _, f := range r.File {
		if packed += f.CompressedSize64; f.CompressedSize64 > uint64(info.Size()) || packed > uint64(info.Size()) {
			return nil, &format.Error{File: path, Expected: "members that do not overlap", Found: "a zip bomb"}
		}
		if f.Mode().IsRegular() && !hidden(f.Name) && !z.isAttached(f.Name) {
			name, err := names.of(path, f.Name)
			if err != nil {
				return nil, &format.Error{File: path, Expected: "a zip archive", Err: err}
			}
			members = append(members, File{Path: name, Info: info, member: &zipMember{z, f}})
		}
	}
	return members, nil
}

// isFiddler reports the members of a session archive: each message of a session
// stands in a file of its own, raw/1_c.txt and raw/1_s.txt.
func isFiddler(members []*zip.File) bool {
	return slices.ContainsFunc(members, func(f *zip.File) bool {
		return strings.HasPrefix(f.Name, "raw/") && strings.HasSuffix(f.Name, "_c.txt")
	})
}

// directory is the archive while its directory is read, which is held in memory
// whatever it claims.
type directory struct {
	*zipFile
	left   int64
	listed bool
}

func (d *directory) ReadAt(p []byte, at int64) (int, error) {
	if !d.listed && d.left < int64(len(p)) {
		return 0, errDirectory
	}
	n, err := d.zipFile.ReadAt(p, at)
	if !d.listed {
		d.left -= int64(n)
	}
	return n, err
}

// ReadAt reads the file, which must be acquired.
func (z *zipFile) ReadAt(p []byte, at int64) (int, error) { return z.file.ReadAt(p, at) }

func (z *zipFile) acquire() error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.users == 0 {
		f, err := os.Open(z.path)
		if err != nil {
			return once(err)
		}
		z.file = f
	}
	z.users++
	return nil
}

func (z *zipFile) release() {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.users--; z.users == 0 {
		z.file.Close()
	}
}

// open opens a member; done closes it.
func (m *zipMember) open(name string, o Options) (rec *Recording, done func(), err error) {
	if err := m.of.acquire(); err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = memberError{err}
			m.of.release()
		}
	}()
	plain, closer, err := m.plain(name, o)
	if err != nil {
		return nil, nil, &format.Error{File: name, Line: 1, Expected: "a member that can be read", Err: err}
	}
	plain.Beside = m.beside(o)
	c, err := o.unpacker().look(plain)
	if err == nil && c.kind != noArchive {
		err = &format.Error{File: name, Line: 1, Err: errNested}
		c.close()
	}
	if err != nil {
		closer.Close()
		return nil, nil, err
	}
	return c.rec, func() {
		c.close()
		closer.Close()
		m.of.release()
		o.count(int64(m.file.CompressedSize64))
	}, nil
}

// plain opens the member's bytes, which count when they are done with.
func (m *zipMember) plain(name string, o Options) (format.Input, io.Closer, error) {
	const encrypted = 1 // APPNOTE 4.4.4
	if m.file.Flags&encrypted != 0 {
		return format.Input{}, nil, errors.New("it is encrypted")
	}
	r, err := m.file.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return format.Input{}, nil, fmt.Errorf("compressed by method %d, which is not read", m.file.Method)
	}
	if err != nil {
		return format.Input{}, nil, ended(err)
	}
	packed, limits := int64(m.file.CompressedSize64), o.limits()
	s := Options{Limits: limits}.stream(&watched{r: r, name: "zip", in: func() int64 { return packed }, ratio: limits.Ratio})
	return format.FromStream(&s, name, limits), r, nil
}

// decompressors are faster than the standard library's, and know zstd.
func decompressors(r *zip.Reader) {
	r.RegisterDecompressor(zip.Deflate, flate.NewReader)
	r.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindowBytes)))
}
