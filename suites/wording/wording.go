// Package wording writes counts and lists as people read them in a sentence.
//
// It must not know what is counted.
package wording

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxNamed bounds how many names a sentence lists.
const maxNamed = 5

// Grouped writes a count with a comma behind each three digits.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural is "1 rule", "2 rules".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Grouped(n) + " " + many
}

// Each is every one of a list as write has it.
func Each[T any](list []T, write func(T) string) []string {
	words := make([]string, len(list))
	for i, one := range list {
		words[i] = write(one)
	}
	return words
}

// Joined joins what is not empty.
func Joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}

// FirstNamed lists the first few of the names, and says how many more there are.
func FirstNamed(names []string) string {
	more := ""
	if n := len(names) - maxNamed; n > 0 {
		names, more = names[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more
}

// Seconds is a time as people read it: "0.4 s", "60 s".
func Seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
