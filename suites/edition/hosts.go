package edition

import "strings"

// hostOf is the host of an origin without a port.
func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// Host is the host of the base endpoint itself, to which nearly all requests go;
// "" where no base is known.
func (e *Edition) Host() string {
	if len(e.Bases) == 0 {
		return ""
	}
	return hostOf(e.Bases[0])
}

// Hosts are those whose traffic is judged when nobody names others: the base
// endpoint's and its numbered siblings (api1.binance.com and so on).
func (e *Edition) Hosts() []string {
	label, domain, _ := strings.Cut(e.Host(), ".")
	hosts := []string{e.Host()}
	for n := '1'; n <= '9'; n++ {
		hosts = append(hosts, label+string(n)+"."+domain)
	}
	return hosts
}

// Names are the hosts that clients speak to without being told.
func (e *Edition) Names() []string {
	var names []string
	for _, base := range e.Bases {
		names = append(names, hostOf(base))
	}
	return append(names, e.OtherHosts...)
}

// IsBase reports whether a host is one of the bases or a numbered sibling of
// one: api5 beside api.
func (e *Edition) IsBase(host string) bool {
	for _, base := range e.Bases {
		label, domain, _ := strings.Cut(hostOf(base), ".")
		rest, ok := strings.CutPrefix(host, label)
		if rest = unnumbered(rest); ok && rest != "" && rest[0] == '.' && rest[1:] == domain {
			return true
		}
	}
	return false
}

// VenueOf names the venue behind a host: api1.binance.com and its siblings are
// one, with one set of counters.
func (e *Edition) VenueOf(host string) string {
	label, _, named := strings.Cut(e.Host(), ".")
	rest, ok := strings.CutPrefix(host, label)
	if rest = unnumbered(rest); named && ok && len(rest) > 1 && rest[0] == '.' {
		return rest[1:]
	}
	return host
}

// unnumbered is what stands behind the digit of a sibling.
func unnumbered(s string) string {
	if s != "" && '0' <= s[0] && s[0] <= '9' {
		return s[1:]
	}
	return s
}

// Owns reports a host in the base endpoint's domain.
func (e *Edition) Owns(host string) bool {
	label, ok := strings.CutSuffix(host, e.VenueOf(e.Host()))
	return ok && strings.HasSuffix(label, ".")
}

// IsLookalike reports a host of one of the Lookalikes.
func (e *Edition) IsLookalike(host string) bool {
	for _, domain := range e.Lookalikes {
		if label, ok := strings.CutSuffix(host, domain); ok && (label == "" || strings.HasSuffix(label, ".")) {
			return true
		}
	}
	return false
}
