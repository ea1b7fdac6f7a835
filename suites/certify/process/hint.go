package process

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// otherWays says what to do where there is no isolation.
const otherWays = "Give the client the venue's address instead, as {url} in its command or in a variable (--env NAME={url}), or let it come by proxy."

// Hint says what to try with a client that ran but sent no request for the venue
// to the front, by what was seen of it: exit is how it ended by itself, "" if it
// had not. It is "" if a request came.
func Hint(o Options, front *wire.Front, exit string) string {
	if front.Requests() > 0 {
		return ""
	}
	said := distrust(front)
	var others, resolvers []string
	for _, f := range front.Foreign() {
		if resolvesNames(f.Host) {
			resolvers = append(resolvers, f.Host)
		} else {
			others = append(others, f.Host)
		}
	}
	if len(resolvers) > 0 {
		said = append(said, fmt.Sprintf("It asked %s, which resolve names over HTTPS (DNS over HTTPS): so it does not learn that the venue is here. Turn that off in the client, or give it the venue's address as {url}.", strings.Join(resolvers, ", ")))
	}
	if len(others) > 0 {
		said = append(said, fmt.Sprintf("It asked for other hosts: %s. If one of them is the venue, name it with --host.", strings.Join(others, ", ")))
	}
	if len(said) == 0 {
		said = append(said, silent(o, front, exit))
	}
	return strings.Join(said, "\n")
}

// silent is what to try with a client that showed nothing of what it wants.
func silent(o Options, front *wire.Front, exit string) string {
	switch {
	case front.Handshakes() > 0:
		return "It connected over TLS and closed the connection without a request, as clients do that pin the venue's certificate and look at it themselves. Turn the pinning off, or give it the venue's address as {url}, which is plain HTTP."
	case front.Connections() > 0:
		return "It connected, but sent no request."
	case exit != "":
		return "It ended by itself: what it printed may say why. Arguments, and variables that it needs (--env), are its own; --client-log DIR keeps all that it prints."
	case o.Way == wire.ByURL:
		return "It was given the venue's address as {url} and as MBXCHECK_URL, and had not used it. See whether its setting for the address was reached, and whether it was still loading: --client-log DIR keeps what it prints."
	case o.Way == wire.ByProxy:
		return "It had not used HTTPS_PROXY, which many clients ignore. Run it isolated (Linux), or give it the venue's address as {url}; --client-log DIR keeps what it prints."
	}
	return "It had not connected, but was alive: it may still have been loading, or have waited for something. --client-log DIR keeps what it prints. If it reaches the venue through a network address of its own, give it {url}."
}

// distrust says what failed handshakes tell of the client.
func distrust(front *wire.Front) []string {
	list := front.Troubles()
	if len(list) == 0 {
		return nil
	}
	host, failed := list[0].Host, list[0].Error
	if host == "" {
		host = "a host that it did not name"
	}
	switch {
	case refusesCertificate(failed):
		return []string{fmt.Sprintf("It connected for %s and refused the certificate (%s): it pins the venue's, or trusts certificates that it brings along alone. Let it trust the file that SSL_CERT_FILE names, turn the pinning off, or give it the venue's address as {url}, which is plain HTTP.", host, failed)}
	case brokeOff(failed):
		return []string{fmt.Sprintf("It connected for %s and broke the TLS handshake off without a word (%s), as clients do that pin the venue's certificate. Turn the pinning off, let it trust the file that SSL_CERT_FILE names, or give it the venue's address as {url}, which is plain HTTP.", host, failed)}
	}
	return []string{fmt.Sprintf("It connected for %s, and the TLS handshake failed (%s): expected TLS 1.2 or later. Give it the venue's address as {url}, which is plain HTTP.", host, failed)}
}

// refusesCertificate tells by an alert of TLS (RFC 8446 section 6.2), in
// crypto/tls's words, that a client did not accept the certificate.
func refusesCertificate(failed string) bool {
	return strings.HasPrefix(failed, "remote error") && strings.Contains(failed, "certificate")
}

// brokeOff tells a client that left the handshake without an alert.
func brokeOff(failed string) bool {
	return strings.HasSuffix(failed, "EOF") || strings.Contains(failed, "connection reset") || strings.HasSuffix(failed, "broken pipe")
}

// overHTTPS are the hosts that browsers, libraries and operating systems ask for
// names over HTTPS (RFC 8484), and the addresses of those that are also reached
// without a name.
var overHTTPS = []string{
	"dns.google", "dns.google.com", "dns64.dns.google", "8888.google", "8.8.8.8", "8.8.4.4",
	"cloudflare-dns.com", "one.one.one.one", "1.1.1.1", "1.0.0.1", "1.1.1.2", "1.1.1.3",
	"quad9.net", "9.9.9.9", "149.112.112.112",
	"opendns.com", "208.67.222.222", "208.67.220.220",
	"nextdns.io", "adguard-dns.com", "dns.adguard.com", "94.140.14.14", "94.140.15.15",
	"cleanbrowsing.org", "mullvad.net", "controld.com", "doh.pub", "alidns.com", "223.5.5.5", "223.6.6.6",
}

// resolvesNames reports whether a host is one that resolves names over HTTPS.
func resolvesNames(host string) bool {
	return slices.ContainsFunc(overHTTPS, func(known string) bool {
		return host == known || strings.HasSuffix(host, "."+known)
	}) || strings.HasPrefix(host, "doh.")
}

// unwritten is what to do where a client's words say that it could not write, a
// line of its own; "" where they do not.
func unwritten(said string) string {
	for _, t := range []struct{ words, code, advice string }{
		{"Read-only file system", "EROFS", "elsewhere it writes to a copy that is thrown away, and here it could not"},
		{"Value too large for defined data type", "EOVERFLOW", "elsewhere it writes to a copy, which can't be made of other users' files"},
		{"No space left on device", "ENOSPC", "elsewhere all that it writes is kept in memory, which was full"},
	} {
		if strings.Contains(strings.ToLower(said), strings.ToLower(t.words)) || strings.Contains(said, t.code) {
			return "mbxcheck: --writable DIR lets an isolated client write to DIR for good; " + t.advice + ".\n"
		}
	}
	return ""
}
