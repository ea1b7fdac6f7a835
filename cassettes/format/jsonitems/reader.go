// Package jsonitems is what the readers of JSON recordings share: walking
// objects and arrays token by token out of a stream, with a bound on each
// entry, and errors that know their line.
//
// It must not know any one format.
package jsonitems

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Reader walks the values of a JSON stream. It is not safe for concurrent use.
type Reader struct {
	B *format.Builder // of the exchange that is read

	src  source
	dec  *jsontext.Decoder
	file string
	line int // of the only line, when set by ResetLine
	one  bytes.Buffer

	limits format.Limits

	library bool // and nothing else

	fast  bool   // the cursor reads, and not the library
	cur   cursor // over the window of a stream, or the text given to ResetLine
	entry window
	base  int64  // the stream's offset at which the library's began
	held  []byte // what strings of the entry at hand point to

	scratch []byte // of Fields
}

// New returns a Reader of a recording.
func New(in format.Input) *Reader {
	d := &Reader{B: format.NewBuilder(in), file: in.Name, limits: in.Limits}
	d.src = source{r: in, allowance: d.limits.EntryBytes, limit: d.limits.EntryBytes}
	d.dec = jsontext.NewDecoder(&d.src, options...)
	return d
}

// NewLines returns a Reader that reads what ResetLine gives it of a recording.
func NewLines(in format.Input) *Reader {
	d := &Reader{B: format.NewBuilder(in), file: in.Name, limits: in.Limits}
	d.dec = jsontext.NewDecoder(&d.one, options...)
	return d
}

// ByLibrary has the Reader do without the cursor, and returns it: what it reads
// then is what it must read otherwise.
func (d *Reader) ByLibrary() *Reader {
	d.library = true
	return d
}

// Limits returns what the Reader reads under.
func (d *Reader) Limits() format.Limits { return d.limits }

// options: recorders are not JSON's teachers. Names that come twice and broken
// UTF-8 are theirs, and are read as browsers read them.
var options = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// ResetLine makes the Reader read one text that stands on the given line.
func (d *Reader) ResetLine(text []byte, line int) {
	d.line = line
	d.cur = cursor{data: text, last: true}
	d.fast = true
	if d.library {
		d.slowLine()
	}
}

// slowLine has the library read what ResetLine gave.
func (d *Reader) slowLine() {
	d.fast = false
	d.one.Reset()
	d.one.Write(d.cur.data)
	d.dec.Reset(&d.one, options...)
}

// Renew gives the entry (or the member outside any entry) that begins here its
// full allowance of bytes.
func (d *Reader) Renew() {
	if d.fast {
		return
	}
	d.src.limit = d.dec.InputOffset() + d.limits.EntryBytes
}

// Kind returns the kind of the next value, or of the delimiter that ends the
// object or array; 0 at the end or at an error, which the next read returns.
func (d *Reader) Kind() jsontext.Kind {
	if d.fast {
		return d.cur.kind()
	}
	return d.dec.PeekKind()
}

// Line returns the line on which the next token begins.
func (d *Reader) Line() int {
	if d.line > 0 {
		return d.line
	}
	if d.fast {
		return d.lineAtCursor()
	}
	d.dec.PeekKind()
	ahead := bytes.TrimLeft(d.dec.UnreadBuffer(), " \t\r\n,:")
	return 1 + d.src.newlines - bytes.Count(ahead, newline)
}

var newline = []byte{'\n'}

// offset is how much of the stream the library has read, whatever else it was
// told before.
func (d *Reader) offset() int64 { return d.base + d.dec.InputOffset() }

// Depth returns how many objects and arrays are open.
func (d *Reader) Depth() int {
	if d.fast {
		return len(d.entry.levels)
	}
	return d.dec.StackDepth()
}

// Object walks the members of the object that comes next: member is called
// with each name before its value, and may read the value or leave it. The
// name is valid until the first read.
func (d *Reader) Object(what string, member func(name []byte) error) error {
	if d.fast {
		return d.cur.object(member)
	}
	if err := d.open('{', what); err != nil {
		return err
	}
	for d.dec.PeekKind() != '}' {
		raw, err := d.dec.ReadValue()
		if err != nil {
			return d.broken(err)
		}
		before := d.offset()
		if err := member(name(raw)); err != nil {
			return err
		}
		if d.offset() == before {
			if err := d.Skip(); err != nil {
				return err
			}
		}
	}
	_, err := d.dec.ReadToken()
	return d.broken(err)
}

// Array walks the array that comes next: element is called before each element,
// and may read it or leave it.
func (d *Reader) Array(what string, element func() error) error {
	if d.fast {
		return d.cur.array(element)
	}
	if err := d.open('[', what); err != nil {
		return err
	}
	for d.dec.PeekKind() != ']' {
		if d.dec.PeekKind() == 0 {
			_, err := d.dec.ReadToken()
			return d.broken(err)
		}
		before := d.offset()
		if err := element(); err != nil {
			return err
		}
		if d.offset() == before {
			if err := d.Skip(); err != nil {
				return err
			}
		}
	}
	_, err := d.dec.ReadToken()
	return d.broken(err)
}

func (d *Reader) open(kind jsontext.Kind, what string) error {
	if d.dec.PeekKind() != kind {
		return d.Wrong(what)
	}
	_, err := d.dec.ReadToken()
	return d.broken(err)
}

// name unquotes an object's name. Escapes in one are legal and never seen.
func name(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	plain, _ := jsontext.AppendUnquote(nil, raw)
	return plain
}

// Text appends the string that comes next to dst. It reports false for null,
// and Wrong for anything else.
func (d *Reader) Text(dst []byte, what string) ([]byte, bool, error) {
	switch d.Kind() {
	case '"':
		if d.fast {
			dst, err := d.cur.text(dst)
			return dst, true, err
		}
		raw, err := d.dec.ReadValue()
		if err != nil {
			return dst, false, d.broken(err)
		}
		dst, _ = jsontext.AppendUnquote(dst, raw) // replaces broken UTF-8, which options allow
		return dst, true, nil
	case 'n':
		return dst, false, d.Skip()
	}
	return dst, false, d.Wrong(what)
}

// Raw appends the value that comes next as it stands.
func (d *Reader) Raw(dst []byte) ([]byte, error) {
	before := int64(d.dec.StackDepth())
	raw, err := d.dec.ReadValue()
	if err == nil && deeper(raw, d.limits.Depth-before) {
		return dst, d.tooDeep()
	}
	return append(dst, raw...), d.broken(err)
}

// deeper reports whether a JSON value has more levels of nesting.
func deeper(raw []byte, levels int64) bool {
	depth, quoted := int64(0), false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > levels {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func (d *Reader) tooDeep() *format.Error {
	return d.errorf(fmt.Sprintf("at most %d levels of nesting (limit depth)", d.limits.Depth), "more")
}

// String reads the string that comes next, which is valid until the next entry
// is read. Null is "".
func (d *Reader) String(what string) (string, error) {
	switch {
	case !d.fast:
		text, _, err := d.Text(d.held[:0], what)
		d.held = text
		return d.B.String(text), err
	case d.cur.kind() == 'n':
		return "", d.cur.skip()
	}
	return d.cur.view(&d.held)
}

// Base64 undoes RFC 4648 base64 of either alphabet, padded or not, in place.
func (d *Reader) Base64(text []byte, line int, what string) ([]byte, error) {
	if bytes.IndexByte(text, ' ') >= 0 { // where R's vcr broke the line
		text = slices.DeleteFunc(text, func(c byte) bool { return c == ' ' })
	}
	for i, c := range text { // as RFC 4648 section 5 has it
		switch c {
		case '-':
			text[i] = '+'
		case '_':
			text[i] = '/'
		}
	}
	n, err := base64.RawStdEncoding.Decode(text, bytes.TrimRight(text, "=\r\n")) // some leave the padding out
	if err != nil {
		return nil, &format.Error{File: d.file, Line: line, Expected: what + " in base64", Err: err}
	}
	return text[:n], nil
}

// Number reads the number that comes next; false for null. Numbers in strings
// are accepted: some exporters write them so.
func (d *Reader) Number(what string) (float64, bool, error) {
	switch d.Kind() {
	case '0', '"':
		if d.fast {
			n, err := d.cur.number()
			return n, true, err
		}
		at := d.Line()
		raw, err := d.dec.ReadValue()
		if err != nil {
			return 0, false, d.broken(err)
		}
		n, err := strconv.ParseFloat(string(bytes.Trim(raw, `"`)), 64)
		if err != nil {
			return 0, false, &format.Error{File: d.file, Line: at, Expected: what, Found: excerpt(raw)}
		}
		return n, true, nil
	case 'n':
		return 0, false, d.Skip()
	}
	return 0, false, d.Wrong(what)
}

// Status reads the status code that comes next; 0 for null.
func (d *Reader) Status() (int, error) {
	at := 0
	if !d.fast {
		at = d.Line()
	}
	n, _, err := d.Number("a status code")
	if err == nil && n == -1 { // as Playwright writes where no answer came
		return 0, nil
	}
	if err == nil && (n < 0 || n > 999 || n != float64(int(n))) {
		return 0, &format.Error{File: d.file, Line: at, Expected: "a status code", Found: strconv.FormatFloat(n, 'g', -1, 64)}
	}
	return int(n), err
}

// Bool reads the boolean that comes next; null is false.
func (d *Reader) Bool(what string) (bool, error) {
	switch kind := d.Kind(); kind {
	case 't', 'f', 'n':
		if d.fast {
			return kind == 't', d.cur.skip()
		}
		t, err := d.dec.ReadToken()
		return t.Kind() == 't', d.broken(err)
	}
	return false, d.Wrong(what)
}

// Skip reads past the next value.
func (d *Reader) Skip() error {
	if d.fast {
		return d.cur.skip()
	}
	if k := d.dec.PeekKind(); k != '{' && k != '[' {
		return d.broken(d.dec.SkipValue())
	}
	for before := d.dec.StackDepth(); ; {
		if _, err := d.dec.ReadToken(); err != nil {
			return d.broken(err)
		}
		switch depth := d.dec.StackDepth(); {
		case depth <= before:
			return nil
		case int64(depth) > d.limits.Depth:
			return d.tooDeep()
		}
	}
}

// End demands that nothing but white space follows.
func (d *Reader) End() error {
	if d.fast {
		if d.cur.pos = traffic.SkipSpace(d.cur.data, d.cur.pos); d.cur.pos < len(d.cur.data) {
			return errOdd
		}
		return nil
	}
	if d.dec.PeekKind() == 0 {
		if _, err := d.dec.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return d.broken(err)
		}
	}
	return d.Wrong("the end of the file, which holds one recording (give what follows a file of its own)")
}

// File returns the name of what is read.
func (d *Reader) File() string { return d.file }
