package traffic

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// maxSkipDepth bounds what SkipValue goes through: one bit of a word for each
// level. What nests deeper is left to a reader with a stack.
const maxSkipDepth = 64

// What SkipValue and SkipString return in the place of an index.
const (
	// SkipBroken: what stands there breaks the grammar, or nests deeper than 64
	// levels.
	SkipBroken = -1
	// SkipShort: the data ends within the value.
	SkipShort = -2
)

// SkipValue returns the index behind the JSON value (RFC 8259) that begins at
// or behind index i, white space passed over, or SkipBroken or SkipShort, both
// negative. A number that the data ends with is taken to end there. Strings may
// hold any bytes from 0x20 up, as in UTF-8 that is broken. It does not
// allocate.
func SkipValue(data []byte, i int) int {
	end, _ := skipValues(data, i, 1)
	return end
}

// skipValues passes up to n values with commas between them, fewer if a closing
// bracket comes first, and returns the index behind the last one and how many
// there were. The index is -1 as with SkipValue.
func skipValues(data []byte, i, n int) (end, passed int) {
	var open uint64 // a bit a level: 1 in an object, 0 in an array
	depth := 0
value:
	if i >= len(data) {
		return SkipShort, passed
	}
	switch c := data[i]; {
	case c == '"':
		i = skipString(data, i)
	case c == '-' || c-'0' <= 9:
		i = skipNumber(data, i)
	case c == '{' || c == '[':
		if i = skipSpace(data, i+1); i >= len(data) {
			return SkipShort, passed
		}
		if data[i] == c+2 { // in ASCII each bracket closes with the next but one
			i++
			break
		}
		if depth++; depth > maxSkipDepth {
			return SkipBroken, passed
		}
		if open <<= 1; c == '{' {
			open |= 1
			goto name
		}
		goto value
	case c <= ' ':
		if i = skipSpace(data, i); i >= len(data) || data[i] > ' ' {
			goto value
		}
		return SkipBroken, passed
	default:
		i = skipLiteral(data, i)
	}
behind:
	if depth == 0 {
		if passed++; passed == n {
			return i, passed
		}
	}
delimiter:
	if i < 0 {
		return i, passed
	}
	if i >= len(data) {
		return SkipShort, passed
	}
	switch c := data[i]; {
	case c == ',':
		if i++; open&1 == 0 {
			goto value
		}
		goto name
	case depth == 0 && c == ']':
		return i, passed
	case c == ']' && open&1 == 0, c == '}' && open&1 == 1:
		i++
		depth--
		open >>= 1
		goto behind
	case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		i = skipSpace(data, i)
		goto delimiter
	}
	return SkipBroken, passed
name:
	if i < len(data) && data[i] != '"' {
		i = skipSpace(data, i)
	}
	if i = skipName(data, i); i < 0 {
		return i, passed
	}
	goto value
}

// skipName passes the member name that begins at i and the colon behind it.
func skipName(data []byte, i int) int {
	switch {
	case i >= len(data):
		return SkipShort
	case data[i] != '"':
		return SkipBroken
	}
	if i = skipString(data, i); i < 0 {
		return i
	}
	if i < len(data) && data[i] != ':' {
		i = skipSpace(data, i)
	}
	switch {
	case i >= len(data):
		return SkipShort
	case data[i] != ':':
		return SkipBroken
	}
	return i + 1
}

// SkipSpace returns the index of what follows white space at i.
func SkipSpace(data []byte, i int) int {
	if i < len(data) && data[i] > ' ' {
		return i
	}
	return skipSpace(data, i)
}

// skipSpace is SkipSpace where white space is likely. Recordings are indented
// by runs of spaces.
func skipSpace(data []byte, i int) int {
	const spaces = ones * ' '
	for i < len(data) && data[i] <= ' ' {
		for i+8 <= len(data) {
			other := binary.LittleEndian.Uint64(data[i:i+8]) ^ spaces
			if other != 0 {
				i += bits.TrailingZeros64(other) >> 3
				break
			}
			i += 8
		}
		if i >= len(data) {
			break
		}
		switch data[i] {
		case ' ', '\n', '\r', '\t':
			i++
		default:
			return i
		}
	}
	return i
}

// skipString returns the index behind the string whose opening quote stands at
// i, or what SkipValue returns.
func skipString(data []byte, i int) int {
	i++
	// Most strings are short and plain: no call for those.
	for i+8 <= len(data) {
		if hit := special(binary.LittleEndian.Uint64(data[i : i+8])); hit != 0 {
			if i += bits.TrailingZeros64(hit) >> 3; data[i] == '"' {
				return i + 1
			}
			break
		}
		i += 8
	}
	for {
		if i = SkipPlain(data, i); i >= len(data) {
			return SkipShort
		}
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			var ok bool
			if i, ok = skipEscape(data, i); !ok {
				return missing(data, i)
			}
		default:
			return SkipBroken
		}
	}
}

// skipEscape returns the index behind the escape whose backslash stands at i, or that
// of what is wrong with it, which is the data's end where it is cut short.
func skipEscape(data []byte, i int) (at int, ok bool) {
	i++
	if i >= len(data) {
		return i, false
	}
	switch data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, true
	case 'u':
		for end := i + 5; ; {
			if i++; i == end {
				return i, true
			}
			if i >= len(data) || !IsHex(data[i]) {
				return i, false
			}
		}
	}
	return i, false
}

// skipNumber returns the index behind the number that begins at i, or what
// SkipValue returns.
func skipNumber(data []byte, i int) int {
	if data[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(data, i)
	if i == start || i-start > 1 && data[start] == '0' {
		return missing(data, i)
	}
	if i < len(data) && data[i] == '.' {
		start = i + 1
		if i = skipDigits(data, start); i == start {
			return missing(data, i)
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(data, start); i == start {
			return missing(data, i)
		}
	}
	return i
}

// missing says why something that had to stand at i does not.
func missing(data []byte, i int) int {
	if i >= len(data) {
		return SkipShort
	}
	return SkipBroken
}

// skipDigits returns the index of the first byte at or behind i that is no
// digit, eight bytes at a time.
func skipDigits(data []byte, i int) int {
	for i+8 <= len(data) {
		// A digit's byte turns into 0 to 9, and adding 0x76 to that leaves its
		// high bit clear.
		w := binary.LittleEndian.Uint64(data[i:i+8]) ^ (ones * '0')
		if other := (w | (w&^highs + ones*0x76)) & highs; other != 0 {
			return i + bits.TrailingZeros64(other)>>3
		}
		i += 8
	}
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

func skipLiteral(data []byte, i int) int {
	rest := data[i:]
	switch {
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		return i + 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return i + 5
	case len(rest) < 5:
		return SkipShort // or broken, which the data behind would tell
	}
	return SkipBroken
}

// SkipPlain returns the index of the first byte at or behind i that is a quote, a
// backslash or a control character, eight bytes at a time.
func SkipPlain(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		if hit := special(binary.LittleEndian.Uint64(data[i : i+8])); hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c == '"' || c == '\\' || c < 0x20 {
			return i
		}
	}
	return i
}

// special sets the high bit of the first byte of w that is a quote, a backslash
// or a control character; bits above it may be set in error. Taking off one (or
// 0x20) borrows from the high bit of just those bytes, if theirs was clear.
func special(w uint64) uint64 {
	return ((w ^ ones*'"' - ones) | (w ^ ones*'\\' - ones) | (w - ones*0x20)) &^ w & highs
}

// eightDigits returns the number that eight ASCII digits write, and false if
// they are none. Pairs, then fours, then all are summed within the word.
func eightDigits(b []byte) (uint64, bool) {
	w := binary.LittleEndian.Uint64(b) ^ ones*'0'
	if (w|(w&^highs+ones*0x76))&highs != 0 {
		return 0, false
	}
	w = w * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	w = w * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return w * (1 + 10000<<32) >> 32, true
}
