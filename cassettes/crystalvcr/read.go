// Package crystalvcr reads the cassettes that Crystal programs write in VCR's
// manner from WebMock's callbacks: one exchange a YAML document, its query in a
// place of its own, and of the response no header fields.
package crystalvcr

import (
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is Crystal's cassette.
var Format = format.Format{
	Name:    "Crystal VCR",
	Sniff:   sniff,
	Wants:   `YAML with "request:" and "response:", a "uri:" in the request`,
	Records: format.RecordsMessages&^format.RecordsResponseHeader | format.RecordsReceived,
	Note:    "some programs add the response header",
	Read:    cassette.ReadDocuments,
}

// sniff wants a whole exchange, or what begins one and goes on: much YAML has
// a request in it.
func sniff(head []byte) (bool, string) {
	request, response, uri, method := false, false, false, false
	for _, k := range yamlitems.Keys(head) {
		switch {
		case k.Root && k.Name == "request":
			request = true
		case k.Root && k.Name == "response":
			response = true
		case k.Root:
			return false, ""
		case request && !response:
			uri = uri || k.Name == "uri"
			method = method || k.Name == "method"
		}
	}
	switch {
	case !request:
		return false, ""
	case !uri || !method:
		return false, `"method:" and "uri:" in the request`
	case !response && len(head) < format.SniffLen:
		return false, `"response:"`
	}
	return true, ""
}

var cassette = vcr.Cassette{URL: "uri", Finish: finish}

// finish adds what stands in requests alone: the query, and when the entry was made.
func finish(e *vcr.Entry) error {
	x := e.X
	if query, _ := e.Request.Get("query_params").Text(); query != "" && !strings.Contains(x.Request.URL, "?") {
		x.Request.URL += "?" + query
	}
	if !x.Gaps.Has(traffic.GapResponse) {
		recordedAt(x, e.Request.Get("timestamp"))
	}
	return nil
}

// around is how far an exchange may lie from its timestamp: the callback runs
// behind the response, but tests freeze the clock it reads at their beginning,
// and a test takes seconds.
const around = time.Minute

// earliest and latest are 2017 and 2100, in milliseconds: what lies beyond is no time
// of a recording of this API.
const earliest, latest = 1483228800e3, 4102444800e3

// recordedAt bounds the exchange by the client's clock, in milliseconds.
func recordedAt(x *traffic.Exchange, v yamlitems.Value) {
	ms, ok := v.Int()
	if _, dated := x.Response.Header.Get("Date"); !ok || dated || int64(ms) < earliest || int64(ms) >= latest {
		return
	}
	at := time.UnixMilli(int64(ms)).UTC()
	x.Received = traffic.Span{Earliest: at.Add(-around), Latest: at.Add(around)}
}
