package main

import "time"

// What L08's page calls spamming that can be no back-off: the same call so many
// times within so long of its refusal, after pauses that do not grow.
const (
	spamCalls    = 10
	spamWithin   = 5 * time.Second
	anyPause     = 100 * time.Millisecond
	growingTwice = 2
)

// spamming judges what comes behind a 429 that names no wait.
func spamming(xs []*reading, j *judgement) {
	sorted := bySending(xs)
	for _, refusal := range sorted {
		if isBare(refusal) && !isAgain(refusal, sorted) {
			judgeChain(refusal, sorted, j)
		}
	}
}

// isBare reports a 429 that names no wait.
func isBare(r *reading) bool {
	msg, _ := r.object()["msg"].(string)
	_, there := r.told()
	return r.Response.Status == 429 && r.maker() != gateway && !there && !banned.MatchString(msg)
}

// isAgain reports a refusal of a call that had been refused like that within
// spamWithin before, and belongs to that chain.
func isAgain(r *reading, xs []*reading) bool {
	for _, q := range xs {
		if q != r && q.Client == r.Client && isBare(q) && business(q) == business(r) && q.received.Before(r.sent) && r.sent.Sub(q.received) < spamWithin {
			return true
		}
	}
	return false
}

func judgeChain(refusal *reading, xs []*reading, j *judgement) {
	last, early, late, count := refusal, time.Duration(0), time.Duration(0), 0
	for _, r := range xs {
		if r.Client != refusal.Client || !r.sent.After(refusal.received) {
			continue
		}
		if r.sent.Sub(refusal.received) >= spamWithin {
			j.keep(r, "there was no spamming for %s after exchange %d", spamWithin, refusal.number)
			return
		}
		if business(r) != business(refusal) {
			continue
		}
		if !isBare(last) {
			return // it was answered
		}
		switch pause := r.sent.Sub(last.received); {
		case count == 0:
			early = pause
		case count < spamCalls/2:
			early = min(early, pause)
		default:
			late = max(late, pause)
		}
		last = r
		if count++; count == spamCalls && late < max(growingTwice*early, anyPause) {
			j.fail(r, "exchange %d is sent again and again, at last after no more than %s", refusal.number, late)
			return
		}
	}
}
