package wire

import (
	"net"
	"slices"
	"strings"
	"sync"
)

// maxForeign bounds the foreign hosts that are remembered; those after them are
// counted together, under the name "...".
const maxForeign = 100

// Foreign is a host that is none of the venue's, and how often it was asked for.
type Foreign struct {
	Host  string
	Times int
}

// hosts are the names that are the venue's, and a tally of those that are not.
type hosts struct {
	names []string // lower case

	mu      sync.Mutex
	foreign tally
	asked   tally // of the resolver, the venue's among them
}

// tally counts hosts in the order in which they were first asked for.
type tally []Foreign

func newHosts(names []string) *hosts {
	h := &hosts{}
	for _, n := range names {
		h.names = append(h.names, strings.ToLower(strings.TrimSuffix(n, ".")))
	}
	return h
}

// has reports whether a host, with a port or without, is the venue's. So is
// this machine itself: a client that was given a URL believes in that.
func (h *hosts) has(host string) bool {
	name := BareHost(host)
	return IsLoopback(name) || slices.Contains(h.names, name)
}

// count remembers a foreign host.
func (h *hosts) count(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.foreign.add(host)
}

// resolved remembers a name that was asked of the resolver.
func (h *hosts) resolved(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked.add(name)
}

func (t *tally) add(host string) {
	name := BareHost(host)
	if len(name) > maxHost {
		name = name[:maxHost]
	}
	is := func(f Foreign) bool { return f.Host == name }
	i := slices.IndexFunc(*t, is)
	if i < 0 && len(*t) >= maxForeign {
		name = "..."
		i = slices.IndexFunc(*t, is)
	}
	if i < 0 {
		*t = append(*t, Foreign{Host: name})
		i = len(*t) - 1
	}
	(*t)[i].Times++
}

func (h *hosts) list() []Foreign {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.foreign)
}

func (h *hosts) lookedUp() []Foreign {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

// BareHost is a host in lower case without port, brackets and final dot.
func BareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
