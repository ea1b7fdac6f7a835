package reports

import (
	"strings"
	"unicode"

	"github.com/mbxcheck/mbxcheck/suites/inert"
)

// clean makes text fit to be shown within one line.
func clean(s string) string { return inert.Value(s) }

// maxShown bounds a value where people read it: a body seen in place of a
// number may be as long as a body gets. Only JSON keeps it whole.
const maxShown = 300

// shown is clean for people: no longer than maxShown characters.
func shown(s string) string { return shorten(clean(s), maxShown) }

// shorten cuts text to so many columns, the last one an ellipsis.
func shorten(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeColumns(r); used > width-1 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// columns is how wide a terminal shows s.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns is 2 for the scripts that terminals show double, 0 for marks
// that combine, else 1.
func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
		0x3000 <= r && r <= 0x303e,   // CJK punctuation
		0xff01 <= r && r <= 0xff60,   // full-width forms
		0x1f300 <= r && r <= 0x1faff: // pictographs
		return 2
	}
	return 1
}

// wrap breaks text between words into lines of at most width columns. Words
// longer than a line are broken too.
func wrap(text string, width int) []string { return fold(strings.Fields(text), " ", width) }

// fold puts words with a separator between them into lines of at most width
// columns, and breaks only words that are longer than a line. What begins a line
// behind the first one is no command there.
func fold(words []string, sep string, width int) []string {
	var lines []string
	line, used := "", 0
	for i, word := range words {
		if i+1 < len(words) {
			word += strings.TrimRight(sep, " ")
		}
		n := columns(word)
		if used > 0 && used+1+n > width {
			lines, line, used = append(lines, line), "", 0
			word = inert.Lines(word)
			n = columns(word)
		}
		for n > width {
			head, tail := cut(word, width)
			lines, word = append(lines, head), inert.Lines(tail)
			n = columns(word)
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// cut splits a word behind so many columns, at least one character.
func cut(word string, width int) (head, tail string) {
	used := 0
	for i, r := range word {
		if used += runeColumns(r); used > width && i > 0 {
			return word[:i], word[i:]
		}
	}
	return word, ""
}
