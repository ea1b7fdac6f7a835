package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Hosts says whose traffic is judged: host patterns in which '*' stands for
// any run of characters. A pattern with a port takes only that port. The zero
// value takes every host.
type Hosts struct{ patterns []string }

// NewHosts compiles patterns such as "api.binance.com", "*.binance.us" or
// "127.0.0.1:8080". It fails on what no host can be called, such as an empty pattern
// or one with a scheme, a path or another wildcard.
func NewHosts(patterns []string) (Hosts, error) {
	var h Hosts
	for _, p := range patterns {
		if wrong := notOfHost(p); wrong != "" {
			return Hosts{}, fmt.Errorf("host pattern %q: expected a host name such as api.binance.com, *.binance.us, 127.0.0.1:8080 or [::1]:8080, found %s; '*' alone stands for any characters", p, wrong)
		}
		h.patterns = append(h.patterns, strings.ToLower(p))
	}
	return h, nil
}

// notOfHost says what of a pattern no host and port have, "" where all is well. Names
// in other scripts than Latin stand in recordings as they were typed.
func notOfHost(pattern string) string {
	host, port := pattern, ""
	if i := strings.LastIndexByte(pattern, ':'); i > strings.LastIndexByte(pattern, ']') {
		host, port = pattern[:i], pattern[i+1:]
		if port == "" || strings.Trim(port, "0123456789*") != "" {
			return fmt.Sprintf("the port %q", port)
		}
	}
	of := func(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("-._*", r) || isLetterOrDigit(r) }
	// An address stands in brackets, either of which '*' may stand for, too.
	address, opens := strings.CutPrefix(strings.TrimLeft(host, "*"), "[")
	if opens || strings.HasPrefix(host, "*") && strings.ContainsAny(host, ":]") {
		inside, closes := strings.CutSuffix(strings.TrimRight(address, "*"), "]")
		if !closes && !strings.HasSuffix(host, "*") {
			return "a bracket that nothing closes"
		}
		if host = inside; host == "" && opens != closes {
			return "" // '*' is all the rest
		}
		of = func(r rune) bool { return strings.ContainsRune(":.*%", r) || isLetterOrDigit(r) } // RFC 4007 has zones
	}
	if host == "" {
		return "no name"
	}
	if at := strings.IndexFunc(host, func(r rune) bool { return !of(r) }); at >= 0 {
		return fmt.Sprintf("%q in it", host[at:at+1])
	}
	return ""
}

func isLetterOrDigit(r rune) bool { return '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' }

// HostsOf takes the edition's own hosts.
func HostsOf(held *edition.Edition) Hosts { return Hosts{held.Hosts()} }

// Match reports whether the exchange is to be judged. Where the recorder put a
// placeholder in the authority's place, or kept none, the path decides, unless
// every host is asked for.
func (h Hosts) Match(f *traffic.Facts) bool {
	if h.patterns == nil || slices.Contains(h.patterns, "*") {
		return true
	}
	if f.Host == "" || f.Gaps.Has(traffic.GapHost) {
		return f.Family.Known()
	}
	for _, p := range h.patterns {
		host, port := p, ""
		if i := strings.LastIndexByte(p, ':'); i > strings.LastIndexByte(p, ']') {
			host, port = p[:i], p[i+1:]
		}
		if globMatch(host, f.Host) && (port == "" || globMatch(port, f.Port)) {
			return true
		}
	}
	return false
}

// globMatch matches s against a pattern in which '*' stands for any run of
// characters.
func globMatch(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		var part string
		part, rest, star = strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
}
