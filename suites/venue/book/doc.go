// Package book holds the venue's wallets and matches their orders: against
// each other by price and then by time, and against the public market.
//
// The public market stays what its seed makes of it, whatever the wallets do:
//
//   - An order that takes finds the public order book of the moment; what was
//     taken of it stays taken until the book changes.
//   - An order that waits is filled by the public trades at its price, as far
//     as they go, and whole once the public market has gone through its price.
//   - Such fills do not show among the public trades.
//
// Money is never made or lost: what a wallet gives, another wallet, the public
// market or the fees get, to the last unit (see Book.Sum).
//
// The package must not know HTTP, keys or limits.
package book
