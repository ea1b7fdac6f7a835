// Package govcr reads and writes the cassettes of go-vcr
// (gopkg.in/dnaeon/go-vcr): it reads those of v1 to v4 and writes v3's.
//
// A stock cassette holds a request's duration but not its instant. mbxcheck's
// recorder adds a header field to the recorded request (never to the one
// sent), which Read takes out again; go-vcr's default matcher doesn't look at
// header fields, so such a cassette replays as any other.
package govcr

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const (
	// SentAtHeader is the recorded-only request field with the instant at
	// which the request was sent (RFC 3339, to the nanosecond).
	SentAtHeader = "X-Mbxcheck-Sent-At"

	// ArrivalHeader is the one that says that this is when the request came to
	// somebody between client and venue, and what was seen of its connection.
	ArrivalHeader = "X-Mbxcheck-Arrival"

	// ClientHeader is the recorded-only request field with Exchange.Client.
	ClientHeader = "X-Mbxcheck-Client"
)

// Format is go-vcr's cassette.
var Format = format.Format{
	Name:    "go-vcr",
	Sniff:   sniff,
	Wants:   `YAML with "version:" and "interactions:"`,
	Records: format.RecordsMessages | format.RecordsDuration,
	Note:    "mbxcheck's own recorder adds the send time and the client",
	Read:    read,

	Write:   write,
	Endings: []string{".yaml", ".yml"},
	Loses: format.LosesGaps | format.LosesNoHead | format.LosesHistory | format.LosesAnnotation | format.LosesBounds | format.LosesSpelling |
		format.LosesCoding,
}

// sniff tells go-vcr from vcrpy, whose files have the same root keys: go-vcr
// calls the target url, vcrpy uri.
func sniff(head []byte) (bool, string) {
	list, root, version := false, 0, ""
	versionFirst := false
	for _, k := range yamlitems.Keys(head) {
		if k.Root {
			root++
		}
		switch {
		case k.Root && k.Name == "interactions":
			list = true
		case k.Root && k.Name == "version":
			version, versionFirst = k.Value, !list
		case list && k.Name == "uri":
			return false, `"url:" in a request (it has "uri:")`
		case list && k.Name == "url" && !versionFirst && bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")):
			// DVR's has it, too.
		case list && (k.Name == "recorded_at" || k.Name == "body_format"):
			return false, ""
		case list && (k.Name == "url" || k.Name == "duration" || k.Name == "proto"):
			return true, ""
		}
	}
	switch {
	case list && (versionFirst || version == "2"):
		return true, ""
	case list:
		return false, `"version:", or "url:" in a request`
	case root > 0:
		return false, `"interactions:"`
	}
	return false, ""
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return yamlitems.Exchanges(in, yamlitems.Read(in, "interactions"), fill)
}

func fill(b *format.Builder, item yamlitems.Value) error {
	request := item.Get("request")
	if !request.IsMap() {
		return item.Missing("a request")
	}
	if err := fillRequest(&b.X, request); err != nil {
		return err
	}
	response := item.Get("response")
	if item.EndsInLine() && !response.Present() || item.Last() && !request.Get("method").Present() {
		return item.BreaksOff("a whole request") // the method stands last in it
	}
	if !response.Present() || item.Last() && isCut(response) {
		b.X.Gaps |= traffic.GapResponse
		return ownFields(&b.X, request)
	}
	if err := fillResponse(&b.X, response); err != nil {
		return err
	}
	return ownFields(&b.X, request)
}

func fillRequest(x *traffic.Exchange, v yamlitems.Value) error {
	r := &x.Request
	var ok bool
	if r.URL, ok = v.Get("url").Text(); !ok || r.URL == "" {
		return v.Missing("a url")
	}
	if r.Method, _ = v.Get("method").Text(); r.Method == "" {
		r.Method = "GET" // as net/http takes an empty method, which go-vcr keeps
	}
	if err := v.Get("headers").Fields(&r.Header, "the request's header fields"); err != nil {
		return err
	}
	r.Body, _ = v.Get("body").Bytes()
	if len(r.Body) == 0 {
		formBody(x, v.Get("form"), v.Get("content_length"))
	}
	if length, _ := v.Get("content_length").Int(); length > 0 && len(r.Body) == 0 {
		x.Gaps |= traffic.GapRequestBody
	}
	if _, absolute := format.Authority(r.URL); !absolute {
		// Recorded in a server, where net/http moves the field out of the header.
		if host, _ := v.Get("host").Text(); host != "" {
			if len(r.Header) == 0 {
				x.Gaps |= traffic.GapRequestHeader // which the field added would hide
			}
			if _, has := r.Header.Get("Host"); !has {
				r.Header = append(r.Header, traffic.Field{Name: "Host", Value: host})
			}
		}
	}
	return nil
}

func fillResponse(x *traffic.Exchange, v yamlitems.Value) error {
	if !v.IsMap() {
		return v.Wrong("a response")
	}
	r := &x.Response
	if code := v.Get("code"); code.Present() {
		var ok bool
		if r.Status, ok = code.Int(); !ok {
			return code.Wrong("a status code")
		}
	}
	if r.Status == 0 {
		r.Status = statusOf(v.Get("status"))
	}
	if err := v.Get("headers").Fields(&r.Header, "the response's header fields"); err != nil {
		return err
	}
	if r.Status == 0 && len(r.Header) == 0 {
		x.Gaps |= traffic.GapResponse
	}
	body := v.Get("body")
	var ok bool
	if r.Body, ok = body.Bytes(); !ok {
		x.Gaps |= traffic.GapResponseBody
	}
	if d := v.Get("duration"); d.Present() {
		return duration(x, d)
	}
	return nil
}

// isCut reports a response without a whole status or code, which every version
// writes behind the header and the body, and needs to replay it; v3 then writes
// the duration, even of a request that was not answered.
func isCut(v yamlitems.Value) bool {
	const shortest = 100 // a code has three digits, RFC 9110 section 15
	if v.Get("duration").Present() {
		return false
	}
	if code := v.Get("code"); code.Present() {
		n, ok := code.Int()
		return ok && n < shortest
	}
	return statusOf(v.Get("status")) < shortest
}

// statusOf reads the code in "200 OK".
func statusOf(v yamlitems.Value) int {
	s, _ := v.Text()
	if len(s) < 3 {
		return 0
	}
	code, err := strconv.Atoi(s[:3])
	if err != nil {
		return 0
	}
	return code
}

// duration reads Go's notation, which v1 wrote as "" and may stand as a bare
// number of nanoseconds.
func duration(x *traffic.Exchange, v yamlitems.Value) error {
	s, _ := v.Text()
	if s == "" || s == "0" {
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		if n, bare := v.Int(); bare {
			d, err = time.Duration(n), nil
		}
	}
	if err != nil {
		return v.Wrong("a duration such as 123.4ms")
	}
	x.Duration = max(d, 0)
	return nil
}

// ownFields takes mbxcheck's own fields out of the request.
func ownFields(x *traffic.Exchange, request yamlitems.Value) error {
	h := &x.Request.Header
	if client, ok := h.Get(ClientHeader); ok {
		x.Client = client
		h.Del(ClientHeader)
	}
	at, ok := h.Get(SentAtHeader)
	if !ok {
		return nil
	}
	sent, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return request.Get("headers").Wrong(SentAtHeader + " with an instant in RFC 3339")
	}
	h.Del(SentAtHeader)
	x.Sent = traffic.Exactly(sent)
	if text, ok := h.Get(ArrivalHeader); ok {
		if x.Arrival, ok = arrivalOf(text); !ok {
			return request.Get("headers").Wrong(ArrivalHeader + " with seen, opened=INSTANT and free=INSTANT in RFC 3339")
		}
		h.Del(ArrivalHeader)
		x.Arrival.FirstByteAt = sent
		x.Sent = x.Arrival.Sent()
	}
	if x.Duration > 0 {
		x.Received = traffic.Exactly(sent.Add(x.Duration))
	}
	return nil
}

// arrivalOf reads the value of ArrivalHeader.
func arrivalOf(text string) (a traffic.Arrival, ok bool) {
	for part := range strings.SplitSeq(text, "; ") {
		name, value, _ := strings.Cut(part, "=")
		at, err := time.Parse(time.RFC3339Nano, value)
		switch {
		case part == "seen":
		case name == "opened" && err == nil:
			a.OpenedAt = at
		case name == "free" && err == nil:
			a.FreeAt = at
		default:
			return traffic.Arrival{}, false
		}
	}
	return a, true
}
