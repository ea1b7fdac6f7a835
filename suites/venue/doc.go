// Package venue is the reference exchange: an http.Handler that behaves as the
// General API Information says, with the endpoints of edition 2019-seed and
// those later ones that today's clients cannot do without.
//
//	v, err := venue.New(venue.Config{Seed: 1})
//	server := httptest.NewServer(v)
//	key, secret := v.Accounts()[0].Key, v.Accounts()[0].Secret
//
// What it answers follows from its seed, its clock and what was sent to it.
// Public market data are a function of seed and time (suites/venue/market), the
// accounts' orders are matched against them and each other
// (suites/venue/book), and every address is held to the limits
// (suites/venue/limits). Fills of accounts don't show in the public trades, so
// that these stay the same whoever trades.
//
// Where the document leaves things open, the venue does this:
//
//   - A route weighs what the dated table says for the venue's clock: the last
//     row that began, also after weights were no longer published; the first
//     row for a clock before all rows. A weight that the table leaves open is
//     the greatest of its last row that leaves none open.
//   - A refused request weighs what it would have weighed.
//   - One counter of each kind counts an address over /api, /wapi and /sapi,
//     and X-MBX-USED-WEIGHT is sent on all of them.
//   - ORDERS count by address too, as the text of August 2019 has it.
//   - /wapi refuses malformed and unsigned requests with a 4XX, and what it
//     will not carry out with 200 and success false, as the venue did.
//   - Lists that the vendor's pages show newest first come oldest first, for
//     the document says so.
//   - An unknown path gets the page of the server before the API, as until
//     December 2023; later only clients that accept HTML get it.
//
// What it keeps is bounded: 131072 addresses (32 MB) unless Config.Limits says
// otherwise, and of each wallet in each symbol 10000 orders and fills (5 MB), of
// which the oldest closed are forgotten. Market data take no memory at all.
//
// Hooks let others misbehave in its name; by itself it never does.
//
// The package must not know the rules that it is judged by, nor reports,
// recordings or the command line.
package venue
