package general

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// isPlaceholder reports a value that a recorder may have put in the place of
// what was sent: nothing, what looks like a placeholder, or any word in
// capitals. Values of the API in capitals (symbols, sides, assets) must not be
// asked about.
func isPlaceholder(v string) bool {
	if v == "" || strings.Contains(v, "%") || traffic.IsPlaceholder(v) {
		return true
	}
	for i := range len(v) {
		if c := v[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
