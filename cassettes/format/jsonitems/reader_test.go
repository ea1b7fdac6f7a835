package jsonitems

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// lists are texts of {"list":[...]} whose elements are read one by one.
var lists = []struct{ text, want string }{
	{`{"list":[]}`, ""},
	{`{"list":[{"a":1},{"b":[true,false,null,"\u00e9\n"]}]}`, `1 {a:1 }|1 {b:[true false null "é\n" ] }|`},
	{"\ufeff{\n\"before\":[{}],\"list\":[\n{\"a\":\"x\"},\n\n{\"a\":{\"b\":{}}}\n],\"behind\":1}\n", `3 {a:"x" }|5 {a:{b:{} } }|`},
	{`{"list":[{"a":-0.5e3},7,{"a":"` + "\xff" + `"}]}`, `1 {a:-500 }|f:1: expected an entry, found a number|1 {a:"` + "\ufffd" + `" }|`},
	{`{"list":[{"a":1} {"b":2}]}`, `1 {a:1 }|f:1: not JSON|`},
	{`{"list":[{"a":1},{"b":`, `1 {a:1 }|f:1: expected a value: it ends in the middle: unexpected EOF|`},
	{`{"list":[{"a":"\ud83d\ude00","\u0061":""}]}`, `1 {a:"😀" a:"" }|`},
	{`{"list":7}`, `f:1: expected a list, found a number|`},
	{`[]`, `f:1: expected an object, found an array|`},
	{"{\"list\":[\n{\"a\":1,\n\"long\":\"" + strings.Repeat("x", 2*limit) + "\"},{\"a\":1}]}", fmt.Sprintf("f:3: one entry exceeds %d bytes (limit entry-bytes)|", limit)},
	{`{"list":[{"left":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `},{"a":1}]}`, fmt.Sprintf("f:1: expected at most %d levels of nesting (limit depth), found more|1 {a:1 }|", depth)},
}

const (
	limit = 300_000 // beyond what the decoder reads ahead
	depth = 100
)

func limits() format.Limits {
	l := format.DefaultLimits()
	l.EntryBytes, l.Depth, l.HeaderFields = limit, depth, 3
	return l
}

// ways are those in which a text may come.
var ways = map[string]func(text string) format.Input{
	"at once":   func(text string) format.Input { return format.FromStream(strings.NewReader(text), "f", limits()) },
	"in memory": func(text string) format.Input { return format.FromText([]byte(text), "f", limits()) },
	"byte by byte": func(text string) format.Input {
		return format.FromStream(iotest.OneByteReader(strings.NewReader(text)), "f", limits())
	},
	"by halves": func(text string) format.Input {
		return format.FromStream(iotest.HalfReader(strings.NewReader(text)), "f", limits())
	},
}

// TestEntries: what the cursor reads the library reads alike, however the text comes.
func TestEntries(t *testing.T) {
	for _, c := range lists {
		for way, in := range ways {
			for by, rd := range map[string]*Reader{"the cursor": New(in(c.text)), "the library": New(in(c.text)).ByLibrary()} {
				if got := listed(rd); got != c.want {
					t.Errorf("%.80q %s by %s: expected\n%.300s\nfound\n%.300s", c.text, way, by, c.want, got)
				}
			}
		}
	}
}

// FuzzEntries: the same of any text.
func FuzzEntries(f *testing.F) {
	for _, c := range lists {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := listed(New(ways["at once"](text)).ByLibrary())
		for way, in := range ways {
			if got := listed(New(in(text))); got != want {
				t.Errorf("%q %s: by the library\n%s\nby the cursor\n%s", text, way, want, got)
			}
		}
	})
}

// listed reads the entries of a list, and what is wrong with some.
func listed(rd *Reader) string {
	var out strings.Builder
	yield := func(_ *traffic.Exchange, err error) bool {
		text := err.Error()
		if i := strings.Index(text, "not JSON"); i >= 0 {
			text = text[:i+len("not JSON")] // the rest tells how far was read
		}
		fmt.Fprint(&out, text, "|")
		return true
	}
	one := func() error {
		rd.Renew()
		return rd.Passing(yield, func() error {
			line, entry := rd.Line(), ""
			err := rd.Entry(func() (err error) {
				if rd.Kind() != '{' {
					return rd.Wrong("an entry")
				}
				entry, err = value(rd)
				return err
			})
			if err == nil {
				fmt.Fprint(&out, line, " ", entry, "|")
			}
			return err
		})
	}
	err := rd.Object("an object", func(name []byte) error {
		rd.Renew()
		if string(name) == "list" {
			return rd.Entries("a list", one)
		}
		return nil
	})
	if err == nil {
		err = rd.End()
	}
	if err != nil {
		yield(nil, err)
	}
	return out.String()
}

// value reads any value but that of a member "left".
func value(rd *Reader) (s string, err error) {
	switch kind := rd.Kind(); kind {
	case '{':
		err = rd.Object("an object", func(name []byte) error {
			s += string(name) + ":"
			if string(name) == "left" {
				return nil // which the Reader passes by
			}
			inner, err := value(rd)
			s += inner + " "
			return err
		})
		return "{" + s + "}", err
	case '[':
		err = rd.Array("an array", func() error {
			inner, err := value(rd)
			s += inner + " "
			return err
		})
		return "[" + s + "]", err
	case '"':
		text, _, err := rd.Text(nil, "a string")
		return fmt.Sprintf("%q", text), err
	case '0':
		n, _, err := rd.Number("a number")
		return fmt.Sprint(n), err
	case 't', 'f':
		is, err := rd.Bool("true or false")
		return fmt.Sprint(is), err
	case 'n':
		return "null", rd.Skip()
	default:
		return "", rd.Wrong("a value")
	}
}

// TestFields reads header fields in any shape that recorders give them.
func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                    "[]",
		`[]`:                                    "[]",
		`null`:                                  "[] none",
		`{"A":"b","C":["d","\n"]}`:              `[{A b} {C d} {C ` + "\n" + `}]`,
		`{"A":1.50,"B":true}`:                   "[{A 1.50} {B true}]",
		`[["A","b"],["A",7]]`:                   "[{A b} {A 7}]",
		`[{"value":"b","name":"A","x":[1]}]`:    "[{A b}]",
		`[["A"]]`:                               "f:9: expected a pair of a name and a value, found a shorter list",
		`[["A","b","c"]]`:                       "f:9: expected a pair of a name and a value, found a string",
		`[{"value":"b"}]`:                       "f:9: expected the name of a header field, found none",
		`{"A":{}}`:                              "f:9: expected fields, found an object",
		`7`:                                     "f:9: expected fields, found a number",
		`{"A":["1","2","3","4"]}`:               "f:9: expected at most 3 header fields, found more (limit header-fields)",
		`[["A",1],["A",2],["A",3],["A",4]]`:     "f:9: expected at most 3 header fields, found more (limit header-fields)",
		`[{"name":"A","value":"\ud83d\ude00"}]`: "[{A 😀}]",
	} {
		for by, rd := range map[string]*Reader{"the cursor": NewLines(ways["at once"]("")), "the library": NewLines(ways["at once"]("")).ByLibrary()} {
			var h traffic.Header
			there := false
			rd.ResetLine([]byte(text), 9)
			err := rd.Entry(func() (err error) {
				rd.B.Begin(9)
				h = nil
				there, err = rd.Fields(&h, "fields")
				return err
			})
			got := fmt.Sprint([]traffic.Field(h))
			if !there {
				got += " none"
			}
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s by %s: expected %s, found %s", text, by, want, got)
			}
		}
	}
}

// TestBase64 undoes what recorders write, of either alphabet and in lines.
func TestBase64(t *testing.T) {
	rd := NewLines(ways["at once"](""))
	for text, want := range map[string]string{
		"": "", "YQ==": "a", "YQ": "a", "YWI=\n": "ab", "_-8": "\xff\xef", "/+8=": "\xff\xef", "YW Jj": "abc", "YQ\r\n==": "a",
		"Y": "!", "é": "!", "YQ=x": "!",
	} {
		got, err := rd.Base64([]byte(text), 5, "a body")
		if err != nil {
			got = []byte("!")
			if !strings.HasPrefix(err.Error(), "f:5: expected a body in base64") {
				t.Errorf("%q: %v", text, err)
			}
		}
		if string(got) != want {
			t.Errorf("%q: expected %q, found %q", text, want, got)
		}
	}
}

// TestNumbers holds the cursor's numbers to the library's.
func TestNumbers(t *testing.T) {
	for _, text := range []string{"0", "-0", "7", "-12.5", "123456789012345", "1234567890123456", "0.000001", "1e3", "1.5E-7", "99999.99999", "0.1", "0.1234567890123456", "9007.199254740993"} {
		read := func(rd *Reader) float64 {
			rd.ResetLine([]byte(text), 1)
			n, ok, err := rd.Number("a number")
			if !ok || err != nil {
				t.Errorf("%s: %v", text, err)
			}
			return n
		}
		if fast, slow := read(NewLines(ways["at once"](""))), read(NewLines(ways["at once"]("")).ByLibrary()); fast != slow {
			t.Errorf("%s: expected %v as the library reads it, found %v", text, slow, fast)
		}
	}
}

// TestBrokenLine: of a line that is broken the column is told.
func TestBrokenLine(t *testing.T) {
	rd := NewLines(ways["at once"](""))
	rd.ResetLine([]byte(`{"a":1,"b" 2}`), 7)
	err := rd.Entry(rd.Skip)
	if want := "f:7: not JSON: invalid character '2' after object name (expecting ':'), column 12"; err == nil || err.Error() != want {
		t.Errorf("expected %s, found %v", want, err)
	}
}

// TestBrokenStream: behind a fault of the stream nothing is read, and it is told.
func TestBrokenStream(t *testing.T) {
	gone := errors.New("the disk is gone")
	rd := New(format.FromStream(io.MultiReader(strings.NewReader(`{"list":[{"a":1},{"b":`), format.Fault{Err: gone}), "f", limits()))
	if got, want := listed(rd), "1 {a:1 }|f:1: expected a value: the disk is gone|"; got != want {
		t.Errorf("expected %s, found %s", want, got)
	}
}

func TestKeys(t *testing.T) {
	for head, want := range map[string]string{
		`{"log":{"entries":[{"a":1,"b":"`:                `{[{.log {} {.log.entries [} {.log.entries[].a 0} {.log.entries[].b "}]`,
		"\ufeff [[{\"a\":{":                              `[[{[][].a {}]`,
		`{"a":{"b":{"c":{"d":{"deep":1}}}},"behind":[]}`: `{[{.a {} {.a.b {} {.a.b.c {} {.a.b.c.d {} {.behind [}]`,
		`{"a":1} {"b":2}`:                                `{[{.a 0}]`,
		`{"a`:                                            `{[]`,
		`x`:                                              "\x00[]",
	} {
		keys, root := Keys([]byte(head))
		got := string(root) + "["
		for i, k := range keys {
			if i > 0 {
				got += " "
			}
			got += "{" + k.Path + " " + string(k.Kind) + "}"
		}
		if got += "]"; got != want {
			t.Errorf("%s: expected %s, found %s", head, want, got)
		}
	}
}

func TestOneLine(t *testing.T) {
	for head, want := range map[string]bool{
		"{}\n{}": true, `{"a":`: true, "\ufeff\n {\"a\":1}\n": true, "{\n}": false, "{\"a\":1,\n": false,
	} {
		if got := OneLine([]byte(head)); got != want {
			t.Errorf("%q: expected %t, found %t", head, want, got)
		}
	}
}

// TestLinesAreCounted over windows of the stream, and entries larger than one.
func TestLinesAreCounted(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("{\"list\":[")
	var want strings.Builder
	for i := range 40 {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, "\n{\"a\":[\n%d],\"b\":\"%s\"}", i, strings.Repeat("x", i%4*windowLen/8))
		fmt.Fprintf(&want, "%d|", 2+2*i)
	}
	text.WriteString("]}")
	for way, in := range ways {
		if way == "byte by byte" {
			continue // megabytes
		}
		of := in(text.String())
		of.Limits = format.DefaultLimits()
		rd := New(of)
		got := ""
		err := rd.Object("an object", func([]byte) error {
			return rd.Entries("a list", func() error {
				got += fmt.Sprint(rd.Line(), "|")
				return rd.Entry(rd.Skip)
			})
		})
		if err != nil || got != want.String() {
			t.Errorf("%s: expected lines %s, found %s, %v", way, want.String(), got, err)
		}
	}
}
