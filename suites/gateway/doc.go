// Package gateway stands between a client and a venue: it passes on what comes, as it
// came, and has both sides of it judged and recorded.
//
//	g, err := gateway.Start(gateway.Config{Listen: "127.0.0.1:0", Upstream: venue, Rules: rules})
//	// a client that speaks to g.URL() speaks to the venue
//	outcome, err := g.Close()
//
// With Hosts it is a forward proxy as well. A request for one of them is judged, in plain
// HTTP or by CONNECT, behind which it speaks TLS by a certificate of the Authority's, and
// goes to that host, or to the Upstream if there is one. What is for others is passed on
// and neither judged nor, behind CONNECT, read.
//
// # What it changes
//
// A request goes on with the target, body, trailers and fields that it came with, under
// the names as they were written, and an answer likewise; what is of one connection alone
// (RFC 9110 section 7.6.1) is that of each. Host names the venue. Net/http writes fields
// sorted by name, and answers itself what it can't read: a path that is broken, two
// hosts. A body is kept back until it is whole or 64 KiB of it are there.
//
// # What it never does
//
// It sends no request twice: see single. Clients may speak HTTP/2 by TLS; the venue is
// spoken to by HTTP/1.1 alone, of which it is known when net/http sends again. Where the venue does not answer, or not in time,
// the client has a 502 or 504 that says that the gateway made it (Mark). An order whose
// client has gone is not broken off: what became of it stands in the recording.
//
// The package must not know any one rule, reports, flags or exit codes.
package gateway
