// Package wire is the certifier's side of the network: where a client that
// believes it speaks to the venue arrives, and what is seen of it there.
//
//	ca, err := wire.NewAuthority(time.Now())
//	front := wire.NewFront(wire.Config{Handler: venue, Authority: ca, Ended: judge})
//	front.Serve(listener)
//	defer front.Close()
//
// A Front takes plain HTTP, HTTPS and a forward proxy's requests on one port. It
// answers for the venue's names alone: requests for another host are refused
// and counted, and none ever leaves the machine, for it opens no connections.
//
// # Whose clock, and in whose favour it errs
//
// The certifier stands at the server's side. It sees a request when its first
// byte has arrived, later than it was sent, and takes an answer for received
// when its last bytes are being handed to the kernel, no later than the client
// can have them. So a wait is never seen shorter than it was: the client counts
// Retry-After from a later instant than the certifier, and sends earlier than
// the certifier sees. What is left is the innocence of requests on the wire: one
// that arrives after the answer may have left before the client had read it.
// InFlight is how long that may take, and Seen.Exchange widens Sent by it, except
// where the request came on the connection of an answer before it: over HTTP/1.1
// without pipelining it was sent after that answer was read.
//
// The package must not know scenarios, rules or how the client was started.
package wire
