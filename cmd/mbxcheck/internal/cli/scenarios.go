package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/suites/certify"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

func (a *app) scenariosCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scenarios [GLOB...]",
		GroupID: "live",
		Short:   "List the scenarios that clients are put through",
		Long: `Scenarios lists what certify puts a client through, by group and name: what
happens in each, which part of the API the client must speak for it, and the
clauses that it gives an occasion for. 'mbxcheck serve --scenario NAME' plays
each to whoever comes.`,
		Example: `  mbxcheck scenarios
  mbxcheck scenarios '429-*'
  mbxcheck scenarios --profile market-data
  mbxcheck scenarios --format json | jq -r '.[].name'`,
	}
	shown := addChoice(cmd, "format", "text", []string{"text", "json"}, "FORMAT", "write the list as text or json")
	profile := addProfile(cmd, clause.ProfileAll, "")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return scenarioNames(), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(_ *cobra.Command, globs []string) error {
		list, err := pickScenarios("", profile.value, globs)
		if err != nil {
			return err
		}
		if shown.value == "json" {
			writeJSON(a.out, scenarioRows(list))
			return nil
		}
		for i, s := range list {
			if i > 0 {
				fmt.Fprintln(a.out)
			}
			fmt.Fprintf(a.out, "%s\n", s.Name)
			entry(a.out, "group", string(s.Group))
			entry(a.out, "what", s.Summary)
			entry(a.out, "needs", string(s.Part))
			entry(a.out, "clauses", strings.Join(s.Clauses, ", "))
		}
		return nil
	}
	return cmd
}

// scenarioRow is what the list says of a scenario.
type scenarioRow struct {
	Name    string   `json:"name"`
	Group   string   `json:"group"`
	Summary string   `json:"summary"`
	Part    string   `json:"part"`
	Clauses []string `json:"clauses"`
}

func scenarioRows(list []*certify.Scenario) []scenarioRow {
	rows := []scenarioRow{}
	for _, s := range list {
		rows = append(rows, scenarioRow{s.Name, string(s.Group), s.Summary, string(s.Part), append([]string{}, s.Clauses...)})
	}
	return rows
}

// addProfile declares the flag; standard is its value when nobody says, otherwise
// what the help says that stands for, "" for nothing.
func addProfile(cmd *cobra.Command, standard, otherwise string) *choice {
	ids := clause.ProfileIDs()
	return addChoice(cmd, "profile", standard, ids, "PROFILE", "what the client is used for: "+list(ids)+otherwise)
}

func scenarioNames() []string {
	return wording.Each(certify.Scenarios(), func(s *certify.Scenario) string { return s.Name })
}
