package reports

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes text fit to be shown on one line: what cannot be seen (control
// characters, terminal escapes, marks that turn the direction of writing,
// other spaces) is written as an escape such as \n, \x1b or \u202e, and what is
// no UTF-8 is replaced. It returns s itself when there is nothing to do.
func clean(s string) string {
	if shows(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case strconv.IsPrint(r): // U+FFFD, which range yields for broken bytes, is
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// shows reports whether each character of s can be seen.
func shows(s string) bool {
	for i, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
	}
	return true
}

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
// columns, and breaks only words that are longer than a line.
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
		}
		for n > width {
			head, tail := cut(word, width)
			lines, word, n = append(lines, head), tail, columns(tail)
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

// grouped writes a count with a comma behind each three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is "1 rule", "2 rules".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}
