package jsonitems

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// cursor walks JSON that stands in memory, several times as fast as the
// library. It takes the form in which recorders write and nothing else: at the
// first thing out of the ordinary it gives up, and the library reads the entry
// again and has the say. So what it accepts must be read as the library would
// read it, and its errors tell nobody anything.
//
//	0 <= pos <= len(data), and data[pos:] are not read yet
type cursor struct {
	data []byte
	pos  int
	last bool // data ends where the stream ends
}

var (
	errOdd   = errors.New("out of the ordinary")
	errShort = errors.New("the data end within the entry")
)

// fault turns a negative result of the functions that skip into an error.
func fault(code int) error {
	if code == traffic.SkipShort {
		return errShort
	}
	return errOdd
}

// space passes white space, and says errShort if nothing is behind it.
func (c *cursor) space() error {
	if c.pos < len(c.data) && c.data[c.pos] > ' ' {
		return nil
	}
	if c.pos = traffic.SkipSpace(c.data, c.pos); c.pos >= len(c.data) {
		return errShort
	}
	return nil
}

// kind is the kind of the value that begins at the position.
func (c *cursor) kind() jsontext.Kind {
	if c.pos >= len(c.data) {
		return 0
	}
	switch k := c.data[c.pos]; k {
	case '"', '{', '}', '[', ']', 't', 'f', 'n':
		return jsontext.Kind(k)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	}
	return 0
}

// enter passes the bracket that must stand here, and reports whether the
// closing one follows at once, passed as well.
func (c *cursor) enter(open byte) (empty bool, err error) {
	if c.pos >= len(c.data) {
		return false, errShort
	}
	if c.data[c.pos] != open {
		return false, errOdd
	}
	c.pos++
	if err := c.space(); err != nil {
		return false, err
	}
	if c.data[c.pos] == open+2 { // in ASCII each bracket closes with the next but one
		c.pos++
		return true, nil
	}
	return false, nil
}

// next passes the comma before another member or element, or the closing
// bracket.
func (c *cursor) next(open byte) (more bool, err error) {
	if err := c.space(); err != nil {
		return false, err
	}
	d := c.data[c.pos]
	c.pos++
	switch d {
	case ',':
		return true, c.space()
	case open + 2:
		return false, nil
	}
	return false, errOdd
}

// object is Reader.Object.
func (c *cursor) object(member func(name []byte) error) error {
	empty, err := c.enter('{')
	for more := !empty && err == nil; more; {
		name, err := c.name()
		if err != nil {
			return err
		}
		before := c.pos
		if err := member(name); err != nil {
			return err
		}
		if c.pos == before {
			if err := c.skip(); err != nil {
				return err
			}
		}
		if more, err = c.next('{'); err != nil {
			return err
		}
	}
	return err
}

// name reads a member's name and the colon behind it.
func (c *cursor) name() ([]byte, error) {
	if c.data[c.pos] != '"' {
		return nil, errOdd
	}
	start := c.pos + 1
	end := traffic.SkipPlain(c.data, start)
	if end >= len(c.data) {
		return nil, errShort
	}
	if c.data[end] != '"' {
		return nil, errOdd // an escape, legal and never seen
	}
	c.pos = end + 1
	if err := c.space(); err != nil {
		return nil, err
	}
	if c.data[c.pos] != ':' {
		return nil, errOdd
	}
	c.pos++
	return c.data[start:end], c.space()
}

// array is Reader.Array.
func (c *cursor) array(element func() error) error {
	empty, err := c.enter('[')
	for more := !empty && err == nil; more; {
		before := c.pos
		if err := element(); err != nil {
			return err
		}
		if c.pos == before {
			if err := c.skip(); err != nil {
				return err
			}
		}
		if more, err = c.next('['); err != nil {
			return err
		}
	}
	return err
}

// skip passes the value that begins here.
func (c *cursor) skip() error {
	end := traffic.SkipValue(c.data, c.pos)
	if end < 0 {
		return fault(end)
	}
	c.pos = end
	return nil
}

// scalar returns the bytes of the number or literal that begins here.
func (c *cursor) scalar() ([]byte, error) {
	start := c.pos
	if err := c.skip(); err != nil {
		return nil, err
	}
	if c.pos == len(c.data) && !c.last {
		return nil, errShort // a number may go on
	}
	return c.data[start:c.pos], nil
}

// number reads the number that begins here.
func (c *cursor) number() (float64, error) {
	raw, err := c.scalar()
	if err != nil {
		return 0, err
	}
	if n, ok := simpleNumber(raw); ok {
		return n, nil
	}
	n, err := strconv.ParseFloat(unsafe.String(&raw[0], len(raw)), 64)
	if err != nil {
		return 0, errOdd
	}
	return n, nil
}

// simpleNumber reads numbers of up to fifteen digits without an exponent. Both
// they, taken without the point, and the power of ten are exact in a float64,
// so that their quotient is rounded as strconv rounds.
func simpleNumber(raw []byte) (float64, bool) {
	const most = 15
	n, digits, decimals, point := 0, 0, 0, false
	negative := raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	for _, d := range raw {
		switch {
		case d-'0' <= 9:
			if digits++; digits > most {
				return 0, false
			}
			n = n*10 + int(d-'0')
			if point {
				decimals++
			}
		case d == '.' && !point:
			point = true
		default:
			return 0, false
		}
	}
	if negative {
		return -(float64(n) / powers[decimals]), true
	}
	return float64(n) / powers[decimals], true
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// view reads the string that begins here. It is a view of data unless an escape
// had to be undone, which scratch then holds.
func (c *cursor) view(scratch *[]byte) (string, error) {
	if c.pos >= len(c.data) {
		return "", errShort
	}
	if c.data[c.pos] != '"' {
		return "", errOdd
	}
	start := c.pos + 1
	end := traffic.SkipPlain(c.data, start)
	if end < len(c.data) && c.data[end] == '"' {
		if text := c.data[start:end]; isASCII(text) || utf8.Valid(text) {
			c.pos = end + 1
			return unsafe.String(unsafe.SliceData(text), len(text)), nil
		}
		return "", errOdd // the library replaces what is broken
	}
	at := len(*scratch)
	text, err := c.text(*scratch)
	if err != nil {
		return "", err
	}
	*scratch = text
	return unsafe.String(unsafe.SliceData(text[at:]), len(text)-at), nil
}

func isASCII(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&highs != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text appends the string that begins here to dst: eight bytes at a time are
// copied whole, and of them as many kept as are plain ASCII.
func (c *cursor) text(dst []byte) ([]byte, error) {
	if c.pos >= len(c.data) {
		return dst, errShort
	}
	if c.data[c.pos] != '"' {
		return dst, errOdd
	}
	data, i := c.data, c.pos+1
	n := len(dst)
	out := dst[:cap(dst)]
	for {
		if n+8+utf8.UTFMax > len(out) {
			out = grown(out, n)
		}
		if i+8 > len(data) {
			break
		}
		w := binary.LittleEndian.Uint64(data[i : i+8])
		binary.LittleEndian.PutUint64(out[n:n+8], w)
		// As traffic.SkipPlain finds them, and bytes beyond ASCII besides.
		hit := ((w ^ ones*'"' - ones) | (w ^ ones*'\\' - ones) | (w - ones*0x20) | w) & highs
		if hit == 0 {
			i, n = i+8, n+8
			continue
		}
		k := bits.TrailingZeros64(hit) >> 3
		i, n = i+k, n+k
		if data[i] == '\\' && i+1 < len(data) && (data[i+1] == '"' || data[i+1] == '\\') {
			out[n] = data[i+1] // by far the most of all escapes
			i, n = i+2, n+1
			continue
		}
		if data[i] == '"' {
			c.pos = i + 1
			return out[:n], nil
		}
		read, written := special(data[i:], out[n:])
		if read < 0 {
			return dst, fault(read)
		}
		i, n = i+read, n+written
	}
	return c.tail(out[:n], i)
}

// tail is the rest of text where fewer than eight bytes follow.
func (c *cursor) tail(dst []byte, i int) ([]byte, error) {
	for i < len(c.data) {
		if c.data[i] == '"' {
			c.pos = i + 1
			return dst, nil
		}
		var out [utf8.UTFMax]byte
		read, written := special(c.data[i:], out[:])
		if read < 0 {
			return dst, fault(read)
		}
		dst = append(dst, out[:written]...)
		i += read
	}
	return dst, errShort
}

// grown makes room for a string that may have as many bytes again.
func grown(out []byte, n int) []byte {
	const least = 512
	more := make([]byte, max(least, 2*len(out)))
	copy(more, out[:n])
	return more
}

// special reads one character that may be escaped into out, which has room for
// four bytes, and returns how many bytes were read and written. Read is
// negative for what the library must look at: broken UTF-8, surrogates, control
// characters.
func special(data, out []byte) (read, written int) {
	switch c := data[0]; {
	case c == '\\':
		return escape(data, out)
	case c < 0x20:
		return traffic.SkipBroken, 0
	case c < utf8.RuneSelf:
		out[0] = c
		return 1, 1
	}
	r, size := utf8.DecodeRune(data)
	if r == utf8.RuneError && size == 1 {
		if !utf8.FullRune(data) {
			return traffic.SkipShort, 0
		}
		return traffic.SkipBroken, 0
	}
	return size, copy(out, data[:size])
}

func escape(data, out []byte) (read, written int) {
	if len(data) < 2 {
		return traffic.SkipShort, 0
	}
	switch c := data[1]; c {
	case '"', '\\', '/':
		out[0] = c
	case 'b':
		out[0] = '\b'
	case 'f':
		out[0] = '\f'
	case 'n':
		out[0] = '\n'
	case 'r':
		out[0] = '\r'
	case 't':
		out[0] = '\t'
	case 'u':
		if len(data) < 6 {
			return traffic.SkipShort, 0
		}
		var r rune
		for _, h := range data[2:6] {
			if !traffic.IsHex(h) {
				return traffic.SkipBroken, 0
			}
			r = r<<4 | rune(traffic.Unhex(h))
		}
		if utf16.IsSurrogate(r) {
			return traffic.SkipBroken, 0
		}
		return 6, utf8.EncodeRune(out[:utf8.UTFMax], r)
	default:
		return traffic.SkipBroken, 0
	}
	return 2, 1
}
