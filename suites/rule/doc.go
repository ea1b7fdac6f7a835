// Package rule says what a rule is and what it is asked to judge: Rule and its
// registry, the Trial and the Event that it is handed, the evidence that rules
// share, verdicts, findings, and the tallies that count them.
//
// It knows exchanges, clauses, the endpoint catalogue and the text form of
// traffic, into which a rule plants. It must not know any one rule, who runs rules
// (package engine), any recording format, any report format or Ginkgo.
package rule
