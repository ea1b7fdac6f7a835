package rule

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"runtime"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ownEdition holds the clauses of the rules that this file registers.
var ownEdition = &edition.Edition{ID: "an edition of this test's own", Clauses: []edition.Text{
	{Clause: clause.Clause{ID: "G01"}, Level: clause.Must}, {Clause: clause.Clause{ID: "G03"}, Level: clause.Must},
}}

// alone leaves but those rules registered until the test ends.
func alone(t *testing.T) {
	all := registry
	t.Cleanup(func() { registry = all })
	registry = maps.Clone(all)
	maps.DeleteFunc(registry, func(id string, _ *Rule) bool { return !strings.Contains(id, "own-") && id != "tells-own" })
}

func ownRule(id, clauseID string, level clause.Level) Rule {
	return Rule{ID: id, Clauses: []string{clauseID}, Level: level, Party: clause.Client, Since: "2026-11", Check: func(*Trial, *traffic.Facts) {}}
}

// Registered in no order at all.
var (
	_                = Register(ownRule("own-b", "G03", clause.Must))
	_                = Register(ownRule("own-a", "G03", clause.Must))
	_                = Register(ownRule("own-info", "G03", clause.Info))
	ownFirst         = Register(ownRule("own-last", "G01", clause.May))
	_, _, ownLine, _ = runtime.Caller(0)
	_                = Register(ownRule("tells-own", "G03", clause.Should))
)

// Rules of an edition come in the document's order, and say where they stand.
func TestRegisteredRules(t *testing.T) {
	alone(t)
	var got []string
	for _, r := range All(ownEdition) {
		got = append(got, r.ID)
	}
	if want := "own-last own-a own-b tells-own own-info"; strings.Join(got, " ") != want {
		t.Errorf("expected %s, found %s", want, strings.Join(got, " "))
	}
	if len(All(&edition.Edition{ID: "none"})) != 0 {
		t.Error("expected no rules of an edition that nobody knows")
	}
	file, line := ownFirst.Source()
	if path.Base(file) != "register_test.go" || line != ownLine-1 {
		t.Errorf("expected register_test.go:%d, found %s:%d", ownLine-1, file, line)
	}
	if want := fmt.Sprintf("%s:%d", file, line); ownFirst.at() != want {
		t.Errorf("expected %s, found %s", want, ownFirst.at())
	}
}

// A rule that no build should ship ends the program before main, with where it
// stands, and which stood there before.
func TestRegisterRefuses(t *testing.T) {
	refused := func(r Rule) (said string) {
		defer func() { said = fmt.Sprint(recover()) }()
		Register(r)
		return ""
	}
	again := ownRule("own-last", "G01", clause.May)
	said := refused(again)
	if !strings.Contains(said, "register_test.go:") || !strings.HasSuffix(said, `rule "own-last": expected a new ID, found one that is registered at `+ownFirst.at()) {
		t.Errorf("expected to be told of the rule that has the ID, found %s", said)
	}
	if said := refused(ownRule("own-none", "G99", clause.May)); !strings.Contains(said, `"G99"`) || registry["own-none"] != nil {
		t.Errorf("expected an unknown clause to be refused, found %s", said)
	}
}

// The digest is of each rule's ID, party, level, grade and clauses with their
// levels, so that another program can tell it too.
func TestDigestOfRules(t *testing.T) {
	alone(t)
	text := "mbxcheck rules 1\n" + ownEdition.ID + "\n" +
		"own-last client may obeys G01=must\n" + "own-a client must obeys G03=must\n" + "own-b client must obeys G03=must\n" +
		"tells-own client should tells G03=must\n" + "own-info client info obeys G03=must\n"
	if got, want := Digest(ownEdition), fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
}
