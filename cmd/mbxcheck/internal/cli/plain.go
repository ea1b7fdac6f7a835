package cli

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/inert"
)

// plain makes text fit for one line of a terminal or of a build's log: file names,
// arguments and recordings may hold escapes that move the cursor, line breaks, or
// worse.
func plain(s string) string { return inert.Value(s) }

// laidOut is plain for a message whose line breaks and tabs are ours, no line of
// which is a command to the program that runs a build. Line breaks of the values,
// which a message may quote, are none of ours.
func laidOut(s string, values ...string) string {
	for _, v := range values {
		if strings.ContainsAny(v, "\n\t") {
			s = strings.ReplaceAll(s, v, plain(v))
		}
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "\n\t")
		if i < 0 {
			i = len(s)
		}
		b.WriteString(plain(s[:i]))
		if i < len(s) {
			b.WriteByte(s[i])
			i++
		}
		s = s[i:]
	}
	return inert.Lines(b.String())
}

// valuesIn are the arguments as messages quote them: whole, and without the name of
// their flag.
func valuesIn(args []string) []string {
	var all []string
	for _, arg := range args {
		all = append(all, arg)
		if _, value, ok := strings.Cut(arg, "="); ok {
			all = append(all, value)
		}
	}
	return all
}
