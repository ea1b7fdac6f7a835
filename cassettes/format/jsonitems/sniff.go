package jsonitems

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Key is an object's name seen in the beginning of a text.
type Key struct {
	Path string        // such as ".log.entries", with "[]" for each array
	Kind jsontext.Kind // of its value, 0 if the text ends before it
}

// maxSniffDepth is how deep Keys looks: formats tell themselves apart above.
const maxSniffDepth = 4

// Keys lists the names in the first value of a JSON text that may break off
// anywhere, down to a few levels, and the value's own kind.
func Keys(head []byte) (keys []Key, root jsontext.Kind) {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	d := jsontext.NewDecoder(bytes.NewReader(head), options...)
	root = d.PeekKind()
	walkKeys(d, "", 0, &keys)
	return keys, root
}

// walkKeys reads one value and reports whether the text goes on behind it.
func walkKeys(d *jsontext.Decoder, path string, depth int, keys *[]Key) bool {
	kind := d.PeekKind()
	if depth == maxSniffDepth || kind != '{' && kind != '[' {
		return d.SkipValue() == nil
	}
	if _, err := d.ReadToken(); err != nil {
		return false
	}
	for {
		switch d.PeekKind() {
		case 0:
			return false
		case '}', ']':
			_, err := d.ReadToken()
			return err == nil
		}
		inner := path + "[]"
		if kind == '{' {
			name, err := d.ReadToken()
			if err != nil {
				return false
			}
			inner = path + "." + strings.Clone(name.String())
			*keys = append(*keys, Key{inner, d.PeekKind()})
		}
		if !walkKeys(d, inner, depth+1, keys) {
			return false
		}
	}
}

// OneLine reports whether head begins with one whole JSON value that ends on its
// first line, or with a first line that goes on behind the end of head.
func OneLine(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	line, _, more := bytes.Cut(head, newline)
	if !more {
		return true
	}
	d := jsontext.NewDecoder(bytes.NewReader(line), options...)
	return d.SkipValue() == nil
}
