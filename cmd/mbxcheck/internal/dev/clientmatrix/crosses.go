package main

import (
	"github.com/mbxcheck/mbxcheck/cmd/mbxcheck/internal/dev/checked"
	"github.com/mbxcheck/mbxcheck/suites/certificate"
	"github.com/mbxcheck/mbxcheck/suites/clause"
)

// crossesOf lists a certificate's crosses. What is broken for information is
// none: nobody is bound by it.
func crossesOf(c *certificate.Certificate) []checked.Cross {
	var all []checked.Cross
	for _, r := range c.Clauses {
		add := func(grade string, g *certificate.GradeResult) {
			if g != nil && g.Verdict == "fail" && g.Broken != clause.Info {
				all = append(all, checked.Cross{Subject: checked.Subject(c), What: r.ID + grade})
			}
		}
		if r.Grades == (certificate.Grades{}) {
			add("", &certificate.GradeResult{Verdict: r.Verdict, Broken: r.Broken})
		}
		add("", r.Grades.Obeys)
		add(" tells", r.Grades.Tells)
		add(" guards", r.Grades.Guards)
	}
	return all
}
