package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// What the mutants are chosen by: a package that stands in the overlay alone.
var (
	//go:embed chosen.go.txt
	chosenSource string
	//go:embed bound_linux.go.txt
	boundLinux string
	//go:embed bound_other.go.txt
	boundOther string
)

// chosenDir is where the overlay has that package, below the module's root.
const chosenDir = "chosen"

// build is the tests of the packages with all mutants in them.
type build struct {
	mutants  []*Mutant
	possible []*Site           // all that compile, as far as they were tried
	out      int               // how many of those drawn do not
	binaries map[string]string // by package, below the module's root
}

// maxBuilds bounds how often it is built without what did not compile. Each time
// the compiler tells ten errors of a package.
const maxBuilds = 20

// buildAll draws sites and builds the tests with all of them, and again without
// those that do not compile, until they do. The files stand in dir.
func (c *config) buildAll(ctx context.Context, dir string) (*build, error) {
	sites, err := findSites(ctx, c.root, c.mutated)
	if err != nil {
		return nil, err
	}
	sites = slices.DeleteFunc(sites, func(s *Site) bool { return !strings.HasPrefix(fmt.Sprintf("%s:%d:", s.File, s.Line), c.only) })
	if len(sites) == 0 {
		return nil, fmt.Errorf("nothing to change: expected sites in %s, found none that begin with %q", strings.Join(c.mutated, ", "), c.only)
	}
	out := map[*Site]bool{}
	for range maxBuilds {
		b := &build{mutants: mutants(draw(sites, out, c.seed, c.n)), out: len(out), binaries: map[string]string{}}
		overlay, err := c.overlay(dir, b.mutants)
		if err != nil {
			return nil, err
		}
		said, err := c.compile(ctx, dir, overlay, b)
		if err == nil {
			b.possible = slices.DeleteFunc(sites, func(s *Site) bool { return out[s] })
			return b, nil
		}
		if leaveOut(said, b.mutants, out) == 0 {
			return nil, fmt.Errorf("build the tests with all mutants: %w\n%s", err, said)
		}
	}
	return nil, fmt.Errorf("expected a build after %d tries, found sites that do not compile each time: take fewer with -n", maxBuilds)
}

// overlay writes the changed files and the list that the go command wants, and
// returns its name.
func (c *config) overlay(dir string, list []*Mutant) (string, error) {
	modFile, err := os.ReadFile(filepath.Join(c.root, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("expected a module's root, where go.mod stands: %w", err)
	}
	texts, err := c.changed(list, path.Join(modfile.ModulePath(modFile), chosenDir))
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range texts {
		stands := filepath.Join(dir, overlayName(file))
		replace[filepath.Join(c.root, filepath.FromSlash(file))] = stands
		if err := os.WriteFile(stands, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, data, 0o600)
}

// overlayName is what the changed text of a file is stored as.
func overlayName(file string) string { return strings.ReplaceAll(file, "/", "__") }

// changed is the text of each file of the overlay, by its name below the root.
func (c *config) changed(list []*Mutant, imported string) (map[string]string, error) {
	texts := map[string]string{
		path.Join(chosenDir, "chosen.go"):      chosenSource + fmt.Sprintf("\nconst sites = %d\n", len(list)),
		path.Join(chosenDir, "bound_linux.go"): boundLinux,
		path.Join(chosenDir, "bound_other.go"): boundOther,
	}
	by := map[string][]*Mutant{}
	for _, m := range list {
		by[m.File] = append(by[m.File], m)
	}
	for file, of := range by {
		src, err := os.ReadFile(filepath.Join(c.root, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		if texts[file], err = rewrite(src, of, imported); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return texts, nil
}

var packageLine = regexp.MustCompile(`(?m)^package \w+`)

// rewrite writes the mutants into a file. Lines keep their numbers.
func rewrite(src []byte, list []*Mutant, imported string) (string, error) {
	head := packageLine.FindIndex(src)
	if head == nil {
		return "", errors.New("expected a line that begins with package, found none")
	}
	edits := []edit{{head[1], head[1], `; import chosen_ "` + imported + `"`, 0}}
	for _, m := range list {
		for _, e := range m.edits {
			e.text = strings.ReplaceAll(e.text, "%d", strconv.Itoa(m.Number))
			edits = append(edits, e)
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return a.rank - b.rank
	})
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.Write(src[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.Write(src[at:])
	return b.String(), nil
}

// compile builds one test program of each package and returns what the compiler
// said.
func (c *config) compile(ctx context.Context, dir, overlay string, b *build) (string, error) {
	var said bytes.Buffer
	var failed error
	for i, p := range c.tested() {
		binary := filepath.Join(dir, strconv.Itoa(i)+".test") // two packages may have one name
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, "./"+p)
		cmd.Dir, cmd.Stdout, cmd.Stderr = c.root, &said, &said
		failed = errors.Join(failed, cmd.Run())
		b.binaries[p] = binary
	}
	return said.String(), failed
}

var place = regexp.MustCompile(`(?m)^(?:\./)?([^\s:]+\.go):(\d+):\d+: `)

// leaveOut leaves out all sites of the lines of which the compiler tells an
// error, and returns how many they are. The go command puts a file's own name in
// the place of the changed one's, but not in all that it says.
func leaveOut(said string, list []*Mutant, out map[*Site]bool) int {
	before := len(out)
	for _, at := range place.FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(at[2]) // digits
		for _, m := range list {
			if m.Line == line && (m.File == filepath.ToSlash(at[1]) || overlayName(m.File) == filepath.Base(at[1])) {
				out[m.Site] = true
			}
		}
	}
	return len(out) - before
}
