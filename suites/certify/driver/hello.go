package driver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// NoHello says that the first line of somebody's output is no hello.
type NoHello struct {
	Err   error
	Line  string // the line, quoted and cut
	Meant bool   // it is a hello with a fault, and not another program's line

	open bool          // the line is the brace that opens an object
	rest *bufio.Reader // what follows the line
}

// Error implements error.
func (e *NoHello) Error() string {
	return fmt.Sprintf("line 1 of its output: expected a hello of protocol %d: %v: %s", Protocol, e.Err, e.Line)
}

// Unwrap returns the cause.
func (e *NoHello) Unwrap() error { return e.Err }

// Later looks for a hello, good or bad, in what follows, and returns the number
// of the line at which it begins; 0 if there is none. It returns when there is a
// hello, at the output's end, and after maxLater lines.
func (e *NoHello) Later() int {
	var object []byte // over several lines, from the first on
	for number := 2; number < 2+maxLater; number++ {
		line, err := readLine(e.rest)
		if meantAsHello(line) {
			return number
		}
		if object = append(object, line...); e.open && len(object) < maxLine && meantAsHello(append([]byte("{"), object...)) {
			return 1
		}
		if err != nil {
			return 0
		}
	}
	return 0
}

// maxLater is in how many lines after the first a hello is looked for: banners
// that libraries print have some dozen.
const maxLater = 200

// helloMembers are what a hello holds.
var helloMembers = []string{"protocol", "client", "version", "configuration", "ops", "base_url"}

// meantAsHello tells a hello with a fault from another program's line. Logs in
// JSON may well have a client, a version or a protocol, but no version of the
// protocol, and no ops.
func meantAsHello(line []byte) bool {
	line = bytes.TrimPrefix(bytes.TrimSpace(line), []byte("\ufeff"))
	if !bytes.HasPrefix(line, []byte("{")) {
		return false
	}
	var members map[string]jsontext.Value
	if json.Unmarshal(line, &members, jsontext.AllowDuplicateNames(true)) != nil {
		return mentioned(line, "protocol") && mentioned(line, "client") || mentioned(line, "ops") && mentioned(line, "client") || mentioned(line, "protocol") && mentioned(line, "ops")
	}
	ours := 0
	for _, name := range helloMembers {
		if _, ok := members[name]; ok {
			ours++
		}
	}
	protocol, ops := members["protocol"], members["ops"]
	switch {
	case ours == 0:
		return false
	case ours == len(members), len(ops) > 0 && ops.Kind() == '[':
		return true
	}
	return ours > 1 && len(protocol) > 0 && protocol.Kind() == '0'
}

// mentioned reports whether a line that is no JSON has a member, in quotes of
// any kind or without.
func mentioned(line []byte, name string) bool {
	for rest := line; ; {
		at := bytes.Index(rest, []byte(name))
		if at < 0 {
			return false
		}
		if after := bytes.TrimLeft(rest[at+len(name):], "\"' "); bytes.HasPrefix(after, []byte(":")) || bytes.HasPrefix(after, []byte("=")) {
			return true
		}
		rest = rest[at+len(name):]
	}
}

// noHello is what becomes of a first line.
func noHello(line []byte, err error, rest *bufio.Reader) *NoHello {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax):
		err = fmt.Errorf("expected one JSON object on one line: %w", err)
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		err = fmt.Errorf("expected no members but protocol, client, version, configuration, ops and base_url: %w", err)
	}
	return &NoHello{Err: err, Line: quoted(line), Meant: meantAsHello(line), open: string(bytes.TrimSpace(line)) == "{", rest: rest}
}
