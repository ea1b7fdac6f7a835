package engine

import (
	"fmt"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
	"github.com/mbxcheck/mbxcheck/suites/weight"
)

// Judge runs rules over the exchanges of one recording and returns their tally.
func Judge(rules []*rule.Rule, held *edition.Edition, exchanges []*traffic.Exchange) *rule.Tally {
	e := New(rules, Options{Edition: held})
	e.Begin()
	for _, x := range exchanges {
		e.Observe(x)
	}
	e.End()
	return e.Tally()
}

// JudgeAs judges one exchange as if it were of endpoint ep, which the catalogue
// need not hold: its lists and time fields are those that ep names. Only rules
// that judge an exchange by itself are asked; those that hear sequences say
// nothing. It fails on a path in ep that no scan can follow.
func JudgeAs(rules []*rule.Rule, held *edition.Edition, ep *edition.Endpoint, x *traffic.Exchange) (*rule.Tally, error) {
	e := NewFront(rules, Options{Edition: held})
	plan, err := compilePlan(e.words, ep)
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", ep.ID, err)
	}
	e.facts.ScanRequest(e.words, x)
	e.facts.ScanResponse(plan)
	e.bench.Exchange(&e.facts, ep, weight.Recorded(&e.facts, ep))
	listening := e.listeners(e.facts.Family, ep, answerOf(&e.facts))
	e.tally.Traffic.Exchanges++
	e.check(listening.all, &e.facts)
	return e.tally, nil
}
