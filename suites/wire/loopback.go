package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// ErrNotLoopback says that an address is not one of this machine's own.
var ErrNotLoopback = errors.New("expected a loopback address such as 127.0.0.1:8080")

// AddressError says that an address is none to listen at: it fails on any machine.
type AddressError struct{ Err error }

// Error implements error.
func (e *AddressError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *AddressError) Unwrap() error { return e.Err }

// ListenLoopback opens a port that no other machine reaches, at HOST:PORT.
func ListenLoopback(address string) (net.Listener, error) {
	unsound := func(format string, args ...any) error {
		return &AddressError{fmt.Errorf("address %q: "+format, append([]any{address}, args...)...)}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, unsound("expected HOST:PORT, such as 127.0.0.1:8080")
	}
	if !IsLoopback(host) {
		return nil, unsound("%w", ErrNotLoopback)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return nil, unsound("expected a port from 0 to 65535, found %q", port)
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w; port 0 takes a free one", err)
	}
	return l, err
}

// IsLoopback reports the addresses of this machine that no other can reach, and
// the name localhost (RFC 6761 section 6.3), which is resolved to no other.
func IsLoopback(host string) bool {
	if strings.TrimSuffix(strings.ToLower(host), ".") == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
