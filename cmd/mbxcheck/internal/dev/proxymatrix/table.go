package main

import (
	"fmt"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

const head = `# Real proxies, rule by rule

Written by ` + "`make proxies`" + `: each proxy as its package comes, in an ordinary
configuration of suites/certify/relay/proxies, between a scripted client and the
reference venue, through every scenario (` + "`mbxcheck certify-proxy --list`" + `).
` + "`mbxcheck explain RULE`" + ` says what a rule demands. A tick is of these scenarios, and
proves nothing beyond them: a proxy that has another server to turn to, or other
settings, may do otherwise.

✓ kept; ◐ kept wherever that was decided, and as often as the number says in doubt; ✗
broken, a must; ○ does not, of a rule that breaks nothing; ? undecided; – no occasion.
The rule passes-date, which is told and binds nobody, is no part of a certificate.
`

// mark is what a rule came to, in one cell.
func mark(r certificate.RuleResult) string {
	switch {
	case r.Failed > 0 && r.Level == clause.Info:
		return "○"
	case r.Failed > 0:
		return "✗"
	case r.Passed > 0 && r.Inconclusive > 0:
		return fmt.Sprintf("◐ %d", r.Inconclusive)
	case r.Passed > 0:
		return "✓"
	case r.Inconclusive > 0:
		return "?"
	}
	return "–"
}

// tableOf is a row for each proxy and a column for each rule.
func tableOf(rows []row) string {
	var b strings.Builder
	if len(rows) == 0 {
		return ""
	}
	b.WriteString("| Proxy | Version | Configuration | Certificate |")
	rules := rulesOf(rows[0].Certificate)
	for _, r := range rules {
		fmt.Fprintf(&b, " %s |", strings.ReplaceAll(strings.TrimPrefix(r.ID, "proxy-"), "-", " "))
	}
	b.WriteString("\n|-|-|-|-|" + strings.Repeat(":-:|", len(rules)) + "\n")
	for _, one := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |", one.Implementation.Name, one.Implementation.Version, strings.ReplaceAll(one.Implementation.Configuration, "_", `\_`), one.Standing())
		for _, r := range rulesOf(one.Certificate) {
			fmt.Fprintf(&b, " %s |", mark(r))
		}
		b.WriteString("\n")
	}
	return b.String()
}
