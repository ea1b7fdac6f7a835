package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// shortestKnown is the shortest value that is looked for wherever it may stand:
// shorter ones are words that stand anywhere.
const shortestKnown = 6

// values finds known values in a text, in all their encodings at once. It does so
// as Wu and Manber do (A fast algorithm for multi-pattern searching, 1994): from
// the last characters of a window as long as the shortest value it tells how far
// the next one may be, so that of most texts it reads one byte in many.
type values struct {
	patterns [][]byte // folded, the longest first
	window   int
	shift    [blocks]uint8
	first    [blocks]int16 // a pattern whose window ends with the block, -1 for none
	next     []int16       // another one of the same block
}

const (
	// block is how many characters a step looks at: three letters of keys are
	// seldom the same.
	block = 3

	// blocks is how many hashes of them are told apart; their table fits into a
	// processor's first cache.
	blocks = 1 << 12

	// maxKnown bounds the patterns: a run knows some keys and variables, each in
	// five forms.
	maxKnown = 1 << 14
)

// newValues prepares the search for secrets, nil for none.
func newValues(secrets []string) *values {
	v := &values{}
	for _, secret := range secrets {
		for line := range strings.Lines(secret) { // a key in PEM has many
			if line = strings.TrimSpace(line); isKnowable(line) {
				v.add(line)
			}
		}
	}
	if len(v.patterns) == 0 {
		return nil
	}
	slices.SortStableFunc(v.patterns, func(a, b []byte) int { return len(b) - len(a) })
	v.patterns = slices.CompactFunc(v.patterns, bytes.Equal)
	v.patterns = v.patterns[:min(len(v.patterns), maxKnown)]
	v.window = min(len(v.patterns[len(v.patterns)-1]), 255)
	v.prepare()
	return v
}

// isKnowable reports a value that is worth looking for: no word, no number, and
// no mask.
func isKnowable(v string) bool {
	return len(v) >= shortestKnown && strings.Trim(v, "0123456789.-") != "" && !isMark(view(v))
}

// add adds a value in each of its encodings. Which characters of Base64 stand for
// it depends on how many bytes stand before it; those that it shares with its
// neighbours are left out.
func (v *values) add(secret string) {
	v.pattern([]byte(secret))
	v.pattern([]byte(hex.EncodeToString([]byte(secret))))
	for before := range 3 {
		all := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		v.pattern([]byte(all[(before*8+5)/6 : (before+len(secret))*8/6]))
	}
	if utf8.ValidString(secret) && strings.ContainsFunc(secret, func(r rune) bool { return r >= utf8.RuneSelf }) {
		var one []byte // as it is in \u escapes
		for _, r := range secret {
			if r >= utf8.RuneSelf {
				r = beyondASCII
			}
			one = append(one, byte(r))
		}
		v.pattern(one)
		v.pattern([]byte(strings.ToUpper(secret))) // fold knows ASCII alone
		v.pattern([]byte(strings.ToLower(secret)))
	}
}

func (v *values) pattern(p []byte) {
	if len(p) < shortestKnown {
		return
	}
	folded := make([]byte, len(p))
	for i, c := range p {
		folded[i] = fold[c]
	}
	v.patterns = append(v.patterns, folded)
}

// fold takes letters of both cases for the same, and the two alphabets of Base64:
// nothing but a secret is so much like it.
var fold = func() (f [256]byte) {
	for i := range f {
		c := byte(i)
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '+':
			c = '-'
		case c == '/':
			c = '_'
		}
		f[i] = c
	}
	return f
}()

func hashOf(b []byte) uint {
	_ = b[block-1]
	return (uint(fold[b[0]])*961 + uint(fold[b[1]])*31 + uint(fold[b[2]])) % blocks
}

func (v *values) prepare() {
	v.next = make([]int16, len(v.patterns))
	for i := range v.shift {
		v.shift[i], v.first[i] = uint8(v.window-block+1), -1
	}
	for n := len(v.patterns) - 1; n >= 0; n-- { // so that the longest comes first
		p := v.patterns[n]
		for i := block; i <= v.window; i++ {
			h := hashOf(p[i-block : i])
			v.shift[h] = min(v.shift[h], uint8(v.window-i))
			if i == v.window {
				v.next[n], v.first[h] = v.first[h], int16(n)
			}
		}
	}
}

// after finds the first value that begins at a place or behind it, the longest
// there; start is -1 for none.
func (v *values) after(b []byte, at int) (start, end int) {
	for i := at + v.window; i <= len(b); {
		h := hashOf(b[i-block : i])
		if skip := int(v.shift[h]); skip > 0 {
			i += skip
			continue
		}
		for n := v.first[h]; n >= 0; n = v.next[n] {
			if from := i - v.window; beginsWith(b[from:], v.patterns[n]) {
				return from, from + len(v.patterns[n])
			}
		}
		i++
	}
	return -1, -1
}

func beginsWith(b, folded []byte) bool {
	if len(b) < len(folded) {
		return false
	}
	for i, c := range folded {
		if fold[b[i]] != c {
			return false
		}
	}
	return true
}
