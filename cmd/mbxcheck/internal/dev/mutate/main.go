// Command mutate shows what the tests of the rules notice: it changes the
// programs that judge in one place at a time, a mutant, and runs their tests. A
// mutant that no test kills is a line that anybody may break unseen, or one that
// makes no difference to anybody.
//
//	go run ./cmd/mbxcheck/internal/dev/mutate -seed 7 -n 250
//	go run ./cmd/mbxcheck/internal/dev/mutate -only suites/general/silence.go:63:
//
// All mutants are built into one test program for each package, by an overlay of
// the go command: the tree stays as it is. A variable of the environment chooses
// the one that runs. Which tests see values that a mutant changes is noted first,
// without any: none but those run with it. A package's own tests come first, then
// those of suites/general, whose cases exercise the others as well.
//
// It exits with 1 where it can't say what the tests notice, such as where they
// fail without a mutant. Survivors are no fault of a run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// config is what is asked for.
type config struct {
	root    string   // of the module
	mutated []string // packages below it
	witness string   // the package whose tests run after a package's own
	skipped []string // tests that take long and show little
	seed    uint64
	n       int
	only    string
	atOnce  int
	atLeast time.Duration // that a mutant has before it is taken for one that hangs
	keepIn  string
	dir     string // for what is built
	errs    io.Writer
}

// tested are the packages whose tests run.
func (c *config) tested() []string {
	if slices.Contains(c.mutated, c.witness) {
		return c.mutated
	}
	return append(slices.Clone(c.mutated), c.witness)
}

const usage = `usage: mutate [-seed N] [-n N] [-only FILE[:LINE:]] [-at-once N] [-out DIR]

Change the programs that judge in one place at a time and say which changes the
tests do not notice. Run it from the module's root, where go.mod stands:

    go run ./cmd/mbxcheck/internal/dev/mutate -seed 7 -n 250

The figures are printed; survivors.txt, a line for each change that no test
noticed, and mutants.json, all changes and what came of them, are written to
reports/out/mutate.

`

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	c := &config{
		mutated: []string{"suites/general", "suites/rule", "suites/engine", "suites/traffic", "suites/venue/limits"},
		witness: "suites/general",
		skipped: []string{"TestSelfTestNoticesEveryDeafRule"},
		atLeast: 10 * time.Second, // others use the machine as well
		errs:    errs,
	}
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage)
		flags.PrintDefaults()
	}
	flags.Uint64Var(&c.seed, "seed", 1, "what decides which changes are tried")
	flags.IntVar(&c.n, "n", 250, "how many changes of each package are tried")
	flags.StringVar(&c.only, "only", "", "try changes alone whose `FILE:LINE:` begins so")
	flags.IntVar(&c.atOnce, "at-once", 2, "how many are tried at the same time")
	flags.StringVar(&c.keepIn, "out", "reports/out/mutate", "the `directory` for the report")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0 || c.n < 1 || c.atOnce < 1:
		fmt.Fprintf(errs, "mutate: expected flags alone, and -n and -at-once of 1 or more, found %q\n", args)
		return 2
	}
	var err error
	if c.root, err = filepath.Abs("."); err == nil {
		err = c.run(ctx, out)
	}
	if err != nil {
		fmt.Fprintf(errs, "mutate: %v\n", err)
		return 1
	}
	return 0
}

// run builds, tries and reports.
func (c *config) run(ctx context.Context, out io.Writer) (err error) {
	if c.dir, err = os.MkdirTemp("", "mutate-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.dir)) }()
	b, err := c.buildAll(ctx, c.dir)
	if err != nil {
		return err
	}
	if err := c.tryAll(ctx, b); err != nil {
		return err
	}
	r := c.report(b)
	r.write(out)
	fmt.Fprintf(out, "seed %d, %d of each package at the most, %d left out that did not compile\n", c.seed, c.n, r.LeftOut)
	if err := r.keep(c.keepIn); err != nil {
		return err
	}
	fmt.Fprintf(out, "survivors are in %s\n", filepath.Join(c.keepIn, survivorsFile))
	return nil
}
