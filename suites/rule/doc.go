// Package rule says what a rule is, feeds rules with traffic, and counts what
// they find: Rule and its registry, the engine, verdicts, tallies, and the
// self-test that proves that each rule can fail.
//
// It knows exchanges, clauses and the endpoint catalogue. It must not know any
// one rule, any recording format, any report format or Ginkgo.
package rule
