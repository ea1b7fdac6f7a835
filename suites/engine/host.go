package engine

import (
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// host is what the engine knows of the host it met last.
type host struct {
	name, port string
	gap, other bool // what else Hosts looks at
	taken      bool
	venue      uint64
}

// where looks a host up, once for all neighbours in a recording that share it.
func (e *Front) where(f *traffic.Facts) *host {
	h := &e.host
	gap, other := f.Gaps.Has(traffic.GapHost), !f.Family.Known()
	if h.name != f.Host || h.port != f.Port || h.gap != gap || h.other != other || h.venue == 0 {
		*h = host{
			name: strings.Clone(f.Host), port: strings.Clone(f.Port), gap: gap, other: other,
			taken: e.opts.Hosts.Match(f), venue: traffic.Hash(e.opts.held().VenueOf(f.Host)),
		}
	}
	return h
}
