package cli

import (
	"strconv"
	"strings"
)

// plain makes text fit for a terminal: file names, arguments and recordings may
// hold escapes that move the cursor or worse. Characters of keep stay.
func plain(s, keep string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) || strings.ContainsRune(keep, r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return b.String()
}

// ownLayout are the characters beside printable ones that messages hold.
const ownLayout = "\n\t"
