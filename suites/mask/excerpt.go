package mask

import (
	"strconv"
	"strings"
)

const (
	// maxLooked bounds, in bytes, what is looked through for an excerpt: masks are
	// shorter than what they hide, but not so much.
	maxLooked = 4 << 10

	// maxHalf bounds, in bytes, what may be half a secret at the end of what was
	// looked through.
	maxHalf = 512
)

// Excerpt is the beginning of a text as Text leaves it, in some bytes at the most,
// and whether there is more. It masks before it cuts, since half a secret is not
// known as one.
func (m *Masker) Excerpt(s string, most int) (text string, more bool) {
	looked := s[:min(len(s), maxLooked)]
	if text = m.Text(looked); len(looked) < len(s) {
		text, more = text[:max(0, len(text)-maxHalf)], true
	}
	if len(text) > most {
		text, more = strings.ToValidUTF8(text[:most], ""), true
	}
	return text, more
}

// maxQuoted bounds, in bytes, what an error quotes of a file: enough to find it
// there.
const maxQuoted = 40

// Quoted is the beginning of a text in quotes, for errors, as Text leaves it.
func Quoted(s string) string {
	text, more := (*Masker)(nil).Excerpt(s, maxQuoted)
	if more {
		text += "..."
	}
	return strconv.Quote(text)
}
