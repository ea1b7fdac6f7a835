// Package rubyvcr reads the cassettes of Ruby's VCR gem, version 2 and later,
// in YAML or in the JSON that its other serializer writes, rVCR's for Rust,
// which are the same, and those of R's vcr, which has other names for the
// status and keeps bodies in files besides.
package rubyvcr

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is Ruby VCR's cassette.
var Format = format.Format{
	Name:    "Ruby VCR",
	Sniff:   sniff,
	Wants:   `YAML or JSON with "http_interactions:"`,
	Records: format.RecordsMessages&^format.RecordsLibraryFields | format.RecordsReceived,
	Read:    cassette.Read,
}

const list = "http_interactions"

func sniff(head []byte) (bool, string) {
	if vcr.FirstOfRequest(head, list) == "body" {
		return false, "" // Betamax's
	}
	root := 0
	for _, k := range yamlitems.Keys(head) {
		if !k.Root {
			continue
		}
		if k.Name == list {
			return true, ""
		}
		root++
	}
	if root > 0 {
		return false, `"` + list + `:"`
	}
	return false, ""
}

var cassette = vcr.Cassette{List: list, URL: "uri", Cut: isCut, Finish: finish}

// isCut reports a last entry without its last member, which VCR needs to replay it.
func isCut(item yamlitems.Value) bool { return item.Last() && !item.Get("recorded_at").Present() }

// finish adds what VCR does beside the messages: it hooks the library before that adds
// its own fields.
func finish(e *vcr.Entry) error {
	e.X.Request.Method = strings.TrimPrefix(e.X.Request.Method, ":")
	e.X.Gaps |= traffic.GapLibraryFields
	if !e.X.Gaps.Has(traffic.GapResponse) {
		recordedAt(e.X, e.RecordedAt)
	}
	return nil
}

// recordedAt is when VCR made the entry, right behind the response, cut to the
// second. The response's Date is the better evidence, since it is the venue's
// own clock: where it stands, this is left alone.
func recordedAt(x *traffic.Exchange, s string) {
	if _, dated := x.Response.Header.Get("Date"); dated {
		return
	}
	at, ok := traffic.ParseDate(s)
	if !ok {
		var err error
		at, err = time.Parse("2006-01-02 15:04:05 GMT", s) // as R's vcr
		ok = err == nil
	}
	if ok {
		x.Received = traffic.Span{Earliest: at, Latest: at.Add(traffic.DateWidth)}
	}
}
