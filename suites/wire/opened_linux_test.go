package wire_test

import (
	"net"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// TestOpenedAt: a connection that waited to be accepted was opened before; one
// that did not was opened when it was.
func TestOpenedAt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, theirs := net.Pipe()
	defer theirs.Close()
	now := time.Now()
	if at := wire.OpenedAt(ours, now); !at.Equal(now) {
		t.Errorf("expected %v of what is no TCP, found %v", now, at)
	}
	ours.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	dialled := time.Now()
	const late = 200 * time.Millisecond
	<-time.After(late) // of a server that is busy
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	accepted := time.Now()
	if at := wire.OpenedAt(server, accepted); accepted.Sub(at) < late/2 || at.After(dialled.Add(late/2)) {
		t.Errorf("expected a connection of %v, found one of %v, accepted at %v", dialled, at, accepted)
	}
}
