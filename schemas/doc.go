// Package schemas holds the JSON Schemas that small documents are judged by, and
// below editions what an edition of the document is, as data: one folder each,
// which package edition is made from and explains.
//
// DecodeDocument reads the files that people write against such a schema.
//
// It must not know traffic, clauses, rules or reports, and it imports nothing
// else of this module. Everything it hands out is read-only and safe for
// concurrent use.
//
// sarif-2.1.0.schema.json is the work of the OASIS SARIF Technical Committee:
// the schema of SARIF 2.1.0 plus Errata 01 (OASIS Standard, 28 August 2023),
// byte for byte, under the notice in sarif-2.1.0.NOTICE. It is the one schema
// here in draft-04; the others are draft-07.
package schemas
