package yamlitems

import (
	"bytes"
	"strings"
)

// Key is a mapping's key seen in the beginning of a document.
type Key struct {
	Name  string
	Root  bool   // of the root mapping
	Value string // what follows on the line: a scalar, "{", "[" or ""
}

// Keys lists the mapping keys in the beginning of a YAML (or JSON) text that
// may break off anywhere, in order. It looks past byte order mark, directives,
// comments, quotes, flow collections and block scalars. It is a guess made for
// telling formats apart, not a parse.
func Keys(head []byte) []Key {
	l := lexer{text: bytes.TrimPrefix(head, []byte("\ufeff")), root: -1, block: -1}
	for len(l.text) > 0 {
		var line []byte
		line, l.text = cutLine(l.text)
		l.take(line)
	}
	return l.keys
}

type lexer struct {
	text  []byte
	keys  []Key
	root  int  // the column of the root mapping's keys, -1 before the first
	flows bool // the root is in flow style
	block int  // the column of the key that holds a block scalar, -1 outside one
	quote byte // the open quote, 0 outside
	depth int  // open flow collections
}

func cutLine(text []byte) (line, rest []byte) {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, nil
}

func (l *lexer) take(line []byte) {
	content := bytes.TrimLeft(line, " ")
	column := len(line) - len(content)
	content = bytes.TrimRight(content, " \t\r")
	switch {
	case l.quote != 0 || l.depth > 0:
		l.flow(content)
		return
	case len(content) == 0 || content[0] == '#' || column == 0 && content[0] == '%':
		return
	case l.block >= 0 && column > l.block:
		return
	}
	l.block = -1
	if rest, ok := bytes.CutPrefix(content, []byte("---")); ok && column == 0 {
		content = bytes.TrimLeft(rest, " \t")
	}
	for len(content) > 0 && isDash(content) {
		trimmed := bytes.TrimLeft(content[1:], " \t")
		column += len(content) - len(trimmed)
		content = trimmed
		if l.root < 0 {
			l.root = 0 // the document is a list
		}
	}
	if len(content) > 0 {
		l.blockLine(content, column)
	}
}

// blockLine reads what stands on a line in block style: a key and the
// beginning of its value, or a part of a plain scalar.
func (l *lexer) blockLine(content []byte, column int) {
	if content[0] == '{' || content[0] == '[' {
		l.flow(content)
		return
	}
	name, rest, ok := cutName(content)
	if !ok {
		l.openQuote(content)
		return
	}
	if l.root < 0 {
		l.root = column
	}
	rest = bytes.TrimLeft(rest, " \t")
	l.add(name, column == l.root, rest)
	switch {
	case len(rest) == 0:
	case rest[0] == '|' || rest[0] == '>':
		l.block = column
	case rest[0] == '{' || rest[0] == '[':
		l.flow(rest)
	default:
		l.openQuote(rest)
	}
}

func (l *lexer) add(name string, root bool, value []byte) {
	if len(value) > 0 && (value[0] == '{' || value[0] == '[') {
		value = value[:1]
	}
	l.keys = append(l.keys, Key{name, root, strings.Trim(string(value), `"'`)})
}

// openQuote notes whether a quoted scalar goes on in the next line.
func (l *lexer) openQuote(b []byte) {
	if b[0] == '"' || b[0] == '\'' {
		l.quote = b[0]
		l.closeQuote(b[1:])
	}
}

// closeQuote returns what follows the end of the open quote, nil if it stays
// open.
func (l *lexer) closeQuote(b []byte) []byte {
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && l.quote == '"':
			i++
		case b[i] == l.quote:
			l.quote = 0
			return b[i+1:]
		}
	}
	return nil
}

// flow reads flow collections, in which a key stands behind { or a comma.
func (l *lexer) flow(b []byte) {
	if l.quote != 0 {
		if b = l.closeQuote(b); l.quote != 0 {
			return
		}
	}
	mayBeKey := len(b) > 0 && l.depth > 0
	for len(b) > 0 {
		switch c := b[0]; {
		case c == '{' || c == '[':
			if l.root < 0 {
				l.root, l.flows = 0, true
			}
			l.depth++
			mayBeKey = true
		case c == '}' || c == ']':
			if l.depth--; l.depth == 0 {
				return
			}
		case c == ',':
			mayBeKey = true
		case c == ' ' || c == '\t':
		case mayBeKey || c == '"' || c == '\'':
			name, rest, ok := cutName(b)
			if mayBeKey = false; ok {
				rest = bytes.TrimLeft(rest, " \t")
				l.add(name, l.flows && l.depth == 1, flowScalar(rest))
				b = rest
				continue
			}
			if c == '"' || c == '\'' {
				l.quote = c
				if b = l.closeQuote(b[1:]); l.quote != 0 {
					return
				}
				continue
			}
		}
		b = b[1:]
	}
}

func flowScalar(b []byte) []byte {
	if end := bytes.IndexAny(b, ",}]"); end >= 0 && b[0] != '{' && b[0] != '[' {
		return bytes.TrimRight(b[:end], " \t")
	}
	return b
}

// cutName cuts `name:` off, plain or quoted. In flow style a quoted name needs
// no space behind the colon.
func cutName(b []byte) (name string, rest []byte, ok bool) {
	quoted := b[0] == '"' || b[0] == '\''
	if quoted {
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return "", nil, false
		}
		name, rest = string(b[1:1+end]), bytes.TrimLeft(b[2+end:], " \t")
	} else {
		end := bytes.IndexAny(b, ":{}[],\"'")
		if b[0] == ':' && len(b) > 1 { // a Ruby symbol
			end = 1 + bytes.IndexByte(b[1:], ':')
		}
		if end <= 0 {
			return "", nil, false
		}
		name, rest = strings.TrimPrefix(strings.TrimSpace(string(b[:end])), ":"), b[end:]
	}
	if len(rest) == 0 || rest[0] != ':' {
		return "", nil, false
	}
	rest = rest[1:]
	return name, rest, quoted || len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t'
}
