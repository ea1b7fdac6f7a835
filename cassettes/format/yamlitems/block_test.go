package yamlitems

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// samples are the recordings of the formats that are YAML, by the key of their
// list.
func samples(t testing.TB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for pattern, key := range map[string]string{
		"../../govcr/testdata/*.yaml": "interactions", "../../vcrpy/testdata/*.yaml": "interactions",
		"../../rubyvcr/testdata/*.y*ml": "http_interactions", "../../recorded/*.yaml": "interactions",
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: expected samples, found %v", pattern, err)
		}
		all[key] = append(all[key], paths...)
	}
	return all
}

// itemsOf cuts a recording into the texts of its items.
func itemsOf(t testing.TB, path, key string) (items []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := newSplitter(f, key, format.MaxEntryBytes)
	for {
		text, _, err := s.next()
		if err != nil {
			return items
		}
		items = append(items, string(text))
	}
}

// same compares what the block makes of an item with what the library does, as
// far as Value looks, and reports whether the block took it.
func same(t *testing.T, p *block, text string) bool {
	t.Helper()
	n := p.item([]byte(text))
	if n == nil {
		return false
	}
	item, err := (&reader{library: true, limits: format.DefaultLimits()}).parse([]byte(text), 1)
	if err != nil {
		t.Errorf("%q: the block reads it, the library does not: %v", text, err)
		return true
	}
	if got, want := tree(n, ""), tree(item.node, ""); got != want {
		t.Errorf("%q: by the block:\n%s\nby the library:\n%s", text, got, want)
	}
	return true
}

func tree(n *yaml.Node, in string) string {
	if n.Kind == yaml.ScalarNode {
		v := Value{node: n}
		bytes, ok := v.Bytes()
		return fmt.Sprintf("%s%d: %q present=%v bytes=%q %v\n", in, n.Line, n.Value, v.Present(), bytes, ok)
	}
	text := fmt.Sprintf("%s%d: kind %d\n", in, n.Line, n.Kind)
	for _, inner := range n.Content {
		text += tree(inner, in+"  ")
	}
	return text
}

// TestBlockAgainstLibrary reads the samples, and says of how many items the
// block needed no help.
func TestBlockAgainstLibrary(t *testing.T) {
	var p block
	for key, paths := range samples(t) {
		for _, path := range paths {
			taken, items := 0, itemsOf(t, path, key)
			for _, item := range items {
				if same(t, &p, item) {
					taken++
				}
			}
			t.Logf("%s: %d of %d", path, taken, len(items))
			if strings.Contains(path, "recorded") && taken < len(items) {
				t.Errorf("%s: expected all %d items to be of the usual form, found %d", path, len(items), taken)
			}
		}
	}
}

// TestBlockTakes lists the forms that the block must take by itself.
func TestBlockTakes(t *testing.T) {
	var p block
	for _, text := range []string{
		"- a: b\n",
		"- a: b",
		"    - a: b\n      c:\n        - d\n        - e\n      f: g\n",
		"- a:\n  - b\n  - c: d\n    e: f\n  g: h\n",
		"- a:\n    b: null\n    c:\n    d: \n    e: ~\n  f:\n",
		"- a: 'it''s'\n  b: \"\\\"\\x41\\u00e9\\n\\U0001F600\"\n",
		"- a: 'one\n    two\n\n    three'\n  b: c\n",
		"- a: \"one\\\n    \\ two \\\n    three\n    four\"\n",
		"- a: one\n    two\n    three\n  b: c\n",
		"- a: |\n    {\n      \"b\": 1,\n\n    }\n  c: |-\n    d\n  e: |+\n    f\n\n",
		"- a: !binary |-\n    e30=\n  b: !!binary |\n    e30=\n    e30=\n",
		"- a: []\n  b: {}\n  'c': d\n  \"e\": f\n  g: ''\n  h: \"\"\n",
		"- a: https://x.y/z?a=b#c\n  d: 12:30:00 # e\n",
		"- a: é\n  b: 'ü'\n  c: \"日本\"\n",
		"- a: -1\n  b: :get\n  c: 1.5\n  d: -x\n",
		"-\n  a: b\n",
		"- a\n",
	} {
		took := same(t, &p, text)
		if odd := strings.Contains(text, " # "); took == odd {
			t.Errorf("%q: taken: %v", text, took)
		}
	}
}

// TestBlockBounds: what nests too deep or has too many parts is not the block's.
func TestBlockBounds(t *testing.T) {
	var p block
	deep := "- a:\n"
	for i := range maxBlockDepth {
		deep += strings.Repeat(" ", 4+i) + "b:\n"
	}
	for _, text := range []string{deep, "- a:\n" + strings.Repeat("  - b\n", maxNodes), "- a: b\n" + strings.Repeat("  c:\n", maxNodes/2)} {
		if p.item([]byte(text)) != nil {
			t.Errorf("%.20q: expected it to be left to the library", text)
		}
	}
}

func TestBlockAllocatesNothing(t *testing.T) {
	var p block
	text := []byte("- request:\n    url: https://x/y\n    headers:\n      A:\n      - b\n  response:\n    body: 'it''s\n      folded'\n    code: 200\n")
	if n := testing.AllocsPerRun(100, func() {
		if p.item(text) == nil {
			t.Fatal("expected the block to take it")
		}
	}); n != 0 {
		t.Errorf("expected no allocation, found %v", n)
	}
}

// FuzzBlockAgainstLibrary holds that what the block takes it reads as the
// library does.
func FuzzBlockAgainstLibrary(f *testing.F) {
	for key, paths := range samples(f) {
		for _, path := range paths {
			for _, item := range itemsOf(f, path, key) {
				f.Add(item)
			}
		}
	}
	for _, text := range []string{"- a: 'b\n    c'\n", "- a: \"b\\\n    c\"\n", "- a: b\n    c\n", "- a: |+\n    b\n\n", "- a:\n  - b\n  c: \"\\x41\"\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var p block
		same(t, &p, text)
	})
}

// TestBlockOnCorpus compares the two on other people's recordings, where those
// are at hand.
func TestBlockOnCorpus(t *testing.T) {
	const corpus = "../../../../shared/corpus"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no corpus beside the repository: ", err)
	}
	var p block
	taken, items := 0, 0
	filepath.WalkDir(corpus, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasPrefix(filepath.Ext(path), ".y") {
			return err
		}
		for _, key := range []string{"interactions", "http_interactions"} {
			for _, item := range itemsOf(t, path, key) {
				items++
				if same(t, &p, item) {
					taken++
				}
			}
		}
		return nil
	})
	t.Logf("%d of %d items", taken, items)
	if taken < items*9/10 {
		t.Errorf("expected the block to take nine of ten items at least, found %d of %d", taken, items)
	}
}
