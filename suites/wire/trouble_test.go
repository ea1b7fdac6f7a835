package wire

import (
	"fmt"
	"net"
	"syscall"
	"testing"
)

// Handshakes that fail alike are one trouble, whichever ports they had.
func TestTroublesAreToldByKind(t *testing.T) {
	var f Front
	for port := range 2 * maxTroubles {
		address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1024 + port}
		f.trouble("a", fmt.Errorf("handshake: %w", &net.OpError{Op: "read", Net: "tcp", Source: address, Addr: address, Err: syscall.ECONNRESET}))
	}
	f.trouble("a", &net.OpError{Op: "remote error", Err: fmt.Errorf("tls: bad certificate")})
	list := f.Troubles()
	if len(list) != 2 || list[0] != (Trouble{"a", "read: connection reset by peer", 2 * maxTroubles}) || list[1] != (Trouble{"a", "remote error: tls: bad certificate", 1}) {
		t.Errorf("expected two kinds, found %+v", list)
	}
}
