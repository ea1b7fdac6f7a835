package general

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// A rule's file and folder are found by its ID, and by nothing else.
func TestRulesStandWhereTheirIDSays(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range rule.All(edition.Default()) {
		ids[r.ID] = true
		if !kebab.MatchString(r.ID) {
			t.Errorf("%s: expected an ID in kebab-case", r.ID)
		}
		file, _ := r.Source()
		if want := strings.ReplaceAll(r.ID, "-", "_") + ".go"; path.Base(file) != want {
			t.Errorf("%s: expected it to be registered in %s, found %s", r.ID, want, path.Base(file))
		}
		_, err := fs.Stat(Cases, "testdata/"+r.ID)
		if r.Judges() && err != nil {
			t.Errorf("%s: expected cases in testdata/%s: %v", r.ID, r.ID, err)
		}
	}
	folders, err := fs.ReadDir(Cases, "testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !ids[f.Name()] {
			t.Errorf("testdata/%s: expected a folder named for a rule", f.Name())
		}
	}
}

// Reports and explain print these as they stand.
func TestRulesAreWrittenDown(t *testing.T) {
	for _, r := range rule.All(edition.Default()) {
		sentences := map[string]string{"Demands": r.Doc.Demands, "Why": r.Doc.Why, "Mend": r.Doc.Mend}
		if r.NotHere != "" {
			sentences["NotHere"] = r.NotHere
		}
		if r.Doc.Reading != "" {
			sentences["Reading"] = r.Doc.Reading
		}
		for name, text := range sentences {
			if !isSentence(text) {
				t.Errorf("%s: %s: expected a sentence, found %q", r.ID, name, text)
			}
		}
		for name, text := range map[string]string{"Good": r.Doc.Good, "Bad": r.Doc.Bad} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s: expected an exchange in a few words, found nothing", r.ID, name)
			}
		}
		if r.Doc.Good == r.Doc.Bad {
			t.Errorf("%s: expected Good and Bad to differ", r.ID)
		}
	}
}

// isSentence reports text that ends like a sentence and has no stray space.
func isSentence(text string) bool {
	return strings.HasSuffix(text, ".") && text == strings.TrimSpace(text) &&
		!strings.Contains(text, "  ") && strings.Count(text, " ") >= 2
}

// A rule binds whom its clause binds, and no more strongly. A proxy stands in
// the server's place: what a clause asks of the one it may ask of the other.
func TestRulesAgreeWithTheirClauses(t *testing.T) {
	for _, r := range rule.All(edition.Default()) {
		c, ok := edition.Default().Text(r.Clauses[0])
		if !ok {
			t.Errorf("%s: expected a clause, found none with ID %s", r.ID, r.Clauses[0])
			continue
		}
		if r.Party != c.Party && !(r.Party == clause.Proxy && c.Party == clause.Server) {
			t.Errorf("%s: expected to bind the %s as %s does, found the %s", r.ID, c.Party, c.ID, r.Party)
		}
		if r.Level != "" && rule.Severity(r.Level) >= rule.Severity(c.Level) {
			t.Errorf("%s: expected no level, or a weaker one than %s of %s, found %s", r.ID, c.Level, c.ID, r.Level)
		}
		if r.NotHere != "" && c.Unchecked == "" && !slices.ContainsFunc(rule.All(edition.Default()), func(o *rule.Rule) bool {
			return o.NotHere == "" && o.Clauses[0] == c.ID
		}) {
			t.Errorf("%s: expected a way to judge ordinary traffic, since %s gives no reason why it cannot be seen", r.ID, c.ID)
		}
	}
}

// A case says in its first line what it shows.
func TestCasesSayWhatTheyShow(t *testing.T) {
	files, err := fs.Glob(Cases, "testdata/*/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(Cases, file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(first, "# ") || len(first) < len("# a case") {
			t.Errorf("%s:1: expected a comment that says what the case shows, found %q", file, first)
		}
	}
}

// Rules know the document, the catalogue and traffic, and nothing of where
// traffic comes from or reports go to.
func TestRulesKnowOnlyWhatTheyMay(t *testing.T) {
	const module = "github.com/mbxcheck/mbxcheck/"
	may := []string{"schemas", "suites/clause", "suites/conversation", "suites/edition", "suites/rule", "suites/traffic"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range parsed.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(may, own) {
				t.Errorf("%s: expected imports of %v only, found %s", file, may, own)
			}
		}
	}
}
