package cli

import (
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/nearest"
	"github.com/mbxcheck/mbxcheck/reports"
	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// selection is which rules a run is about, by flags.
type selection struct {
	party     string // a clause.Party, or "all"
	run, skip []string
}

var parties = []string{string(clause.Client), string(clause.Server), string(clause.Proxy), "all"}

// flags declares the flags on a command, which has those of by, too.
func (s *selection) flags(cmd *cobra.Command, by *ruling) {
	f := cmd.Flags()
	f.StringSliceVar(&s.run, "run", nil, "judge only these `RULES`: rule IDs, clause IDs or globs, separated by commas; repeatable")
	f.StringSliceVar(&s.skip, "skip", nil, "leave these `RULES` out")
	rules := completeList(func() []string { return described(rule.All(chosen(by.edition))) })
	complete(cmd, "run", rules)
	complete(cmd, "skip", rules)
}

// of picks from the rules of an edition, and says what left the others out. A
// pattern that matches nothing is an error: a typing error must not turn a
// check off.
func (s selection) of(held *edition.Edition) (kept []*rule.Rule, muted []reports.Muted, err error) {
	rules := rule.All(held)
	kept, err = picked(held, rules, "--run", s.run)
	if err != nil {
		return nil, nil, err
	}
	if len(s.run) == 0 {
		kept = rules
	}
	dropped, err := picked(held, rules, "--skip", s.skip)
	if err != nil {
		return nil, nil, err
	}
	chosen := kept
	kept = nil
	for _, r := range rules {
		by := ""
		switch {
		case slices.Contains(dropped, r):
			by = "--skip"
		case s.party != "all" && string(r.Party) != s.party:
			by = "--party"
		case !slices.Contains(chosen, r):
			by = "--run"
		}
		if by == "" {
			kept = append(kept, r)
		} else {
			muted = append(muted, reports.Muted{Rule: r, By: by})
		}
	}
	if len(kept) == 0 {
		return nil, nil, usage("'mbxcheck rules' lists them with the party that each binds.", "--run, --skip and --party leave no rule to judge by")
	}
	return kept, muted, nil
}

// picked returns the rules that any of the patterns matches, in their order.
func picked(held *edition.Edition, rules []*rule.Rule, flag string, patterns []string) ([]*rule.Rule, error) {
	matched := map[*rule.Rule]bool{}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, usage("", "%s %s: expected a rule, a clause or a glob such as 'retry-*', found a pattern that does not close", flag, p)
		}
		any := false
		for _, r := range rules {
			if matches(p, r) {
				matched[r], any = true, true
			}
		}
		if !any {
			return nil, noRule(held, rules, flag, p)
		}
	}
	return slices.DeleteFunc(slices.Clone(rules), func(r *rule.Rule) bool { return !matched[r] }), nil
}

// matches reports whether a pattern names a rule or a clause that it judges.
func matches(pattern string, r *rule.Rule) bool {
	if ok, _ := path.Match(pattern, r.ID); ok {
		return true
	}
	return slices.ContainsFunc(r.Clauses, func(id string) bool {
		ok, _ := path.Match(pattern, id)
		return ok || strings.EqualFold(pattern, id)
	})
}

// noRule says why a pattern matched nothing, and what was probably meant.
func noRule(held *edition.Edition, rules []*rule.Rule, flag, pattern string) error {
	if c, ok := held.Text(strings.ToUpper(pattern)); ok && c.Unchecked != "" {
		return usage("", "%s %s: the clause has no rule: %s", flag, pattern, c.Unchecked)
	}
	hint := "'mbxcheck rules' lists them."
	if meant := nearest.To(pattern, names(rules)); meant != "" {
		hint = "Did you mean " + meant + "? " + hint
	}
	return usage(hint, "%s %s: no rule or clause is called so", flag, pattern)
}

// names lists the IDs of the rules and of their clauses, each once.
func names(rules []*rule.Rule) []string {
	ids := wording.Each(rules, func(r *rule.Rule) string { return r.ID })
	for _, r := range rules {
		for _, c := range r.Clauses {
			if !slices.Contains(ids, c) {
				ids = append(ids, c)
			}
		}
	}
	return ids
}

// described is names with what the shell shows beside a completion.
func described(rules []*rule.Rule) []string {
	return append(
		wording.Each(rules, func(r *rule.Rule) string { return r.ID + "\t" + strings.ReplaceAll(r.Doc.Demands, "`", "") }),
		wording.Each(clause.All(), func(c clause.Clause) string { return c.ID + "\t" + strings.ReplaceAll(c.Claim, "`", "") })...)
}
