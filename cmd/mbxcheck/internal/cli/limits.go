package cli

import (
	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// limitFlag is --limit NAME=VALUE, which may come several times.
type limitFlag struct{ limits *format.Limits }

func (l limitFlag) String() string     { return "" }
func (l limitFlag) Type() string       { return "NAME=VALUE" }
func (l limitFlag) Set(s string) error { return l.limits.Set(s) }

// addLimit declares the flag.
func addLimit(cmd *cobra.Command, limits *format.Limits) {
	*limits = format.DefaultLimits()
	cmd.Flags().Var(limitFlag{limits}, "limit", "read under another limit, such as entry-bytes=128M; repeatable; 'mbxcheck formats --limits' lists them")
	names := wording.Each(format.LimitList(), func(l format.Limit) string { return l.Name + "=\t" + l.Doc })
	complete(cmd, "limit", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}
