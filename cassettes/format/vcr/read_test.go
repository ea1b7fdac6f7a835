package vcr

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// told reads a cassette and says of each entry what Finish is given.
func told(c Cassette, text string, read func(Cassette, format.Input) iter.Seq2[*traffic.Exchange, error]) string {
	var out []string
	c.Finish = func(e *Entry) error {
		x := e.X
		out = append(out, fmt.Sprintf("%s %s %v %q %s -> %d %v %q %s at %q %v url %t form %t took %v-%v gaps %b", x.Request.Method, x.Request.URL, x.Request.Header, x.Request.Body, form(e.RequestBody),
			x.Response.Status, x.Response.Header, x.Response.Body, form(e.ResponseBody), e.RecordedAt, e.RecordedSec, e.ResponseURL, e.HasForm, e.Total, e.PreTransfer, x.Gaps))
		return nil
	}
	for _, err := range read(c, formattest.Input(text, "f")) {
		if err != nil {
			out = append(out, err.Error())
		}
	}
	return strings.Join(out, "\n")
}

// form spells what is set of a body.
func form(b Body) string {
	var parts []string
	for _, p := range []struct {
		name string
		is   bool
	}{{"present", b.Present}, {"text", b.Text}, {"coded", b.Coded}, {"JSON", b.JSON}, {b.Format, b.Format != ""}} {
		if p.is {
			parts = append(parts, p.name)
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}

const (
	request  = `"request":{"method":"GET","uri":"/x"}`
	rest     = ` at "" 0 url false form false took 0-0 gaps `
	noAnswer = `GET /x [] "" () -> 0 [] "" ()` + rest + "1000000000"
)

// cassettes are entries in all the forms that recorders give them, and broken ones.
var cassettes = []struct {
	of         Cassette
	text, want string
}{
	{Cassette{}, `[]`, ""},
	{Cassette{}, `[{` + request + `}]`, noAnswer},
	{Cassette{}, `[{` + request + `,"response":null,"other":[{}]}]`, noAnswer},
	{Cassette{List: "list"}, `{"before":{"list":[]},"list":[{` + request + `}],"behind":1}`, noAnswer},
	{Cassette{}, `[{"request":{"method":"POST","url":"/x","headers":{"A":["b","c"]},"body":"p","post_fields":{"p":""}},"response":{"status":{"code":200},"headers":[],"body":"q","url":"/x","curl_info":{"total_time":1.5,"pretransfer_time":0.5}}}]`,
		`POST /x [{A b} {A c}] "p" (present text) -> 200 [] "q" (present text) at "" 0 url true form true took 1.5-0.5 gaps 0`},
	{Cassette{}, `[{` + request + `,"response":{"status":"200","body":{"string":"q","encoding":"UTF-8"}},"recorded_at":"Sat"}]`, `GET /x [] "" () -> 200 [] "q" (present text) at "Sat" 0 url false form false took 0-0 gaps 0`},
	{Cassette{}, `[{` + request + `,"response":{"status":{"status_code":"418"},"body":{"string":"z","base64_string":"cQ=="}},"recorded_at":1.5}]`, `GET /x [] "" () -> 418 [] "q" (present text coded) at "" 1.5 url false form false took 0-0 gaps 0`},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"body":{"base64_string":"cQ==","string":"z"}}}]`, `GET /x [] "" () -> 200 [] "q" (present text coded)` + rest + "0"},
	{Cassette{}, `[{` + request + `,"response":{"status_code":404,"content":"q"}}]`, `GET /x [] "" () -> 404 [] "q" (present text)` + rest + "0"},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"status_code":404,"body":"q","content":"z","body_format":"json"}}]`, `GET /x [] "" () -> 200 [] "q" (present text json)` + rest + "0"},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"body":{"string":"a.bin","file":true}}}]`, `GET /x [] "" () -> 200 [] "" (present)` + rest + "10000"},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"body":[1]}}]`, `GET /x [] "" () -> 200 [] "" (present)` + rest + "10000"},
	{Cassette{JSONBodies: true}, `[{` + request + `,"response":{"status":200,"body":{"string": [1]}}}]`, `GET /x [] "" () -> 200 [] "{\"string\": [1]}" (present text JSON)` + rest + "0"},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"body":null}}]`, `GET /x [] "" () -> 200 [] "" ()` + rest + "10000"},

	{Cassette{}, "[\n{},\n{" + request + "},\n7,{\"request\":{\"method\":\"GET\"}},{\"request\":{\"url\":\"/x\"}},{" + request + "}]",
		"f:2: expected a request, found none\n" + noAnswer + "\nf:4: expected an object with a request and a response, found a number\n" +
			"f:4: expected a URL in the request, found none\nf:4: expected a method in the request, found none\n" + noAnswer},
	{Cassette{}, `[{` + request + `,"response":{"status":200,"body":{"base64_string":"é"}}},{` + request + `}]`, "f:1: expected a body in base64: illegal base64 data at input byte 0\n" + noAnswer},
	{Cassette{}, `[{` + request + `},{"request":`, noAnswer + "\nf:1: expected a request: it ends in the middle: unexpected EOF"},
	{Cassette{}, `[] x`, "f:1: not JSON: invalid character 'x' at start of value"},
	{Cassette{List: "list"}, `{"lists":[]}`, `f:1: expected "list", found none`},
	{Cassette{List: "list"}, `[]`, "f:1: expected a JSON object, found an array"},
	{Cassette{}, `{}`, "f:1: expected a JSON array of entries, found an object"},
}

func TestReadJSON(t *testing.T) {
	for _, c := range cassettes {
		if got := told(c.of, c.text, Cassette.ReadJSON); got != c.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", c.text, c.want, got)
		}
	}
}

// TestReadYAML: JSON is YAML, and what is whole in it is read alike.
func TestReadYAML(t *testing.T) {
	n := 0
	for _, c := range cassettes {
		if c.of.JSONBodies || strings.Contains(c.want, "f:") || strings.Contains(c.text, `"recorded_at":1.5`) || strings.Contains(c.text, "body_format") {
			continue // which no recorder of YAML writes, or JSON alone says so
		}
		if n++; strings.Contains(c.text, `"url":"/x","headers"`) {
			c.of.URL = "url"
		} else {
			c.of.URL = "uri"
		}
		if got := told(c.of, c.text, Cassette.ReadYAML); got != c.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", c.text, c.want, got)
		}
	}
	if n < 10 {
		t.Errorf("%d cassettes prove little", n)
	}
}

// TestMemoryIsUsedAgain: nothing of an entry is found in the next.
func TestMemoryIsUsedAgain(t *testing.T) {
	const full = `{"request":{"method":"POST","url":"/y","headers":{"A":"b"},"body":"p","post_fields":{"p":1}},"response":{"status":200,"headers":{"C":"d"},"body":"q","url":"/y"},"recorded_at":"Sat"}`
	if got := told(Cassette{}, `[`+full+`,{`+request+`}]`, Cassette.ReadJSON); !strings.HasSuffix(got, "\n"+noAnswer) {
		t.Errorf("expected %s behind a full entry, found\n%s", noAnswer, got)
	}
}

// TestReadStops when no more is asked for.
func TestReadStops(t *testing.T) {
	c := Cassette{Finish: func(*Entry) error { return nil }}
	n := 0
	for range c.ReadJSON(formattest.Input(`[{`+request+`},{},{`+request+`}]`, "f")) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("expected an exchange and an error, found %d", n)
	}
}

// TestBegins tells JSON from YAML in flow style, and takes nothing of either away.
func TestBegins(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1}`: true, "\ufeff \n[{\"a\":1}]": true, "{}": true, "[]": true, "[[{": true, "{": true,
		"{a: 1}": false, "[{a: 1}]": false, "- a": false, "a: {}": false, "": false, "'{}'": false,
	} {
		is, in := begins(format.FromStream(strings.NewReader(text), "f", format.DefaultLimits()))
		if all, err := io.ReadAll(in); is != want || err != nil || string(all) != text {
			t.Errorf("%q: expected %t and all of it behind, found %t, %q, %v", text, want, is, all, err)
		}
	}
}

func TestFirstOfRequest(t *testing.T) {
	for head, want := range map[string]string{
		`{"list":[{"request":{"uri":"x","method"`:                     "uri",
		`{"x":[{"request":{"a":1}}],"list":[{"id":1,"request":{"b":1`: "b",
		`{"list":[{"request":{}}]}`:                                   "",
		`[{"request":{"uri":1}}]`:                                     "",
		`{"list":[`:                                                   "",
	} {
		if got := FirstOfRequest([]byte(head), "list"); got != want {
			t.Errorf("%s: expected %q, found %q", head, want, got)
		}
	}
}

// FuzzRead: whatever is read, no entry is without a target, and only errors of the
// format are told.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{`[{` + request + `}]`, `[{},7,{` + request + `,"response":{"body":{"base64_string":"YQ=="}}}]`, `[{"request":{"method":"GET","url":"u"},"response":{"status":{"code":"x"}}},`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Cassette{Finish: func(e *Entry) error {
			if e.X.Request.URL == "" || e.X.Request.Method == "" || e.line < 1 {
				t.Errorf("%q: no target: %+v", text, e.X.Request)
			}
			return nil
		}}
		last := 0
		for x, err := range c.ReadJSON(formattest.Input(text, "f")) {
			if _, is := err.(*format.Error); (x == nil) != is {
				t.Errorf("%q: expected an exchange or an error of the format, found %v, %v", text, x, err)
			}
			if x != nil {
				if x.At.Number <= last || x.At.Line < 1 {
					t.Errorf("%q: position %+v behind %d", text, x.At, last)
				}
				last = x.At.Number
			}
		}
	})
}
