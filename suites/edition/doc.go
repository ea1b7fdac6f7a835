// Package edition is the document as it stood at a time, as a value: the
// endpoints and what each weighs, returns and in which order, the error codes,
// the limits by date, the hosts.
//
// It must not know rules, whoever judges, or reports: it is asked by all of
// them. Everything it hands out is shared, read-only and safe for concurrent
// use. Editions are static data: a program that imports this package decodes
// for them at start nothing but the tables of a dialect, and pays only where it looks.
//
// The facts stand in schemas/editions, a folder an edition: endpoints.json and
// errorcodes.json, one record a line or block, meant to be read and mended by
// hand; go generate ./suites/edition then writes this package's tables from
// them. A weight row holds from its date on; "2017-12" counts from the month's
// end, the first instant at which it surely held.
package edition

//go:generate go run ./internal/tables
