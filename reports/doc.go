// Package reports writes what a pass over traffic found: one file a format,
// all of them from the same tally, and the pages that explain rules and
// clauses.
//
// It reads tallies, certificates, rules and clauses, and decides nothing. It must
// not know traffic, recording formats, the endpoint catalogue or Ginkgo.
//
// Findings carry bytes of recordings that nobody vouches for. No format passes
// a control character, a terminal escape or a broken encoding on, and none lets
// data become markup or a command. Keys and signatures are masked before a
// tally holds them.
//
// Every format writes the same bytes for the same tally, and a writer that
// fails, at whatever byte, comes back as the error of Write.
package reports
