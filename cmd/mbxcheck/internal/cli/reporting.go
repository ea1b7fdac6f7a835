package cli

import (
	"github.com/spf13/cobra"
)

// defaultMaxFindings is how many findings of one rule are kept: more of the
// same tell nobody anything new, and they bound what a report grows to.
const defaultMaxFindings = 100

// reporting holds the flags that say which reports are written, and where to.
type reporting struct {
	formats     []string
	output      string
	maxFindings int
	color       *choice
}

// flags declares the flags on a command.
func (r *reporting) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&r.formats, "format", nil, "write a report: `NAME` to standard output or NAME=FILE, the name being "+list(formatNames())+"; repeatable (default text)")
	f.StringVarP(&r.output, "output", "o", "", "write the report for standard output to `FILE` instead")
	f.IntVar(&r.maxFindings, "max-findings", defaultMaxFindings, "show at most `N` findings of a rule, 0 for all; counts are always complete")
	r.color = addColor(cmd)
	complete(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	complete(cmd, "max-findings", cobra.NoFileCompletions)
}

// destinations are where the flags want reports written.
func (r *reporting) destinations() ([]*destination, error) {
	if r.maxFindings < 0 {
		return nil, usage("", "--max-findings %d: expected a number, 0 for all", r.maxFindings)
	}
	return destinations(r.formats, r.output)
}
