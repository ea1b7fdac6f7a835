package general

import "strings"

// isPlaceholder reports a value that a recorder may have put in the place of
// what was sent: nothing, something in brackets, braces or asterisks, or a word
// in capitals such as REDACTED. Values of the API in capitals (symbols, sides,
// assets) must not be asked about.
func isPlaceholder(v string) bool {
	if v == "" || strings.ContainsAny(v, "<>[]{}*#$%…") {
		return true
	}
	for i := range len(v) {
		if c := v[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
