package cli

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func (a *app) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		GroupID: "read",
		Short:   "List the rules",
		Long: `Rules lists every rule in the order of the document: the clauses that it judges,
its level, whom it binds, and what it judges by: one exchange, or a sequence.
Rules that take a pair of recordings or a live party are listed too.`,
		Example: `  mbxcheck rules
  mbxcheck rules --format json | jq -r '.[].id'`,
		Args: noArgs,
	}
	format := addChoice(cmd, "format", "text", reports.RuleFormats(), "FORMAT", "write the list as text, json or markdown")
	edition := addEdition(cmd)
	color := addColor(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		// What fails is standard output, which Run looks after.
		reports.WriteRules(a.out, chosen(edition), rule.All(chosen(edition)), format.value, a.style(color.value))
		return nil
	}
	return cmd
}

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain ID...",
		GroupID: "read",
		Short:   "Explain a rule or a clause",
		Long: `Explain says what a rule demands and in whose words, how the document is read
where it is ambiguous, why the rule matters, and how to mend what breaks it.
For a clause it says what shows that it holds, and which rules judge it.`,
		Example: `  mbxcheck explain back-off-after-429
  mbxcheck explain L08 'retry-*'`,
	}
	edition := addEdition(cmd)
	color := addColor(cmd)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("'mbxcheck rules' lists the rules with their clauses.", "explain needs the ID of a rule or a clause")
		}
		return nil
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return described(rule.All(chosen(edition))), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return a.explain(args, chosen(edition), a.style(color.value))
	}
	return cmd
}

// explain writes the pages that there are, each once, and says which there are
// not.
func (a *app) explain(globs []string, held *edition.Edition, s reports.Style) error {
	rules := rule.All(held)
	shown := map[string]bool{}
	page := func(id string, write func()) {
		if shown[id] {
			return
		}
		if len(shown) > 0 {
			a.out.Write([]byte("\n"))
		}
		shown[id] = true
		write() // what fails is standard output, which Run looks after
	}
	var unknown []error
	for _, glob := range globs {
		any := false
		for _, r := range rules {
			if called(glob, r.ID) {
				any = true
				page(r.ID, func() { reports.Explain(a.out, held, r, s) })
			}
		}
		for _, c := range held.Clauses {
			if called(glob, c.ID) {
				any = true
				page(c.ID, func() { reports.ExplainClause(a.out, held, &c, rules, s) })
			}
		}
		if !any {
			unknown = append(unknown, noPage(held, glob))
		}
	}
	return allOf(unknown)
}

// allOf is one usage error for several, with what each says to do next behind
// it.
func allOf(errs []error) error {
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	var lines []string
	for _, err := range errs {
		line := err.Error()
		if e := asExit(err); e.hint != "" {
			line += ". " + e.hint
		}
		lines = append(lines, line)
	}
	return usage("", "%s", strings.Join(lines, "\n"))
}

// called reports whether a glob stands for an ID, whatever the letters' case. A
// pattern that does not close stands for none.
func called(glob, id string) bool {
	is, _ := path.Match(strings.ToLower(glob), strings.ToLower(id))
	return is
}

// noPage names the nearest ID.
func noPage(held *edition.Edition, id string) error {
	ids := names(rule.All(held))
	for _, c := range clause.All() {
		if !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	hint := "'mbxcheck rules' lists the rules with their clauses."
	if about := errorCode(held, id); about != "" {
		return usage("'mbxcheck explain known-error-code' says how error codes are judged.", "no rule or clause is called %q: it is %s", id, about)
	}
	if meant := nearest.To(id, ids); meant != "" {
		hint = "Did you mean " + meant + "? " + hint
	}
	return usage(hint, "no rule or clause is called %q", id)
}

// errorCode says which documented code an ID is, with its sign or without; ""
// for none. Findings show codes, and people look them up.
func errorCode(held *edition.Edition, id string) string {
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "-"), 10, 64)
	if err != nil {
		return ""
	}
	code, ok := held.Codes.Lookup(-n)
	if !ok {
		return ""
	}
	text := fmt.Sprintf("the error code %d, %s", code.Code, code.Name)
	if len(code.Messages) > 0 {
		text += fmt.Sprintf(" (%q)", code.Messages[0])
	}
	return text
}
