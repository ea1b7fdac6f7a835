package main

import (
	"fmt"
	"maps"
	"slices"
)

// judgement is what the oracle says of a conversation by one rule: of which
// exchanges, and why.
type judgement struct{ kept, broken, undecided map[int]string }

func newJudgement() *judgement {
	return &judgement{map[int]string{}, map[int]string{}, map[int]string{}}
}

func (j *judgement) keep(r *reading, format string, args ...any) {
	j.kept[r.number] = fmt.Sprintf(format, args...)
}

func (j *judgement) fail(r *reading, format string, args ...any) {
	j.broken[r.number] = fmt.Sprintf(format, args...)
}

func (j *judgement) doubt(r *reading, format string, args ...any) {
	j.undecided[r.number] = fmt.Sprintf(format, args...)
}

// worst adds what is worst of several judgements of one thing.
func (j *judgement) worst(of *judgement) {
	switch {
	case len(of.broken) > 0:
		maps.Copy(j.broken, of.broken)
	case len(of.undecided) > 0:
		maps.Copy(j.undecided, of.undecided)
	default:
		maps.Copy(j.kept, of.kept)
	}
}

// The verdicts' names are those of the report.
const (
	failed       = "fail"
	passed       = "pass"
	inconclusive = "inconclusive"
	notExercised = "not-exercised"
)

func (j *judgement) verdict() string {
	switch {
	case len(j.broken) > 0:
		return failed
	case len(j.kept) > 0:
		return passed
	case len(j.undecided) > 0:
		return inconclusive
	}
	return notExercised
}

// found are the exchanges that broke the rule, in order.
func (j *judgement) found() []int { return slices.Sorted(maps.Keys(j.broken)) }

// reasons are what the oracle has to say, a line for each exchange.
func (j *judgement) reasons() (lines []string) {
	for _, part := range []struct {
		word string
		of   map[int]string
	}{{"broken", j.broken}, {"kept", j.kept}, {"undecided", j.undecided}} {
		for _, n := range slices.Sorted(maps.Keys(part.of)) {
			lines = append(lines, fmt.Sprintf("%s by exchange %d: %s", part.word, n, part.of[n]))
		}
	}
	return lines
}

// clause is one rule as the oracle reads its page.
type clause struct {
	rule  string
	judge func(xs []*reading, j *judgement)
}

// clauses are the rules that the oracle knows, each written from its page
// (mbxcheck explain RULE) and from nothing else.
func clauses() []clause {
	return []clause{
		{"ascending", each(ascending)},
		{"ms-response-times", each(responseTimes)},
		{"ms-request-times", each(requestTimes)},
		{"error-envelope", each(errorEnvelope)},
		{"negative-code", each(negativeCode)},
		{"known-error-code", each(knownErrorCode)},
		{"back-off-after-429", backOff},
		{"silence-during-ban", silence},
		{"no-blind-resend", blindResend},
		{"confirm-unknown", confirmUnknown},
	}
}

// each judges exchange by exchange, those that were answered.
func each(judge func(r *reading, j *judgement)) func([]*reading, *judgement) {
	return func(xs []*reading, j *judgement) {
		for _, r := range xs {
			if r.answered() {
				judge(r, j)
			}
		}
	}
}
