package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mbxcheck/mbxcheck/cassettes"
	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/observable"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/general"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func (a *app) formatsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "formats",
		GroupID: "read",
		Short:   "List the recording formats",
		Long: `Formats lists the formats of recordings: what each looks like, what its usual
recorder keeps of an exchange, and which clauses its recordings can therefore
never show. That is found by trying: what the format does not keep is taken out
of conversations that break each rule, and the rule judges what is left.

Files may be compressed by gzip or zstd, and tar and zip archives are read as
directories are. With --limits it lists the limits on all that is read, which
the flag --limit of lint and verify sets.`,
		Example: `  mbxcheck formats
  mbxcheck formats --limits
  mbxcheck formats --format json | jq '.[] | {name, shows_not}'`,
		Args: noArgs,
	}
	shown := addChoice(cmd, "format", "text", []string{"text", "json", "markdown"}, "FORMAT", "write the list as text, json or markdown")
	limits := cmd.Flags().Bool("limits", false, "list the limits instead")
	edition := addEdition(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		if *limits {
			writeLimits(a.out, shown.value)
			return nil
		}
		list, err := describeFormats(chosen(edition))
		if err != nil {
			return broken(err)
		}
		writeFormats(a.out, list, shown.value)
		return nil
	}
	return cmd
}

// formatRow is what the list says of a format.
type formatRow struct {
	Name     string   `json:"name"`
	Looks    string   `json:"looks"`
	Keeps    []string `json:"keeps"`
	KeepsNot []string `json:"keeps_not"`
	Note     string   `json:"note,omitempty"`
	Shows    []string `json:"shows"`
	ShowsNot []string `json:"shows_not"`
	RulesNot []string `json:"rules_not"`
}

// records are the members of format.Records in the words of people.
var records = []struct {
	name, column string // column heads the tables
	what         format.Records
}{
	{"send time", "Sent", format.RecordsSent},
	{"receive time", "Received", format.RecordsReceived},
	{"duration", "Duration", format.RecordsDuration},
	{"host", "Host", format.RecordsHost},
	{"request header", "Request header", format.RecordsRequestHeader},
	{"fields of the HTTP library", "Library's fields", format.RecordsLibraryFields},
	{"request body", "Request body", format.RecordsRequestBody},
	{"signing", "Signing", format.RecordsSigning},
	{"status", "Status", format.RecordsStatus},
	{"response header", "Response header", format.RecordsResponseHeader},
	{"response body", "Response body", format.RecordsResponseBody},
	{"client", "Client", format.RecordsClient},
	{"order", "Order", format.RecordsOrder},
}

// describeFormats finds out what each format can show.
func describeFormats(held *edition.Edition) ([]formatRow, error) {
	prover, err := observable.New(held, general.Cases)
	if err != nil {
		return nil, err
	}
	var rows []formatRow
	for _, f := range cassettes.Formats() {
		row := formatRow{Name: f.Name, Looks: f.Wants, Note: f.Note, Keeps: []string{}, KeepsNot: []string{}, RulesNot: []string{}}
		for _, r := range records {
			if f.Records.Has(r.what) {
				row.Keeps = append(row.Keeps, r.name)
			} else {
				row.KeepsNot = append(row.KeepsNot, r.name)
			}
		}
		shown, hidden := prover.Clauses(f.Records)
		row.Shows, row.ShowsNot = append([]string{}, shown...), append([]string{}, hidden...)
		row.RulesNot = rulesNot(rule.All(held), prover.Rules(f.Records))
		rows = append(rows, row)
	}
	return rows, nil
}

// rulesNot lists the rules that recordings exercise, without those shown.
func rulesNot(all, shown []*rule.Rule) []string {
	not := []string{}
	for _, r := range all {
		if r.NotHere == "" && !slices.Contains(shown, r) {
			not = append(not, r.ID)
		}
	}
	return not
}

// writeList writes a list as it is to be shown, markdown being all of it and text one
// of its rows; what fails is standard output, which Run looks after.
func writeList[T any](w io.Writer, rows []T, shown string, markdown func([]T) string, text func(T)) {
	switch shown {
	case "json":
		writeJSON(w, rows)
	case "markdown":
		io.WriteString(w, markdown(rows))
	default:
		for i, row := range rows {
			if i > 0 {
				fmt.Fprintln(w)
			}
			text(row)
		}
	}
}

func writeFormats(w io.Writer, list []formatRow, shown string) {
	writeList(w, list, shown, formatsMarkdown, func(f formatRow) {
		fmt.Fprintf(w, "%s\n", f.Name)
		entry(w, "looks like", f.Looks)
		entry(w, "keeps", strings.Join(f.Keeps, ", "))
		entry(w, "keeps not", strings.Join(f.KeepsNot, ", "))
		entry(w, "note", f.Note)
		entry(w, "can't show", strings.Join(f.ShowsNot, ", "))
		entry(w, "nor rules", strings.Join(f.RulesNot, ", "))
	})
}

func writeJSON(w io.Writer, list any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(list)
}

// entry writes what a name stands for, wrapped, with the name before it. It
// writes nothing for nothing.
func entry(w io.Writer, name, text string) {
	const indent, width = 14, 80
	if text == "" {
		return
	}
	fmt.Fprintf(w, "  %-*s", indent-2, name)
	at := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && at+1+len(word) > width:
			fmt.Fprintf(w, "\n%*s", indent, "")
			at = indent
		case i > 0:
			io.WriteString(w, " ")
			at++
		}
		io.WriteString(w, word)
		at += len(word)
	}
	fmt.Fprintln(w)
}

func formatsMarkdown(list []formatRow) string {
	var b strings.Builder
	b.WriteString("| Format | What it looks like |")
	for _, r := range records {
		b.WriteString(" " + r.column + " |")
	}
	b.WriteString(" Can't show |\n|-|-|" + strings.Repeat(":-:|", len(records)) + "-|\n")
	for _, f := range list {
		fmt.Fprintf(&b, "| %s | %s |", f.Name, strings.ReplaceAll(f.Looks, "|", `\|`))
		for _, r := range records {
			mark := " |"
			if slices.Contains(f.Keeps, r.name) {
				mark = " ✓ |"
			}
			b.WriteString(mark)
		}
		fmt.Fprintf(&b, " %s |\n", strings.Join(f.ShowsNot, " "))
	}
	for _, f := range list {
		if f.Note != "" {
			fmt.Fprintf(&b, "\n%s: %s.\n", f.Name, f.Note)
		}
	}
	return b.String()
}

// limitRow is what the list says of a limit.
type limitRow struct {
	Name    string `json:"name"`
	Default int64  `json:"default"`
	What    string `json:"what"`
}

func writeLimits(w io.Writer, shown string) {
	var rows []limitRow
	for _, l := range format.LimitList() {
		rows = append(rows, limitRow{l.Name, l.Default, l.Doc})
	}
	writeList(w, rows, shown, limitsMarkdown, func(l limitRow) {
		fmt.Fprintf(w, "%s=%s\n", l.Name, amount(l.Default))
		entry(w, "", l.What)
	})
}

func limitsMarkdown(rows []limitRow) string {
	var b strings.Builder
	b.WriteString("| Limit | Default | Bounds |\n|-|-:|-|\n")
	for _, l := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Name, amount(l.Default), l.What)
	}
	return b.String()
}

// amount writes whole mebibytes as such.
func amount(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + "M"
	}
	return strconv.FormatInt(n, 10)
}
