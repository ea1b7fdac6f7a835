package clause

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shared is the reference folder, which is not part of the project.
const shared = "../../../shared"

// reference reads a reference file, or skips the test where there is none.
func reference(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("not compared: the reference %s is not beside this checkout", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestIDsAreUniqueAndFound(t *testing.T) {
	const documented = 46
	all := All()
	if len(all) != documented {
		t.Errorf("clauses: expected %d, found %d", documented, len(all))
	}
	shape := regexp.MustCompile(`^[GL][0-9]{2}[a-z]?$`)
	seen := map[string]bool{}
	for _, c := range all {
		if !shape.MatchString(c.ID) {
			t.Errorf("%s: not a clause ID", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		seen[c.ID] = true
		if got, ok := ByID(c.ID); !ok || got.ID != c.ID {
			t.Errorf("ByID(%q): expected the clause, found %q, %v", c.ID, got.ID, ok)
		}
	}
	if _, ok := ByID("G99"); ok {
		t.Error("ByID finds a clause that is none")
	}
}

func TestClausesAreComplete(t *testing.T) {
	for _, c := range All() {
		for field, text := range map[string]string{
			"Claim": c.Claim, "Quote": c.Quote, "Held": c.Held, "Violated": c.Violated,
			"NotObservable": c.NotObservable, "FalseAlarms": c.FalseAlarms,
		} {
			if text == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s: %s is empty or padded: %q", c.ID, field, text)
			}
		}
		if want := map[byte]string{'G': General, 'L': Limits}[c.ID[0]]; c.Section != want {
			t.Errorf("%s: section: expected %q, found %q", c.ID, want, c.Section)
		}
		if !slices.Contains([]Party{Client, Server, Proxy}, c.Party) {
			t.Errorf("%s: party %q", c.ID, c.Party)
		}
		if !slices.Contains([]Level{Must, Should, May, Info}, c.Level) {
			t.Errorf("%s: level %q", c.ID, c.Level)
		}
		if len(c.Checks) == 0 {
			t.Errorf("%s: no way to see it", c.ID)
		}
		if !slices.Equal(c.Editions, seed) {
			t.Errorf("%s: editions %q", c.ID, c.Editions)
		}
	}
}

// A clause that no recording can show says why; one that a recording can show
// does not, so that it cannot hide from having a rule.
func TestUncheckedClausesSayWhy(t *testing.T) {
	for _, c := range All() {
		recorded := slices.Contains(c.Checks, Exchange) || slices.Contains(c.Checks, Sequence)
		if recorded == (c.Unchecked != "") {
			t.Errorf("%s: seen by %q, and Unchecked is %q", c.ID, c.Checks, c.Unchecked)
		}
	}
}

func TestQuotesStandInTheDocument(t *testing.T) {
	lines := strings.SplitAfter(string(reference(t, "spec/general-api-information.md")), "\n")
	last := 0
	for _, c := range All() {
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
	for _, c := range All() {
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
	all := All()
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
		read := slices.ContainsFunc(All(), func(c Clause) bool {
			return strings.HasPrefix(c.ID, a.Clause) && c.Reading != ""
		})
		if !read {
			t.Errorf("%s: no reading for %s", a.Clause, a.ID)
		}
	}
}

func TestWordsFoldLines(t *testing.T) {
	c, _ := ByID("G05")
	const want = "HTTP `4XX` return codes are used for for malformed requests; the issue is on the sender's side."
	if got := c.Words(); got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}

func TestAllIsTheCallers(t *testing.T) {
	first := All()
	first[0].ID = "changed"
	if All()[0].ID != "G01" {
		t.Error("a caller's change shows in the document")
	}
}
