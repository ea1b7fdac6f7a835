package cassettes

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

type member struct{ name, text string }

// TestFiddler names what a session archive is, in the place of counting its
// members.
func TestFiddler(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.saz")
	write(t, path, zipped(zip.Deflate, member{"[Content_Types].xml", "<Types/>"}, member{"raw/1_c.txt", "GET / HTTP/1.1"}, member{"raw/1_s.txt", "HTTP/1.1 200 OK"}))
	var errs []error
	for f, err := range Files([]string{path}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range f.Recordings(Options{}) {
			errs = append(errs, err)
		}
	}
	if len(errs) != 1 || !errors.Is(errs[0], ErrUnrecognised) || !strings.Contains(errs[0].Error(), "a session archive of Fiddler; export it as HAR") {
		t.Errorf("expected one error that names Fiddler, found %v", errs)
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func zstded(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

func tarred(members ...member) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.text)), Mode: 0o644})
		io.WriteString(w, m.text)
	}
	w.Close()
	return b.String()
}

func zipped(method uint16, members ...member) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	for _, m := range members {
		f, _ := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		io.WriteString(f, m.text)
	}
	w.Close()
	return b.String()
}

func onDisk(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcome is what paths hold: the exchanges, by recording, and errors.
type outcome struct {
	dumps    map[string]string
	names    []string
	errors   []string
	passedBy int
	n        int
}

func readAll(t testing.TB, o Options, paths ...string) outcome {
	t.Helper()
	got := outcome{dumps: map[string]string{}}
	for f, err := range o.Files(paths) {
		if err != nil {
			got.errors = append(got.errors, err.Error())
			continue
		}
		for rec, err := range f.Recordings(o) {
			switch {
			case err != nil && f.PassesBy(err):
				got.passedBy++
				continue
			case err != nil:
				got.errors = append(got.errors, err.Error())
				continue
			}
			var b strings.Builder
			for x, err := range rec.Exchanges() {
				if err != nil {
					fmt.Fprintln(&b, "error:", strings.Replace(err.Error(), rec.File, "", 1))
					got.errors = append(got.errors, err.Error())
					continue
				}
				got.n++
				if x.At.File != rec.File {
					t.Errorf("position in %q, expected %q", x.At.File, rec.File)
				}
				formattest.Dump(&b, x)
			}
			got.dumps[rec.File] = b.String()
			got.names = append(got.names, rec.File)
		}
	}
	return got
}

// TestContainers reads every sample of every format in every container: what
// comes out is what is in the plain file.
func TestContainers(t *testing.T) {
	samples, _ := filepath.Glob("*/testdata/*.*")
	formats := map[string]bool{}
	for _, path := range samples {
		text, err := os.ReadFile(path)
		if err != nil || filepath.Ext(path) == ".golden" {
			continue
		}
		plain := readAll(t, Options{}, path)
		if len(plain.names) != 1 {
			continue // a sample of what is refused
		}
		rec, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		formats[rec.Format] = true
		rec.Close()
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			want, s := plain.dumps[path], string(text)
			one, many := member{"x/one", s}, []member{{"LICENSE", noCassette}, {"a", s}, {"empty", ""}, {"../../b.gz", gzipped(s)}, {".git/x", s}, {"/c", s}}
			for name, c := range map[string]struct {
				text    string
				members []string
			}{
				"gz": {gzipped(s), []string{""}}, "zst": {zstded(s), []string{""}},
				"gz of two members": {gzipped(s[:len(s)/2]) + gzipped(s[len(s)/2:]), []string{""}},
				"zst of two frames": {zstded(s[:len(s)/2]) + zstded(s[len(s)/2:]), []string{""}},
				"tar":               {tarred(many...), []string{"!a", "!../../b.gz", "!/c"}},
				"tar.gz":            {gzipped(tarred(one)), []string{"!x/one"}},
				"tar.zst":           {zstded(tarred(many...)), []string{"!a", "!../../b.gz", "!/c"}},
				"zip":               {zipped(zip.Deflate, many...), []string{"!a", "!../../b.gz", "!/c"}},
				"zip, stored":       {zipped(zip.Store, one, one), []string{"!x/one", "!x/one#2"}},
				"zip, zstd":         {zipped(zstd.ZipMethodWinZip, one), []string{"!x/one"}},
			} {
				path := onDisk(t, "box", c.text)
				got := readAll(t, Options{}, path)
				var names []string
				for _, m := range c.members {
					names = append(names, path+m)
					if got.dumps[path+m] != want {
						t.Errorf("%s in %s: expected\n%s\nfound\n%s", plain.names[0], name, want, got.dumps[path+m])
					}
				}
				if !slices.Equal(got.names, names) || len(got.errors) != len(plain.errors)*len(names) {
					t.Errorf("%s in %s: expected %q, found %q, errors %q", plain.names[0], name, names, got.names, got.errors)
				}
				if len(c.members) == 3 && got.passedBy != 2 {
					t.Errorf("%s in %s: expected 2 members passed by, found %d", plain.names[0], name, got.passedBy)
				}
				if strings.HasPrefix(c.text, "PK") {
					continue
				}
				piped := readAll(t, Options{Stdin: strings.NewReader(c.text)}, "-")
				if piped.n != got.n || len(piped.errors) != len(got.errors) {
					t.Errorf("%s in %s: %d exchanges in a pipe, %d in a file, errors %q", plain.names[0], name, piped.n, got.n, piped.errors)
				}
			}
		})
	}
	for _, f := range Formats() {
		if !formats[f.Name] {
			t.Errorf("%s: expected a sample", f.Name)
		}
	}
}

// TestContainersCut cuts containers at every byte.
func TestContainersCut(t *testing.T) {
	text := strings.Repeat(oneLine, 3)
	members := []member{{"a", text}, {"b", text}}
	for name, whole := range map[string]string{
		"gz": gzipped(text), "zst": zstded(text), "tar": tarred(members...), "tar.gz": gzipped(tarred(members...)),
		"tar.zst": zstded(tarred(members...)), "zip": zipped(zip.Deflate, members...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := readAll(t, Options{}, onDisk(t, "whole", whole))
			if all.n < 3 || len(all.errors) > 0 {
				t.Fatalf("%s: %+v", name, all)
			}
			path := onDisk(t, "cut", "")
			for _, n := range formattest.Cuts([]byte(whole)) {
				if n == len(whole) {
					continue
				}
				if err := os.WriteFile(path, []byte(whole[:n]), 0o644); err != nil {
					t.Fatal(err)
				}
				got := readAll(t, Options{}, path)
				// Behind a tar's last member stands nothing but filling, and
				// between two nothing says that a third comes.
				filled := name == "tar" && (n%1024 == 0 || n%1024 >= 512+len(text))
				if got.n > all.n || len(got.errors) == 0 && !filled && (name != "tar" || got.n < all.n) {
					t.Errorf("%s cut to %d of %d bytes: %d exchanges, errors %q", name, n, len(whole), got.n, got.errors)
				}
				for _, e := range got.errors {
					if !strings.HasPrefix(e, path) {
						t.Errorf("%s cut to %d bytes: an error that names no file: %s", name, n, e)
					}
				}
			}
		})
	}
}

// zeros is text that compresses well.
func zeros(n int) string { return oneLine + strings.Repeat(" ", n) + "\n" + oneLine }

func TestRefused(t *testing.T) {
	t.Parallel()
	big := strings.Repeat(gzipped(strings.Repeat(" ", 8<<20)), 12)
	encrypted := []byte(zipped(zip.Store, member{"x", oneLine}))
	encrypted[6] |= 1                                              // in the local header,
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1 // and in the directory
	overlap := []byte(zipped(zip.Store, member{"x", oneLine}))     // claims more than there is
	overlap[bytes.Index(overlap, []byte("PK\x01\x02"))+22] = 0x10
	method := []byte(zipped(zip.Store, member{"x", oneLine}))
	method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 14 // LZMA
	sum := []byte(zipped(zip.Store, member{"x", oneLine}))
	sum[bytes.Index(sum, []byte("ping"))] ^= 1
	many := make([]member, 300)
	for i := range many {
		many[i] = member{fmt.Sprint(i), ""}
	}
	for _, c := range []struct{ name, text, want string }{
		{"gzip bomb", gzipped(oneLine) + big, "a decompression bomb (limit ratio)"},
		{"zstd bomb", zstded(zeros(100 << 20)), "a decompression bomb"},
		{"zip bomb", zipped(zip.Deflate, member{"x", zeros(100 << 20)}), "a decompression bomb"},
		{"tar.gz bomb", gzipped(tarred(member{"LICENSE", noCassette + strings.Repeat(" ", 100<<20)}, member{"x", oneLine})), "a decompression bomb"},
		{"overlapping zip", string(overlap), "a zip bomb"},
		{"gzip in gzip", gzipped(gzipped(oneLine)), "gzip in gzip"},
		{"gzip in zstd", zstded(gzipped(oneLine)), "gzip in zstd"},
		{"zip in zip", zipped(zip.Store, member{"x", zipped(zip.Store, member{"y", oneLine})}), "box!x:1: an archive in an archive"},
		{"tar in tar", tarred(member{"x", tarred(member{"y", oneLine})}), "box!x:1: an archive in an archive"},
		{"tar.gz in zip", zipped(zip.Store, member{"x", gzipped(tarred(member{"y", oneLine}))}), "box!x:1: an archive in an archive"},
		{"zip in gzip", gzipped(zipped(zip.Store, member{"y", oneLine})), "in a stream"},
		{"encrypted zip", string(encrypted), "box!x:1: expected a member that can be read: it is encrypted"},
		{"unknown method", string(method), "compressed by method 14"},
		{"wrong checksum", string(sum), "checksum"},
		{"long directory", zipped(zip.Store, many...), "limit directory-bytes"},
		{"zip without end", zipped(zip.Store, member{"x", oneLine})[:60], "expected a zip archive"},
		{"xz", "\xfd7zXZ\x00\x00", "compressed by xz"},
		{"broken tar", tarred(member{"x", oneLine})[:1024] + strings.Repeat("x", 600), "expected a tar archive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lim := format.DefaultLimits()
			lim.DirectoryBytes = 10_000
			got := readAll(t, Options{Limits: lim}, onDisk(t, "box", c.text))
			if len(got.errors) != 1 || !strings.Contains(got.errors[0], c.want) {
				t.Errorf("expected %q, found %d exchanges and %q", c.want, got.n, got.errors)
			}
		})
	}
}

// TestLongPaths: each member's path begins with the archive's.
func TestLongPaths(t *testing.T) {
	dir := t.TempDir()
	for range 5 {
		dir = filepath.Join(dir, strings.Repeat("d", 200))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var members []member
	for i := range 50 {
		members = append(members, member{strconv.Itoa(i), oneLine})
	}
	for kind, text := range map[string]string{"zip": zipped(zip.Store, members...), "tar": tarred(members...)} {
		path := filepath.Join(dir, "box."+kind)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		lim := format.DefaultLimits()
		lim.DirectoryBytes = 10_000
		if got := readAll(t, Options{Limits: lim}, path); len(got.errors) != 1 || !strings.Contains(got.errors[0], "limit directory-bytes") {
			t.Errorf("%s: expected an error of the limit, found %d exchanges and %q", kind, got.n, got.errors)
		}
		if got := readAll(t, Options{}, path); got.n != len(members) || len(got.errors) > 0 {
			t.Errorf("%s: expected %d exchanges, found %d and %q", kind, len(members), got.n, got.errors)
		}
	}
}

// TestSkippableFrames: zstd streams may begin with what is to be skipped.
func TestSkippableFrames(t *testing.T) {
	for _, first := range []string{"\x50", "\x5f"} {
		frame := first + "\x2a\x4d\x18\x04\x00\x00\x00size"
		for _, text := range []string{frame + zstded(oneLine), frame + zstded(oneLine) + frame + zstded(oneLine)} {
			got := readAll(t, Options{}, onDisk(t, "frames", text))
			if want := strings.Count(text, "\x28\xb5\x2f\xfd"); got.n != want || len(got.errors) > 0 {
				t.Errorf("expected %d exchanges, found %d and %q", want, got.n, got.errors)
			}
		}
	}
}

// TestEmptyArchives hold nothing, which is no error.
func TestEmptyArchives(t *testing.T) {
	for name, text := range map[string]string{
		"zip": zipped(zip.Store), "zip of directories": zipped(zip.Store, member{"a/", ""}),
		"tar of others": tarred(member{"LICENSE", noCassette}),
	} {
		if got := readAll(t, Options{}, onDisk(t, "box", text)); got.n != 0 || len(got.errors) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestNothingIsWritten: a name that climbs is a name.
func TestNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.zip": zipped(zip.Deflate, member{"../climbed", oneLine}, member{dir + "/absolute", oneLine}, member{`..\climbed`, oneLine}),
		"a.tar": tarred(member{"../climbed", oneLine}, member{dir + "/absolute", oneLine}),
	} {
		sub := filepath.Join(dir, "sub")
		os.MkdirAll(sub, 0o755)
		path := filepath.Join(sub, name)
		os.WriteFile(path, []byte(text), 0o644)
		if got := readAll(t, Options{}, path); got.n < 2 || len(got.errors) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	var left []string
	filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error { left = append(left, filepath.Base(path)); return nil })
	if want := []string{filepath.Base(dir), "sub", "a.tar", "a.zip"}; !slices.Equal(left, want) {
		t.Errorf("expected %q on disk, found %q", want, left)
	}
}

// TestCounted: what is read is counted once, as it lies on disk.
func TestCounted(t *testing.T) {
	for name, text := range map[string]string{"plain": oneLine + oneLine, "gz": gzipped(oneLine), "zip": zipped(zip.Store, member{"x", oneLine})} {
		var n atomic.Int64
		path := onDisk(t, "x", text)
		size := int64(0)
		for f := range Files([]string{path}) {
			size += f.Size()
		}
		readAll(t, Options{Read: &n}, path)
		if n.Load() != size {
			t.Errorf("%s: expected %d bytes, counted %d", name, size, n.Load())
		}
	}
}

// TestLimitsAreHeard: each format reads under the limits that it is given.
func TestLimitsAreHeard(t *testing.T) {
	samples, _ := filepath.Glob("*/testdata/*.*")
	heard := map[string]map[string]bool{}
	for _, path := range samples {
		rec, err := Open(path)
		if err != nil || filepath.Ext(path) == ".golden" {
			continue
		}
		rec.Close()
		if heard[rec.Format] == nil {
			heard[rec.Format] = map[string]bool{}
		}
		for set, want := range map[string]string{"entries=1": "at most 1 entries", "header-fields=1": "at most 1 header fields"} {
			lim := format.DefaultLimits()
			if err := lim.Set(set); err != nil {
				t.Fatal(err)
			}
			got := readAll(t, Options{Limits: lim}, path)
			heard[rec.Format][set] = heard[rec.Format][set] || strings.Contains(strings.Join(got.errors, "\n"), want)
		}
	}
	for _, f := range Formats() {
		if !heard[f.Name]["entries=1"] || f.Records.Has(format.RecordsResponseHeader) && !heard[f.Name]["header-fields=1"] {
			t.Errorf("%s hears of the limits no more than %v", f.Name, heard[f.Name])
		}
	}
}

// TestOvertime: nothing is waited for without end.
func TestOvertime(t *testing.T) {
	t.Parallel()
	lim := format.DefaultLimits()
	lim.FileSeconds = 1
	r, w := io.Pipe()
	defer w.Close()
	go io.WriteString(w, oneLine)
	got := readAll(t, Options{Limits: lim, Stdin: r}, "-")
	if len(got.errors) != 1 || !strings.Contains(got.errors[0], "limit file-seconds") {
		t.Errorf("expected one exchange and an error, found %+v", got)
	}
}

func TestPatientKeepsErrors(t *testing.T) {
	planted := errors.New("planted")
	r := io.MultiReader(strings.NewReader(oneLine), format.Fault{Err: planted})
	got := readAll(t, Options{Stdin: r}, "-")
	if got.n != 1 || len(got.errors) != 1 || !strings.Contains(got.errors[0], "planted") {
		t.Errorf("found %+v", got)
	}
}
