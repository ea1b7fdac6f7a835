// Package planted has a reference client that keeps every obligation of the
// document, and clients that are the same but for one planted misbehaviour:
// each breaks the rules that it names and no other, so that whoever certifies
// clients can be shown to see it.
//
//	p, ok := planted.Named("sleeps-a-second")
//	c := planted.New(planted.Config{Transport: rt, URL: "https://api.binance.com", Key: key, Secret: secret}, p)
//	answer := c.Do(ctx, driver.Command{Op: driver.Klines, Params: params})
//
// The client is small and written out, as an example of how to keep the
// document: limits.go is about 429 and 418, unknown.go about outcomes that
// nobody knows, errors.go about errors of every shape, request.go about where
// parameters stand. It reads the clock and waits by package time alone, so that
// it runs in testing/synctest bubbles.
//
// The package names rules by their IDs and must not know them otherwise: what
// it breaks is for tests to hold against the rules. It does not know the venue
// either.
package planted
