package traffic

import (
	"testing"
	"time"
)

// TestArrival: what an arrival says of the sending, and of the answers before.
func TestArrival(t *testing.T) {
	at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return at.Add(-d) }
	for _, c := range []struct {
		what     string
		arrival  Arrival
		earliest time.Duration // before the first byte
		ready    time.Time
	}{
		{"nothing but the first byte is known", Arrival{FirstByteAt: at}, Unseen, time.Time{}},
		{"the connection was opened for it", Arrival{OpenedAt: before(time.Millisecond), FirstByteAt: at}, InFlight + time.Millisecond, before(time.Millisecond)},
		{"a handshake took long", Arrival{OpenedAt: before(700 * time.Millisecond), FirstByteAt: at}, InFlight + 700*time.Millisecond, before(700 * time.Millisecond)},
		{"the connection was opened ahead of need", Arrival{OpenedAt: before(time.Minute), FirstByteAt: at}, InFlight, before(time.Minute)},
		{"the connection was kept", Arrival{OpenedAt: before(time.Minute), FreeAt: before(time.Second), FirstByteAt: at}, InFlight, before(time.Second)},
		{"the connection was opened after the request", Arrival{OpenedAt: at.Add(time.Hour), FirstByteAt: at}, Unseen, time.Time{}},
		{"the connection was free after the request", Arrival{OpenedAt: before(time.Minute), FreeAt: at.Add(time.Hour), FirstByteAt: at}, InFlight, time.Time{}},
		{"the connection was opened of late, and kept", Arrival{OpenedAt: before(2 * time.Second), FreeAt: before(time.Second), FirstByteAt: at}, InFlight, before(time.Second)},
		{"the connection was free just now", Arrival{OpenedAt: before(time.Minute), FreeAt: before(time.Microsecond), FirstByteAt: at}, InFlight, before(time.Microsecond)},
	} {
		sent := c.arrival.Sent()
		if want := (Span{before(c.earliest), at}); sent != want || !c.arrival.Ready().Equal(c.ready) || !c.arrival.Seen() {
			t.Errorf("%s: expected %v and ready at %v, found %v and %v", c.what, want, c.ready, sent, c.arrival.Ready())
		}
	}
	if own := new(Arrival); own.Seen() || !own.Ready().IsZero() {
		t.Error("expected the zero arrival to be nobody's")
	}
}
