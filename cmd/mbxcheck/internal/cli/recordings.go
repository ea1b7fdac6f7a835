package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/judge"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// ruling holds the flags that say by which edition is judged, and what fails; all
// commands that judge have them in common.
type ruling struct {
	failOn  *choice
	edition *choice
}

// recordings holds the flags that say what recorded traffic is judged, and how; lint
// and verify have them in common.
type recordings struct {
	judge.Config
	selection
	ruling
	party *choice
}

// failLevels are the values of --fail-on, strongest first; info never fails.
var failLevels = []string{string(clause.Must), string(clause.Should), string(clause.May), string(reports.FailOnNone)}

// flags declares the flags on a command.
func (t *recordings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&t.Hosts, "host", nil, "judge the traffic of hosts like `PATTERN`, where * stands for anything; repeatable (default api.binance.com and its numbered siblings)")
	f.StringArrayVar(&t.Exclude, "exclude", nil, "leave out files and directories like `GLOB`, at any depth, such as '*.config.yaml' or fixtures/**/old; repeatable")
	f.BoolVar(&t.GatewayCounts, "gateway-counts", false, "hold clients to every 429, whoever made it: the limits are those of a gateway of your own")
	t.party = addChoice(cmd, "party", "all", parties, "PARTY", "judge only the rules that bind client, server, proxy or all")
	t.selection.flags(cmd, &t.ruling)
	t.ruling.flags(cmd)
	addLimit(cmd, &t.Limits)
	complete(cmd, "host", cobra.NoFileCompletions)
	complete(cmd, "exclude", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)) // files
}

// flags declares the flags on a command.
func (r *ruling) flags(cmd *cobra.Command) {
	r.failOn = addChoice(cmd, "fail-on", string(clause.Must), failLevels, "LEVEL", "exit with 1 for violations of must, of should and stronger, of may and stronger, or none")
	r.edition = addEdition(cmd)
}

func addEdition(cmd *cobra.Command) *choice {
	return addChoice(cmd, "edition", edition.DefaultID, edition.IDs(), "ID", "the edition of the document: "+list(edition.IDs()))
}

// chosen is the edition that --edition names, nil where it names none, which only
// who completes a command line may meet.
func chosen(id *choice) *edition.Edition {
	e, _ := edition.ByID(id.value)
	return e
}

// options turns the flags into what a pass needs, and says which rules they left
// out.
func (t *recordings) options() (judge.Options, []reports.Muted, error) {
	t.Config.Edition = t.edition.value
	o, err := t.Config.Options()
	if err != nil {
		return o, nil, usage("", "--%v", err)
	}
	var muted []reports.Muted
	t.selection.party = t.party.value
	o.Rules, muted, err = t.selection.of(o.Engine.Edition)
	return o, muted, err
}

// fails is the level from which violations fail the run.
func (r *ruling) fails() clause.Level { return clause.Level(r.failOn.value) }

// violates reports whether what a rule counted breaks --fail-on.
func (r *ruling) violates(t *rule.RuleTally) bool {
	return t.Failed > 0 && r.fails() != reports.FailOnNone && rule.Severity(t.Level()) >= rule.Severity(r.fails())
}

// pathArgs demands a path.
func pathArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(fmt.Sprintf("For example: mbxcheck %s trades.har (- reads standard input).", cmd.Name()),
			"%s needs at least one PATH: a recording or a directory", cmd.Name())
	}
	if i := slices.Index(args, ""); i >= 0 {
		return usage("A variable may have been empty.", "PATH number %d: expected a recording or a directory, found an empty name", i+1)
	}
	return nil
}
