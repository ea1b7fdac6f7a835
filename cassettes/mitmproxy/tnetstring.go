package mitmproxy

import (
	"bytes"
	"fmt"
	"strconv"
)

// A typed netstring is SIZE:PAYLOAD and one byte that says what the payload is;
// the payload of a dictionary or a list is netstrings. mitmproxy adds ';', text
// in UTF-8, to the kinds of tnetstrings.org.
const (
	kindBytes = ','
	kindText  = ';'
	kindInt   = '#'
	kindFloat = '^'
	kindBool  = '!'
	kindNull  = '~'
	kindDict  = '}'
	kindList  = ']'
)

// maxSizeDigits bounds the digits of a size as mitmproxy's own reader does.
const maxSizeDigits = 12

// value is one netstring. Its payload points into the flow's.
type value struct {
	kind    byte
	payload []byte
	at      int64 // offset of its payload in the file
}

// fault is a netstring that isn't one, or isn't what was expected.
type fault struct {
	at              int64
	expected, found string
}

func (f *fault) Error() string { return "expected " + f.expected + ", found " + f.found }

// pop takes the first netstring off text, which begins at an offset.
func pop(text []byte, at int64) (v value, rest []byte, err error) {
	colon := bytes.IndexByte(text[:min(len(text), maxSizeDigits+1)], ':')
	size, err := strconv.ParseUint(string(text[:max(colon, 0)]), 10, 63)
	if err != nil {
		return v, nil, &fault{at, "the size of a netstring", excerpt(text)}
	}
	body := text[colon+1:]
	if size >= uint64(len(body)) {
		return v, nil, &fault{at, fmt.Sprintf("%d bytes and a kind", size), fmt.Sprintf("%d bytes", len(body))}
	}
	return value{body[size], body[:size], at + int64(colon) + 1}, body[size+1:], nil
}

// dict calls member with each name and value of a dictionary.
func (v value) dict(what string, member func(name []byte, v value) error) error {
	if v.kind != kindDict {
		return v.wrong(what)
	}
	for rest := v.payload; len(rest) > 0; {
		name, behind, err := pop(rest, v.offset(rest))
		if err != nil {
			return err
		}
		if name.kind != kindText && name.kind != kindBytes {
			return name.wrong("a name")
		}
		var to value
		if to, rest, err = pop(behind, v.offset(behind)); err != nil {
			return err
		}
		if err := member(name.payload, to); err != nil {
			return err
		}
	}
	return nil
}

// list calls element with each value of a list.
func (v value) list(what string, element func(v value) error) error {
	if v.kind != kindList {
		return v.wrong(what)
	}
	for rest := v.payload; len(rest) > 0; {
		e, behind, err := pop(rest, v.offset(rest))
		if err != nil {
			return err
		}
		if err := element(e); err != nil {
			return err
		}
		rest = behind
	}
	return nil
}

// offset returns where in the file the rest of v's payload begins.
func (v value) offset(rest []byte) int64 { return v.at + int64(len(v.payload)-len(rest)) }

// text returns a string, nil for null.
func (v value) text(what string) ([]byte, error) {
	switch v.kind {
	case kindText, kindBytes:
		return v.payload, nil
	case kindNull:
		return nil, nil
	}
	return nil, v.wrong(what)
}

func (v value) int(what string) (int, error) {
	n, err := strconv.Atoi(string(v.payload))
	if v.kind != kindInt || err != nil {
		return 0, v.wrong(what)
	}
	return n, nil
}

func (v value) wrong(what string) error {
	found := map[byte]string{
		kindBytes: "bytes", kindText: "a text", kindInt: "an integer", kindFloat: "a number",
		kindBool: "a boolean", kindNull: "null", kindDict: "a dictionary", kindList: "a list",
	}[v.kind]
	if found == "" {
		found = "a kind " + strconv.QuoteRune(rune(v.kind))
	}
	return &fault{v.at, what, found}
}

// excerpt quotes a few bytes; a size has no more.
func excerpt(b []byte) string { return strconv.Quote(string(b[:min(len(b), maxSizeDigits+1)])) }
