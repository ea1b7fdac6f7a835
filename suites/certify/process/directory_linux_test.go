package process

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSweep removes what a killed run has left, and nothing else.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	held, err := newDirectory()
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := newDirectory()
	if err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(orphan.path, "home", "locked")
	if err := os.MkdirAll(locked, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	orphan.lock.Close() // as the kernel does when its holder is killed
	other := filepath.Join(os.TempDir(), "of-somebody-else")
	link := filepath.Join(os.TempDir(), dirPrefix+"link")
	file := filepath.Join(os.TempDir(), dirPrefix+"file")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	Sweep()
	for path, want := range map[string]bool{held.path: true, orphan.path: false, other: true, link: true, file: true} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: expected it left %t, found %v", filepath.Base(path), want, err)
		}
	}
	held.remove()
	if _, err := os.Lstat(held.path); err == nil {
		t.Error("expected a directory that is done with to be gone")
	}
}
