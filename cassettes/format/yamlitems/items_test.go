package yamlitems

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// stream can be read once.
func stream(r io.Reader, name string) format.Input {
	return format.FromStream(r, name, format.DefaultLimits())
}

// dump reads the items and says for each its line and its name and text.
func dump(in format.Input) string {
	var out []string
	for v, err := range Read(in, "items") {
		if err != nil {
			out = append(out, fmt.Sprint(err))
			continue
		}
		name, _ := v.Get("name").Text()
		text, _ := v.Get("text").Text()
		out = append(out, fmt.Sprintf("%d %s %q", v.Line(), name, text))
	}
	return strings.Join(out, "\n")
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"at the margin", "items:\n- name: a\n- name: b\n  text: c\nend: 1\n", "2 a \"\"\n3 b \"c\""},
		{"indented", "---\nitems:\n  - name: a\n  - name: b\n", "3 a \"\"\n4 b \"\""},
		{"no newline at the end", "items:\n- name: a\n- name: b", "2 a \"\"\n3 b \"\""},
		{"CRLF and byte order mark", "\ufeffitems:\r\n- name: a\r\n  text: |\r\n    x\r\n    y\r\n- name: b\r\n", "2 a \"x\\ny\\n\"\n6 b \"\""},
		{"quoted key", "'items' : # list\n- name: a\n", "2 a \"\""},
		{"twice quoted key", "\"items\":\n- name: a\n", "2 a \"\""},
		{"dash alone", "items:\n-\n  name: a\n-\n  name: b\n", "2 a \"\"\n4 b \"\""},
		{"block scalars", "items:\n- name: a\n  text: |2-\n     - name: no\n\n    # no comment\n\n- name: b\n  text: >+\n    x\n\n- name: c\n",
			"2 a \" - name: no\\n\\n# no comment\"\n8 b \"x\\n\\n\"\n12 c \"\""},
		{"comments and blanks", "# c\nitems:\n\n# c\n- name: a\n# c\n\n  text: b\n    # c\n- name: c\n", "5 a \"b\"\n10 c \"\""},
		{"quoted over lines", "items:\n- name: a\n  text: 'x\n\n    y'\n- name: b\n", "2 a \"x\\ny\"\n6 b \"\""},
		{"quoted over lines at the margin", "items:\n- name: a\n  text: \"x\n- name: no\n   y\"\n- name: b\n", "2 a \"x - name: no y\"\n6 b \"\""},
		{"flow over lines at the margin", "items:\n- {name: a,\n text: x}\n- name: b\n", "2 a \"x\"\n4 b \"\""},
		{"flow list", "items: [{name: a}, {name: b}]\n", "1 a \"\"\n1 b \"\""},
		{"flow list on the next line", "items:\n  [{name: a},\n   {name: b}]\n", "2 a \"\"\n3 b \"\""},
		{"JSON", `{"items": [{"name": "a"},` + "\n" + `{"name": "b"}]}`, "1 a \"\"\n2 b \"\""},
		{"document indented", "  items:\n    - name: a\n", "2 a \"\""},
		{"anchor in another item", "items:\n- &a\n  name: a\n- *a\n- name: b\n", "2 a \"\"\n2 a \"\"\n5 b \"\""},
		{"anchor above", "top: &t hello\nitems:\n- name: a\n- name: b\n  text: *t\n", "3 a \"\"\n4 b \"hello\""},
		{"merge", "items:\n- name: a\n  text: x\n  <<: {name: b}\n- <<: {name: c}\n", "2 a \"x\"\n5 c \"\""},
		{"several documents", "items:\n- name: a\n---\nitems:\n- name: b\n...\n", "2 a \"\"\n5 b \"\""},
		{"nested list of that name", "top:\n  items:\n  - name: no\nitems:\n- name: a\n  items:\n  - name: no\n", "5 a \"\""},
		{"empty", "items: []\n", ""},
		{"empty in block style", "items:\nversion: 1\n", ""},
		{"none", "version: 1\n", "f:1: expected a list items:, found none"},
		{"no file", "", "f:1: expected a list items:, found none"},
		{"one broken item", "items:\n- name: a\n- name: {b\n- name: c\n", "2 a \"\"\nf:3: expected YAML: did not find expected ',' or '}'\n4 c \"\""},
		{"dashes in two columns", "items:\n  - name: a\n- name: b\n", "2 a \"\"\nf:2: expected YAML: did not find expected key"},
		{"binary", "items:\n- name: !!binary |\n    YQ==\n- name: !binary YQ==\n", "2 a \"\"\n4 a \"\""},
		{"Ruby symbols", "items:\n- :name: a\n", "2 a \"\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := dump(formattest.Input(c.text, "f")); got != c.want {
				t.Errorf("as a file: got\n%s\nwant\n%s", got, c.want)
			}
			if got := dump(stream(strings.NewReader(c.text), "f")); got != c.want {
				t.Errorf("as a stream: got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestSplitAgrees holds the cut to the parser: any list that the library writes
// comes out as the library reads it.
func TestSplitAgrees(t *testing.T) {
	texts := []string{"", " ", "a", "- name: x", "\n", "x\n", "x\n\n", "\n  x\n y\n", "# x", "a: b", "'", "\"", "---", "...",
		"\t", "é\u2028", strings.Repeat("long ", 50), "|", "> x\n", "null", "1", "\x01", "\ufeff", "x\r\ny"}
	type item struct{ Name, Text string }
	var doc struct {
		Version int
		Items   []item
	}
	for i, a := range texts {
		for _, b := range texts {
			// The library writes some text that begins with blank lines so that
			// it can't read it itself.
			var again []item
			it := item{fmt.Sprint(i), a + b}
			if text, _ := yaml.Marshal([]item{it}); yaml.Unmarshal(text, &again) == nil && len(again) == 1 && again[0] == it {
				doc.Items = append(doc.Items, it)
			}
		}
	}
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if most := len(texts) * len(texts) * 9 / 10; len(doc.Items) < most {
		t.Fatalf("only %d items", len(doc.Items))
	}
	i := 0
	for v, err := range Read(formattest.Input(text, "f"), "items") {
		if err != nil {
			t.Fatal(err)
		}
		got, _ := v.Get("text").Text()
		if name, _ := v.Get("name").Text(); name != doc.Items[i].Name || got != doc.Items[i].Text {
			t.Fatalf("item %d: %s %q, want %+v", i, name, got, doc.Items[i])
		}
		i++
	}
	if i != len(doc.Items) {
		t.Errorf("%d items of %d", i, len(doc.Items))
	}
}

// TestLongEntry gives one item beyond the limit between two that are not.
func TestLongEntry(t *testing.T) {
	r := io.MultiReader(
		strings.NewReader("items:\n- name: a\n- name: b\n  text: '"),
		io.LimitReader(zeros{}, format.MaxEntryBytes),
		strings.NewReader("'\n- name: c\n"))
	got := dump(stream(r, "f"))
	want := fmt.Sprintf("2 a \"\"\nf:3: expected an item that can be read: the entry is too long: more than %d bytes (limit entry-bytes)\n5 c \"\"", format.MaxEntryBytes)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// zeros is an endless text.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// TestTooLongForWhole gives an item that needs the whole document, in one that
// is too long for that: the item is an error, and those behind it are read.
func TestTooLongForWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.yaml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString("top: &t x\nitems:\n- name: a\n- name: *t\n")
	filler := "# " + strings.Repeat("x", 1<<16) + "\n"
	for range format.MaxYAMLBytes/len(filler) + 1 {
		f.WriteString(filler)
	}
	f.WriteString("- name: c\n")
	lines := 4 + format.MaxYAMLBytes/len(filler) + 1 + 1
	want := fmt.Sprintf("3 a \"\"\nf:4: expected YAML: unknown anchor 't' referenced\n%d c \"\"", lines)
	for _, in := range []format.Input{format.FromFile(f, "f", format.DefaultLimits()), stream(f, "f")} {
		f.Seek(0, io.SeekStart)
		// The comments exceed the limit of an entry: they belong to the second.
		if got := dump(in); !strings.HasPrefix(got, "3 a \"\"\nf:4: ") || !strings.HasSuffix(got, fmt.Sprintf("\n%d c \"\"", lines)) {
			t.Errorf("got\n%s\nwant something like\n%s", got, want)
		}
	}
}

// TestAliasBomb expands to 10^9 values in a library that follows aliases.
func TestAliasBomb(t *testing.T) {
	text := "items:\n- name: a\n  x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n"
	for i := 1; i < 10; i++ {
		text += fmt.Sprintf("  x%d: &x%d [%s*x%d]\n", i, i, strings.Repeat(fmt.Sprintf("*x%d,", i-1), 9), i-1)
	}
	text += "  headers: {a: *x9}\n"
	for v, err := range Read(formattest.Input(text, "f"), "items") {
		if err != nil {
			t.Fatal(err)
		}
		var h traffic.Header
		if err := v.Get("headers").Fields(&h, "header fields"); err == nil {
			t.Error("a list of lists taken for values")
		}
	}
}

// TestMergeCircle merges a mapping with itself.
func TestMergeCircle(t *testing.T) {
	dump(formattest.Input("items:\n- &a\n  <<: *a\n  other: 1\n- &b {<<: [*b]}\n", "f"))
}

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		"{a: b, C: [d, 1], e: null}": "[{a b} {C d} {C 1} {e }]",
		"null":                       "[]",
		"[]":                         "[]",
		"{}":                         "[]",
		"[a]":                        "f:2: expected header fields as a mapping of names to values, found a list",
		"{a: {b: c}}":                "f:2: expected the value of the header field \"a\", found a mapping",
	} {
		for v, err := range Read(formattest.Input("items:\n- h: "+text, "f"), "items") {
			var h traffic.Header
			if err == nil {
				err = v.Get("h").Fields(&h, "header fields")
			}
			got := fmt.Sprint(h)
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		}
	}
	many := strings.Repeat("x,", format.MaxHeaderFields+1)
	for v := range Read(formattest.Input("items:\n- h: {a: ["+many+"]}", "f"), "items") {
		var h traffic.Header
		if err := v.Get("h").Fields(&h, "header fields"); err == nil || len(h) > format.MaxHeaderFields {
			t.Errorf("%d fields", len(h))
		}
	}
}

// TestBrokenStream reads from a stream that fails.
func TestBrokenStream(t *testing.T) {
	failure := errors.New("the disk is gone")
	r := io.MultiReader(strings.NewReader("items:\n- name: a\n- name: b\n"), format.Fault{Err: failure})
	var last error
	for _, err := range Read(stream(r, "f"), "items") {
		last = err
	}
	if !errors.Is(last, failure) {
		t.Errorf("got %v", last)
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"---\nversion: 2\ninteractions:\n- id: 0\n  request:\n    url: x\n", "version* interactions* id request url"},
		{"\ufeff# c\r\n%YAML 1.1\r\n--- # c\r\n'version' : 1\r\n\"a b\": 2\r\n", "version* a b*"},
		{"a: |\n  b: c\n\n  d: e\nf: >-\n   g: h\n", "a* f*"},
		{"a: 'b\nc: d\n' # e\nf: \"g\\\"\nh: i\"\nj: k", "a* f* j*"},
		{"{\"a\": [{\"b\": 1, c: {\"d\":\"x, e: y\"}}],\n \"f\": 2", "a* b c d f*"},
		{"a: {b: 1,\n  c: [d, e: f]}\ng: h\n", "a* b c e g*"},
		{"- a: 1\n  b: 2\n", "a b"},
		{"[{\"a\": 1}]", "a"},
		{":a: b\n", "a*"},
		{"a: 'never closed\nb: c\n", "a*"},
		{"  a: 1\n  b:\n    c: 2\n", "a* b* c"},
	} {
		var got []string
		for _, k := range Keys([]byte(c.text)) {
			mark := ""
			if k.Root {
				mark = "*"
			}
			got = append(got, k.Name+mark)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: got %s, want %s", c.text, s, c.want)
		}
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte("---\nversion: 2\n{a: [b, 'c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n := len(Keys(text)); n > len(text) {
			t.Error(n)
		}
	})
}
