// Package wire is where HTTP is seen passing: the messages as they stand on the
// wire, and the instants between which they came and went. Whoever stands between
// client and venue sees it through a Tap.
//
//	tap := &wire.Tap{Handler: venue, Clock: clock, Ended: func(s *wire.Seen) { record(s.Exchange()) }}
//	server := &http.Server{Handler: tap, ConnContext: tap.ConnContext, ConnState: tap.ConnState}
//	server.Serve(tap.Listener(listener, nil))
//
// A Front is a tap with all ways in for a client that believes it speaks to the
// venue:
//
//	ca, err := wire.NewAuthority(time.Now())
//	front := wire.NewFront(wire.Config{Handler: venue, Authority: ca, Ended: judge})
//	front.Serve(listener)
//	defer front.Close()
//
// It takes plain HTTP, HTTPS and a forward proxy's requests on one port. It
// answers for the venue's names alone: requests for another host are refused
// and counted, and none ever leaves the machine, for it opens no connections.
//
// A client sees its own exchanges through Send.
//
// # Whose clock, and in whose favour it errs
//
// A tap stands at the server's side. It sees a request when its first byte has
// been read, later than it was sent, and takes an answer for received when its last
// bytes are being handed to the kernel, no later than the client can have them. So
// a wait is never seen shorter than it was: the client counts Retry-After from a
// later instant than the tap, and sends earlier than the tap sees. What is left is
// the innocence of requests on the wire: one that arrives after the answer may have
// left before the client had read it. traffic.InFlight is how long that may take,
// and Seen.Exchange widens Sent by it. One that is read after the answer, but lay in
// the kernel behind others while that was made, may have left as much earlier; one
// that had been read before the answer was written was surely under way.
//
// A request that came on the connection of an answer, and nothing of it before that
// answer, was written after it: over HTTP/1.1 a connection is free for the next
// request then.
//
// The package must not know scenarios, rules or how a client was started.
package wire
