package traffic

import "strings"

// minSecret is the shortest run of letters and digits taken for a secret:
// listen keys have 60 characters, API keys and HMAC SHA256 signatures in
// hexadecimal 64; ids that clients choose have at most 36, with dashes.
const minSecret = 40

// Mask hides what must not be printed: it keeps the first four characters of
// every run of at least 40 letters and digits and of the value behind the
// names signature, listenKey and X-MBX-APIKEY, and replaces the rest. It
// returns s itself when there is nothing to hide.
func Mask(s string) string {
	var b strings.Builder
	kept := 0
	for i := 0; i < len(s); {
		if !isWord(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && isWord(s[i]) {
			i++
		}
		if i-start >= minSecret || i-start > 4 && afterSecretName(s[:start]) {
			b.WriteString(s[kept : start+4])
			b.WriteString("…")
			kept = i
		}
	}
	if kept == 0 {
		return s
	}
	b.WriteString(s[kept:])
	return b.String()
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// afterSecretName reports whether text ends with a secret's name and what
// stands between a name and its value.
func afterSecretName(text string) bool {
	text = strings.TrimRight(text, "=:\"'\\ \t[")
	for _, name := range [...]string{"signature", "listenkey", "x-mbx-apikey"} {
		if len(text) >= len(name) && strings.EqualFold(text[len(text)-len(name):], name) {
			return true
		}
	}
	return false
}
