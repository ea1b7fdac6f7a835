package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What the mutants read of their environment, see chosen.go.txt.
const (
	mutantVariable = "MBXCHECK_MUTANT"
	boardVariable  = "MBXCHECK_MUTANT_BOARD"
)

const (
	// quick tests run together, since a program takes some hundredths of a second
	// to begin: one that fails spares the slow ones.
	quick = 100 * time.Millisecond
	// A mutant that takes so many times as long as none is killed: it hangs.
	tooLong = 10
)

// stage is some tests of a package that run in one go.
type stage struct {
	pkg, binary, dir string
	tests            []string
	took             time.Duration
	differs          []byte // by mutant: 1 where these tests see values that it changes
}

func (s *stage) pattern() string { return "^(" + strings.Join(s.tests, "|") + ")$" }

// run runs the stage with the variable in its environment, and returns what the
// tests said.
func (s *stage) run(ctx context.Context, variable string) (string, error) {
	cmd := exec.CommandContext(ctx, s.binary, "-test.failfast", "-test.v", "-test.run", s.pattern())
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), variable)
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	return said.String(), err
}

var ended = regexp.MustCompile(`(?m)^--- (PASS|FAIL): (\w+) \((\d+\.\d+)s\)`)

// stages runs a package's tests without any mutant, which must pass, and parts
// them: the quick ones together, then the slow ones, one by one.
func (c *config) stages(ctx context.Context, b *build, pkg string) ([]*stage, error) {
	all := &stage{pkg: pkg, binary: b.binaries[pkg], dir: filepath.Join(c.root, filepath.FromSlash(pkg)), tests: []string{".*"}}
	cmd := exec.CommandContext(ctx, all.binary, "-test.v", "-test.skip", "^("+strings.Join(c.skipped, "|")+")$")
	cmd.Dir = all.dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the tests of %s, without a mutant: %w\n%s\nMend them first: see go test ./%s", pkg, err, said, pkg)
	}
	first := *all
	first.tests = nil
	var slow []*stage
	for _, at := range ended.FindAllStringSubmatch(string(said), -1) {
		took, _ := time.ParseDuration(at[3] + "s") // as the pattern has it
		if took <= quick {
			first.tests = append(first.tests, at[2])
			continue
		}
		one := *all
		one.tests, one.took = []string{at[2]}, took
		slow = append(slow, &one)
	}
	slices.SortFunc(slow, func(a, b *stage) int { return cmp.Compare(a.took, b.took) })
	if len(first.tests) > 0 {
		slow = append([]*stage{&first}, slow...)
	}
	if len(slow) == 0 {
		return nil, fmt.Errorf("expected tests in %s, found none", pkg)
	}
	for _, s := range slow {
		if err := s.baseline(ctx, len(b.mutants), c.dir); err != nil {
			return nil, err
		}
	}
	return slow, nil
}

// baseline runs the stage without a mutant, and notes which would have made a
// difference.
func (s *stage) baseline(ctx context.Context, mutants int, dir string) error {
	board := filepath.Join(dir, "board")
	if err := os.WriteFile(board, make([]byte, mutants+1), 0o600); err != nil {
		return err
	}
	if said, err := s.run(ctx, boardVariable+"="+board); err != nil {
		return fmt.Errorf("%s, tests %s, without a mutant: %w\n%s", s.pkg, s.pattern(), err, said)
	}
	began := time.Now()
	if said, err := s.run(ctx, mutantVariable+"=0"); err != nil {
		return fmt.Errorf("%s, tests %s, without a mutant: %w\n%s", s.pkg, s.pattern(), err, said)
	}
	s.took = time.Since(began)
	var err error
	s.differs, err = os.ReadFile(board)
	return err
}

// tryAll tries each mutant, some at once.
func (c *config) tryAll(ctx context.Context, b *build) error {
	by := map[string][]*stage{}
	for _, p := range c.tested() {
		var err error
		if by[p], err = c.stages(ctx, b, p); err != nil {
			return err
		}
	}
	turn := make(chan struct{}, c.atOnce)
	errs := make([]error, len(b.mutants))
	var under sync.WaitGroup
	for i, m := range b.mutants {
		turn <- struct{}{}
		if i%100 == 0 {
			fmt.Fprintf(c.errs, "mutate: %d of %d tried\n", i, len(b.mutants))
		}
		under.Go(func() {
			defer func() { <-turn }()
			stages := by[m.Package]
			if m.Package != c.witness {
				stages = slices.Concat(stages, by[c.witness])
			}
			errs[i] = m.try(ctx, stages, c.atLeast)
		})
	}
	under.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// try runs the stages that come to the mutant until one kills it.
func (m *Mutant) try(ctx context.Context, stages []*stage, atLeast time.Duration) error {
	m.Outcome = NotReached
	for _, s := range stages {
		if s.differs[m.Number] == 0 {
			continue
		}
		m.Outcome = Survived
		limited, stop := context.WithTimeout(ctx, max(tooLong*s.took, atLeast))
		said, err := s.run(limited, mutantVariable+"="+strconv.Itoa(m.Number))
		late := limited.Err() != nil
		stop()
		var exit *exec.ExitError
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			return nil // told once, by who calls
		case late:
			m.Outcome = OutOfTime
		case errors.As(err, &exit):
			m.Outcome = Killed
		default:
			return fmt.Errorf("%s: %w", m.Site, err)
		}
		m.By = s.pkg + " " + failing(said)
		return nil
	}
	return nil
}

// failing is the test that failed, or the one that ran when the program ended.
func failing(said string) string {
	for _, at := range ended.FindAllStringSubmatch(said, -1) {
		if at[1] == "FAIL" {
			return at[2]
		}
	}
	running := ""
	for line := range strings.Lines(said) {
		if name, ok := strings.CutPrefix(line, "=== RUN   "); ok {
			running, _, _ = strings.Cut(strings.TrimSpace(name), "/")
		}
	}
	return running
}
