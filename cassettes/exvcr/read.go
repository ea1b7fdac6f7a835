// Package exvcr reads the cassettes of Elixir's ExVCR.
package exvcr

import (
	"encoding/binary"
	"iter"
	"net/url"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is ExVCR's cassette.
var Format = format.Format{
	Name:    "ExVCR",
	Sniff:   sniff,
	Wants:   `a JSON array of objects with "request" and "response"`,
	Records: format.RecordsMessages &^ format.RecordsLibraryFields,
	Read:    read,
}

// sniff looks for a name that only ExVCR gives to a part of a message: pairs
// of request and response are everybody's.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '[' {
		return false, ""
	}
	if len(keys) == 0 {
		return false, "an object in its array" // an empty cassette, or anything else
	}
	pair := false
	for _, k := range keys {
		switch k.Path {
		case "[].request.options", "[].request.request_body", "[].response.binary",
			"[].response.status_code", "[].response.type":
			return true, ""
		case "[].request", "[].response":
			pair = true
		}
	}
	if pair {
		return false, `"options" in a request or "status_code" in a response`
	}
	return false, `"request" and "response" in each object`
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: jsonitems.New(in), yield: yield}
		rd.Whole(yield, func() error { return rd.Array("a JSON array", rd.one) })
	}
}

type reader struct {
	*jsonitems.Reader
	yield func(*traffic.Exchange, error) bool

	hasRequest, hasResponse bool
	failed, binary, hasBody bool
	query                   url.Values

	body, request, response []byte // memory used again
}

// one reads one entry and yields its exchange. A broken entry is passed by.
func (rd *reader) one() error {
	return rd.Exchange(rd.yield, rd.readEntry)
}

func (rd *reader) readEntry() error {
	rd.hasRequest, rd.hasResponse = false, false
	rd.failed, rd.binary, rd.hasBody = false, false, false
	rd.query = nil
	rd.body, rd.request, rd.response = rd.body[:0], rd.request[:0], rd.response[:0]
	line := rd.Line()
	err := rd.Object("an object with a request and a response", func(name []byte) error {
		switch string(name) {
		case "request":
			rd.hasRequest = true
			return rd.readRequest()
		case "response":
			if rd.Kind() != 'n' {
				rd.hasResponse = true
				return rd.readResponse()
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r := &rd.B.X.Request
	switch {
	case !rd.hasRequest:
		return rd.Missing(line, `"request"`)
	case r.URL == "":
		return rd.Missing(line, `"url" in the request`)
	case r.Method == "":
		return rd.Missing(line, `"method" in the request`)
	}
	return rd.complete()
}

func (rd *reader) readRequest() error {
	r := &rd.B.X.Request
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "url":
			r.URL, err = rd.String("a URL")
		case "method":
			r.Method, err = rd.String("a method")
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "request_body":
			if rd.Kind() == '"' {
				rd.request, _, err = rd.Text(rd.request[:0], "a body")
			}
		case "body":
			if rd.Kind() == '"' {
				rd.body, _, err = rd.Text(rd.body[:0], "a body")
			}
		case "query_params":
			if rd.Kind() == '{' {
				err = rd.queryParams()
			}
		}
		return err
	})
}

func (rd *reader) queryParams() error {
	rd.query = url.Values{}
	return rd.Object("parameters", func(key []byte) error {
		name := string(key)
		if k := rd.Kind(); k == '{' || k == '[' {
			return nil
		}
		value, err := rd.Scalar(nil, "a value")
		rd.query.Set(name, string(value))
		return err
	})
}

func (rd *reader) readResponse() error {
	r := &rd.B.X.Response
	return rd.Object("a response", func(name []byte) (err error) {
		switch string(name) {
		case "status_code":
			r.Status, err = rd.Status()
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			if rd.Kind() == '"' {
				rd.response, rd.hasBody, err = rd.Text(rd.response[:0], "a body")
			}
		case "binary":
			rd.binary, err = rd.Bool("true or false")
		case "type":
			var s string
			s, err = rd.String("a type")
			rd.failed = s == "error"
		}
		return err
	})
}

// complete puts together what an entry's parts say.
func (rd *reader) complete() error {
	x := &rd.B.X
	switch {
	case len(rd.request) > 0:
		x.Request.Body = rd.request
	case len(rd.body) > 0:
		x.Request.Body = rd.body
	}
	if len(rd.query) > 0 && !strings.Contains(x.Request.URL, "?") {
		x.Request.URL += "?" + rd.query.Encode()
	}
	x.Gaps |= traffic.GapLibraryFields // ExVCR stands before the adapter
	switch {
	case rd.failed || !rd.hasResponse:
		x.Gaps |= traffic.GapResponse
	case !rd.hasBody:
		x.Gaps |= traffic.GapResponseBody
	case rd.binary:
		body, err := rd.Base64(rd.response, x.At.Line, "a binary body")
		if err != nil {
			return err
		}
		x.Response.Body = term(body)
	default:
		x.Response.Body = rd.response
	}
	return nil
}

// term takes the bytes out of an Erlang term that is a binary, which is what
// ExVCR encodes: 131, 'm', four bytes of length (External Term Format,
// BINARY_EXT). Anything else is returned as it is.
func term(b []byte) []byte {
	const prefix = 6
	if len(b) >= prefix && b[0] == 131 && b[1] == 'm' && int64(binary.BigEndian.Uint32(b[2:])) == int64(len(b)-prefix) {
		return b[prefix:]
	}
	return b
}
