package traffic

import (
	"slices"
	"strings"
)

// What stands in the place of what was sent is asked for in five ways, each as strict
// as a mistake would be harmful:
//
//   - IsPlaceholder: would anybody take this for what was sent? Then it is no evidence.
//   - MayBePlaceholder: could it stand for anything else? Of a value that would break a
//     rule, so that a doubt is no finding.
//   - SaysTakenOut: of longer text, does it say that something was taken out?
//   - isMask: does what stands in a secret's place look like no secret? Then the
//     recorder masked it, and what else was signed says nothing.
//   - mask.isMark: is there nothing left to hide? The strictest, since what it takes
//     for a mark is shown.

// IsPlaceholder reports a value that stands where a recorder, or who cleaned
// its recording, took something out: in brackets, braces or asterisks
// ([FILTERED], {{timestamp}}, ***), a word for its absence (redacted,
// DUMMY_SIGNATURE), dots, or XXX. Prose is none, and neither is nothing, nor a
// mask that keeps the shape of what it hides, such as zeros, or one of mbxcheck's
// own, behind which stood a value that was none either. It does not allocate.
func IsPlaceholder(v string) bool {
	if strings.ContainsAny(v, "<>[]{}*$#…") {
		return true
	}
	return strings.HasSuffix(v, "...") || isXs(v) ||
		len(v) <= longestWord && !strings.Contains(v, " ") && hasWord(v, true)
}

// MayBePlaceholder reports a value that a recorder may have put in the place of
// what was sent: nothing, what looks like a placeholder, or any word in
// capitals. Values of the API in capitals (symbols, sides, assets) must not be
// asked about.
func MayBePlaceholder(v string) bool {
	if v == "" || strings.Contains(v, "%") || IsPlaceholder(v) {
		return true
	}
	for i := range len(v) {
		if c := v[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// longestWord bounds the placeholders that are words: names of variables such
// as BINANCE_API_SECRET_PLACEHOLDER.
const longestWord = 40

func isXs(v string) bool { return len(v) >= len("xxx") && strings.Trim(v, "xX") == "" }

// shortestWord is the shortest of the words, so that letters of a signature are
// passed by.
const shortestWord = len("fake")

// SaysTakenOut reports text that has a word in it by which people mark what
// they took out.
func SaysTakenOut(text string) bool { return hasWord(text, false) }

// hasWord looks for those words, and for the names of what is taken out, which
// the API's own messages have in them as well.
func hasWord(text string, names bool) bool {
	for text != "" {
		n := 0
		for n < len(text) && 'a' <= text[n]|0x20 && text[n]|0x20 <= 'z' {
			n++
		}
		if word := text[:n]; n >= shortestWord && (isTakenOut(word) || names && isNamed(word)) && !IsOwnMask(text) {
			return true
		}
		text = text[min(n+1, len(text)):]
	}
	return false
}

func isTakenOut(word string) bool {
	return isOneOf(word, "redacted", "filtered", "masked", "removed", "scrubbed", "sanitized", "sanitised",
		"anonymized", "anonymised", "obfuscated", "censored", "truncated", "omitted", "placeholder")
}

// isNamed reports a word that is put in the place of a key, a signature or a
// timestamp.
func isNamed(word string) bool {
	return isOneOf(word, "secret", "hidden", "dummy", "fake", "timestamp", "signature")
}

func isOneOf(word string, all ...string) bool {
	return slices.ContainsFunc(all, func(w string) bool { return isName(word, w) })
}
