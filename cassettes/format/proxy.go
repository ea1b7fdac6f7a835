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

// SeenByProxy bounds when the client of the exchange sent and received, from what
// a box in between saw: the request's first byte and the response's last. Each
// happened up to resolution later than stated, and is unknown when zero. The
// Client must be set before, one on the same machine being nearer, and of the
// Arrival what is known of the connection. Arrival is not sending on the same
// machine either: the client may have decided upon the request before.
func (b *Builder) SeenByProxy(began, finished time.Time, resolution time.Duration) {
	x := &b.X
	hop := longestHop
	if ip, err := netip.ParseAddr(x.Client); err == nil && ip.IsLoopback() {
		hop = 0
	}
	if !began.IsZero() {
		x.Arrival.FirstByteAt = began
		x.Sent = x.Arrival.Sent()
		x.Sent = traffic.Span{Earliest: x.Sent.Earliest.Add(-hop), Latest: began.Add(resolution)}
		x.Arrival.FirstByteAt = began.Add(-resolution) // whatever else is coarse is no later than stated, too
	}
	if !finished.IsZero() && !finished.Before(began) {
		x.Received = traffic.Span{Earliest: finished, Latest: finished.Add(hop + resolution)}
	}
}
