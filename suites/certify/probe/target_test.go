package probe

import "testing"

// A name is checked where it has been resolved, whatever it was.
func TestLocalOnly(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"192.0.2.1:80": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "[::]:80": false,
	} {
		if got := localOnly(address) == nil; got != want {
			t.Errorf("%s: expected a connection to be let: %t, found %t", address, want, got)
		}
	}
}
