package cassettes

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A glob leaves out what it names at any depth, and no more; what the user named
// above it is no name to leave out by.
func TestExclude(t *testing.T) {
	root := filepath.Join(t.TempDir(), "config")
	for _, name := range []string{"config.yaml", "a.yaml", "old/a.yaml", "new/old/b.yaml", "new/config.yaml/c.yaml", "fixtures/x/y/d.yaml"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, path, "")
	}
	write(t, filepath.Join(root, "z.zip"), zipped(zip.Deflate, member{"old/e.yaml", ""}, member{"f.yaml", ""}))
	all := []string{"a.yaml", "config.yaml", "fixtures/x/y/d.yaml", "new/config.yaml/c.yaml", "new/old/b.yaml", "old/a.yaml", "z.zip!f.yaml", "z.zip!old/e.yaml"}
	for _, c := range []struct {
		globs []string
		out   []string
	}{
		{nil, nil},
		{[]string{"nothing.yaml", "onfig.yaml", "config", "x/d.yaml"}, nil},
		{[]string{"config.yaml"}, []string{"config.yaml", "new/config.yaml/c.yaml"}},
		{[]string{"config.y?ml", "[a].yaml"}, []string{"a.yaml", "config.yaml", "new/config.yaml/c.yaml", "old/a.yaml"}},
		{[]string{"old/"}, []string{"new/old/b.yaml", "old/a.yaml", "z.zip!old/e.yaml"}},
		{[]string{"./new/*/*.yaml"}, []string{"new/config.yaml/c.yaml", "new/old/b.yaml"}},
		{[]string{"fixtures/**/d.yaml", "**/f.yaml"}, []string{"fixtures/x/y/d.yaml", "z.zip!f.yaml"}},
		{[]string{"config/old"}, []string{"old/a.yaml"}},
		{[]string{"z.zip"}, []string{"z.zip!f.yaml", "z.zip!old/e.yaml"}},
		{[]string{root + "/*.yaml"}, []string{"a.yaml", "config.yaml"}},
		{[]string{"*"}, all},
	} {
		e, err := ParseExclude(c.globs)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for f, err := range (Options{Exclude: e}).Files([]string{root}) {
			if err != nil {
				t.Error(err)
			}
			found = append(found, strings.TrimPrefix(f.Path, root+"/"))
		}
		slices.Sort(found)
		want := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(c.out, name) })
		if !slices.Equal(found, want) {
			t.Errorf("%q: expected %q, found %q", c.globs, want, found)
		}
	}
}

// A hook names each file: those are left out likewise, and standard input never.
func TestExcludeNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"config.yaml", "a.yaml"} {
		write(t, name, "")
	}
	e, err := ParseExclude([]string{"config.yaml", "-", ".*"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ paths, want []string }{
		{[]string{"config.yaml", "a.yaml", "-"}, []string{"a.yaml", "-"}},
		{[]string{"."}, []string{"a.yaml"}},
	} {
		var found []string
		for f, err := range (Options{Exclude: e}).Files(c.paths) {
			if err != nil {
				t.Error(err)
			}
			found = append(found, f.Path)
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%q: expected %q, found %q", c.paths, c.want, found)
		}
	}
}

// Members of a tar archive come one behind the other, and are left out as they
// come.
func TestExcludeInTar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tar")
	write(t, path, tarred(member{"keep/a.txt", "x"}, member{"old/b.txt", "y"}))
	for glob, want := range map[string]int{"none": 2, "old": 1, "*.txt": 0, "x.tar!old": 2} {
		e, err := ParseExclude([]string{glob})
		if err != nil {
			t.Fatal(err)
		}
		o, n := Options{Exclude: e}, 0
		for f := range o.Files([]string{path}) {
			for range f.Recordings(o) {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: expected %d members, found %d", glob, want, n)
		}
	}
}

func TestParseExcludeRefuses(t *testing.T) {
	for _, glob := range []string{"", "/", ".", "./", "[a"} {
		if _, err := ParseExclude([]string{"fine", glob}); err == nil {
			t.Errorf("%q: expected an error", glob)
		}
	}
}
