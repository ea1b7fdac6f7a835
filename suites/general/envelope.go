package general

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/xeipuuv/gojsonschema"

	"github.com/mbxcheck/mbxcheck/schemas"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Error payloads are judged in two steps. A look at the members that every scan
// captures says yes to almost all of them and costs nothing; what it does not
// say yes to is judged, and explained, by the JSON Schema, which has the last
// word. A fuzz test holds that the look never says yes where the schema says no.

// isErrorEnvelope reports {code, msg} as G11 shows it.
func isErrorEnvelope(b *traffic.Body) bool {
	_, isInt := b.Capture(traffic.CaptureCode).Int()
	return b.Kind == traffic.KindObject && isInt && b.Capture(traffic.CaptureMsg).Kind == traffic.KindString &&
		b.Capture(traffic.CaptureSuccess).Kind == traffic.KindNone
}

// isWAPIErrorEnvelope reports {success: false, msg} as G12 shows it.
func isWAPIErrorEnvelope(b *traffic.Body) bool {
	return b.Kind == traffic.KindObject && saysFailed(b) && b.Capture(traffic.CaptureMsg).Kind == traffic.KindString
}

func saysFailed(b *traffic.Body) bool {
	v := b.Capture(traffic.CaptureSuccess)
	return v.Kind == traffic.KindBool && string(v.Raw) == "false"
}

var (
	errorEnvelope     = sync.OnceValues(func() (*gojsonschema.Schema, error) { return compileSchema(schemas.ErrorEnvelope) })
	wapiErrorEnvelope = sync.OnceValues(func() (*gojsonschema.Schema, error) { return compileSchema(schemas.WAPIErrorEnvelope) })
)

func compileSchema(name string) (*gojsonschema.Schema, error) {
	data, err := schemas.Schema(name)
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
}

// maxEnvelope bounds the error payloads that the schema is asked about: it
// builds the whole value in memory, and the longest payload recorded has 400
// bytes.
const maxEnvelope = 64 << 10

// breach is what is wrong with an error payload.
type breach struct {
	what    string // "code is a string and no integer"
	pointer string
}

// breachOf judges a payload by a schema. It returns false when the payload keeps
// it, or when the schema cannot read it and why says so.
func breachOf(m *traffic.Members, schema func() (*gojsonschema.Schema, error), body []byte) (b breach, broken bool, why string) {
	if len(body) > maxEnvelope {
		return breach{}, false, "the payload is too large to be judged"
	}
	s, err := schema()
	if err != nil {
		panic(fmt.Sprintf("the project's own schema is broken: %v", err)) // a test compiles it
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if err := countableIn(body); err != nil {
		return breach{}, false, unreadPayload
	}
	result, err := s.Validate(gojsonschema.NewBytesLoader(inSchemaNames(m, body)))
	if err != nil {
		return breach{}, false, unreadPayload
	}
	if result.Valid() {
		return breach{}, false, ""
	}
	first := slices.MinFunc(result.Errors(), func(a, b gojsonschema.ResultError) int {
		return cmp.Compare(describe(&inSchema, a).pointer, describe(&inSchema, b).pointer)
	})
	return describe(m, first), true, ""
}

// validate holds a document against a schema, if its numbers are countable.
func validate(s *gojsonschema.Schema, document []byte) (*gojsonschema.Result, error) {
	if err := countableIn(document); err != nil {
		return nil, err
	}
	return s.Validate(gojsonschema.NewBytesLoader(document))
}

// countableIn looks for numbers that the schemas' library must not be asked
// about: it counts in fractions of any length, which takes a tenth of a second
// for 1e999999, and panics where a number beyond float64 meets an enumeration.
func countableIn(document []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		switch t, err := d.ReadToken(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case t.Kind() == '0':
			if err := countable(t.String()); err != nil {
				return err
			}
		}
	}
}

// countable tells of a number that has no counterpart in float64, or an
// exponent beyond all of those.
func countable(number string) error {
	if e := strings.IndexAny(number, "eE"); e >= 0 && len(number)-e > len("e-324") {
		return strconv.ErrRange
	}
	_, err := strconv.ParseFloat(number, 64)
	return err
}

const unreadPayload = "the schema cannot read the payload"

// inSchema is how the schemas call the members of an error payload.
var inSchema = traffic.Members{Code: "code", Msg: "msg", Success: "success"}

// inSchemaNames writes a payload with its members called as in the schemas. What of
// another venue is called so by chance gets another name.
func inSchemaNames(m *traffic.Members, body []byte) []byte {
	if m.Code == inSchema.Code && m.Msg == inSchema.Msg && m.Success == inSchema.Success {
		return body
	}
	var b bytes.Buffer
	lax := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	d, e := jsontext.NewDecoder(bytes.NewReader(body), lax...), jsontext.NewEncoder(&b, lax...)
	for {
		t, err := d.ReadToken()
		if err == io.EOF {
			return b.Bytes()
		}
		if err == nil && d.StackDepth() == 1 && isName(d) {
			switch name := t.String(); name {
			case m.Code:
				t = jsontext.String(inSchema.Code)
			case m.Msg:
				t = jsontext.String(inSchema.Msg)
			case m.Success:
				t = jsontext.String(inSchema.Success)
			case inSchema.Code, inSchema.Msg, inSchema.Success:
				t = jsontext.String("other " + name)
			}
		}
		if err != nil || e.WriteToken(t) != nil {
			return body
		}
	}
}

// isName reports that what was read last of an object at the top is a member's name.
func isName(d *jsontext.Decoder) bool {
	kind, read := d.StackIndex(1)
	return kind == '{' && read%2 == 1
}

// nameOf is the venue's name of a member that the schemas call so.
func nameOf(m *traffic.Members, name string) string {
	switch name {
	case inSchema.Code:
		return m.Code
	case inSchema.Msg:
		return m.Msg
	case inSchema.Success:
		return m.Success
	}
	return name
}

func describe(m *traffic.Members, e gojsonschema.ResultError) breach {
	field := nameOf(m, e.Field())
	pointer := "/" + strings.ReplaceAll(field, ".", "/")
	if field == gojsonschema.STRING_CONTEXT_ROOT || field == "(root)" {
		field, pointer = "the payload", ""
	}
	d := e.Details()
	switch e.Type() {
	case "required":
		name := nameOf(m, fmt.Sprint(d["property"]))
		return breach{name + " is not there", pointer + "/" + name}
	case "invalid_type":
		return breach{fmt.Sprintf("%s is of type %v, not %v", field, d["given"], d["expected"]), pointer}
	case "number_not":
		return breach{field + " beside them is the mark of another family's payload", pointer}
	case "enum":
		return breach{field + " is not " + fmt.Sprint(d["allowed"]), pointer}
	}
	return breach{e.Description(), pointer}
}

// textBreach is what is wrong with a payload that the schema cannot read, such as
// one with a number beyond float64: both families' are objects with their text under
// msg.
func textBreach(name string, body *traffic.Body) (b breach, broken bool) {
	switch kind := body.Capture(traffic.CaptureMsg).Kind; {
	case body.Kind == traffic.KindArray:
		return breach{"the payload is of type array, not object", ""}, true
	case body.Kind != traffic.KindObject || kind == traffic.KindString:
		return breach{}, false
	case kind == traffic.KindNone:
		return breach{name + " is not there", "/" + name}, true
	default:
		return breach{fmt.Sprintf("%s is of type %s, not string", name, kind), "/" + name}, true
	}
}

// judgeEnvelope asks the schema about a payload that the look at its members
// did not say yes to. note is added to the message.
func judgeEnvelope(c *rule.Trial, f *traffic.Facts, schema func() (*gojsonschema.Schema, error), expected, note string) {
	m := &f.Dialect.Members
	b, broken, why := breachOf(m, schema, f.Response.Body)
	if why != "" {
		b, broken = textBreach(m.Msg, &f.Body)
	}
	switch {
	case why != "" && !broken:
		c.Inconclusive(why)
	case !broken:
		c.Pass()
	default:
		r := rule.Report{
			Message:  fmt.Sprintf("The error payload is not the document's: %s.%s", b.what, note),
			Expected: expected, Seen: excerpt(c, f.Response.Body), Pointer: b.pointer,
		}
		if b.pointer == "/"+m.Msg && f.Body.Capture(traffic.CaptureMessage).Kind != traffic.KindNone {
			r.Cause = "named message"
			r.Message = fmt.Sprintf("The error payload is not the document's: its text is named %s, not %s.%s", m.Message, m.Msg, note)
		}
		c.Fail(r)
	}
}

// knowsItself reports whether an error payload shows that the venue made it: by
// a member of either family's payload, or a field that only the venue sends.
// Gateways answer in JSON too.
func knowsItself(f *traffic.Facts) bool {
	b := &f.Body
	if b.Capture(traffic.CaptureCode).Kind != traffic.KindNone || b.Capture(traffic.CaptureMsg).Kind != traffic.KindNone ||
		b.Capture(traffic.CaptureSuccess).Kind != traffic.KindNone || f.Weight() >= 0 {
		return true
	}
	return slices.ContainsFunc(f.Response.Header, func(h traffic.Field) bool { return f.Dialect.Owns(h.Name) })
}

// errorCode returns the code of an error payload: an object with an integer
// code and a msg that says a request failed, by its status or by itself.
func errorCode(f *traffic.Facts) (int64, bool) {
	code, isInt := f.Body.Capture(traffic.CaptureCode).Int()
	if !isInt || f.Body.Kind != traffic.KindObject || !f.BodySeen() || !f.Body.JSON() ||
		f.Body.Capture(traffic.CaptureMsg).Kind != traffic.KindString {
		return 0, false
	}
	return code, f.Response.Status >= 400 || rule.IsError(f)
}
