package edition

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
)

func TestClausesAreComplete(t *testing.T) {
	for _, c := range Default().Clauses {
		for field, text := range map[string]string{
			"Claim": c.Claim, "Quote": c.Quote, "Held": c.Held, "Violated": c.Violated,
			"NotObservable": c.NotObservable, "FalseAlarms": c.FalseAlarms,
		} {
			if text == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s: %s is empty or padded: %q", c.ID, field, text)
			}
		}
		if want := map[byte]string{'G': clause.General, 'L': clause.Limits}[c.ID[0]]; c.Section != want {
			t.Errorf("%s: section: expected %q, found %q", c.ID, want, c.Section)
		}
		if !slices.Contains([]clause.Party{clause.Client, clause.Server, clause.Proxy}, c.Party) {
			t.Errorf("%s: party %q", c.ID, c.Party)
		}
		if !slices.Contains([]clause.Level{clause.Must, clause.Should, clause.May, clause.Info}, c.Level) {
			t.Errorf("%s: level %q", c.ID, c.Level)
		}
		if len(c.Checks) == 0 {
			t.Errorf("%s: no way to see it", c.ID)
		}
	}
}

// A clause that no recording can show says why; one that a recording can show
// does not, so that it cannot hide from having a rule.
func TestUncheckedClausesSayWhy(t *testing.T) {
	for _, c := range Default().Clauses {
		recorded := slices.Contains(c.Checks, clause.Exchange) || slices.Contains(c.Checks, clause.Sequence)
		if recorded == (c.Unchecked != "") {
			t.Errorf("%s: seen by %q, and Unchecked is %q", c.ID, c.Checks, c.Unchecked)
		}
	}
}

func TestQuotesStandInTheDocument(t *testing.T) {
	lines := strings.SplitAfter(string(reference(t, "spec/general-api-information.md")), "\n")
	last := 0
	for _, c := range Default().Clauses {
		if c.Line < 1 || c.Line > len(lines) {
			t.Errorf("%s: line %d of a document of %d", c.ID, c.Line, len(lines))
			continue
		}
		at := strings.Index(strings.Join(lines[c.Line-1:], ""), c.Quote)
		if at < 0 || at >= len(lines[c.Line-1]) {
			t.Errorf("%s: line %d does not start the quote %q", c.ID, c.Line, c.Quote)
		}
		if c.Line < last {
			t.Errorf("%s: line %d follows line %d: out of document order", c.ID, c.Line, last)
		}
		last = c.Line
	}
}

// Every item of the document has a clause.
func TestDocumentIsCovered(t *testing.T) {
	doc := string(reference(t, "spec/general-api-information.md"))
	quoted := map[int]bool{}
	for _, c := range Default().Clauses {
		quoted[c.Line] = true
	}
	for i, line := range strings.Split(doc, "\n") {
		if strings.HasPrefix(line, "* ") && !quoted[i+1] {
			t.Errorf("line %d: no clause quotes %q", i+1, line)
		}
	}
}

// The clauses agree with the reference analysis in everything that is not
// wording.
func TestClausesAgreeWithTheAnalysis(t *testing.T) {
	var analysis struct {
		Clauses []struct {
			ID, Section, Party, Strength, Check string
			Derived                             bool
			Ambiguities                         []string
		}
	}
	if err := json.Unmarshal(reference(t, "facts/clauses.json"), &analysis); err != nil {
		t.Fatal(err)
	}
	all := Default().Clauses
	if len(analysis.Clauses) != len(all) {
		t.Fatalf("clauses: expected %d, found %d", len(analysis.Clauses), len(all))
	}
	for i, want := range analysis.Clauses {
		got := all[i]
		if got.ID != want.ID || got.Section != want.Section || string(got.Party) != want.Party ||
			string(got.Level) != strings.ToLower(want.Strength) || got.Derived != want.Derived {
			t.Errorf("expected %+v, found %s %q %s %s derived=%v", want, got.ID, got.Section, got.Party, got.Level, got.Derived)
		}
		for _, check := range got.Checks {
			if !strings.Contains(want.Check, string(check)) && !outsideTraffic[got.ID] {
				t.Errorf("%s: check %s, expected %s", got.ID, check, want.Check)
			}
		}
		if len(want.Ambiguities) > 0 && got.Reading == "" {
			t.Errorf("%s: no reading for %q", got.ID, want.Ambiguities)
		}
	}
}

// outsideTraffic are the clauses that the analysis would see in a sequence of
// exchanges, though what they are about happens inside the client.
var outsideTraffic = map[string]bool{"G11b": true}

func TestAmbiguousClausesHaveAReading(t *testing.T) {
	var ambiguities struct {
		Items []struct{ ID, Clause string }
	}
	if err := json.Unmarshal(reference(t, "facts/ambiguities.json"), &ambiguities); err != nil {
		t.Fatal(err)
	}
	if len(ambiguities.Items) == 0 {
		t.Fatal("no ambiguities found")
	}
	for _, a := range ambiguities.Items {
		if a.Clause == "-" { // typing errors, which change no meaning
			continue
		}
		// "G10" stands for G10a and what follows from it.
		read := slices.ContainsFunc(Default().Clauses, func(c Text) bool {
			return strings.HasPrefix(c.ID, a.Clause) && c.Reading != ""
		})
		if !read {
			t.Errorf("%s: no reading for %s", a.Clause, a.ID)
		}
	}
}

func TestWordsFoldLines(t *testing.T) {
	c, _ := Default().Text("G05")
	const want = "HTTP `4XX` return codes are used for for malformed requests; the issue is on the sender's side."
	if got := c.Words(); got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}
