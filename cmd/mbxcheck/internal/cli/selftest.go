package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func (a *app) selftestCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "selftest",
		GroupID: "about",
		Short:   "Prove that every rule can fail, and keeps silent when it should",
		Long: `Selftest runs every rule over its own cases, good and bad. Then it plants into a
good case the smallest change that breaks the rule: the rule must notice, and no
other may. Every clause must have a rule, or a written reason why it has none.

It exits with 6 when anything is wrong, for then mbxcheck is.`,
		Example: "  mbxcheck selftest",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.selftest() },
	}
}

func (a *app) selftest() error {
	problems := 0
	for _, edition := range clause.Editions() {
		s := rule.SelfTest{Rules: rule.All(edition.ID), Cases: general.Cases, Edition: edition}
		found := s.Run()
		for _, p := range found {
			fmt.Fprintln(a.out, p)
		}
		problems += len(found)
		fmt.Fprintf(a.out, "%s: %d rules, %d cases, %d plants, %d problems\n", edition.ID, len(s.Rules), s.CasesRun, s.PlantsRun, len(found))
	}
	if problems > 0 {
		return &exit{code: exitBroken, err: errors.New("the self-test failed"), hint: "Please report it at " + issues + "."}
	}
	return nil
}
