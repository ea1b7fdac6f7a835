package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// maxMarkdown bounds a Markdown report in bytes: GitHub takes comments of 65,536
// characters and refuses longer ones whole.
const maxMarkdown = 65536

// writeMarkdown writes GitHub-flavoured Markdown. Data of recordings stands in
// code spans only, where nothing is markup, mentions nobody and links nowhere.
// Sections that are too much for a comment are left out, and counted.
func writeMarkdown(w io.Writer, r *Report) error {
	sections := []string{section(func(b *bufio.Writer) { markdownHead(b, r) })}
	add := func(write func(b *bufio.Writer)) { sections = append(sections, section(write)) }
	add(func(b *bufio.Writer) { markdownFailed(b, r) })
	add(func(b *bufio.Writer) { markdownFaults(b, r.Tally) })
	for _, i := range failedRules(r.Tally) {
		t := &r.Tally.Rules[i]
		add(func(b *bufio.Writer) { markdownRule(b, t, r.few(t), r.Evidence[t.ID]) })
	}
	if r.Certificate == nil {
		add(func(b *bufio.Writer) { markdownClauses(b, r) })
		add(func(b *bufio.Writer) { markdownDoubts(b, r.Tally) })
	}
	const word = "\n%d more sections would be too much for a comment: the text and JSON reports have them.\n"
	room, left := maxMarkdown-len(word), 0
	for _, s := range sections {
		if len(s) > room {
			left++
			continue
		}
		room -= len(s)
		if _, err := io.WriteString(w, s); err != nil {
			return err
		}
	}
	if left > 0 {
		_, err := fmt.Fprintf(w, word, left)
		return err
	}
	return nil
}

// section is what a function writes, in memory, no line of it a command.
func section(write func(b *bufio.Writer)) string {
	var text strings.Builder
	b := bufio.NewWriter(&text)
	write(b)
	b.Flush()
	return inert.Lines(text.String())
}

func markdownHead(b *bufio.Writer, r *Report) {
	c := r.concluded()
	sign, _ := c.outcome.sign()
	fmt.Fprintf(b, "### %s %s: %s\n\n", sign, prose(r.tool()), prose(c.headline))
	if len(c.parts) > 0 {
		fmt.Fprintf(b, "%s.\n", strings.Join(c.parts, ", "))
	}
	fmt.Fprintf(b, "%s. Edition %s.\n", strings.Join(r.read(), ", "), prose(certificate.Edition(r.Tally).ID))
	if line := artefactLine(r.Tally); line != "" && r.Certificate == nil {
		fmt.Fprintf(b, "Left by recorders: %s.\n", prose(line))
	}
	if r.Certificate == nil {
		markdownNotJudged(b, r.Tally)
	}
	markdownTarget(b, r)
}

// markdownFailed is the table of rules that failed.
func markdownFailed(b *bufio.Writer, report *Report) {
	t := report.Tally
	failed := failedRules(t)
	if len(failed) == 0 {
		return
	}
	b.WriteString("\n| | Rule | Clauses | Party | Level | Failed | Demands |\n|-|-|-|-|-|-:|-|\n")
	for _, i := range failed {
		r, level := t.Rules[i].Rule(), t.Rules[i].Level()
		fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s | %s | %s |\n", mark(rule.Fail, report.effect(level)), r.ID, clauseIDs(r),
			r.Party, level, unbroken(certificate.Failed(&t.Rules[i])), cell(prose(clean(r.Doc.Demands))))
	}
}

// unbroken keeps a count in one line of its cell, which breaks at spaces.
func unbroken(s string) string { return strings.ReplaceAll(s, " of ", "/") }

func markdownRule(b *bufio.Writer, t *rule.RuleTally, few few, e certificate.Evidence) {
	fmt.Fprintf(b, "\n<details><summary><code>%s</code>: %s failed</summary>\n\n", t.ID, certificate.Failed(t))
	for _, f := range few.shown {
		markdownFinding(b, f)
	}
	if few.more > 0 {
		fmt.Fprintf(b, "- %s\n", few.left())
		for _, k := range few.lines() {
			fmt.Fprintf(b, "  - %s: %s\n", wording.Grouped(k.more), codeSpan(k.String()))
		}
	}
	markdownEvidence(b, e)
	if t.Rule().Doc.Mend != "" {
		fmt.Fprintf(b, "\n**Mend:** %s\n", prose(clean(t.Rule().Doc.Mend)))
	}
	b.WriteString("\n</details>\n")
}

func markdownFinding(b *bufio.Writer, f *rule.Finding) {
	fmt.Fprintf(b, "- %s  \n", codeSpan(position(f)+"  "+exchangeLine(f)))
	fmt.Fprintf(b, "  %s\n", prose(shown(message(f))))
	for _, member := range [...]struct{ name, value string }{
		{"expected", f.Expected}, {"seen", f.Seen}, {"at", f.At.Pointer},
	} {
		if member.value != "" {
			fmt.Fprintf(b, "  - %s: %s\n", member.name, codeSpan(shown(member.value)))
		}
	}
	if f.Hint != "" && f.Hint != rule.Of(f.Rule).Doc.Mend {
		fmt.Fprintf(b, "  - mend: %s\n", prose(shown(f.Hint)))
	}
}

// markdownFaults lists what could not be judged: checks that broke and input
// that could not be read.
func markdownFaults(b *bufio.Writer, t *rule.Tally) {
	var items []string
	for i := range t.Rules {
		if t.Rules[i].Error != "" {
			items = append(items, fmt.Sprintf("- `%s`: %s\n", t.Rules[i].ID, codeSpan(shown(t.Rules[i].Error))))
		}
	}
	for i, e := range inputErrors(t) {
		if i == maxInputErrors {
			items = append(items, fmt.Sprintf("- and %s more\n", wording.Grouped(int64(len(t.Errors)-i))))
			break
		}
		items = append(items, "- "+codeSpan(shown(placeAndMessage(e)))+"\n")
	}
	if len(items) > 0 {
		fmt.Fprintf(b, "\n**Could not be judged:**\n\n%s", strings.Join(items, ""))
	}
}

func markdownClauses(b *bufio.Writer, r *Report) {
	b.WriteString("\n<details><summary>All clauses</summary>\n\n| | Clause | Claim | |\n|-|-|-|-|\n")
	for _, c := range certificate.Clauses(r.Tally) {
		does := r.effect(c.Level)
		sign, _ := clauseMark(&c, does)
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", sign, c.Clause.ID, cell(prose(clean(c.Clause.Claim))), r.standing(&c))
	}
	fmt.Fprintf(b, "\n%s\n\n</details>\n", countsExplained)
}

func markdownDoubts(b *bufio.Writer, t *rule.Tally) {
	var why []string
	for i := range t.Rules {
		if text := certificate.Reasons(&t.Rules[i]); text != "" {
			why = append(why, fmt.Sprintf("- `%s`: %s\n", t.Rules[i].ID, prose(text)))
		}
	}
	if len(why) > 0 {
		fmt.Fprintf(b, "\n<details><summary>Why inconclusive</summary>\n\n%s\n</details>\n", strings.Join(why, ""))
	}
}

// codeSpan writes clean text as a code span, whatever it holds: its fence is
// longer than any run of backticks in it (CommonMark 0.31 section 6.1).
func codeSpan(s string) string {
	longest, run := 0, 0
	for i := range len(s) {
		if run++; s[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || strings.HasPrefix(s, " ") || s == "" {
		s = " " + s + " " // one space at both ends is stripped
	}
	return fence + s + fence
}

// prose writes clean text with every word that could be markup, a link, a
// mention or a reference in a code span. What the text marks as `code` stays
// that.
func prose(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 { // a backtick without its other
		parts = []string{s}
	}
	for i, part := range parts {
		if i%2 == 1 {
			parts[i] = codeSpan(part)
			continue
		}
		words := strings.Split(part, " ")
		for j, word := range words {
			if !plainWord(word) || i == 0 && j == 0 && startsList(word) {
				words[j] = codeWord(word)
			}
		}
		parts[i] = strings.Join(words, " ")
	}
	return strings.Join(parts, "")
}

// codeWord puts a word in a code span, but leaves the punctuation of the
// sentence around it outside.
func codeWord(word string) string {
	core := cmp.Or(strings.TrimRight(word, ",.;:"), word) // colons alone could begin a command
	return codeSpan(core) + word[len(core):]
}

// startsList reports a word that begins an ordered list at the start of a line.
func startsList(word string) bool {
	digits := strings.TrimLeft(word, "0123456789")
	return digits != word && (digits == "." || digits == ")")
}

// plainWord reports a word that Markdown leaves alone: letters, digits and the
// punctuation of sentences, a colon only behind it.
func plainWord(word string) bool {
	body := strings.TrimSuffix(word, ":")
	switch strings.TrimRight(body, ",.;)") {
	case "ORDERS", "ORDER", "REQUESTS": // limits' types, as RAW_REQUESTS beside them, which Markdown does not leave alone
		return false
	}
	if strings.Contains(body, "www.") || body == "" && word != "" || body != "" && strings.Trim(body, "-") == "" {
		return false
	}
	return !strings.ContainsFunc(body, func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9'
		return r < 0x80 && !letter && !strings.ContainsRune(`.,;()'"?%/-`, r)
	})
}

// cell makes a line fit for a table's cell: a pipe ends it even inside a code
// span (GFM section 4.10).
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
