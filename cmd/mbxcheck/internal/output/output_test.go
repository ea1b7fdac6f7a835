package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// put writes a report and commits it.
func put(name, text string) error {
	f, err := Create(name)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write([]byte(text)); err != nil {
		return err
	}
	return f.Commit()
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("expected the files %v, found %v", want, got)
	}
}

func TestCommitReplaces(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report")
	if err := os.WriteFile(name, []byte("an old and longer report"), 0o640); err != nil {
		t.Fatal(err)
	}
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("new"))
	if old, _ := os.ReadFile(name); string(old) != "an old and longer report" {
		t.Errorf("expected the old report until Commit, found %q", old)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	if data, _ := os.ReadFile(name); string(data) != "new" {
		t.Errorf("expected the new report, found %q", data)
	}
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o640 {
		t.Errorf("expected the old mode, found %v", info.Mode())
	}
	only(t, dir, "report")
}

func TestDiscardLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "report"))
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("half a rep"))
	f.Discard()
	only(t, dir)
}

func TestLinkStaysALink(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "real"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := put(filepath.Join(dir, "link"), "text"); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "link", "real")
	if data, _ := os.ReadFile(filepath.Join(dir, "real")); string(data) != "text" {
		t.Errorf("expected the report behind the link, found %q", data)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		want error
	}{
		{filepath.Join(dir, "missing", "report"), fs.ErrNotExist},
		{dir, nil},
		{"/dev/full", syscall.ENOSPC},
	} {
		err := put(c.name, "text")
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: expected an error with the name and %v, found %v", c.name, c.want, err)
		}
	}
	if err := put(os.DevNull, "text"); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("expected %s still a device, found %v, %v", os.DevNull, info, err)
	}
	only(t, dir)
}

func TestStickyRemembersTheFirst(t *testing.T) {
	first := errors.New("first")
	s := Sticky{W: failing{first}}
	s.Write([]byte("a"))
	s.W = failing{errors.New("second")}
	if _, err := s.Write([]byte("b")); err != first || s.Err != first {
		t.Errorf("expected %v, found %v and %v", first, err, s.Err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
