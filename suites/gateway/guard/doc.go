// Package guard keeps the ledger of one address at a venue: what its clients used of the
// limits, and until when the venue asked it to be silent. It says of each request whether
// it may go on now, or how long it must wait.
//
//	l, err := guard.Open(file, edition.Default())
//	who := l.Client("127.0.0.1", connection, key, agent)
//	if wait := l.Ask(now, guard.Request{Client: who, ...}); wait.For == 0 {
//		// send it, and then: l.Learn(time.Now(), facts, wait.Booked)
//	}
//
// # What it holds back
//
// A venue bans an address, not a client (L08b): one that goes on after a 429 has all of
// them banned. So a silence that one was asked for is kept by all, and what would go past
// a limit that is known does not go on. Limits are counted over any stretch of time as
// long as theirs: wherever the venue's window begins, no more is in it.
//
// Clients that use no more than their share are not held up by one that does: what they
// used to ask for is kept free for them (see share.go).
//
// What the venue counted and the ledger did not, because somebody else is behind the same
// address or a weight was unknown, it learns from the used weight of answers (L07b).
//
// The package must not know HTTP servers, rules or reports. It is told the time.
package guard
