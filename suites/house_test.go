package suites_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
)

const module = "github.com/mbxcheck/mbxcheck"

// room is a folder, with all below it that has no room of its own, and the
// folders of this module that its programs may import. Tests may import more:
// nothing depends on them.
type room struct {
	dir string
	may []string // "x" is x alone, "x/..." also what is below, "..." everything
	why string
}

var house = []room{
	{"suites/traffic", nil, "exchanges are what everything else stands on"},
	{"suites/mask", []string{"suites/traffic"}, "what a secret is does not depend on who prints or stores it"},
	{"suites/clause", nil, "the document stands for itself"},
	{"schemas", nil, "schemas are data"},
	{"suites/edition", []string{"suites/traffic", "suites/clause", "schemas/editions"}, "what the document says at a time does not depend on who is held to it"},
	{"suites/weight", []string{"suites/traffic", "suites/edition"}, "what a request weighs does not depend on who counts"},
	{"suites/conversation", []string{"suites/traffic", "suites/edition", "suites/weight"}, "the text form of traffic is the same whoever judges it"},
	{"suites/rule", []string{"suites/conversation", "suites/traffic", "suites/clause", "suites/edition", "suites/mask"}, "what a rule is must not depend on who runs it, nor on any one rule, recording format or report"},
	{"suites/engine", []string{"suites/rule", "suites/weight", "suites/traffic", "suites/clause", "suites/edition", "suites/mask"}, "the engine must not know any one rule, recording format or report"},
	{"suites/general", []string{"suites/rule", "suites/conversation", "suites/traffic", "suites/clause", "suites/edition", "schemas"}, "a rule judges facts, wherever they were recorded, whoever feeds it and whoever reports them"},
	{"suites/proof", []string{"suites/edition", "suites/engine", "suites/rule", "suites/conversation"}, "what is proved of rules is proved of any rules"},
	{"suites/judge", []string{"suites/edition", "suites/engine", "suites/rule", "suites/traffic", "cassettes", "cassettes/format"}, "a driver brings traffic to rules, whichever they are and whoever reports"},
	{"suites/wording", nil, "a sentence is worded alike whatever is counted"},
	{"suites/certificate", []string{"suites/rule", "suites/clause", "suites/wire", "suites/edition", "schemas", "suites/inert", "suites/wording"}, "what a certificate takes does not depend on who drove the client, nor on who shows it"},
	{"suites/venue", []string{"suites/venue/...", "suites/traffic", "suites/edition", "schemas"}, "the reference exchange is judged by the rules and must not know them"},
	{"suites/certify/driver", []string{"suites/traffic", "suites/mask"}, "a driver is spoken to whatever it is told to do"},
	{"suites/wire", []string{"suites/traffic"}, "what arrives is seen whoever judges it and whatever answers"},
	{"suites/certify", []string{"suites/certify/...", "suites/certificate", "suites/wording", "suites/wire", "suites/venue/...", "suites/general", "suites/engine", "suites/rule", "suites/weight", "suites/traffic", "suites/clause", "suites/edition", "suites/mask"}, "a scenario drives somebody and feeds the engine; who reports is not its business"},
	{"suites/certify/certifytest", []string{"suites/certificate", "suites/certify", "suites/certify/driver", "suites/general", "suites/edition", "suites/rule", "suites/clause"}, "what runs by go test is linked into tests alone"},
	{"suites/certify/process", []string{"suites/wire", "suites/mask"}, "how a process is run and kept apart does not depend on what it is for"},
	{"suites/certify/subject", []string{"suites/certificate", "suites/certify", "suites/certify/process", "suites/certify/driver", "suites/wire", "suites/venue", "suites/mask"}, "who is certified is met before anybody is judged"},
	{"suites/gateway/guard", []string{"suites/traffic", "suites/edition"}, "what an address may use is counted alike whoever passes its requests on"},
	{"suites/gateway", []string{"suites/gateway/guard", "suites/edition", "suites/weight", "suites/traffic", "suites/rule", "suites/wire", "suites/engine", "suites/mask", "cassettes"}, "traffic is passed on alike whichever rules hear of it and whoever reports"},
	{"suites", []string{"suites/...", "cassettes/..."}, "the specs show everything but the command line"},
	{"cassettes/format", []string{"cassettes/format/...", "suites/traffic", "suites/mask"}, "what formats share must not know any one of them"},
	{"cassettes", []string{"cassettes/...", "suites/traffic", "suites/mask"}, "a recording is read whoever judges it"},
	{"suites/inert", nil, "text is made harmless whoever shows it and whatever it is about"},
	{"reports", []string{"suites/certificate", "suites/rule", "suites/clause", "suites/wire", "suites/edition", "suites/inert", "suites/wording"}, "a report reads tallies, never traffic"},
	{"cmd/mbxcheck/internal/dev/oracle", []string{"cmd/mbxcheck/internal/cli", "cassettes/...", "suites/traffic", "suites/edition"}, "an oracle must not know the rules that it is held against, only ask the command line"},
	{"cmd", []string{"..."}, "the command line puts everything together"},
}

// devPrograms are for those who work on the house.
const devPrograms = "cmd/mbxcheck/internal/dev"

// formatRooms: one recording format must not know another, only package
// cassettes knows them all.
const formatRooms = "cassettes/"

// roomOf returns the room that a folder belongs to: the one with the longest
// name.
func roomOf(dir string) (room, bool) {
	best, found := room{}, false
	for _, r := range house {
		if (dir == r.dir || strings.HasPrefix(dir, r.dir+"/")) && len(r.dir) >= len(best.dir) {
			best, found = r, true
		}
	}
	return best, found
}

// trespass says why a program in a folder may not import a package, "" if it
// may.
func trespass(dir, imported string, isTest bool) string {
	if dir != "suites" && (within(imported, "github.com/onsi/ginkgo") || within(imported, "github.com/onsi/gomega")) {
		return fmt.Sprintf("%s imports %s: only package suites may, for the engine is not Ginkgo and no other package's users shall have to link it", dir, imported)
	}
	if within(imported, "testing") && !isTest && !strings.HasSuffix(dir, "test") {
		return fmt.Sprintf("%s imports %s: what tests alone are to link is in a room whose name ends in test", dir, imported)
	}
	target, ours := strings.CutPrefix(imported, module+"/")
	if !ours || isTest {
		return ""
	}
	r, ok := roomOf(dir)
	if !ok {
		return fmt.Sprintf("%s is no room of the house: give it a place in DESIGN and in this test", dir)
	}
	if within(target, devPrograms) && !within(dir, devPrograms) {
		return fmt.Sprintf("%s imports %s: what is for those who work on the house must not be linked into what others use", dir, target)
	}
	if strings.HasSuffix(target, "test") {
		return fmt.Sprintf("%s imports %s: it may import testing, which tests alone are to link", dir, target)
	}
	if anotherFormat(dir, target) {
		return fmt.Sprintf("%s imports %s: one recording format must not know another", dir, target)
	}
	if folder, is := strings.CutPrefix(target, formatRooms); is && !strings.HasPrefix(folder, "format") && dir != "cassettes" && dir != target {
		return fmt.Sprintf("%s imports %s: only package cassettes may import a recording format, for it chooses by what a file holds or is called, and masks what is written", dir, target)
	}
	if dir == target || slices.ContainsFunc(r.may, func(pattern string) bool { return matches(pattern, target) }) {
		return ""
	}
	return fmt.Sprintf("%s imports %s: of this module it may import %s, for %s", dir, target, allowed(r.may), r.why)
}

// anotherFormat reports whether both are folders of recording formats, and not
// the same one.
func anotherFormat(dir, target string) bool {
	from, isFormat := strings.CutPrefix(dir, formatRooms)
	to, toFormat := strings.CutPrefix(target, formatRooms)
	from, _, _ = strings.Cut(from, "/")
	to, _, _ = strings.Cut(to, "/")
	return isFormat && toFormat && from != to && to != "format" && from != "format"
}

func within(imported, base string) bool {
	return imported == base || strings.HasPrefix(imported, base+"/")
}

func matches(pattern, target string) bool {
	base, deep := strings.CutSuffix(pattern, "...")
	if !deep {
		return pattern == target
	}
	base = strings.TrimSuffix(base, "/")
	return base == "" || within(target, base)
}

func allowed(may []string) string {
	if len(may) == 0 {
		return "nothing"
	}
	return strings.Join(may, ", ")
}

// source is a Go file of the module, as far as its imports.
type source struct {
	file    string // slashed, from the module's root
	pkg     string
	imports map[string]int // import path to line
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(moduleRoot, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") && name != "..") {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		s, err := parse(p)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(p string) (source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, p, nil, parser.ImportsOnly)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(moduleRoot, p)
	if err != nil {
		return source{}, err
	}
	s := source{file: filepath.ToSlash(rel), pkg: f.Name.Name, imports: map[string]int{}}
	for _, i := range f.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports[imported] = fset.Position(i.Pos()).Line
	}
	return s, nil
}

func TestImportsKeepTheirDirection(t *testing.T) {
	seen := 0
	for _, s := range sources(t) {
		dir, isTest := path.Dir(s.file), strings.HasSuffix(s.file, "_test.go")
		for imported, line := range s.imports {
			seen++
			if why := trespass(dir, imported, isTest); why != "" {
				t.Errorf("%s:%d: %s", s.file, line, why)
			}
		}
	}
	if seen == 0 {
		t.Error("expected imports, found none: the test looks in the wrong place")
	}
}

// TestRoomsUseTheirDoors: what no program of a room imports it need not be allowed.
func TestRoomsUseTheirDoors(t *testing.T) {
	used := map[string]bool{} // "room door"
	for _, s := range sources(t) {
		dir := path.Dir(s.file)
		r, ok := roomOf(dir)
		if !ok || strings.HasSuffix(s.file, "_test.go") {
			continue
		}
		for imported := range s.imports {
			target, ours := strings.CutPrefix(imported, module+"/")
			for _, door := range r.may {
				used[r.dir+" "+door] = used[r.dir+" "+door] || ours && matches(door, target)
			}
		}
	}
	for _, r := range house {
		for _, door := range r.may {
			if !used[r.dir+" "+door] {
				t.Errorf("%s may import %s, and does not: take it out of the row", r.dir, door)
			}
		}
	}
}

// TestTrespassIsNoticed proves that the test above can fail.
func TestTrespassIsNoticed(t *testing.T) {
	for _, c := range []struct {
		dir, imported string
		allowed       bool
	}{
		{"suites/traffic", "strings", true},
		{"suites/traffic", module + "/schemas", false},
		{"suites/clause", module + "/suites/traffic", false},
		{"schemas", module + "/suites/clause", false},
		{"suites/rule", module + "/suites/traffic", true},
		{"suites/rule", module + "/suites/engine", false},
		{"suites/edition", module + "/suites/traffic", true},
		{"suites/edition", module + "/suites/rule", false},
		{"suites/edition", module + "/schemas/editions", true},
		{"suites/edition", module + "/schemas", false},
		{"suites/weight", module + "/suites/rule", false},
		{"suites/conversation", module + "/suites/rule", false},
		{"suites/engine", module + "/suites/rule", true},
		{"suites/engine", module + "/suites/general", false},
		{"suites/general", module + "/suites/engine", false},
		{"suites/general", module + "/suites/conversation", true},
		{"suites/proof", module + "/suites/engine", true},
		{"suites/proof", module + "/suites/general", false},
		{"suites/judge", module + "/suites/engine", true},
		{"suites/judge", module + "/cassettes", true},
		{"suites/judge", module + "/suites/general", false},
		{"suites/judge", module + "/reports", false},
		{"reports", module + "/suites/engine", false},
		{"suites/mask", module + "/suites/traffic", true},
		{"suites/mask", module + "/cassettes", false},
		{"suites/traffic", module + "/suites/mask", false},
		{"cassettes/har", module + "/suites/mask", true},
		{"suites/rule", module + "/suites/general", false},
		{"suites/general", module + "/suites/rule", true},
		{"suites/general", module + "/cassettes", false},
		{"suites/general", "github.com/onsi/gomega", false},
		{"suites/certify", module + "/suites/venue", true},
		{"suites/certify", module + "/reports", false},
		{"suites/certify", module + "/suites/certificate", true},
		{"suites/certificate", module + "/suites/certify", false},
		{"suites/certificate", module + "/suites/traffic", false},
		{"suites/certificate", module + "/reports", false},
		{"reports", module + "/suites/certificate", true},
		{"suites/wire", module + "/suites/traffic", true},
		{"suites/wire", module + "/suites/venue", false},
		{"suites/wire", module + "/suites/rule", false},
		{"suites/certify", module + "/suites/wire", true},
		{"suites/gateway", module + "/suites/wire", true},
		{"suites/gateway", module + "/suites/general", false},
		{"suites/gateway", module + "/reports", false},
		{"suites/certify", module + "/suites/certify/driver", true},
		{"suites/certify/driver", module + "/suites/venue", false},
		{"suites/certify/process", module + "/suites/certify", false},
		{"cmd/mbxcheck/internal/cli", module + "/suites/certify/certifytest", false},
		{"cassettes", module + "/cassettes/format/formattest", false},
		{"cassettes", "testing", false},
		{"cassettes/format/formattest", "testing", true},
		{"suites/certify/subject", module + "/suites/certify/process", true},
		{"suites/certify/subject", module + "/reports", false},
		{"suites/certify", module + "/cmd/mbxcheck/internal/cli", false},
		{"suites", "github.com/onsi/ginkgo/v2", true},
		{"suites", module + "/cassettes", true},
		{"suites", module + "/cmd/mbxcheck", false},
		{"cassettes", module + "/cassettes/har", true},
		{"cassettes", module + "/suites/rule", false},
		{"cassettes/har", module + "/cassettes/format/jsonitems", true},
		{"cassettes/har", module + "/cassettes/govcr", false},
		{"cassettes/format", module + "/cassettes/har", false},
		{"reports", module + "/suites/rule", true},
		{"reports", module + "/suites/traffic", false},
		{"reports", "github.com/onsi/gomega/format", false},
		{"cmd/mbxcheck", module + "/reports", true},
		{"cmd/mbxcheck", "github.com/onsi/ginkgo/v2/types", false},
		{"cmd/mbxcheck/internal/dev/oracle", module + "/suites/general", false},
		{"cmd/mbxcheck/internal/dev/oracle", module + "/suites/rule", false},
		{"cmd/mbxcheck/internal/dev/oracle", module + "/cassettes", true},
		{"cmd/mbxcheck/internal/dev/oracle", module + "/cassettes/har", false},
		{"cmd/mbxcheck/internal/dev/bench", module + "/suites/venue", true},
		{"cmd/mbxcheck/internal/cli", module + "/cmd/mbxcheck/internal/dev/oracle", false},
		{"cmd/mbxcheck/internal/serve", module + "/cassettes/ndjson", false},
		{"suites/certify", module + "/cassettes/ndjson", false},
		{"suites/certify", module + "/cassettes", false},
		{"attic", module + "/schemas", false},
	} {
		why := trespass(c.dir, c.imported, false)
		if (why == "") != c.allowed {
			t.Errorf("%s imports %s: expected it to be allowed: %t, found %q", c.dir, c.imported, c.allowed, why)
		}
	}
	if trespass("reports", "github.com/onsi/gomega", true) == "" {
		t.Error("expected a test outside suites that imports Gomega to be noticed")
	}
}

func TestTopLevelHoldsTheHouseOnly(t *testing.T) {
	entries, err := os.ReadDir(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	rooms := strings.Fields("go.mod go.sum suites schemas cassettes cmd reports Makefile README.md")
	ignored := ignoredNames(t)
	for _, e := range entries {
		name := e.Name()
		made := slices.ContainsFunc(ignored, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		if !strings.HasPrefix(name, ".") && !slices.Contains(rooms, name) && !made {
			t.Errorf("%s: the top level holds nothing but %s and dotfiles", name, strings.Join(rooms, ", "))
		}
	}
}

// ignoredNames are the names that .gitignore has for what builds make.
func ignoredNames(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range strings.Fields(string(data)) {
		names = append(names, strings.Trim(line, "/"))
	}
	return names
}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	for _, s := range sources(t) {
		for _, name := range []string{s.pkg, path.Base(path.Dir(s.file))} {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, strings.TrimSuffix(name, "_test")) {
				t.Errorf("%s: a package named %s holds anything: name it for what it holds", s.file, name)
			}
		}
	}
}

func TestEachRuleHasItsFile(t *testing.T) {
	for _, e := range edition.All() {
		for _, r := range rule.All(e) {
			want := strings.ReplaceAll(r.ID, "-", "_") + ".go"
			file, line := r.Source()
			if got := path.Base(file); got != want {
				t.Errorf("%s:%d: expected the rule %s in a file of its own, %s, found it in %s", file, line, r.ID, want, got)
			}
		}
	}
}

// maxRoom is how many lines of code, tests apart, a package of suites may have
// without saying why: about what one person keeps in mind.
const maxRoom = 1500

// large are the packages of more, and why they are not several.
var large = map[string]string{
	"suites":                 "matchers and specs word one rule's finding alike, and each subject of the specs is a page; what meets subjects has rooms below",
	"suites/certify":         "a scenario, what it stages and what it takes for come to is one page each, and a list; what drives and runs clients has rooms below",
	"suites/certify/process": "whatever a client could leave behind is known where it is started: network, mounts, limits and the three ways in are set up and undone in pairs",
	"suites/certify/relay":   "a call is written byte for byte on the one side and looked for on the other: client, venue and script share one hop",
	"suites/engine":          "front, joiner and sequencer share an order of events that nobody else may see",
	"suites/general":         "one file a rule; a package for each would be seventy",
	"suites/mask":            "what a secret is has one place: by value, by name and by shape look at the same bytes",
	"suites/rule":            "what a rule is handed, what it says and how that is counted are one contract",
	"suites/traffic":         "facts are scanned in one pass over the bytes that exchanges hold",
	"suites/venue":           "a route is a handler of some lines beside its kin; markets, books, limits and faults have rooms below",
	"suites/wire":            "all ways in see one connection's bytes and instants",
}

func TestLargeRoomsSayWhy(t *testing.T) {
	lines := map[string]int{}
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.file, "suites/") || strings.HasSuffix(s.file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(moduleRoot, filepath.FromSlash(s.file)))
		if err != nil {
			t.Fatal(err)
		}
		lines[path.Dir(s.file)] += strings.Count(string(data), "\n")
	}
	for dir, n := range lines {
		if n > maxRoom && large[dir] == "" {
			t.Errorf("%s: expected at most %d lines, or a reason for more in this test, found %d", dir, maxRoom, n)
		}
	}
	for dir := range large {
		if lines[dir] <= maxRoom {
			t.Errorf("%s: expected more than %d lines where a reason for them stands, found %d: take the reason out", dir, maxRoom, lines[dir])
		}
	}
}
