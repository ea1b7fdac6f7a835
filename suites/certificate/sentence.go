package certificate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/clause"
	"github.com/mbxcheck/mbxcheck/suites/inert"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/wording"
)

// Sentence is the certificate as a person says it, without a full stop:
// "certified for trading: it was seen to keep each MUST that it was asked for".
func (c *Certificate) Sentence() string { return c.Standing() + ": " + c.Why() }

// Subject is what was certified, in a word.
func (c *Certificate) Subject() string {
	if c.Mode == Relay {
		return "proxy"
	}
	return "client"
}

// Standing is the certificate in a few words: "certified for trading".
func (c *Certificate) Standing() string {
	text := "certified"
	if c.Verdict != Certified {
		text = "not certified"
	}
	if c.Profile != clause.ProfileAll && c.Profile != clause.ProfileProxy {
		text += " for " + inert.Value(c.Profile)
	}
	return text
}

// Why says in a sentence why the client is certified or not.
func (c *Certificate) Why() string {
	var parts []string
	if c.Verdict == Certified {
		parts = append(parts, "it was seen to keep each MUST that it was asked for")
	} else {
		parts = append(parts, c.refusal())
	}
	parts = append(parts, c.remarks()...)
	return strings.Join(parts, "; ")
}

// LacksOccasions reports whether occasions are all that a certificate lacks.
func (c *Certificate) LacksOccasions() bool {
	return !slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.Kind != BecauseNotExercised })
}

// refusal says what refuses a certificate.
func (c *Certificate) refusal() string {
	because := func(format string, kind ReasonKind) string {
		var ids []string
		for _, r := range c.Reasons {
			if id := wording.Joined(" on ", r.Clause, r.Place); r.Kind == kind && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return ""
		}
		return fmt.Sprintf(format, strings.Join(ids, ", "))
	}
	short := ""
	if slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.Kind == BecauseCutShort }) {
		short = "not all scenarios were played to their end"
	}
	lacks := wording.Joined(", and ", short,
		because("it gave no occasion for %s", BecauseNotExercised),
		because("the evidence leaves %s in doubt", BecauseInconclusive),
		because("it sends nothing by itself for %s and does not tell its caller", BecauseHidden),
		because("the check of %s broke", BecauseBroken))
	if broken := because("it breaks %s, which it must keep", BecauseFailed); broken != "" {
		return wording.Joined("; ", broken, lacks)
	}
	return "it was not seen to break a MUST, but " + lacks
}

// remarks are what somebody who reads the verdict alone should know.
func (c *Certificate) remarks() []string {
	var shoulds, doubts, open, unasked, parts []string
	left := wording.Each(c.LeftOut, func(l LeftOut) string { return l.Profile })
	for i := range c.Clauses {
		r := &c.Clauses[i]
		shoulds = append(shoulds, r.shoulds()...)
		switch {
		case r.InDoubt > 0 && r.Verdict == resultOf(rule.Pass):
			doubts = append(doubts, fmt.Sprintf("%s (%s)", r.ID, wording.Grouped(r.InDoubt)))
		case r.Verdict == resultOf(rule.Inconclusive) && !r.Needed: // what is needed refuses
			open = append(open, r.ID)
		}
	}
	for _, u := range c.NotAsked {
		if u.Clause != "" {
			unasked = append(unasked, u.Clause)
		}
	}
	unneeded := "left out, having no calls for it: "
	if c.Mode == Observe {
		unneeded = "left out, no call of it having been seen: "
	}
	for _, list := range []struct {
		what string
		ids  []string
	}{{"breaks of level should: ", shoulds}, {"partly in doubt: ", doubts}, {"undecided, and not needed: ", open}, {"watched, so not asked for ", unasked}, {unneeded, left}} {
		if len(list.ids) > 0 {
			parts = append(parts, list.what+strings.Join(list.ids, ", "))
		}
	}
	return parts
}

// shoulds names what of level should the client breaks of a clause: the clause,
// or what of it its caller is not told.
func (c *ClauseResult) shoulds() []string {
	if c.Grades == (Grades{}) && c.Broken == clause.Should {
		return []string{c.ID}
	}
	var all []string
	for _, g := range []struct {
		name string
		r    *GradeResult
	}{{"", c.Grades.Obeys}, {" (tells)", c.Grades.Tells}, {" (guards)", c.Grades.Guards}} {
		if g.r != nil && g.r.Broken == clause.Should {
			all = append(all, c.ID+g.name)
		}
	}
	return all
}
