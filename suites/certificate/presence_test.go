package certificate

import (
	"testing"
	"time"
)

// TestPresenceIsSaid: what is said of a client that sent nothing is what was
// seen, and accuses nobody.
func TestPresenceIsSaid(t *testing.T) {
	for _, c := range []struct {
		p    Presence
		want string
	}{
		{Presence{Waited: time.Minute}, "it had sent nothing 60 s after its start, and was alive; it did not connect"},
		{Presence{Waited: 400 * time.Millisecond, Exit: "exit code 1"}, "it ended with exit code 1 0.4 s after its start, having sent nothing; it did not connect"},
		{Presence{Waited: 9 * time.Second, Exit: "signal killed", Connections: 2}, "it ended with signal killed 9.0 s after its start, having sent nothing; it connected (2) without a request"},
		{Presence{Waited: time.Minute, Names: []string{"api.binance.us", "dns.google"}}, "it had sent nothing 60 s after its start, and was alive; it did not connect; it asked DNS for api.binance.us, dns.google"},
		{Presence{Waited: time.Minute, Driven: true, Told: "time: error: net: no network"}, "it had sent nothing 60 s after its hello, and was alive; it did not connect; it told its caller of time: error: net: no network"},
	} {
		if got := c.p.Unreached(); got != c.want {
			t.Errorf("expected %q, found %q", c.want, got)
		}
	}
	if got, want := (Presence{Waited: 2 * time.Second}).Elsewhere(12), "the client did not make the call that the scenario is about, but others (12, the first 2.0 s after its start), and was alive"; got != want {
		t.Errorf("expected %q, found %q", want, got)
	}
}
