package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/judge"
)

// defaultOfAKind is how many findings of a kind people are shown: more of the same
// tell nobody anything new.
const defaultOfAKind = 3

// maxFindings is the flag that bounds findings.
type maxFindings struct {
	flag  *pflag.Flag
	value int
}

// add declares the flag on a command.
func (m *maxFindings) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&m.value, "max-findings", defaultOfAKind, "show at most `N` findings of a kind, 0 for all; counts are always complete (default 3 in text and Markdown, 100 of a rule in other reports)")
	m.flag = f.Lookup("max-findings")
	m.flag.DefValue = "0" // the sentence says it
	complete(cmd, "max-findings", cobra.NoFileCompletions)
}

// valid refuses what is no number of findings.
func (m *maxFindings) valid() error {
	if m.value < 0 {
		return usage("", "--max-findings %d: expected a number, 0 for all", m.value)
	}
	return nil
}

// bound sets what an engine keeps.
func (m *maxFindings) bound(o *engine.Options) {
	switch {
	case !m.flag.Changed:
		o.MaxFindings = judge.DefaultFindings
	case m.value > 0:
		o.MaxFindings, o.MaxOfAKind = max(judge.DefaultFindings, m.value), m.value
	default:
		o.MaxFindings = 0
	}
}

// reporting holds the flags that say which reports are written, where to, and how
// much they say.
type reporting struct {
	formats        []string
	output         string
	few            maxFindings
	quiet, verbose bool
	color          *choice
}

// flags declares the flags on a command.
func (r *reporting) flags(cmd *cobra.Command) {
	r.whereFlags(cmd)
	r.few.add(cmd)
	f := cmd.Flags()
	f.BoolVarP(&r.quiet, "quiet", "q", false, "print findings only, in the text report")
	f.BoolVarP(&r.verbose, "verbose", "v", false, "print every clause and every doubt, too, in the text report")
	r.color = addColor(cmd)
}

// whereFlags declares those that say which reports are written, and where to.
func (r *reporting) whereFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&r.formats, "format", nil, "write a report: `NAME` to standard output or NAME=FILE, the name being "+list(formatNames())+"; repeatable, FILE may be /dev/stderr (default text)")
	addFile(f, &r.output, "output", "o", "write the report for standard output to `FILE` instead")
	complete(cmd, "format", completeFormat)
}

// destinations are where the flags want reports written.
func (r *reporting) destinations() ([]*destination, error) {
	if err := r.few.valid(); err != nil {
		return nil, err
	}
	if r.quiet && r.verbose {
		return nil, usage("", "expected --quiet or --verbose, found both")
	}
	return destinations(r.formats, r.output)
}

// set gives a report what the flags say of it.
func (r *reporting) set(report *reports.Report) {
	report.OfAKind, report.Quiet, report.Verbose = r.few.value, r.quiet, r.verbose
}
