package wire

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
)

// What a name server needs to know of DNS (RFC 1035 sections 3.2 and 4.1).
const (
	dnsHeader    = 12
	maxLabel     = 63
	typeA        = 1
	typeAAAA     = 28 // RFC 3596 section 2.1
	classIN      = 1
	flagResponse = 1 << 15
	flagOwn      = 1 << 10 // AA: the answer of who should know
	flagRecurse  = 1 << 8
	noSuchName   = 3
	nameTTL      = 60 // seconds
)

// maxQuery bounds a query; without extensions it is 512 bytes (RFC 1035 section
// 4.2.1), and those that clients add are short.
const maxQuery = 4096

// Resolve answers DNS queries on a socket, which is the front's from now on: the
// venue's names lead to 127.0.0.1, and to ::1 if the front listens there, and
// there are no others; they count as foreign hosts. It returns at once. A client
// that finds no answer for a name waits seconds, one that is told there is none
// goes on.
func (f *Front) Resolve(socket net.PacketConn) {
	f.mu.Lock()
	closed := f.closed
	f.sockets = append(f.sockets, socket)
	six := slices.ContainsFunc(f.listeners, func(l net.Listener) bool {
		a, ok := l.Addr().(*net.TCPAddr)
		return ok && a.IP.To4() == nil
	})
	f.mu.Unlock()
	if closed {
		socket.Close()
		return
	}
	go func() {
		query := make([]byte, maxQuery)
		for {
			n, from, err := socket.ReadFrom(query)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			if answer := f.hosts.answer(query[:n], six); answer != nil {
				_, _ = socket.WriteTo(answer, from) // who asked will ask again
			}
		}
	}()
}

// answer makes the answer to a query, nil for what is none. Addresses of IPv6 are
// given where there are any.
func (h *hosts) answer(query []byte, six bool) []byte {
	name, end, ok := question(query)
	if !ok {
		return nil
	}
	h.resolved(name)
	kind, class := binary.BigEndian.Uint16(query[end-4:]), binary.BigEndian.Uint16(query[end-2:])
	flags := binary.BigEndian.Uint16(query[2:])&(0xf<<11|flagRecurse) | flagResponse | flagOwn
	var address net.IP
	switch {
	case !h.has(name):
		h.count(name)
		flags |= noSuchName
	case class != classIN:
	case kind == typeA:
		address = net.IPv4(127, 0, 0, 1).To4()
	case kind == typeAAAA && six:
		address = net.IPv6loopback
	}
	answers := uint16(min(len(address), 1))
	a := append([]byte(nil), query[:2]...)
	a = binary.BigEndian.AppendUint16(a, flags)
	for _, n := range []uint16{1, answers, 0, 0} { // questions, answers, authorities, additions
		a = binary.BigEndian.AppendUint16(a, n)
	}
	a = append(a, query[dnsHeader:end]...)
	if answers == 1 {
		a = append(a, 0xc0, dnsHeader, 0, byte(kind), 0, classIN, 0, 0, 0, nameTTL, 0, byte(len(address)))
		a = append(a, address...)
	}
	return a
}

// question reads the name that a query asks for, and says where its question
// ends. Queries have one question, and nothing to point back to.
func question(query []byte) (name string, end int, ok bool) {
	if len(query) < dnsHeader || query[2]&0x80 != 0 || binary.BigEndian.Uint16(query[4:]) != 1 {
		return "", 0, false
	}
	var labels []string
	at := dnsHeader
	for {
		if at >= len(query) {
			return "", 0, false
		}
		n := int(query[at])
		at++
		if n == 0 {
			break
		}
		if n > maxLabel || at+n > len(query) || at-dnsHeader+n > maxHost {
			return "", 0, false
		}
		labels = append(labels, string(query[at:at+n]))
		at += n
	}
	if at+4 > len(query) {
		return "", 0, false
	}
	return strings.Join(labels, "."), at + 4, true
}
