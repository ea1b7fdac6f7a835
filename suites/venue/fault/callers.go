package fault

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// LocalOnly answers with 403 what a page of another site may have sent, and
// leaves all else to next. Such a page reaches this machine under a name of its
// own, which it has let resolve to 127.0.0.1: the request's Host tells that
// name, and its Origin the page's. A program on this machine asks for localhost
// or for a loopback address as it is written, and sends no Origin.
//
// The hosts in named, without a port, are let in as well: those that the port
// was bound to on purpose. It is safe for concurrent use.
func LocalOnly(next http.Handler, named ...string) http.Handler {
	named = slices.Clone(named)
	for i := range named {
		named[i] = asciiLower(named[i])
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := foreign(r, named); why != "" {
			reply(w, http.StatusForbidden, map[string]string{"error": why})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// maxQuoted bounds what a refusal quotes, in bytes: a name has 253 at the most
// (RFC 1035, section 2.3.4), and its beginning tells it.
const maxQuoted = 80

// foreign says why a request is not of this machine, and what to do; "" if it is.
func foreign(r *http.Request, named []string) string {
	if host, ok := hostIn(r.Host); !ok || !local(host, named) {
		return fmt.Sprintf("Host %s is refused, for it may be a web page's name for this machine: ask for localhost or 127.0.0.1, with the port", quoted(r.Host))
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return originRefused(origin)
		}
		if host, ok := hostIn(u.Host); !ok || !local(host, named) {
			return originRefused(origin)
		}
	}
	return ""
}

func originRefused(origin string) string {
	return fmt.Sprintf("Origin %s is refused, for only pages of this machine may ask here: send no Origin, or open the page from localhost", quoted(origin))
}

func quoted(s string) string { return strconv.Quote(s[:min(len(s), maxQuoted)]) }

// hostIn is the host of HOST or HOST:PORT (RFC 9110, section 7.2), an IPv6
// address without its brackets.
func hostIn(authority string) (host string, ok bool) {
	host, port := authority, "0"
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", false
	}
	if inner, six := strings.CutPrefix(host, "["); six {
		host, six = strings.CutSuffix(inner, "]")
		return host, six && strings.Contains(host, ":")
	}
	return host, host != "" && !strings.Contains(host, ":")
}

// local reports localhost, an address of the loopback written out, and the names
// in named. One dot behind a name makes it no other name.
func local(host string, named []string) bool {
	host = asciiLower(host)
	if slices.Contains(named, host) {
		return true
	}
	if strings.TrimSuffix(host, ".") == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.IsLoopback()
}

// asciiLower is lower case as names have it. Unicode's would take other letters
// for those of localhost.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
