// Package wiremock reads WireMock's stub mappings (one a file as its recorder
// writes them below mappings/, or all as GET /__admin/mappings answers) and its
// request journal (GET /__admin/requests).
//
// A stub stands for an exchange where it says exactly what was asked for: a
// method, and a URL or a path. One that matches by a pattern, by any method, or
// that passes requests on, answers many and shows none: Read leaves it out.
// Stubs keep neither the host nor an instant, and of request fields those that
// the recorder was told to capture. WireMock lists them newest first, or in no
// order where each has a file, so that none is taken to come before another.
// The journal keeps all of these.
package wiremock

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is WireMock's.
var Format = format.Format{
	Name:  "WireMock",
	Sniff: sniff,
	Wants: `a JSON object with "mappings" or "requests", or with "request" and "response" over several lines`,
	Records: format.RecordsRequestBody | format.RecordsSigning | format.RecordsStatus |
		format.RecordsResponseHeader | format.RecordsResponseBody,
	Note: "as stubs; the request journal keeps the send time, the duration, the host, the client, request header fields and the order, too",
	Read: read,
}

// stubNames are the members of a stub beside its request and response.
var stubNames = map[string]bool{
	".id": true, ".uuid": true, ".name": true, ".priority": true, ".persistent": true, ".insertionIndex": true,
	".scenarioName": true, ".requiredScenarioState": true, ".newScenarioState": true, ".metadata": true,
	".postServeActions": true, ".serveEventListeners": true,
}

// sniff tells a single stub from NDJSON by members that NDJSON doesn't know, or
// by its lines: of what could be either, NDJSON has one on a line.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	var list, meta, target, answer, stub, event, foreign bool
	for _, k := range keys {
		switch k.Path {
		case ".mappings[].request", ".mappings[].response", ".requests[].request":
			return true, ""
		case ".mappings", ".requests":
			list = k.Kind == '['
		case ".meta":
			meta = k.Kind == '{'
		case ".request", ".response":
		case ".responseDefinition", ".stubMapping":
			event = true
		case ".request.url", ".request.urlPath", ".request.urlPattern", ".request.urlPathPattern", ".request.urlPathTemplate":
			target = true
		case ".response.status", ".response.body", ".response.jsonBody", ".response.base64Body", ".response.bodyFileName":
			answer = true
		default:
			outer := !strings.ContainsAny(k.Path[1:], ".[")
			stub = stub || outer && stubNames[k.Path]
			foreign = foreign || outer && !stubNames[k.Path]
		}
	}
	switch {
	case list && meta:
		return true, ""
	case list && !foreign && !target:
		return false, `"request" in its mappings or requests`
	case event && target && !list:
		return false, `"requests" around the event`
	case event || foreign || !target && !(stub && answer):
		return false, ""
	case !stub && jsonitems.OneLine(head):
		return false, `"id", or more lines than one`
	}
	return true, ""
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: jsonitems.New(in), yield: yield}
		rd.Whole(yield, rd.document)
	}
}

type reader struct {
	*jsonitems.Reader
	yield func(*traffic.Exchange, error) bool
	entry entry

	request, response []byte // memory used again
}

// entry is what a stub or an event says beside the exchange itself.
type entry struct {
	hasRequest, hasResponse bool

	target      string // the URL
	path        string // or the path, its query given apart
	query       []string
	absolute    string // of an event
	hasBody     bool   // of the request
	unknownBody bool

	status                 int
	answer                 answer
	fault, proxied, filled bool
	unmatched              bool

	logged float64 // when the request came, milliseconds since 1970
	took   float64 // milliseconds
}

// answer says where a response's body stands.
type answer int

const (
	answerNone answer = iota
	answerText
	answerBase64
	answerElsewhere
)

// document reads a list of stubs or of events, or a single stub.
func (rd *reader) document() error {
	line, begun, list := rd.Line(), false, false
	err := rd.Object("a JSON object", func(name []byte) error {
		switch string(name) {
		case "mappings":
			list = true
			return rd.Array("a list of mappings", func() error { return rd.one(rd.stubMember, rd.stub) })
		case "requests":
			list = true
			return rd.Array("a list of requests", func() error { return rd.one(rd.eventMember, rd.event) })
		case "request", "response":
			if !begun {
				begun = true
				rd.begin(line)
			}
			return rd.stubMember(name)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case begun:
		return rd.Passing(rd.yield, func() error { return rd.finish(line, rd.stub) })
	case !list:
		return rd.Missing(line, `"mappings", "requests", or "request" and "response"`)
	}
	return nil
}

func (rd *reader) begin(line int) {
	rd.entry = entry{}
	rd.request, rd.response = rd.request[:0], rd.response[:0]
	rd.B.Begin(line)
}

// one reads one entry of a list and yields its exchange, if it is one.
func (rd *reader) one(member func(name []byte) error, complete func() (bool, error)) error {
	rd.Renew()
	line := rd.Line()
	rd.begin(line)
	return rd.Passing(rd.yield, func() error {
		if err := rd.Object("an object with a request", member); err != nil {
			return err
		}
		return rd.finish(line, complete)
	})
}

// finish yields the exchange of the entry that stands on the line.
func (rd *reader) finish(line int, complete func() (bool, error)) error {
	if !rd.entry.hasRequest {
		return rd.Missing(line, `"request"`)
	}
	is, err := complete()
	if err == nil && is && !rd.yield(rd.B.Finish(), nil) {
		return jsonitems.ErrStopped
	}
	return err
}

// eventMember reads one member of an event of the journal.
func (rd *reader) eventMember(name []byte) error {
	switch string(name) {
	case "request":
		rd.entry.hasRequest = true
		return rd.eventRequest()
	case "response":
		if rd.Kind() == 'n' {
			return nil
		}
		return rd.readResponse()
	case "timing":
		if rd.Kind() == 'n' {
			return nil
		}
		return rd.Object("a timing", func(name []byte) (err error) {
			if string(name) == "totalTime" {
				rd.entry.took, _, err = rd.Number("a number of milliseconds")
			}
			return err
		})
	case "wasMatched":
		rd.entry.unmatched = rd.Kind() == 'f'
	}
	return nil
}

func (rd *reader) eventRequest() error {
	r := &rd.B.X.Request
	plain := false
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "method":
			r.Method, err = rd.String("a method")
		case "url":
			rd.entry.target, err = rd.String("a URL")
		case "absoluteUrl":
			rd.entry.absolute, err = rd.String("a URL")
		case "clientIp":
			rd.B.X.Client, err = rd.String("an address")
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "loggedDate":
			rd.entry.logged, _, err = rd.Number("milliseconds since 1970")
		case "body":
			if !rd.entry.hasBody {
				rd.request, plain, err = rd.Text(rd.request[:0], "a body")
				rd.entry.hasBody = plain
			}
		case "bodyAsBase64": // the bytes, where body is what they look like
			if rd.Kind() == '"' {
				rd.request, err = rd.base64(rd.request)
				rd.entry.hasBody = true
			}
		}
		return err
	})
}

func (rd *reader) base64(dst []byte) ([]byte, error) {
	line := rd.Line()
	dst, _, err := rd.Text(dst[:0], "a body in base64")
	if err != nil {
		return dst, err
	}
	return rd.Base64(dst, line, "a body")
}

// maxMillis bounds the time of an exchange to a day.
const maxMillis = 24 * 60 * 60 * 1000

// event completes an exchange of the journal.
func (rd *reader) event() (bool, error) {
	x, e := &rd.B.X, &rd.entry
	x.Request.URL = cmp.Or(e.absolute, e.target)
	if x.Request.URL == "" || x.Request.Method == "" {
		return false, rd.Missing(rd.B.X.At.Line, `"url" and "method" in the request`)
	}
	if e.hasBody {
		x.Request.Body = rd.request
	}
	if !e.hasResponse {
		x.Gaps |= traffic.GapResponse
	}
	rd.answer()
	if e.unmatched { // WireMock then answers with a page that the journal lacks
		x.Response.Body = nil
		x.Gaps |= traffic.GapResponseHeader | traffic.GapResponseBody
	}
	if e.logged > 0 && e.logged < 1<<53 {
		began := time.UnixMilli(int64(e.logged)).UTC()
		finished := time.Time{}
		if e.took > 0 && e.took < maxMillis && e.hasResponse {
			finished = began.Add(time.Duration(e.took) * time.Millisecond)
		}
		// Both are whole milliseconds.
		rd.B.SeenByProxy(began, finished, 2*time.Millisecond)
	}
	return true, nil
}

// readResponse reads the response of a stub or of an event.
func (rd *reader) readResponse() error {
	r, e := &rd.B.X.Response, &rd.entry
	e.hasResponse = true
	return rd.Object("a response", func(name []byte) (err error) {
		switch string(name) {
		case "status":
			e.status, err = rd.Status()
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			if e.answer != answerBase64 && rd.Kind() == '"' {
				e.answer = answerText
				rd.response, _, err = rd.Text(rd.response[:0], "a body")
			}
		case "jsonBody":
			e.answer = answerText
			rd.response, err = rd.Raw(rd.response[:0])
		case "base64Body", "bodyAsBase64":
			if rd.Kind() == '"' {
				e.answer = answerBase64
				rd.response, err = rd.base64(rd.response)
			}
		case "bodyFileName":
			if e.answer == answerNone && rd.Kind() == '"' {
				e.answer = answerElsewhere
			}
		case "fault":
			e.fault = rd.Kind() == '"'
		case "proxyBaseUrl":
			e.proxied = rd.Kind() == '"'
		case "transformers":
			if rd.Kind() == '[' {
				err = rd.Array("a list of transformers", func() error { e.filled = true; return nil })
			}
		}
		return err
	})
}

// answer puts the response into the exchange.
func (rd *reader) answer() {
	x, e := &rd.B.X, &rd.entry
	x.Response.Status = e.status
	switch {
	case e.fault:
		x.Gaps |= traffic.GapResponse
	case e.answer == answerElsewhere || e.filled:
		x.Gaps |= traffic.GapResponseBody // in a file beside, or filled in as it is sent
	case e.answer == answerNone:
		x.Response.Body = rd.response[:0]
	default:
		x.Response.Body = rd.response
	}
}

// tooMany bounds a list of things that a stub matches.
func (rd *reader) tooMany(n int) error {
	if int64(n) < rd.Limits().HeaderFields {
		return nil
	}
	return &format.Error{File: rd.File(), Line: rd.Line(), Expected: fmt.Sprintf("at most %d header fields or parameters", rd.Limits().HeaderFields), Found: "more"}
}
