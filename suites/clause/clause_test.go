package clause

import (
	"regexp"
	"testing"
)

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

func TestAllIsTheCallers(t *testing.T) {
	first := All()
	first[0].ID = "changed"
	if All()[0].ID != "G01" {
		t.Error("a caller's change shows in the document")
	}
}
