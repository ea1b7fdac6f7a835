package yamlitems

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestDocuments cuts streams into documents.
func TestDocuments(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one", "a: 1\n", "a=1@1"},
		{"a byte order mark", "\ufeff---\na: 1", "a=1@2"},
		{"none", "", ""},
		{"only comments", "# nothing\n\n---\n# here\n...\n", ""},
		{"several", "---\na: 1\n---\na: 2\n...\n---\na: 3\n", "a=1@2 a=2@4 a=3@7"},
		{"behind a marker", "--- {a: 1}\n--- {a: 2}\n", "a=1@1 a=2@2"},
		{"directives", "%YAML 1.1\n# c\n---\na: 1\n...\n%YAML 1.1\n---\na: 2\n", "a=1@4 a=2@8"},
		{"no marker", "a: |\n  ---\n  x\nb: ---\n", "a=---\nx\n@1"},
		{"---x is a scalar", "a:\n  1\n---x", "error@3"},
		{"a broken one", "a: [\n---\na: 2\n", "error@1 a=2@3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for doc, err := range Documents(stream(iotest.OneByteReader(strings.NewReader(c.text)), "x")) {
				if err != nil {
					got = append(got, fmt.Sprintf("error@%s", strings.Split(err.Error(), ":")[1]))
					continue
				}
				text, _ := doc.Get("a").Text()
				got = append(got, fmt.Sprintf("a=%s@%d", text, doc.Line()))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}

// TestRootList reads lists that are the root itself, cut or parsed whole alike.
func TestRootList(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"block", "- a: 1\n- a: 2\n", "1@1 2@2"},
		{"dashes alone", "\n-\n    a: 1\n\n-\n    a: 2", "1@2 2@5"},
		{"markers", "%YAML 1.1\n--- # c\n- a: 1\n...\n---\n- a: 2\n", "1@3 2@6"},
		{"flow", "[{a: 1},\n {a: 2}]", "1@1 2@2"},
		{"indented", "  - a: 1\n  - a: 2\n", "1@1 2@2"},
		{"anchors", "- a: &x 1\n- a: *x\n", "1@1 1@2"},
		{"empty", "[]", ""},
		{"a mapping", "a: 1\n", "error@1"},
		{"a broken item", "- a: [\n- a: 2\n", "error@1 2@2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for item, err := range Read(formattest.Input(c.text, "x"), "") {
				if err != nil {
					got = append(got, fmt.Sprintf("error@%s", strings.Split(err.Error(), ":")[1]))
					continue
				}
				text, _ := item.Get("a").Text()
				got = append(got, fmt.Sprintf("%s@%d", text, item.Line()))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}
