// Package rubyvcr reads the cassettes of Ruby's VCR gem, version 2 and later,
// in YAML or in the JSON that its other serializer writes, rVCR's for Rust,
// which are the same, and those of R's vcr, which has other names for the
// status and keeps bodies in files besides.
package rubyvcr

import (
	"iter"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcrjson"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is Ruby VCR's cassette.
var Format = format.Format{
	Name:    "Ruby VCR",
	Sniff:   sniff,
	Wants:   `YAML or JSON with "http_interactions:"`,
	Records: format.RecordsMessages&^format.RecordsLibraryFields | format.RecordsReceived,
	Read:    read,
}

const list = "http_interactions"

func sniff(head []byte) (bool, string) {
	if vcrjson.FirstOfRequest(head, list) == "body" {
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

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	isJSON, in := vcrjson.Begins(in)
	if isJSON {
		return vcrjson.Cassette{List: list, Finish: finish}.Read(in)
	}
	return readYAML(in)
}

func readYAML(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Read(in, list), fill)
}

func fill(b *format.Builder, item yamlitems.Value) error {
	x := &b.X
	request := item.Get("request")
	if !request.IsMap() {
		return item.Missing("a request")
	}
	var ok bool
	if x.Request.URL, ok = request.Get("uri").Text(); !ok || x.Request.URL == "" {
		return request.Missing("a uri")
	}
	if x.Request.Method, ok = request.Get("method").Text(); !ok || x.Request.Method == "" {
		return request.Missing("a method")
	}
	x.Request.Method = strings.TrimPrefix(x.Request.Method, ":")
	if err := request.Get("headers").Fields(&x.Request.Header, "the request's header fields"); err != nil {
		return err
	}
	x.Request.Body, _ = body(request.Get("body"))
	x.Gaps |= traffic.GapLibraryFields // VCR hooks the library before it adds its own
	response := item.Get("response")
	cut := item.Last() && !item.Get("recorded_at").Present() // which VCR writes last, and needs to replay it
	if cut && !response.Present() {
		return item.BreaksOff("a whole request")
	}
	if cut || !response.Present() {
		x.Gaps |= traffic.GapResponse
		return nil
	}
	if err := fillResponse(x, response); err != nil {
		return err
	}
	at, _ := item.Get("recorded_at").Text()
	recordedAt(x, at)
	return nil
}

// finish does what fill does beside the messages.
func finish(e *vcrjson.Entry) error {
	e.X.Gaps |= traffic.GapLibraryFields
	if !e.X.Gaps.Has(traffic.GapResponse) {
		recordedAt(e.X, e.RecordedAt)
	}
	return nil
}

func fillResponse(x *traffic.Exchange, v yamlitems.Value) error {
	if !v.IsMap() {
		return v.Wrong("a response")
	}
	if code := status(v.Get("status")); code.Present() {
		var ok bool
		if x.Response.Status, ok = code.Int(); !ok {
			return code.Wrong("a status code")
		}
	}
	if err := v.Get("headers").Fields(&x.Response.Header, "the response's header fields"); err != nil {
		return err
	}
	var ok bool
	if x.Response.Body, ok = body(v.Get("body")); !ok {
		x.Gaps |= traffic.GapResponseBody
	}
	return nil
}

// status reads {code, message}, or {status_code, message} and a number alone as
// R's vcr writes them, version 1 and 2.
func status(v yamlitems.Value) yamlitems.Value {
	if !v.IsMap() {
		return v
	}
	if code := v.Get("code"); code.Present() {
		return code
	}
	return v.Get("status_code")
}

// body reads {encoding, string} or {encoding, base64_string}; the first
// versions wrote a plain string. It reports false for a body that isn't there,
// or stands in a file that R's vcr names.
func body(v yamlitems.Value) ([]byte, bool) {
	switch inFile, _ := v.Get("file").Text(); inFile {
	case "yes", "true":
		return nil, false
	}
	if b, ok := v.Get("base64_string").Base64(); ok {
		return b, true
	}
	if s := v.Get("string"); s.Present() {
		return s.Bytes()
	}
	return v.Bytes()
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
