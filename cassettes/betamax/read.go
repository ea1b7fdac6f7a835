// Package betamax reads the cassettes of Betamax, which records Python's
// requests in the JSON of VCR for Ruby.
package betamax

import (
	"bytes"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is Betamax's cassette.
var Format = format.Format{
	Name:    "Betamax",
	Sniff:   sniff,
	Wants:   `a JSON object {"http_interactions":[{"request":{"body":...`,
	Records: format.RecordsMessages | format.RecordsReceived,
	Read:    cassette.ReadJSON,
}

var cassette = vcr.Cassette{List: "http_interactions", Finish: finish}

// sniff tells Betamax from VCR, whose files have the same members: Betamax
// writes a request's body first, VCR for Ruby its method and rVCR its uri.
func sniff(head []byte) (bool, string) {
	first := vcr.FirstOfRequest(head, cassette.List)
	return first == "body", ""
}

// finish adds when the entry was made, and what became of bodies.
func finish(e *vcr.Entry) error {
	x := e.X
	if x.Gaps.Has(traffic.GapResponse) {
		return nil
	}
	if !e.ResponseURL {
		// Another recorder's, which may stand before its library.
		x.Gaps |= traffic.GapLibraryFields
	}
	// Bodies that are neither gzip nor UTF-8 are written as text all the same,
	// each byte that is none replaced: Brotli's, for one.
	if e.ResponseBody.Text && !e.ResponseBody.Coded && bytes.Contains(x.Response.Body, replacement) {
		x.Gaps |= traffic.GapUndecoded
	}
	recordedAt(x, e.RecordedAt)
	return nil
}

var replacement = []byte("\ufffd")

// recordedAt is when Betamax made the entry, right behind the response, in UTC
// and cut to the second. The response's Date is the better evidence.
func recordedAt(x *traffic.Exchange, s string) {
	if _, dated := x.Response.Header.Get("Date"); dated {
		return
	}
	if at, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
		x.Received = traffic.Span{Earliest: at, Latest: at.Add(traffic.DateWidth)}
	}
}
