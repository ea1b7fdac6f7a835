package format

import (
	"net/netip"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// longestHop bounds the way between a client and a box on another machine that
// records: a second carries a packet twice around the earth, or once and its
// first retransmission besides (RFC 6298 section 2).
const longestHop = time.Second

// SeenByProxy sets when the client of the exchange sent and received, from what
// a box in between saw: the request's first byte and the response's last. Each
// happened up to resolution later than stated, and is unknown when zero. The
// Client must be set before: one on the same machine sends and receives at the
// very instants that the box sees, of another one they are bounds.
func (b *Builder) SeenByProxy(began, finished time.Time, resolution time.Duration) {
	x := &b.X
	hop := longestHop
	if ip, err := netip.ParseAddr(x.Client); err == nil && ip.IsLoopback() {
		hop = 0
	}
	if !began.IsZero() {
		x.Sent = traffic.Span{Earliest: began.Add(-hop), Latest: began.Add(resolution)}
	}
	if !finished.IsZero() && !finished.Before(began) {
		x.Received = traffic.Span{Earliest: finished, Latest: finished.Add(hop + resolution)}
	}
}
