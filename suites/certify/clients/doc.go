// Package clients knows the Binance clients that come with drivers: real ones,
// pinned and unpatched, in the configurations that make a difference.
//
//	for _, c := range clients.All() {
//		argv, err := clients.Prepare(ctx, "suites/certify/clients", c)
//		...
//	}
//
// The drivers stand beside this file, in a folder for each language. README.md
// says how they are run and how one is written; sources.md, what each client
// does after a 429, a 418, a 504 and a dropped connection, by its own source.
//
// The package must not know what a client is asked to do or judged by.
package clients
