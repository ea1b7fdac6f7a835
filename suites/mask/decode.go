package mask

import (
	"bytes"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// decoded is a text with its escapes undone once. from[i] is where the byte i came
// from in the text before, and from[len(text)] where that ends; nil for the text
// itself.
type decoded struct {
	text []byte
	from []int32
}

// maxLevels bounds how often escapes are undone: a URL within a URL within JSON
// takes three.
const maxLevels = 5

// viewsOf lists a text and what it says with its escapes undone, once, twice and
// so on.
func viewsOf(text []byte) []decoded { return appendViews(nil, text) }

func appendViews(views []decoded, text []byte) []decoded {
	views = append(views, decoded{text: text})
	if len(text) <= shortText && signsOf(text)&escapeSign == 0 {
		return views
	}
	for len(views) < maxLevels {
		next, ok := undone(views[len(views)-1].text)
		if !ok {
			break
		}
		views = append(views, next)
	}
	return views
}

// sign is a set of characters that a text has of those that matter here.
type sign uint8

const (
	escapeSign sign = 1 << iota // begins an escape
	nameSign                    // may stand between a name and its value
	pathSign                    // divides segments
	schemeSign                  // stands behind the name of a scheme
)

// shortText is the length up to which a text is looked through for signs before
// each of them is searched for, which pays for short ones only: most header fields
// have none.
const shortText = 128

var signs = [256]sign{'%': escapeSign, '\\': escapeSign, '=': nameSign, ':': nameSign, '/': pathSign, ' ': schemeSign}

func signsOf(text []byte) (all sign) {
	for _, c := range text {
		all |= signs[c]
	}
	return all
}

// maxText bounds, in bytes, the texts whose escapes are undone: the offsets have 32
// bits. Entries of recordings are shorter.
const maxText = 1<<31 - 1

// undone undoes the escapes of a text: percent-encoding, and JSON's in which other
// languages share. It reports false where there are none.
func undone(b []byte) (decoded, bool) {
	at := nextEscape(b, 0)
	if at == len(b) || len(b) > maxText {
		return decoded{}, false
	}
	d := decoded{make([]byte, 0, len(b)), make([]int32, 0, len(b)+1)}
	for i := 0; i < len(b); {
		n, c := 1, b[i]
		if c == '%' || c == '\\' {
			if n = escapeLength(b[i:]); n > 1 {
				c = escaped(b[i : i+n])
			}
		}
		d.text, d.from = append(d.text, c), append(d.from, int32(i))
		i += n
	}
	d.from = append(d.from, int32(len(b)))
	return d, true
}

// nextEscape is where the next escape begins, the text's end if there is none.
func nextEscape(b []byte, at int) int {
	for _, mark := range [...]byte{'%', '\\'} {
		for i := at; ; i++ {
			next := bytes.IndexByte(b[i:], mark)
			if next < 0 {
				break
			}
			if i += next; escapeLength(b[i:]) > 1 {
				return i // whichever is first: who asks wants to know whether there is one
			}
		}
	}
	return len(b)
}

// escapeLength is how long the escape is that a text begins with; 1 for none. The
// text is not empty.
func escapeLength(b []byte) int {
	switch {
	case b[0] == '%' && len(b) >= 3 && traffic.IsHex(b[1]) && traffic.IsHex(b[2]):
		return 3
	case b[0] != '\\' || len(b) < 2:
		return 1
	case b[1] == 'u' && len(b) >= 6 && traffic.IsHex(b[2]) && traffic.IsHex(b[3]) && traffic.IsHex(b[4]) && traffic.IsHex(b[5]):
		return 6
	case b[1] == 'x' && len(b) >= 4 && traffic.IsHex(b[2]) && traffic.IsHex(b[3]):
		return 4
	case bytes.IndexByte([]byte(`"'\/bfnrt`), b[1]) >= 0:
		return 2
	}
	return 1
}

// beyondASCII stands for a character of a \u escape that is no byte: one for one,
// so that a mask has room.
const beyondASCII = 0xFE

// escaped is what an escape stands for.
func escaped(e []byte) byte {
	hex := func(i int) byte { return traffic.Unhex(e[i])<<4 | traffic.Unhex(e[i+1]) }
	switch {
	case e[0] == '%':
		return hex(1)
	case e[1] == 'u' && (hex(2) != 0 || hex(4) >= 0x80):
		return beyondASCII
	case e[1] == 'u':
		return hex(4)
	case e[1] == 'x':
		return hex(2)
	}
	switch e[1] {
	case 'r':
		return '\r' // no line of its own: an empty line ends the header of a form's part
	case 'b', 'f', 'n', 't':
		return '\n' // white space, one as good as another
	}
	return e[1]
}

// plainest is a text with its escapes undone as often as it takes.
func plainest(v []byte) []byte {
	views := viewsOf(v)
	return views[len(views)-1].text
}
