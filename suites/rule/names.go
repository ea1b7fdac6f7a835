package rule

import (
	"strings"
	"unicode/utf8"
)

// maxNameLen bounds, in bytes, what is kept of a host, a method or a path. A
// DNS name has 253 and the longest path of the document 40, but a recording may
// claim as many as an entry has, and thousands of names are kept at once.
const maxNameLen = 1024

// ShortName is a host or a method as it is kept.
func ShortName(s string) string { return s[:min(len(s), maxNameLen)] }

// ShortPath is a path as it is kept. It cuts between segments: what is left of a key that was cut would no
// longer be known as one, and not be masked.
func ShortPath(s string) string {
	if len(s) <= maxNameLen {
		return s
	}
	s = s[:maxNameLen]
	return s[:strings.LastIndexByte(s, '/')+1]
}

// valid is text that JSON holds as it is: each byte that is no UTF-8 is replaced, as
// reports show it.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune { return r }, s)
}
