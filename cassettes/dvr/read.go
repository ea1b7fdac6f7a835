// Package dvr reads the cassettes of DVR, which records Swift's URLSession.
package dvr

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is DVR's cassette.
var Format = format.Format{
	Name:  "DVR",
	Sniff: sniff,
	Wants: `a JSON object with "interactions" whose responses have a number for "status"`,
	Records: format.RecordsReceived | format.RecordsHost | format.RecordsRequestHeader | format.RecordsRequestBody | format.RecordsSigning |
		format.RecordsStatus | format.RecordsResponseHeader | format.RecordsResponseBody | format.RecordsOrder,
	Read: cassette.ReadJSON,
}

var cassette = vcr.Cassette{List: "interactions", JSONBodies: true, Finish: finish}

// sniff tells DVR from vcrpy, whose requests have a "uri", and from go-vcr,
// whose files have a version. Foundation writes members in any order.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	list, marked := false, false
	for _, k := range keys {
		switch k.Path {
		case ".version", ".interactions[].request.uri":
			return false, ""
		case ".interactions":
			list = k.Kind == '['
		case ".interactions[].recorded_at", ".interactions[].response.status":
			marked = marked || k.Kind == '0'
		case ".interactions[].request.body_format", ".interactions[].response.body_format", ".interactions[].response.url":
			marked = true
		}
	}
	return list && marked, ""
}

// finish undoes what DVR does to bodies. It stands before URLSession, which adds
// fields of its own.
func finish(e *vcr.Entry) error {
	x := e.X
	x.Gaps |= traffic.GapLibraryFields
	if e.RequestBody.Text {
		x.Request.Body = plain(x.Request.Body, &e.RequestBody, x.Request.Header)
	}
	if x.Gaps.Has(traffic.GapResponse) {
		return nil
	}
	if e.ResponseBody.Text {
		x.Response.Body = plain(x.Response.Body, &e.ResponseBody, x.Response.Header)
	}
	if e.ResponseBody.JSON {
		x.Response.Header.Del("Content-Length") // that of the bytes that came, which were written anew
	}
	recordedAt(x, e.RecordedSec)
	return nil
}

// plain returns a body as it was sent. Newer versions say by body_format what
// they made of it; older ones kept text and JSON as they are, by Content-Type,
// and the rest in base64.
func plain(body []byte, b *vcr.Body, h traffic.Header) []byte {
	if b.JSON {
		return compact(body)
	}
	switch b.Format {
	case "base64_string", "base64":
	case "":
		kind, _ := h.Get("Content-Type")
		if strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") {
			return body
		}
	default:
		return body
	}
	out, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		return body // nobody's base64: text that an unknown version kept
	}
	return out
}

// compact takes the white space out that indents a cassette.
func compact(body []byte) []byte {
	v := jsontext.Value(bytes.Clone(body))
	if v.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return body
	}
	return v
}

// recordedAt is when DVR made the entry, right behind the response. The
// response's Date is the better evidence, since it is the venue's own clock.
func recordedAt(x *traffic.Exchange, seconds float64) {
	if _, dated := x.Response.Header.Get("Date"); dated || seconds <= 0 || seconds > maxSeconds {
		return
	}
	x.Received = traffic.Exactly(time.UnixMicro(int64(seconds * 1e6)))
}

// maxSeconds keeps instants before the year 2100.
const maxSeconds = 4.1e9
