package yamlitems

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
)

// Documents yields the root of each document of a YAML stream, one at a time.
// A document that is broken is yielded as an *format.Error, whose line is the
// file's; reading goes on behind it. Empty documents are left out.
//
// The stream is cut at the lines that begin with a document marker, which no
// scalar may hold at the beginning of a line (YAML 1.2.2 section 9.1.4).
func Documents(in format.Input) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		d := documents{s: &splitter{r: bufio.NewReaderSize(in, 64<<10), limit: in.Limits.EntryBytes}, file: in.Name, limits: in.Limits}
		if first, _ := d.s.r.Peek(3); string(first) == "\ufeff" {
			d.s.r.Discard(3)
		}
		for {
			root, err := d.next()
			if err == io.EOF {
				return
			}
			if !yield(root, err) || d.failed {
				return
			}
		}
	}
}

type documents struct {
	s      *splitter // only its lines
	file   string
	limits format.Limits
	text   []byte
	begins int // the line of text's first byte
	over   bool
	failed bool // the stream itself is at fault
}

// next returns the next document that holds something.
func (d *documents) next() (Value, error) {
	for {
		end, err := d.gather()
		if err != nil {
			d.failed = true
			return Value{}, &format.Error{File: d.file, Line: d.s.line, Expected: "a YAML document", Err: err}
		}
		root, err := d.parse()
		if err != nil || root.Present() {
			return root, err
		}
		if end {
			return Value{}, io.EOF
		}
	}
}

// gather reads up to the next document marker, and reports true at the end of
// the stream.
func (d *documents) gather() (end bool, err error) {
	d.text, d.begins, d.over = d.text[:0], 0, false
	for {
		line, err := d.s.readLine()
		if err != nil && err != io.EOF {
			return true, err
		}
		if len(line) == 0 {
			return true, nil
		}
		if isMarker(line) && d.begins > 0 && (line[0] == '.' || !d.blank()) {
			if line[0] == '-' {
				d.s.held, d.s.isHeld = line, true
			}
			return false, nil
		}
		if d.begins == 0 {
			d.begins = d.s.line
		}
		if d.over = d.over || int64(len(d.text)+len(line)) > d.limits.EntryBytes; !d.over {
			d.text = append(d.text, line...)
		}
	}
}

// blank reports whether what was gathered is directives and comments, which
// belong to the document whose marker follows.
func (d *documents) blank() bool {
	for line := range bytes.Lines(d.text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

func (d *documents) parse() (Value, error) {
	if d.over {
		err := fmt.Errorf("%w: more than %d bytes (limit entry-bytes)", errTooLong, d.limits.EntryBytes)
		return Value{}, &format.Error{File: d.file, Line: d.begins, Expected: "a document that can be read", Err: err}
	}
	doc, err := parsed(d.text, 0, &d.limits)
	if err != nil {
		return Value{}, yamlError(d.file, d.begins-1, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return Value{}, nil
	}
	return Value{limits: &d.limits, file: d.file, base: d.begins - 1, node: doc.Content[0]}, nil
}

// isMarker reports whether a line begins with "---" or "..." that stands alone.
func isMarker(line []byte) bool {
	line = bytes.TrimRight(line, " \t\r\n")
	return len(line) >= 3 && (string(line[:3]) == "---" || string(line) == "...") && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}
