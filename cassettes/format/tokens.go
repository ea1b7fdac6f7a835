package format

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// maxKept is the room, in bytes, that is kept for the entries to come. Nearly all
// are smaller; a large one gives its room back.
const maxKept = 1 << 20

// Tokens are an entry as it is written in JSON: token by token until the first
// error, in the room of the entry before. The zero value is ready for Begin. It is
// not safe for concurrent use.
type Tokens struct {
	Text bytes.Buffer // what was written so far; a newline ends each value
	Err  error        // the first

	enc *jsontext.Encoder
}

// Begin makes ready for the next entry, behind what separates it from the one
// before.
func (t *Tokens) Begin(behind string) {
	if t.Text.Reset(); t.Text.Cap() > maxKept {
		t.Text = bytes.Buffer{}
	}
	t.Text.WriteString(behind)
	if t.enc == nil {
		t.enc = new(jsontext.Encoder)
	}
	t.enc.Reset(&t.Text, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	t.Err = nil
}

// Put writes tokens.
func (t *Tokens) Put(tokens ...jsontext.Token) {
	for _, token := range tokens {
		if t.Err == nil {
			t.Err = t.enc.WriteToken(token)
		}
	}
}

// Member writes a member of an object that is text.
func (t *Tokens) Member(name, value string) { t.Put(jsontext.String(name), jsontext.String(value)) }
