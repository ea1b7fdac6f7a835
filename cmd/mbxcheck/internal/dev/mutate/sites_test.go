package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// unpack writes the files of an archive of testdata into a directory of its own.
func unpack(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// golden holds text against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: expected\n%s\nfound\n%s\nIf that is meant: go test -update", file, want, got)
	}
}

func sampleSites(t *testing.T) []*Site {
	t.Helper()
	sites, err := findSites(t.Context(), unpack(t, "sample.txtar"), []string{"sample"})
	if err != nil {
		t.Fatal(err)
	}
	return sites
}

func TestSites(t *testing.T) {
	var b strings.Builder
	kinds := map[Kind]bool{}
	for _, s := range sampleSites(t) {
		b.WriteString(s.String() + "\n")
		kinds[s.Kind] = true
	}
	golden(t, "sample.sites.txt", b.String())
	for _, k := range []Kind{
		DropLeft, DropRight, Boundary, NegateOrder, NegateEqual, Negate, SkipBranch, SkipCase,
		DeleteStatement, ReturnEarly, NegateReturn, OneMore, DropAddend,
	} {
		if !kinds[k] {
			t.Errorf("expected a site of kind %s in the sample, found none", k)
		}
	}
}

// Texts at one place open from without to within and close the other way round,
// and lines keep their numbers: the compiler's errors are told by them.
func TestRewrite(t *testing.T) {
	dir := unpack(t, "sample.txtar")
	sites, err := findSites(t.Context(), dir, []string{"sample"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(filepath.Join(dir, "sample", "sample.go"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := rewrite(src, mutants(sites), "example.org/sample/chosen")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := strings.Count(string(src), "\n"), strings.Count(got, "\n"); a != b {
		t.Errorf("expected %d lines, found %d", a, b)
	}
	golden(t, "sample.rewritten.txt", got)
}

// The same seed draws the same, another one something else, and what was left out
// makes room for others.
func TestDraw(t *testing.T) {
	sites := sampleSites(t)
	const n = 10
	first, again, other := draw(sites, nil, 1, n), draw(slices.Clone(sites), nil, 1, n), draw(sites, nil, 2, n)
	if !slices.Equal(first, again) {
		t.Error("expected the same sites of the same seed")
	}
	if slices.Equal(first, other) {
		t.Error("expected other sites of another seed")
	}
	without := draw(sites, map[*Site]bool{first[0]: true}, 1, n)
	if len(without) != n || slices.Contains(without, first[0]) {
		t.Errorf("expected %d sites without %s, found %v", n, first[0], without)
	}
	for _, s := range first[1:] {
		if !slices.Contains(without, s) {
			t.Errorf("expected %s to be drawn still", s)
		}
	}
	if all := draw(sites, nil, 1, 1000); len(all) != len(sites) {
		t.Errorf("expected all %d sites where more are asked for, found %d", len(sites), len(all))
	}
}

func TestLeaveOut(t *testing.T) {
	sites := sampleSites(t)
	list := mutants(sites)
	out := map[*Site]bool{}
	said := "# example.org/sample/sample\nsample/sample.go:11:5: cannot use x\nother/sample.go:15:1: cannot use y\n"
	n := leaveOut(said, list, out)
	changed := map[*Site]bool{}
	if leaveOut("/tmp/mutate-1/sample__sample.go:11:5: cannot use x\n", list, changed) != n {
		t.Errorf("expected the same %d by the changed file's name, found %d", n, len(changed))
	}
	for _, s := range sites {
		if out[s] != (s.Line == 11) {
			t.Errorf("%s: expected to be left out: %t, found %t", s, s.Line == 11, out[s])
		}
	}
	if n != len(out) || n == 0 {
		t.Errorf("expected those of line 11 to be counted, found %d", n)
	}
	if n := leaveOut("sample/sample.go:1:1: something else", list, out); n != 0 {
		t.Errorf("expected none on a line without sites, found %d", n)
	}
}
