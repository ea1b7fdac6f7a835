package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	_ "github.com/mbxcheck/mbxcheck/suites/general" // registers the rules
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// traffic holds the flags that say what is judged and by which rules; lint and
// verify have them in common.
type traffic struct {
	hosts     []string
	selection selection
	party     *choice
	failOn    *choice
	edition   string
}

// failLevels are the values of --fail-on, strongest first; info never fails.
var failLevels = []string{string(clause.Must), string(clause.Should), string(clause.May), "none"}

// flags declares the flags on a command.
func (t *traffic) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&t.hosts, "host", nil, "judge the traffic of hosts like `PATTERN`, where * stands for anything; repeatable (default api.binance.com and its numbered siblings)")
	t.party = addChoice(cmd, "party", "all", parties, "judge only the rules that bind this party")
	f.StringSliceVar(&t.selection.run, "run", nil, "judge only these `RULES`: rule IDs, clause IDs or globs, separated by commas; repeatable")
	f.StringSliceVar(&t.selection.skip, "skip", nil, "leave these `RULES` out")
	t.failOn = addChoice(cmd, "fail-on", string(clause.Must), failLevels, "exit with 1 for a violation of this level or a stronger one")
	f.StringVar(&t.edition, "edition", clause.DefaultEdition, "hold against this `EDITION` of the document")

	rules := completeList(func() []string { return described(rule.All(t.edition)) })
	complete(cmd, "run", rules)
	complete(cmd, "skip", rules)
	complete(cmd, "edition", cobra.FixedCompletions(editionIDs(), cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "host", cobra.NoFileCompletions)
}

func editionIDs() []string {
	var ids []string
	for _, e := range clause.Editions() {
		ids = append(ids, e.ID)
	}
	return ids
}

// judged is what the flags come to.
type judged struct {
	edition clause.Edition
	hosts   rule.Hosts
	rules   []*rule.Rule
}

func (t *traffic) judged() (judged, error) {
	var j judged
	var ok bool
	if j.edition, ok = clause.EditionByID(t.edition); !ok {
		return j, usage("", "--edition %s: %v", t.edition, notOneOf(t.edition, editionIDs()))
	}
	j.hosts = rule.DefaultHosts()
	if len(t.hosts) > 0 {
		var err error
		if j.hosts, err = rule.NewHosts(t.hosts); err != nil {
			return j, usage("", "--host: %v", err)
		}
	}
	var err error
	t.selection.party = t.party.value
	j.rules, err = t.selection.of(rule.All(j.edition.ID))
	return j, err
}

// violates reports whether what a rule counted breaks --fail-on.
func (t *traffic) violates(r *rule.RuleTally) bool {
	level := t.failOn.value
	return r.Failed > 0 && level != "none" && rule.Severity(r.Rule.Level) >= rule.Severity(clause.Level(level))
}

// pathArgs demands a path.
func pathArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(fmt.Sprintf("For example: mbxcheck %s trades.har (- reads standard input).", cmd.Name()),
			"%s needs at least one PATH: a recording or a directory", cmd.Name())
	}
	return nil
}

// formatsRead names the recording formats, a few to a line.
func formatsRead(names []string) string {
	const aLine = 75
	lines, used := []string{""}, 0
	for i, n := range names {
		if i < len(names)-1 {
			n += ","
		}
		if used+len(n) > aLine {
			lines, used = append(lines, ""), 0
		}
		lines[len(lines)-1] += " " + n
		used += len(n) + 1
	}
	return strings.Join(lines, "\n")
}
