// Package schemas holds what the document leaves to others, as data: the
// endpoint catalogue (what each route is called, weighs, returns and in which
// order), the error codes, the rate-limit facts by date, and the JSON Schemas
// that small documents are judged by.
//
// DecodeDocument reads the files that people write against such a schema.
//
// It must not know traffic, clauses, rules or reports, and it imports nothing
// else of this module. Everything it hands out is shared, read-only and safe for
// concurrent use. The catalogue and the error codes are static data: a program
// that imports this package pays for them only where it looks.
//
// The facts stand in endpoints.json and errorcodes.json, one record a line or
// block, meant to be read and mended by hand; go generate ./schemas then writes
// endpoints_table.go and errorcodes_table.go from them. A weight row holds from
// its date on; "2017-12" counts from the month's end, the first instant at which
// it surely held.
//
// sarif-2.1.0.schema.json is the work of the OASIS SARIF Technical Committee:
// the schema of SARIF 2.1.0 plus Errata 01 (OASIS Standard, 28 August 2023),
// byte for byte, under the notice in sarif-2.1.0.NOTICE. It is the one schema
// here in draft-04; the others are draft-07.
package schemas

//go:generate go run ./internal/tables
