package traffic

// Hop says on which side of a proxy an exchange was recorded, and which exchanges
// of the two sides belong together: one request of a client in front, and all
// behind that the proxy sent for it. The zero Hop is that of an exchange of which
// nobody said so.
type Hop struct {
	// ID is 1 to MaxHop, the same of all exchanges of one hop and no other's in the
	// recording; 0 where there is no hop.
	ID   uint64
	Side Side
}

// MaxHop is the largest ID of a hop: up to here all readers of JSON tell whole numbers
// apart (RFC 7493 section 2.2).
const MaxHop = 1<<53 - 1

// Side is where an exchange was recorded, as a proxy between client and venue
// divides it.
type Side uint8

// The sides.
const (
	Alone  Side = iota // nobody said: client and venue, whatever stands between them
	Front              // client and proxy
	Behind             // proxy and venue
)

// String returns the side as recordings and cases have it.
func (s Side) String() string { return [...]string{"alone", "front", "behind"}[s] }

// SideOf returns the side of a hop that a word names, front or behind.
func SideOf(word string) (side Side, ok bool) {
	for _, side := range [...]Side{Front, Behind} {
		if side.String() == word {
			return side, true
		}
	}
	return Alone, false
}

// Side returns the side of the hop that is told of an exchange; a may be nil.
func (a *Annotation) Side() Side {
	if a == nil {
		return Alone
	}
	return a.Hop.Side
}

// Driven reports whether somebody drove the client or probed the server, and does not
// know of the exchange only where it was recorded; a may be nil.
func (a *Annotation) Driven() bool {
	return a != nil && (a.Hop == Hop{} || *a != Annotation{Hop: a.Hop})
}
