package venue

import (
	"strconv"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// writer appends JSON to a buffer, with members in the order in which the
// venue sends them, and without allocating. It sets commas itself; that braces
// match is the caller's business, and the tests'.
type writer struct{ b []byte }

func (w *writer) comma() {
	if n := len(w.b); n > 0 {
		switch w.b[n-1] {
		case '{', '[', ':':
		default:
			w.b = append(w.b, ',')
		}
	}
}

// open begins an object or array in an array, or the whole.
func (w *writer) open(c byte) {
	w.comma()
	w.b = append(w.b, c)
}

func (w *writer) close(c byte) { w.b = append(w.b, c) }

// objects writes an array with an object for each of a list.
func objects[T any](w *writer, list []T, members func(*T)) {
	w.open('[')
	for i := range list {
		w.open('{')
		members(&list[i])
		w.close('}')
	}
	w.close(']')
}

// objectsAt writes such an array as a member.
func objectsAt[T any](w *writer, name string, list []T, members func(*T)) {
	w.key(name)
	objects(w, list, members)
}

// key begins a member; names are the venue's own and need no escapes.
func (w *writer) key(name string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// openAt begins an object or array as a member.
func (w *writer) openAt(name string, c byte) {
	w.key(name)
	w.b = append(w.b, c)
}

func (w *writer) str(s string) {
	w.comma()
	w.b = appendString(w.b, s)
}

func (w *writer) int(n int64) {
	w.comma()
	w.b = strconv.AppendInt(w.b, n, 10)
}

// amount writes a number in quotes with eight decimals.
func (w *writer) amount(a amount.Amount) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = a.Append(w.b)
	w.b = append(w.b, '"')
}

// constant writes what never changes, as it stands: a value, or members.
func (w *writer) constant(text string) {
	w.comma()
	w.b = append(w.b, text...)
}

func (w *writer) strAt(name, s string) {
	w.key(name)
	w.b = appendString(w.b, s)
}

func (w *writer) intAt(name string, n int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) boolAt(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) amountAt(name string, a amount.Amount) {
	w.key(name)
	w.amount(a)
}

// numberAt writes an amount as a JSON number, as /wapi does.
func (w *writer) numberAt(name string, a amount.Amount) {
	w.key(name)
	w.b = append(w.b, a.Short()...)
}

// textsAt writes an array of strings.
func (w *writer) textsAt(name string, texts []string) {
	w.openAt(name, '[')
	for _, s := range texts {
		w.str(s)
	}
	w.close(']')
}

// appendString adds a JSON string. What came from outside may hold anything:
// bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4&15], hex[r&15])
		case r < 0x80:
			b = append(b, byte(r))
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
