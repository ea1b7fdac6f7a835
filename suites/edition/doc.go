// Package edition is the document as it stood at a time, as a value: its words
// and how strongly they bind, the endpoints and what each weighs, returns and in
// which order, the error codes, the limits by date, the hosts.
//
// It must not know rules, whoever judges, or reports: it is asked by all of
// them. Everything it hands out is shared, read-only and safe for concurrent
// use. An edition is read when it is first asked for; a program that only imports
// this package pays nothing for it.
//
// # Add an edition
//
// The facts stand in schemas/editions, a folder an edition, one record a line or
// block, meant to be read and mended by hand:
//
//	edition.json     what it is called, its first and last day, hosts, limits, days since when
//	clauses.json     its words: an entry for each clause that it holds, with its level and line
//	endpoints.json   its routes
//	errorcodes.json  its error codes
//	dialect.json     how it writes what every edition has to say
//
// The folder is called as the edition is, and its name begins with the year, so that
// the oldest comes first. Nothing else names it: a program that is built with the
// folder knows the edition, and the tests of this package read it. A clause that no
// edition had before gets a line of suites/clause/clauses.go first. No rule is
// touched: one holds wherever its main clause has an entry, at the level that stands
// there.
//
// Members are called as the fields of Edition, Text, Endpoint, ErrorCode and
// traffic.Dialect, in small letters and with underscores; one that nothing is called
// is an error. about is for who reads the file. A weight row holds from its date on;
// "2017-12" counts from the month's end, the first instant at which it surely held.
//
// Quotes are verbatim, typing errors included ("for for", "retun", "recieved");
// they change no meaning.
package edition
