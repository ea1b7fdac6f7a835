package traffic

import (
	"strconv"
	"strings"
	"time"
)

// longestWindow bounds what is taken for a window: the longest that the venue has
// are days, and what claims more years than a Duration holds would overflow it.
const longestWindow = 365 * 24 * time.Hour

// limitWindow finds the window in "current limit is 1200 request weight per 1
// MINUTE" and in "current limit is 10 orders per SECOND"; 0 where none stands.
func (d *Dialect) limitWindow(msg []byte) time.Duration {
	s := viewString(msg)
	i := strings.Index(s, d.Phrases.Limit)
	if i < 0 || d.Phrases.Limit == "" {
		return 0
	}
	_, s, _ = strings.Cut(s[i:], " per ")
	n := int64(1)
	if digits, rest, two := strings.Cut(s, " "); two {
		if count, err := strconv.ParseInt(digits, 10, 32); err == nil && count > 0 {
			n, s = count, rest
		}
	}
	for _, unit := range [...]struct {
		name string
		long time.Duration
	}{{"second", time.Second}, {"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour}} {
		if hasPrefixFold(s, unit.name) && n <= int64(longestWindow/unit.long) {
			return time.Duration(n) * unit.long
		}
	}
	return 0
}
