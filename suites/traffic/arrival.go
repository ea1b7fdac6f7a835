package traffic

import "time"

// Arrival is what somebody between client and venue saw of a request's coming:
// a server, a proxy, a certifier. It is no sending: the client may have decided
// upon the request before it had read an answer that left earlier. The zero
// Arrival is that of a recorder which is the client's own.
type Arrival struct {
	// OpenedAt is when the connection was accepted; zero where nobody kept it.
	OpenedAt time.Time

	// FreeAt is when the connection was free to carry the request, for the
	// answer before on it had been handed over; zero for the first request on a
	// connection. Where many share a connection it is OpenedAt.
	FreeAt time.Time

	// FirstByteAt is when the request's first byte was there: no later than
	// that, and earlier by no more than the clock is coarse.
	FirstByteAt time.Time
}

const (
	// InFlight bounds the time for which a request may be on its way to somebody
	// on the client's own machine, from the decision upon it to its first byte,
	// and an answer unread at the client, together. On loopback bytes take
	// microseconds; what takes longer is a process that waits for its turn, on a
	// busy machine tens of milliseconds, and a client waits twice or three times:
	// to be given the answer, to let another of its threads know, to write. The
	// figure is a stated bound with room for that, and no measurement.
	InFlight = 200 * time.Millisecond

	// Unseen is InFlight where nobody kept when the connection was opened: it
	// may have been opened for this request, and handshakes of hundreds of
	// milliseconds have been seen where many were made at once.
	Unseen = time.Second

	// longestOpening bounds the time from a connection's opening to the first
	// byte of the request that it was opened for. Clients give up connecting
	// after 10 s at the most.
	longestOpening = 10 * time.Second
)

// Seen reports whether anybody between client and venue saw the request come.
func (a *Arrival) Seen() bool { return !a.FirstByteAt.IsZero() }

// Ready is from when the connection could carry the request; zero where nobody
// saw it, or a recording says that it was after the request. What is sent on a
// connection was written after that.
func (a *Arrival) Ready() time.Time {
	ready := a.FreeAt
	if ready.IsZero() {
		ready = a.OpenedAt
	}
	if ready.After(a.FirstByteAt) {
		return time.Time{}
	}
	return ready
}

// Sent bounds when a client on the same machine decided upon the request, so
// that no answer read later could stop it. On a connection that was opened for
// it that may have been at any time since the opening, handshake and all, and a
// little before; on one that was there it was a little before its first byte.
func (a *Arrival) Sent() Span {
	earliest := a.FirstByteAt.Add(-InFlight)
	switch {
	case a.OpenedAt.IsZero() || a.OpenedAt.After(a.FirstByteAt): // the latter says nothing
		earliest = a.FirstByteAt.Add(-Unseen)
	case a.FreeAt.IsZero() && a.FirstByteAt.Sub(a.OpenedAt) <= longestOpening: // beyond that it was opened ahead of need
		earliest = a.OpenedAt.Add(-InFlight)
	}
	return Span{earliest, a.FirstByteAt}
}
