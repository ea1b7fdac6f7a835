// Package certificate says what a certificate is and what it takes: which
// clauses bind a client, how it came off in each, what its profile needs, and
// why a certificate is refused.
//
//	c, err := certificate.New(run, time.Now())
//	err = c.Write(w)
//
// A Run is what was seen of a client, whoever saw it: tallies, not traffic. The
// package must not know how clients are driven, nor how a report shows them.
package certificate
