package mask

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// digits is how many hexadecimal digits of a hash a mask shows: enough to tell
	// the keys of one recording apart, and far too few to confirm a guess of one
	// with 64 random characters.
	digits = 8

	// unguessable is the length from which a secret is taken to be a random one. A
	// shorter one, which somebody may have thought out, is numbered: by digits of
	// its hash who has the recording could try words.
	unguessable = 32

	// maxShort bounds the secrets that are numbered: a client has a handful.
	maxShort = 1 << 16
)

// number is that of a short secret among those of its length, 0 for the first. Those
// past the bound share the last one.
func (m *Masker) number(plain []byte) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, known := m.short[string(plain)]
	if !known {
		n = m.counts[len(plain)]
		if len(m.short) < maxShort {
			m.short[string(plain)] = n
			m.counts[len(plain)]++
		}
	}
	return n
}

// mostPasses bounds how often a text is masked again. Once is enough unless it has
// escapes: behind a mask stands another character than behind the secret, with
// which half an escape may make a whole one.
const mostPasses = 4

// hide masks a text to be stored, so that masking it again changes nothing.
func hide(m *Masker, text []byte, p *pass) []byte {
	for range mostPasses {
		hits := toStore(find(m, text, p))
		if len(hits) == 0 {
			break
		}
		text = stored(m, text, hits)
		if nextEscape(text, 0) == len(text) {
			break
		}
	}
	return text
}

// stored writes masks over parts of a text.
func stored(m *Masker, text []byte, hits []span) []byte {
	if len(hits) == 0 {
		return text
	}
	out := bytes.Clone(text)
	for _, h := range hits {
		fill(m, out[h.start:h.end], h)
	}
	return out
}

// fill makes a mask of a value.
func fill(m *Masker, v []byte, h span) {
	plain := plainest(v)
	switch {
	case h.why == named && traffic.IsPlaceholder(string(plain)):
		repeat(v, '*') // so that it stays one
	case h.why == named && h.noun == signature:
		repeat(v, '0') // no rule tells signatures apart, and this is still hexadecimal
	case len(plain) < unguessable && m == nil:
		repeat(v, 'x')
	default:
		pseudonym(m, v, plain)
	}
}

func repeat(v []byte, c byte) {
	for i := range v {
		v[i] = c
	}
}

// pseudonym writes a mask that is the same for the same secret: masked, eight digits
// of a hash or of a number, and x to the end. Of one with less room the capitals
// among the x are the number's bits.
func pseudonym(m *Masker, v, plain []byte) {
	var sum [sha256.Size]byte
	number := 0
	if len(plain) < unguessable {
		number = m.number(plain)
		binary.BigEndian.PutUint32(sum[:], uint32(number))
	} else {
		sum = sha256.Sum256(plain)
	}
	if head := len(traffic.OwnMask) + digits; len(v) >= head {
		repeat(v[head:], 'x')
		copy(v, traffic.OwnMask)
		hex.Encode(v[len(traffic.OwnMask):head], sum[:digits/2])
		return
	}
	for i := range v {
		v[i] = 'x'
		if number>>i&1 != 0 {
			v[i] = 'X'
		}
	}
}

// isPseudonym reports a whole mask of ours, also in capitals, as readers write
// methods.
func isPseudonym(v []byte) bool {
	const head = len(traffic.OwnMask) + digits
	return len(v) >= head && traffic.IsOwnMask(string(v[:head])) && len(bytes.TrimRight(v[head:], "xX")) == 0
}

// isMark reports a value of which nothing is left to hide: somebody has masked it,
// or it is the name of a place that is filled in. It is stricter than
// traffic.IsPlaceholder, since what it takes for a mark is shown.
func isMark(v []byte) bool {
	if bytes.IndexByte(v, '%') >= 0 || bytes.IndexByte(v, '\\') >= 0 {
		v = plainest(v)
	}
	if len(v) == 0 || isPseudonym(v) || len(bytes.Trim(v, "xX")) == 0 || len(bytes.Trim(v, "*.")) == 0 {
		return true
	}
	s := string(v)
	if head, cut := strings.CutSuffix(s, "…"); cut && (len(head) <= revealed || isPseudonym([]byte(head))) {
		return true
	}
	if len(v) > longestMark {
		return false
	}
	return isPlace(s) || isMarkWord(strings.ToUpper(strings.Trim(s, "_-. ")))
}

// longestMark bounds what people write in a secret's place.
const longestMark = 48

func isMarkWord(s string) bool {
	switch s {
	case "FILTERED", "REDACTED", "MASKED", "HIDDEN", "REMOVED", "SECRET", "DUMMY", "FAKE", "PLACEHOLDER", "TIMESTAMP", "SIGNATURE":
		return true
	}
	return false
}

// isPlace reports a name in brackets, {key}, [FILTERED] or ${API_KEY}, or one of a
// variable, $API_KEY. It has no digits, as secrets do.
func isPlace(s string) bool {
	if name, ok := strings.CutPrefix(s, "$"); ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		return true
	}
	s = strings.TrimPrefix(s, "$")
	if len(s) < len("{a}") || s[len(s)-1] != map[byte]byte{'{': '}', '[': ']', '<': '>'}[s[0]] {
		return false
	}
	return !strings.ContainsFunc(strings.Trim(s, "{}[]<>"), func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune("_-. /", r)
	})
}

// revealed is how many characters people are shown of a long secret, so that they
// know which it is.
const revealed = 4

// shown puts what people are shown in the place of secrets.
func shown(s string, hits []span) string {
	if len(hits) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, h := range hits {
		b.WriteString(s[at:h.start])
		v := s[h.start:h.end]
		switch plain := plainest([]byte(v)); {
		case isPseudonym(plain):
			b.Write(plain[:len(traffic.OwnMask)+digits])
		case len(plain) >= unguessable:
			b.WriteString(strings.ToValidUTF8(string(plain[:revealed]), "?"))
		}
		b.WriteString("…")
		at = h.end
	}
	b.WriteString(s[at:])
	return b.String()
}
