// Package crystalvcr reads the cassettes that Crystal programs write in VCR's
// manner from WebMock's callbacks: one exchange a YAML document, its query in a
// place of its own, and of the response no header fields.
package crystalvcr

import (
	"iter"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
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
	Read:    read,
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

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Documents(in), fill)
}

func fill(b *format.Builder, doc yamlitems.Value) error {
	x := &b.X
	request := doc.Get("request")
	if !request.IsMap() {
		return doc.Missing("a request")
	}
	var ok bool
	if x.Request.URL, ok = request.Get("uri").Text(); !ok || x.Request.URL == "" {
		return request.Missing("a uri")
	}
	if x.Request.Method, ok = request.Get("method").Text(); !ok || x.Request.Method == "" {
		return request.Missing("a method")
	}
	if query, _ := request.Get("query_params").Text(); query != "" && !strings.Contains(x.Request.URL, "?") {
		x.Request.URL += "?" + query
	}
	if err := request.Get("headers").Fields(&x.Request.Header, "the request's header fields"); err != nil {
		return err
	}
	x.Request.Body, _ = request.Get("body").Bytes()
	response := doc.Get("response")
	if !response.Present() {
		x.Gaps |= traffic.GapResponse
		return nil
	}
	if err := fillResponse(x, response); err != nil {
		return err
	}
	recordedAt(x, request.Get("timestamp"))
	return nil
}

func fillResponse(x *traffic.Exchange, v yamlitems.Value) error {
	if !v.IsMap() {
		return v.Wrong("a response")
	}
	if status := v.Get("status"); status.Present() {
		var ok bool
		if x.Response.Status, ok = status.Int(); !ok {
			return status.Wrong("a status code")
		}
	}
	// The callback has none to give, but a file kept up by hand may.
	if err := v.Get("headers").Fields(&x.Response.Header, "the response's header fields"); err != nil {
		return err
	}
	var ok bool
	if x.Response.Body, ok = v.Get("body").Bytes(); !ok {
		x.Gaps |= traffic.GapResponseBody
	}
	return nil
}

// around is how far an exchange may lie from its timestamp: the callback runs
// behind the response, but tests freeze the clock it reads at their beginning,
// and a test takes seconds.
const around = time.Minute

// recordedAt bounds the exchange by the client's clock, in milliseconds.
func recordedAt(x *traffic.Exchange, v yamlitems.Value) {
	ms, ok := v.Int()
	if _, dated := x.Response.Header.Get("Date"); !ok || dated || traffic.UnitOf(int64(ms)) != traffic.UnitMilliseconds {
		return
	}
	at := time.UnixMilli(int64(ms)).UTC()
	x.Received = traffic.Span{Earliest: at.Add(-around), Latest: at.Add(around)}
}
