package jsonitems

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Recover reads past the rest of what is open above depth, so that reading can
// go on behind a broken entry. It fails when the stream itself is broken.
func (d *Reader) Recover(depth int) error {
	for d.dec.StackDepth() > depth {
		if k := d.dec.PeekKind(); k == '}' || k == ']' {
			if _, err := d.dec.ReadToken(); err != nil {
				return d.broken(err)
			}
		} else if err := d.dec.SkipValue(); err != nil { // however deep
			return d.broken(err)
		}
	}
	return nil
}

// Wrong says that what was expected and something else comes next. If the
// stream is broken there, the error says that instead.
func (d *Reader) Wrong(what string) error {
	if d.fast {
		return errOdd // the library will say it better
	}
	kind := d.dec.PeekKind()
	if kind == 0 {
		if _, err := d.dec.ReadToken(); err != nil {
			e := d.broken(err).(*format.Error)
			e.Expected = what
			return e
		}
	}
	return d.errorf(what, kinds[kind])
}

var kinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a string", '0': "a number",
	'{': "an object", '[': "an array", '}': "the end of the object", ']': "the end of the array",
}

// errorf returns an error at the next token.
func (d *Reader) errorf(expected, found string) *format.Error {
	return &format.Error{File: d.file, Line: d.Line(), Expected: expected, Found: found}
}

// Missing says that something is not there which begins on the line.
func (d *Reader) Missing(line int, what string) *format.Error {
	return &format.Error{File: d.file, Line: line, Expected: what, Found: "none"}
}

// ErrStopped says that the consumer of exchanges wants no more.
var ErrStopped = errors.New("stopped")

// Passing reads a part, yields what is wrong with it and passes by the rest of
// it. What it returns ends the reading: ErrStopped, or a fault of the stream.
func (d *Reader) Passing(yield func(*traffic.Exchange, error) bool, read func() error) error {
	depth := d.Depth()
	err := read()
	if err == nil || err == ErrStopped || Broken(err) {
		return err
	}
	if !yield(nil, err) {
		return ErrStopped
	}
	return d.Recover(depth)
}

// Whole reads a recording, demands that nothing follows, and yields what ended
// the reading before.
func (d *Reader) Whole(yield func(*traffic.Exchange, error) bool, read func() error) {
	err := read()
	if err == nil {
		err = d.End()
	}
	if err != nil && err != ErrStopped {
		yield(nil, err)
	}
}

// Exchange reads the entry that comes next, and yields its exchange. It returns
// what Passing does.
func (d *Reader) Exchange(yield func(*traffic.Exchange, error) bool, read func() error) error {
	d.Renew()
	d.B.Begin(d.Line())
	return d.Passing(yield, func() error {
		if err := read(); err != nil {
			return err
		}
		if !yield(d.B.Finish(), nil) {
			return ErrStopped
		}
		return nil
	})
}

// Broken reports whether err says that the stream is at fault, so that nothing
// can be read behind it.
func Broken(err error) bool {
	var b *brokenError
	return errors.As(err, &b)
}

// brokenError is a fault of the stream or its JSON.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// broken wraps the decoder's error with file and line.
func (d *Reader) broken(err error) error {
	if err == nil {
		return nil
	}
	line := d.Line()
	var syntax *jsontext.SyntacticError
	switch {
	case d.src.err != nil:
		err = d.src.err
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		err = errEnds
	case errors.As(err, &syntax):
		line, err = d.lineOf(syntax), fmt.Errorf("not JSON: %w", syntax.Err)
		if d.line > 0 { // the text is that line
			err = fmt.Errorf("%w, column %d", err, syntax.ByteOffset+1)
		}
	}
	return &format.Error{File: d.file, Line: line, Err: &brokenError{err}}
}

// lineOf is the line of the byte that is wrong. Line would pass by commas and
// colons, and be wrong where they are what is wrong.
func (d *Reader) lineOf(e *jsontext.SyntacticError) int {
	if d.line > 0 {
		return d.line
	}
	unread := d.dec.UnreadBuffer()
	at := min(max(e.ByteOffset-d.dec.InputOffset(), 0), int64(len(unread)))
	return 1 + d.src.newlines - bytes.Count(unread[at:], newline)
}

var errEnds = fmt.Errorf("it ends in the middle: %w", io.ErrUnexpectedEOF)

func excerpt(b []byte) string {
	const enough = 40 // the longest number that a float64 needs has 24
	if text := mask.Text(string(b)); len(text) <= enough {
		return text
	}
	return mask.Quoted(string(b))
}
