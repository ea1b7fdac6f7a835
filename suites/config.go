package suites

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// Config says who is judged, and, for Run, where the outcome goes. Only Paths or a
// Subject is needed.
type Config struct {
	// Paths are recordings: files, directories with all below them, or "-"
	// for standard input.
	Paths []string

	// Subject is met in place of recordings: a Client, a Server or a Proxy. What
	// judge.Config says of traffic that was recorded, but for the edition and the
	// rules, does not matter then.
	Subject Subject

	// What of it is judged, and by which rules.
	judge.Config

	// FailOn is the weakest level whose violation fails a spec; "" is
	// clause.Must. A violation of a weaker level is told in a spec that is
	// skipped.
	FailOn clause.Level

	// The rest is for Run; in a suite of one's own, Ginkgo's flags serve.

	Labels  string    // Ginkgo label filter, such as "server && must"; "" takes all
	Output  io.Writer // for Ginkgo's console report; nil is standard output
	Color   bool
	Verbose bool   // name the specs that pass or are skipped, too
	JUnit   string // file for Ginkgo's JUnit report; "" for none
	JSON    string // file for Ginkgo's JSON report; "" for none
}

// maxFindings bounds the findings kept for one rule, and the errors that are told:
// more of a kind teach a reader nothing, and their number is told anyhow.
const maxFindings = 10

// plan is a Config found to be sound.
type plan struct {
	Config
	how   judge.Options
	visit *visit
}

func (cfg Config) plan() (*plan, error) {
	p := &plan{Config: cfg}
	var err error
	if p.how, err = cfg.Options(); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	p.how.Engine.MaxFindings = maxFindings
	if p.visit, err = cfg.meeting(p.how); err != nil {
		return nil, fmt.Errorf("suites: %w", err)
	}
	p.FailOn = cmp.Or(p.FailOn, clause.Must)
	if levels := []clause.Level{clause.Must, clause.Should, clause.May, clause.Info}; !slices.Contains(levels, p.FailOn) {
		return nil, fmt.Errorf("suites: FailOn: expected one of %v, found %q", levels, p.FailOn)
	}
	return p, nil
}
