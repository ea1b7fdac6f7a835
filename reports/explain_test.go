package reports

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

func openMissing() (*os.File, error) {
	return nil, &fs.PathError{Op: "open", Path: "no/such.har", Err: fs.ErrNotExist}
}

func output(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExplainGolden(t *testing.T) {
	golden(t, "explain-rule.txt", output(t, func(w io.Writer) error { return Explain(w, edition.Default(), backsOff, Style{}) }))
	golden(t, "explain-rule-colour.txt", output(t, func(w io.Writer) error { return Explain(w, edition.Default(), sorted, Style{Color: true, Width: 60}) }))
	golden(t, "explain-unjudged.txt", output(t, func(w io.Writer) error { return Explain(w, edition.Default(), passedOn, Style{}) }))
	for _, id := range []string{"G03", "L07p"} {
		c, _ := edition.Default().Text(id)
		golden(t, "explain-"+id+".txt", output(t, func(w io.Writer) error { return ExplainClause(w, edition.Default(), c, sampleRules(), Style{}) }))
	}
}

func TestRulesGolden(t *testing.T) {
	for _, format := range RuleFormats() {
		ext := map[string]string{"text": "txt", "json": "json", "markdown": "md"}[format]
		golden(t, "rules."+ext, output(t, func(w io.Writer) error { return WriteRules(w, edition.Default(), sampleRules(), format, Style{}) }))
	}
	err := WriteRules(io.Discard, edition.Default(), nil, "csv", Style{})
	if err == nil || !strings.Contains(err.Error(), `"csv"`) {
		t.Errorf("a format that is none: found %v", err)
	}
}

func TestJudges(t *testing.T) {
	for _, c := range []struct {
		r    *rule.Rule
		want string
	}{
		{sorted, "exchange"}, {backsOff, "sequence"}, {passedOn, "pair"},
		{&rule.Rule{Clauses: []string{"G15"}, NotHere: "x"}, "pair or live"},
		{&rule.Rule{Clauses: []string{"G01"}, NotHere: "x"}, "live"},
	} {
		if got := Judges(c.r); got != c.want {
			t.Errorf("%s: expected %s, found %s", c.r.ID, c.want, got)
		}
	}
}

// Every clause has a page, none wider than asked.
func TestEveryClauseHasAPage(t *testing.T) {
	for _, c := range edition.Default().Clauses {
		page := output(t, func(w io.Writer) error { return ExplainClause(w, edition.Default(), &c, nil, Style{Width: 72}) })
		for l := range strings.Lines(string(page)) {
			if columns(strings.TrimRight(l, "\n")) > 72 {
				t.Errorf("%s: wider than 72 columns: %s", c.ID, l)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(string(page)), " "), c.Words()) {
			t.Errorf("%s: the document's words are missing", c.ID)
		}
	}
}
