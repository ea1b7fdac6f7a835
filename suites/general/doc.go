// Package general holds the rules of the "General API Information" document:
// one file a rule, its cases in testdata/<rule ID>/. Importing the package
// registers them all.
//
// What ordinary traffic cannot show, a probe tries; experiment.go says which
// exchanges it sends for which rules to compare.
//
// A rule's file knows facts, events, clauses and the endpoint catalogue. It
// must not know recording formats, reports, Ginkgo or another rule.
package general

import "embed"

// Cases are the rules' cases for the self-test, as testdata/<rule ID>/*.txt.
//
//go:embed testdata
var Cases embed.FS
