package suites

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// Outcome is what a run came to. The exit code is the caller's to choose.
type Outcome struct {
	// Passed says that no spec failed and at least one passed or was skipped.
	Passed bool

	// Result is what the rules counted. Its Tally is nil if no recording was
	// read, nor any subject met, because the filter took no spec.
	judge.Result

	// Unmet says why that is not what the subject does, or not all of it; nil if it
	// is.
	Unmet *Unmet
}

// ErrRanBefore is returned by a second Run in one process.
var ErrRanBefore = errors.New("suites: specs can run once in a process: Ginkgo's tree of specs is global")

// ran guards Ginkgo's global tree, which exits the process when run twice.
var ran atomic.Bool

// Run builds the specs and runs them, from a plain main or anywhere else.
//
// Ginkgo's tree of specs is global: Run works once in a process, not beside a
// suite of one's own, for which there is Register. While it runs, Ginkgo
// catches SIGINT and SIGTERM, stops reading, ends what it started and reports what it has; Run gives
// both signals back to the system's default behaviour afterwards, also if the
// program had asked for them before.
//
// The error says that the Config is unsound, and then nothing was run.
// Violations, recordings that cannot be read, and subjects that cannot be met are in
// the Outcome.
func Run(cfg Config) (Outcome, error) {
	p, err := cfg.plan()
	if err != nil {
		return Outcome{}, err
	}
	// A filter that does not parse would exit the process.
	if _, err := types.ParseLabelFilter(cfg.Labels); err != nil {
		return Outcome{}, fmt.Errorf("suites: label filter %q: expected an expression such as \"server && must\": %w", cfg.Labels, err)
	}
	for _, file := range []string{cfg.JUnit, cfg.JSON} {
		if err := creatable(file); err != nil {
			return Outcome{}, fmt.Errorf("suites: report: %w", err)
		}
	}
	if !ran.CompareAndSwap(false, true) {
		return Outcome{}, ErrRanBefore
	}
	s := register(p)
	var out io.Writer = os.Stdout
	if cfg.Output != nil {
		out = cfg.Output
	}
	formatter.ColorableStdOut = out
	defer signal.Reset(os.Interrupt, syscall.SIGTERM)
	passed := ginkgo.RunSpecs(verdict{}, "mbxcheck", cfg.suite(), cfg.reporter())
	return Outcome{Passed: passed, Result: s.Result, Unmet: s.Unmet}, nil
}

// creatable makes a report's file, so that a wrong path is found before the
// recordings are read and not after.
func creatable(file string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	return f.Close()
}

func (cfg Config) suite() types.SuiteConfig {
	c := types.NewDefaultSuiteConfig()
	c.LabelFilter = cfg.Labels
	c.FailOnEmpty = true // a filter that takes nothing must not pass
	c.RandomSeed = 1     // nothing is shuffled; a constant keeps outputs equal
	c.Timeout = 0        // an archive takes as long as it takes
	return c
}

func (cfg Config) reporter() types.ReporterConfig {
	c := types.NewDefaultReporterConfig()
	c.NoColor = !cfg.Color
	c.Verbose = cfg.Verbose
	c.JUnitReport, c.JSONReport = cfg.JUnit, cfg.JSON
	return c
}

// verdict stands for the *testing.T that RunSpecs tells of a failure; it
// returns the same.
type verdict struct{}

func (verdict) Fail() {}
