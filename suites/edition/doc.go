// Package edition is the document as it stood at a time, as a value: its words
// and how strongly they bind, the endpoints and what each weighs, returns and in
// which order, the error codes, the limits by date, the hosts.
//
// It must not know rules, whoever judges, or reports: it is asked by all of
// them. Everything it hands out is shared, read-only and safe for concurrent
// use. Editions are static data: a program that imports this package decodes
// for them at start nothing but the tables of a dialect, and pays only where it looks.
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
//
// go generate ./suites/edition then writes NAME_table.go from them, and editions
// in edition.go lists it. A clause that no edition had before gets a line of
// schemas/clauses.json first. No rule is touched: one holds wherever its main
// clause has an entry, at the level that stands there. Members of edition.json and
// clauses.json are called as the fields of Edition and Text; about is for who reads
// the file. A weight row holds from its date on; "2017-12" counts from the month's
// end, the first instant at which it surely held.
//
// Quotes are verbatim, typing errors included ("for for", "retun", "recieved");
// they change no meaning.
package edition

//go:generate go run ./internal/tables
