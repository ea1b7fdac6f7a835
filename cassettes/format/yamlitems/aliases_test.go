package yamlitems

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestAliases: items may stand for others until that is a bomb.
func TestAliases(t *testing.T) {
	shared := "items:\n- &a\n  name: a\n  text: '" + strings.Repeat("x", 1<<20) + "'\n"
	for _, c := range []struct {
		name  string
		text  string
		items int // -1 for an error
	}{
		{"some dozens", shared + strings.Repeat("- *a\n", 50), 51},
		{"beyond", shared + strings.Repeat("- *a\n", 150), -1},
		{"in several documents", shared + strings.Repeat("- *a\n", 60) + "---\n" + shared + strings.Repeat("- *a\n", 200), -1},
		{"much and short", "items:\n- &a\n  name: a\n" + strings.Repeat("- *a\n", 10_000), 10_001},
		{"of aliases", shared + "- &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n- &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n- [*c,*c]\n", -1},
		{"that merge", shared + strings.Repeat("- <<: *a\n", 150), -1},
		{"around itself", "items:\n- &a\n  name: a\n  text: [*a]\n- *a\n", -1},
	} {
		limits := format.DefaultLimits()
		limits.Aliases = 100
		items := 0
		var errs []error
		for _, err := range Read(format.FromStream(strings.NewReader(c.text), "f", limits), "items") {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			items++
		}
		switch {
		case c.items >= 0 && (items != c.items || errs != nil):
			t.Errorf("%s: expected %d items, found %d, %v", c.name, c.items, items, errs)
		case c.items < 0 && (len(errs) != 1 || !strings.Contains(errs[0].Error(), "limit aliases")):
			t.Errorf("%s: expected one error of the limit, found %d items, %v", c.name, items, errs)
		}
	}
}

// TestAliasesUnderAnotherLimit: the limit is the one that is set.
func TestAliasesUnderAnotherLimit(t *testing.T) {
	limits := format.DefaultLimits()
	limits.Aliases = 1000
	text := "items:\n- &a\n  name: a\n  text: '" + strings.Repeat("x", 1<<20) + "'\n" + strings.Repeat("- *a\n", 150)
	n := 0
	for _, err := range Read(format.FromStream(strings.NewReader(text), "f", limits), "items") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 151 {
		t.Errorf("expected 151 items, found %d", n)
	}
}

func TestWithinDepth(t *testing.T) {
	for _, c := range []struct {
		levels int // of a list that itself is on the fourth
		want   string
	}{
		{497, "2 a \"\"\n4 b \"\""},
		{498, "f:3: expected YAML: more than 500 levels of nesting (limit depth)\n4 b \"\""},
	} {
		nested := strings.Repeat("[", c.levels) + "x" + strings.Repeat("]", c.levels)
		text := fmt.Sprintf("items:\n- name: a\n  list: %s\n- name: b\n", nested)
		if found := dump(formattest.Input(text, "f")); found != c.want {
			t.Errorf("%d levels: expected\n%s\nfound\n%s", c.levels, c.want, found)
		}
	}
}
