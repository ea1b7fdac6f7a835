// Package inert takes the effect out of text that came from elsewhere, before
// people and programs read it on a terminal or in the log of a build.
//
// A terminal obeys control characters. The programs that run builds obey
// commands in what a step prints: GitHub Actions a line that begins, after
// blanks, with ::, and ##[ wherever it stands, Azure Pipelines ##vso[, TeamCity
// ##teamcity[. A line break in a value begins a line that may pass for one of ours.
//
// It must not know what the text is about.
package inert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Value makes text fit to be shown within one line: what cannot be seen (control
// characters, line breaks, terminal escapes, marks that turn the direction of
// writing, other spaces) is written as an escape such as \n, \x1b or \u202e, what
// is no UTF-8 is replaced, and commands that are obeyed anywhere in a line are
// pulled apart. It returns s itself when there is nothing to do. Whoever begins a
// line with the result needs Lines as well.
func Value(s string) string {
	if !shows(s) {
		s = escaped(s)
	}
	return apart(s)
}

func escaped(s string) string {
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

// command matches the commands that begin with ##, whichever program's.
var command = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`##([A-Za-z]*\[)`) })

// apart writes the second number sign of a command as an escape.
func apart(s string) string {
	if !strings.Contains(s, "##") {
		return s
	}
	return command().ReplaceAllString(s, `#\x23$1`)
}

// Lines keeps each line of a text from being a command: two colons that begin it,
// after blanks and colours, are pulled apart, and so are the commands that Value
// pulls apart. The line breaks stay. What was so already is returned as it is.
func Lines(text string) string {
	text = apart(text)
	if !strings.Contains(text, "::") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if i := beginning(line); strings.HasPrefix(line[i:], "::") {
			b.WriteString(line[:i])
			b.WriteString(`\x3a`)
			line = line[i+1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

// beginning is where the first character of a line stands that is neither a
// blank nor of a colour's escape (ECMA-48 section 8.3.117). A carriage return
// begins a line to those who read logs.
func beginning(line string) int {
	for i := 0; ; {
		rest := strings.TrimLeft(line[i:], " \t\r\v\f\u0085\u00a0\ufeff")
		i = len(line) - len(rest)
		code, ok := strings.CutPrefix(rest, "\x1b[")
		if !ok {
			return i
		}
		code = strings.TrimLeft(code, "0123456789;")
		if !strings.HasPrefix(code, "m") {
			return i
		}
		i = len(line) - len(code) + 1
	}
}
