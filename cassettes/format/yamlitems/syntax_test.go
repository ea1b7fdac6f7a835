package yamlitems

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestWithinSyntax(t *testing.T) {
	long := strings.Repeat(`[1,2,{"a":3}],`, 1000)
	tiny := strings.Repeat("a,", 5000)
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"single quotes", "- body: '" + long + "'\n  x: y\n", true},
		{"single quotes with quotes", "- body: '" + long + "''" + long + "'\n", true},
		{"double quotes", `- body: "` + strings.ReplaceAll(long, `"`, `\"`) + "\"\n", true},
		{"double quotes with a backslash", `- body: "` + strings.ReplaceAll(long, `"`, `\"`) + "\\\\\"\n", true},
		{"literal", "- body: |-\n    " + long + "\n\n    " + long + "\n  x: y\n", true},
		{"folded", "- body: >\n    " + long + "\n      " + long + "\n", true},
		{"binary", "- body: !!binary |\n    " + strings.Repeat("QUJD\n    ", 1000) + "\n  x: y\n", true},
		{"flow of quotes", `[{"body": "` + strings.ReplaceAll(long, `"`, `\"`) + `"}, {"b": 'x'}]`, true},
		{"tiny nodes", "- [" + tiny + "]\n", false},
		{"empty lists", "- [" + strings.Repeat("[],", 4000) + "]\n", false},
		{"nested", "- " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), false},
		{"a quote in a plain value", "- a: b\n    \"x\n  c: [" + tiny + "]\n  d: \"\n", false},
		{"a dash in a plain value", "- a: b\n    - \"x\n  c: [" + tiny + "]\n  d: \"\n", false},
		{"a comma in a plain value", "- a: b, \"x\n  c: [" + tiny + "]\n  d: y\"\n", false},
		{"a quote in a comment", "- a: b # : \"x\n  c: [" + tiny + "]\n  d: y # \"\n", false},
		{"a header in a comment", "- a: # |\n    c: [" + tiny + "]\n", false},
		{"a header in a plain value", "- a: b |\n    c: [" + tiny + "]\n", false},
		{"the mark", "- a: " + mark + "\n  b: '" + long + "'\n", false},
		{"keys", "- {" + strings.Repeat("a: 1, ", 2000) + "}\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := withinSyntax([]byte(c.text), 4000)
			if (err == nil) != c.ok {
				t.Errorf("expected %v, found %v", c.ok, err)
			}
			if withinSyntax([]byte(c.text), int64(len(c.text))) != nil {
				t.Error("refused a text within the limit")
			}
		})
	}
}

// FuzzWithinSyntax holds the claim: what is let through has few nodes.
func FuzzWithinSyntax(f *testing.F) {
	for _, s := range []string{
		"- a: 'xxxxxxxx'\n  b: \"y\"\n", "- a: b\n    \"x\n  c: [a,a,a]\n  d: \"\n", "- |\n  a\n  b\n- >-\n  c\n", "[{\"a\": \"b\"}, 'c']",
		"- a: b # \"\n  c: '", "? \"a\"\n: 'b'\n", "--- |\n  x\n--- 'y'\n",
	} {
		f.Add(s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, s string, times uint8) {
		// Long quoted runs of structure, wherever the text has an x or a y.
		r := strings.Repeat("a,[b],", int(times))
		text := strings.NewReplacer("x", r, "y", r+"\n "+r).Replace(s)
		const limit = 40
		if len(text) <= limit || withinSyntax([]byte(text), limit) != nil {
			return
		}
		d := yaml.NewDecoder(strings.NewReader(text))
		nodes := 0
		for {
			var doc yaml.Node
			if decode(d, &doc) != nil {
				break
			}
			nodes += size(&doc)
		}
		if nodes > 3*limit {
			t.Errorf("%d nodes", nodes)
		}
	})
}

func size(n *yaml.Node) int {
	sum := 1
	for _, c := range n.Content {
		sum += size(c)
	}
	return sum
}

func BenchmarkWithinSyntax(b *testing.B) {
	for _, mb := range []int{1, 18} {
		text := []byte("- body: '" + strings.Repeat(`{"a":"b"},`, mb<<20/10) + "'\n")
		b.Run(fmt.Sprint(mb, "MB"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := withinSyntax(text, 2<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
