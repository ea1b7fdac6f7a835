package general

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/conversation"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/engine"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var update = flag.Bool("update", false, "write what the rules say of their cases anew")

// saidFile holds what a rule says of its cases. It begins with a line below, so
// that no program carries it.
const saidFile = "_said.golden"

// What each rule says of its cases is what people read: how often it was kept,
// broken and undecided, and in which words. A verdict alone would hide that an
// exchange of several is no longer judged, or another one is.
func TestRulesSayTheSameOfTheirCases(t *testing.T) {
	for _, r := range rule.All(edition.Default()) {
		if !r.Judges() {
			continue
		}
		var b strings.Builder
		for _, file := range casesOf(t, r) {
			fmt.Fprintf(&b, "%s: %s", path.Base(file), said(t, r, file))
		}
		golden := filepath.Join("testdata", r.ID, saidFile)
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Errorf("%v: a new rule or case needs what it says: go test ./suites/general -run %s -update", err, t.Name())
			continue
		}
		if got := b.String(); got != string(want) {
			t.Errorf("%s: %s\nIf that is meant, or a case is new: go test ./suites/general -run %s -update", golden, difference(string(want), got), t.Name())
		}
	}
}

func casesOf(t *testing.T, r *rule.Rule) []string {
	t.Helper()
	files, err := fs.Glob(Cases, path.Join("testdata", r.ID, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// said is what a rule says of a case.
func said(t *testing.T, r *rule.Rule, file string) string {
	t.Helper()
	text, err := fs.ReadFile(Cases, file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := conversation.Parse(edition.Default(), path.Base(file), string(text))
	if err != nil {
		t.Fatal(err)
	}
	tally := engine.Judge([]*rule.Rule{r}, edition.Default(), c.Exchanges).Rules[0]
	var b strings.Builder
	fmt.Fprintf(&b, "kept %d, broken %d, undecided %d\n", tally.Passed, tally.Failed, tally.Inconclusive)
	for _, why := range slices.Sorted(maps.Keys(tally.Doubts)) {
		fmt.Fprintf(&b, "    undecided %d: %s\n", tally.Doubts.Of(why), why)
	}
	for _, f := range tally.Findings {
		fmt.Fprintf(&b, "    %d %s: %s\n        expected %s\n        saw %s\n", f.At.Exchange, strings.TrimSpace(f.At.Pointer+" "+f.At.Method+" "+f.At.Path), f.Message, f.Expected, f.Seen)
		if f.Hint != r.Doc.Mend {
			fmt.Fprintf(&b, "        hint %s\n", f.Hint)
		}
	}
	return b.String()
}

// difference is the first line in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d: expected\n%s\nfound\n%s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("expected %d lines, found %d", len(w), len(g))
}
