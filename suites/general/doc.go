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

import (
	"embed"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// Cases are the rules' cases for the self-test, as testdata/<rule ID>/*.txt.
//
//go:embed testdata
var Cases embed.FS

// since2019 are the editions that hold rules from the first edition on.
var since2019 = []string{edition.DefaultID}
