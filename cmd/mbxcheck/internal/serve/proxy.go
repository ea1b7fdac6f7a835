package serve

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol", section
// 2): a load balancer says in a preamble for whom it opened the connection.

const (
	// longestLine is version 1's longest line, its end included (section 2.1).
	longestLine = 107

	// longestPreamble bounds the rest of version 2's: addresses take 216 bytes
	// at the most, and what balancers add (an ALPN, a name, a certificate's
	// fields) some hundred. The length's field would allow 64 KiB.
	longestPreamble = 4096

	// signature begins version 2 (section 2.2).
	signature = "\r\n\r\n\x00\r\nQUIT\n"
)

// proxied is a listener behind a load balancer. Connections without a
// preamble, or with a broken one, are closed without an answer: what they say
// about themselves can't be believed.
type proxied struct {
	net.Listener
	log *slog.Logger
}

// Accept implements net.Listener. It does not wait for the preamble, which is
// read by whoever asks for the address or reads first.
func (l *proxied) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &proxiedConn{Conn: conn, log: l.log}, nil
}

// proxiedConn is a connection whose preamble is read when it is first used.
type proxiedConn struct {
	net.Conn
	log    *slog.Logger
	once   sync.Once
	client net.Addr // nil: the peer speaks for itself
	broken bool
}

// preamble reads the preamble, once, for as long as a header may take.
func (c *proxiedConn) preamble() {
	c.once.Do(func() {
		err := c.Conn.SetReadDeadline(time.Now().Add(headerTimeout))
		var client netip.AddrPort
		if err == nil {
			client, err = readPreamble(c.Conn)
		}
		if err == nil {
			err = c.Conn.SetReadDeadline(time.Time{})
		}
		if err != nil {
			c.broken = true
			c.log.Warn("a connection without a PROXY preamble is closed", "peer", c.Conn.RemoteAddr().String(), "error", err)
			c.Conn.Close()
			return
		}
		if client.IsValid() {
			c.client = net.TCPAddrFromAddrPort(client)
		}
	})
}

// RemoteAddr implements net.Conn: the address that the preamble names.
func (c *proxiedConn) RemoteAddr() net.Addr {
	if c.preamble(); c.client != nil {
		return c.client
	}
	return c.Conn.RemoteAddr()
}

// Read implements net.Conn. After a broken preamble it is at its end, which a
// server takes in silence.
func (c *proxiedConn) Read(p []byte) (int, error) {
	if c.preamble(); c.broken {
		return 0, io.EOF
	}
	return c.Conn.Read(p)
}

// NetConn returns the connection below.
func (c *proxiedConn) NetConn() net.Conn { return c.Conn }

// readPreamble reads one preamble and nothing behind it. The address is the
// zero value where the preamble names none: a balancer's own check of health, a
// local socket.
func readPreamble(r io.Reader) (netip.AddrPort, error) {
	var b [longestLine]byte
	// The shorter version's shortest line, "PROXY UNKNOWN\r\n", has 15 bytes;
	// version 2 has 16 before the addresses.
	const least = 15
	if _, err := io.ReadFull(r, b[:least]); err != nil {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected %d bytes or more: %w", least, err)
	}
	switch {
	case bytes.HasPrefix(b[:], []byte("PROXY ")):
		return readLine(r, b[:], least)
	case bytes.HasPrefix(b[:], []byte(signature)):
		if _, err := io.ReadFull(r, b[least:16]); err != nil {
			return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected a length: %w", err)
		}
		return readBinary(r, b[:16])
	}
	return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected PROXY or the signature of version 2, found %q", b[:6])
}

// readLine reads the rest of version 1, byte for byte: what follows is not the
// preamble's.
func readLine(r io.Reader, b []byte, n int) (netip.AddrPort, error) {
	for !bytes.HasSuffix(b[:n], []byte("\r\n")) {
		if n == len(b) {
			return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected a line of %d bytes at the most", len(b))
		}
		if _, err := io.ReadFull(r, b[n:n+1]); err != nil {
			return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected the line's end: %w", err)
		}
		n++
	}
	return parseLine(string(b[:n-2]))
}

// parseLine parses "PROXY TCP4 SOURCE DESTINATION PORT PORT". Behind UNKNOWN
// anything may stand.
func parseLine(line string) (netip.AddrPort, error) {
	field := strings.Split(line, " ")
	if len(field) > 1 && field[1] == "UNKNOWN" {
		return netip.AddrPort{}, nil
	}
	if len(field) != 6 || field[1] != "TCP4" && field[1] != "TCP6" {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected PROXY TCP4 or TCP6, two addresses and two ports, found %q", line)
	}
	source, err := addressOf(field[2], field[4], field[1])
	if err != nil {
		return netip.AddrPort{}, err
	}
	if _, err := addressOf(field[3], field[5], field[1]); err != nil {
		return netip.AddrPort{}, err
	}
	return source, nil
}

// addressOf parses an address of the family and its port.
func addressOf(host, port, family string) (netip.AddrPort, error) {
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Is4() != (family == "TCP4") || ip.Zone() != "" {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected an address of %s, found %q", family, host)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(port) > 1 && port[0] == '0' || port[0] == '+' {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected a port of 0 to 65535, found %q", port)
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), nil
}

// errShort says that addresses did not fit into their length.
var errShort = errors.New("PROXY preamble: expected a length that holds the family's addresses")

// readBinary reads what is behind version 2's first 16 bytes.
func readBinary(r io.Reader, head []byte) (netip.AddrPort, error) {
	const (
		local, proxy = 0x20, 0x21
		tcp4, tcp6   = 0x11, 0x21
	)
	command, family, length := head[12], head[13], int(binary.BigEndian.Uint16(head[14:]))
	if command != local && command != proxy {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected version 2 with LOCAL or PROXY, found %#x", command)
	}
	if length > longestPreamble {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected %d bytes at the most, found %d", longestPreamble, length)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return netip.AddrPort{}, fmt.Errorf("PROXY preamble: expected %d bytes: %w", length, err)
	}
	switch {
	case command == local:
		return netip.AddrPort{}, nil
	case family == tcp4 && length >= 12:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(body)), binary.BigEndian.Uint16(body[8:])), nil
	case family == tcp6 && length >= 36:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(body)).Unmap(), binary.BigEndian.Uint16(body[32:])), nil
	case family == tcp4 || family == tcp6:
		return netip.AddrPort{}, errShort
	}
	return netip.AddrPort{}, nil // of another family, whose addresses are no IP's
}
