package wire

import (
	"errors"
	"net"
	"slices"

	"golang.org/x/net/dns/dnsmessage"
)

// nameTTL is for how many seconds an answer may be kept.
const nameTTL = 60

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
	var p dnsmessage.Parser
	asked, err := p.Start(query)
	if err != nil || asked.Response {
		return nil
	}
	questions, err := p.AllQuestions()
	if err != nil || len(questions) != 1 {
		return nil
	}
	q := questions[0]
	name := q.Name.String()
	h.resolved(name)
	told := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: asked.ID, Response: true, OpCode: asked.OpCode, Authoritative: true, RecursionDesired: asked.RecursionDesired},
		Questions: questions,
	}
	if !h.has(name) {
		h.count(name)
		told.RCode = dnsmessage.RCodeNameError
	} else if address := addressOf(q, six); address != nil {
		told.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: nameTTL}, Body: address}}
	}
	answer, err := told.Pack()
	if err != nil { // cannot be: all of it was read or is a constant
		return nil
	}
	return answer
}

// addressOf is what a question for one of the venue's names is answered with,
// nil for nothing.
func addressOf(q dnsmessage.Question, six bool) dnsmessage.ResourceBody {
	switch {
	case q.Class != dnsmessage.ClassINET:
	case q.Type == dnsmessage.TypeA:
		return &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}
	case q.Type == dnsmessage.TypeAAAA && six:
		return &dnsmessage.AAAAResource{AAAA: [16]byte(net.IPv6loopback)}
	}
	return nil
}
