package engine

import (
	"bytes"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/rule"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// fill sets what sequences need out of the facts. It sets field by field: a
// literal would be made elsewhere and copied.
func fill(e *rule.Event, f *traffic.Facts, ep *edition.Endpoint, names *interner) {
	e.At = traffic.Position{File: names.of(f.At.File, &names.file), Line: f.At.Line, Number: f.At.Number}
	if e.Endpoint = ep; ep != nil {
		e.Path, e.Method = ep.Path, ep.Method
	} else {
		e.Path, e.Method = names.of(rule.ShortPath(f.Path), &names.path), names.of(rule.ShortName(f.Request.Method), &names.method)
	}
	e.Host = names.of(rule.ShortName(f.Host), &names.host)
	fillRequest(e, f)
	fillResponse(e, f)
}

func fillRequest(e *rule.Event, f *traffic.Facts) {
	e.Family = f.Family
	e.StateChanging = e.Method == "POST" || e.Method == "PUT" || e.Method == "DELETE"
	if e.Repetition = rule.RepetitionUnknown; e.StateChanging {
		e.Repetition = repetitionOf(f, e.Endpoint)
	}
	e.CompleteHistory, e.Annotation = f.CompleteHistory, f.Annotation
	e.Copy, e.LeftOut = nil, false
	e.Logical, e.Business, e.ClientID, e.Symbol, e.APIKey = f.Logical, f.Business, f.ClientID, f.Symbol, f.APIKey
	e.HasSignature, e.OrderRef, e.Blurred = f.HasSignature(), f.OrderRef, f.Blurred()
	e.Stamp, e.Signing = f.Stamp(), f.Signing()
	if e.Ask = (traffic.Ask{}); e.HasSignature || e.StateChanging {
		e.Ask = f.Ask()
	}
	e.Sent, e.Received, e.Exact = f.Sent, f.Received, f.Exact
	e.Ready, e.ArrivedAt = f.Arrival.Ready(), f.Arrival.FirstByteAt
	e.Alone = f.Gaps.Has(traffic.GapOrder) && !f.Exact // instants order what the recording did not
	e.Loose = isLoose(f)
	e.Timed, e.DateOff = f.Timed(), f.DateOff
}

// sentAt and receivedAt are where the halves of an event belong in time, in
// nanoseconds since 1970. A request that may have left before an answer came, or
// after, is heard after it: its span then tells the rule that it may be innocent.
// So an answer is heard as early as it may have come, but behind its own request.
func sentAt(e *rule.Event) int64     { return e.Sent.Latest.UnixNano() }
func receivedAt(e *rule.Event) int64 { return max(sentAt(e), e.Received.Earliest.UnixNano()) }

func fillResponse(e *rule.Event, f *traffic.Facts) {
	e.Date, e.Era = f.Date, f.Era
	e.Answered, e.Status, e.Maker, e.Code, e.Means = f.Answered(), f.Response.Status, f.Maker, f.Code, f.Means
	e.HeadersSeen, e.UsedWeight, e.CacheHit = f.HeadersSeen(), f.Weight(), f.CacheHit
	e.LimitWindow = f.LimitWindow
	e.HasRetryAfter, e.RetryAfterSec, e.BannedUntil = f.HasRetryAfter, f.RetryAfterSec, f.BannedUntil
	switch e.RetryAfterAt = (time.Time{}); {
	case f.WaitsDiffer: // nobody can say which is meant
		e.RetryAfterSec = -1
	case f.HasRetryAfter: // zero where it names seconds
		e.RetryAfterAt, _ = traffic.ParseDate(f.RetryAfter)
	}
	e.EditedBody = f.EditedBody
	e.Unclaimed = f.Code == 0 && !f.VenueField && f.Body.Capture(traffic.CaptureSuccess).Kind != traffic.KindBool
	e.Ahead = f.Means == traffic.BadTimestamp && f.MsgHas(f.Dialect.Phrases.Ahead)
	e.Empty = f.Body.Fault == traffic.FaultEmpty
	if e.List = rule.NoList; e.HasSignature && e.Method == "GET" {
		e.List = listIn(f.Response.Body)
	}
	e.Succeeded = f.Success() && !rule.IsError(f)
	e.NoData = f.Annotation.Driven() && f.Success() && (f.BodySeen() && !rule.HasData(f) || f.Annotation.Lost != "")
	e.WeightLimit = 0
	if v := f.Body.Capture(traffic.CaptureRateLimits); v.Kind == traffic.KindArray {
		e.WeightLimit = weightLimit(v.Raw)
	}
}

// listIn looks for the first list in a body.
func listIn(body []byte) rule.List {
	at := bytes.IndexByte(body, '[')
	if at < 0 {
		return rule.NoList
	}
	if rest := bytes.TrimLeft(body[at+1:], " \t\r\n"); len(rest) > 0 && rest[0] != ']' {
		return rule.SomeList
	}
	return rule.EmptyList
}
