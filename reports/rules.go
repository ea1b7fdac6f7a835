package reports

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// Judges says what a rule looks at: "exchange", "sequence", "pair", or, of a rule that
// recordings cannot exercise, what it takes: "live", "pair or live".
func Judges(r *rule.Rule) string { return ways(r.Ways()) }

// RuleFormats are the formats of WriteRules.
func RuleFormats() []string { return []string{"text", "json", "markdown"} }

// WriteRules writes the table of rules in the order given, as an edition has them, as text, json or
// markdown. It fails on another format, and if w does.
func WriteRules(w io.Writer, held *edition.Edition, rules []*rule.Rule, format string, s Style) error {
	switch format {
	case "text":
		return rulesText(w, held, rules, s)
	case "json":
		return rulesJSON(w, held, rules)
	case "markdown":
		return rulesMarkdown(w, held, rules)
	}
	return fmt.Errorf("rule table: expected one of the formats %s, found %s", strings.Join(RuleFormats(), ", "), strconv.Quote(format))
}

// rulesText writes two lines a rule: a table whose last column is a sentence
// fits no terminal.
func rulesText(w io.Writer, held *edition.Edition, rules []*rule.Rule, s Style) error {
	p := s.page(w)
	id, clauses := 0, 0
	for _, r := range rules {
		id, clauses = max(id, columns(r.ID)), max(clauses, columns(clauseIDs(r)))
	}
	for _, r := range rules {
		p.line(pad(clauseIDs(r), clauses), "  ", p.paint(bold, pad(r.ID, id)), "  ",
			p.paint(levelStyles[r.LevelIn(held)], pad(string(r.LevelIn(held)), 6)), "  ", pad(string(r.Party), 6), "  ", p.paint(faint, Judges(r)))
		p.para(clauses+2, faint, clean(r.Doc.Demands))
	}
	return p.w.Flush()
}

type jsonRuleRow struct {
	ID string `json:"id"`
	jsonRuleHead
	Judges   string   `json:"judges"`
	Demands  string   `json:"demands"`
	Editions []string `json:"editions"`
}

func rulesJSON(w io.Writer, held *edition.Edition, rules []*rule.Rule) error {
	rows := []jsonRuleRow{}
	for _, r := range rules {
		rows = append(rows, jsonRuleRow{r.ID, jsonHeadOf(r, r.LevelIn(held)), Judges(r), r.Doc.Demands, r.Editions()})
	}
	return encodeJSON(w, rows)
}

func rulesMarkdown(w io.Writer, held *edition.Edition, rules []*rule.Rule) error {
	b := bufio.NewWriter(w)
	b.WriteString("| Rule | Clauses | Party | Level | Judges | Demands |\n|-|-|-|-|-|-|\n")
	for _, r := range rules {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n", r.ID, clauseIDs(r), r.Party, r.LevelIn(held), Judges(r), cell(prose(clean(r.Doc.Demands))))
	}
	return b.Flush()
}
