package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/proof"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func (a *app) selftestCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "selftest",
		GroupID: "about",
		Short:   "Prove that every rule can fail, and keeps silent when it should",
		Long: `Selftest runs every rule over its own cases, good and bad. Then it plants into
a good case the smallest change that breaks the rule: the rule must notice, and
no other may. Every clause must have a rule, or a written reason why it has
none. In the end it deafens each rule in turn, and must notice that itself.

It exits with 6 when anything is wrong, for then mbxcheck is.`,
		Example: "  mbxcheck selftest",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.selftest(cmd.Context()) },
	}
}

func (a *app) selftest(ctx context.Context) error {
	problems := 0
	for _, held := range edition.All() {
		s := proof.SelfTest{Rules: rule.All(held), Cases: general.Cases, Edition: held}
		found := s.Run()
		deaf := 0
		if len(found) == 0 { // a problem of its own would pass for notice
			deaf, found = deafened(ctx, s)
		}
		if ctx.Err() != nil {
			return &exit{code: exitInterrupted, err: errors.New("interrupted")}
		}
		for _, p := range found {
			fmt.Fprintln(a.out, p)
		}
		problems += len(found)
		fmt.Fprintf(a.out, "%s: %d rules, %d cases, %d plants, %d deafened, %d problems\n",
			held.ID, len(s.Rules), s.CasesRun, s.PlantsRun, deaf, len(found))
	}
	if problems > 0 {
		return &exit{code: exitBroken, err: errors.New("the self-test failed"), hint: "Please report it at " + issues + "."}
	}
	return nil
}

// deafened deafens each rule of a self-test that found nothing, and returns how
// many, and the rules whose deafness it does not notice.
func deafened(ctx context.Context, s proof.SelfTest) (int, []proof.Problem) {
	rules := slices.DeleteFunc(slices.Clone(s.Rules), func(r *rule.Rule) bool { return !r.Judges() })
	unnoticed := make([]bool, len(rules))
	var deafening errgroup.Group
	deafening.SetLimit(runtime.GOMAXPROCS(0))
	for i, r := range rules {
		if ctx.Err() != nil {
			break
		}
		deafening.Go(func() error {
			deaf := proof.SelfTest{Rules: proof.Deafen(s.Rules, r.ID), Cases: s.Cases, Edition: s.Edition}
			unnoticed[i] = !slices.ContainsFunc(deaf.RunRule(r.ID), func(p proof.Problem) bool { return p.Rule == r.ID })
			return nil
		})
	}
	_ = deafening.Wait() // none has an error
	var problems []proof.Problem
	for i, is := range unnoticed {
		if is {
			problems = append(problems, proof.Problem{Rule: rules[i].ID, Text: "expected the self-test to notice that the rule is deaf, it did not"})
		}
	}
	return len(rules), problems
}
