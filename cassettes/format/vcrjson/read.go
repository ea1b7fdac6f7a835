// Package vcrjson walks the JSON that VCR for Ruby and its descendants in other
// languages write: a list of entries, each with a request and a response whose
// members all of them name nearly alike.
//
// It knows what they share. What only one of them does is its own folder's.
package vcrjson

import (
	"bytes"
	"iter"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Cassette is how one recorder's JSON differs from another's.
type Cassette struct {
	// List is the member of the root that holds the entries; "" says that the
	// root is the list.
	List string

	// JSONBodies says that an object or an array in the place of a body is the
	// body itself.
	JSONBodies bool

	// Finish adds what is the recorder's own to an entry that has been read.
	Finish func(*Entry) error
}

// Entry is one entry as it stands. It is valid during Finish.
type Entry struct {
	X *traffic.Exchange

	RequestBody, ResponseBody Body

	RecordedAt  string  // "" for none
	RecordedSec float64 // since 1970, where it is a number; 0 for none
	ResponseURL bool    // the response names the URL it came from
	HasForm     bool    // the request has post_fields with something in them
	Total       float64 // seconds, from curl_info; 0 for none
	PreTransfer float64 // seconds of Total before the request was sent

	rd   *reader
	line int
}

// Base64 undoes RFC 4648 base64 in place; the error names the entry's line.
func (e *Entry) Base64(text []byte, what string) ([]byte, error) {
	return e.rd.Base64(text, e.line, what)
}

// Body says in what form a body stands. X holds its bytes.
type Body struct {
	Present bool   // it is there, and not null
	Text    bool   // X holds it: it was a string, or base64, or JSON
	Coded   bool   // it was base64, undone
	JSON    bool   // it was JSON, as it stands in the recording
	Format  string // that the recording names beside it; "" for none
}

// Begins reports whether a recording is JSON whose root is what the cassette's is,
// and returns it as it was before. YAML in flow style that quotes none
// of its keys is no JSON.
func Begins(in format.Input) (bool, format.Input) {
	const enough = 512              // white space before it
	head, in, _ := in.Ahead(enough) // a fault comes again
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false, in
	}
	head = bytes.TrimLeft(head[1:], " \t\r\n[{")
	return len(head) == 0 || head[0] == '"' || head[0] == '}' || head[0] == ']', in
}

// Read yields the exchanges of the cassette, as format.Format's Read does.
func (c Cassette) Read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{
			Reader: jsonitems.New(in), b: format.NewBuilder(in),
			cassette: c, yield: yield,
		}
		if err := rd.all(); err != nil && err != jsonitems.ErrStopped {
			yield(nil, err)
		}
	}
}

type reader struct {
	*jsonitems.Reader
	cassette Cassette
	b        *format.Builder
	yield    func(*traffic.Exchange, error) bool

	e                          Entry
	hasRequest, hasResponse    bool
	request, response, scratch []byte // memory used again
}

func (rd *reader) all() error {
	if rd.cassette.List == "" {
		if err := rd.Array("a JSON array of entries", rd.one); err != nil {
			return err
		}
		return rd.End()
	}
	found, line := false, rd.Line()
	err := rd.Object("a JSON object", func(name []byte) error {
		rd.Renew()
		if string(name) != rd.cassette.List {
			return nil
		}
		found = true
		return rd.Array("a list of entries", rd.one)
	})
	switch {
	case err != nil:
		return err
	case !found:
		return rd.missing(line, `"`+rd.cassette.List+`"`)
	}
	return rd.End()
}

// one reads one entry and yields its exchange. A broken entry is passed by.
func (rd *reader) one() error {
	return rd.Exchange(rd.b, rd.yield, rd.entry)
}

func (rd *reader) entry() error {
	line := rd.Line()
	rd.hasRequest, rd.hasResponse = false, false
	rd.request, rd.response = rd.request[:0], rd.response[:0]
	rd.e = Entry{X: &rd.b.X, rd: rd, line: line}
	err := rd.Object("an object with a request and a response", func(name []byte) (err error) {
		switch string(name) {
		case "request":
			rd.hasRequest = true
			err = rd.readRequest()
		case "response":
			if rd.Kind() != 'n' {
				rd.hasResponse = true
				err = rd.readResponse()
			}
		case "recorded_at":
			switch rd.Kind() {
			case '"':
				rd.e.RecordedAt, err = rd.text("an instant")
			case '0':
				rd.e.RecordedSec, _, err = rd.Number("seconds since 1970")
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return rd.complete(line)
}

func (rd *reader) complete(line int) error {
	x := rd.e.X
	switch {
	case !rd.hasRequest:
		return rd.missing(line, "a request")
	case x.Request.URL == "":
		return rd.missing(line, "a URL in the request")
	case x.Request.Method == "":
		return rd.missing(line, "a method in the request")
	}
	if rd.e.RequestBody.Text {
		x.Request.Body = rd.request
	}
	switch {
	case !rd.hasResponse:
		x.Gaps |= traffic.GapResponse
	case rd.e.ResponseBody.Text:
		x.Response.Body = rd.response
	default:
		x.Gaps |= traffic.GapResponseBody
	}
	return rd.cassette.Finish(&rd.e)
}

func (rd *reader) missing(line int, what string) error {
	return &format.Error{File: rd.File(), Line: line, Expected: what, Found: "none"}
}

func (rd *reader) text(what string) (string, error) {
	var err error
	rd.scratch, _, err = rd.Text(rd.scratch[:0], what)
	return rd.b.String(rd.scratch), err
}

func (rd *reader) readRequest() error {
	r := &rd.e.X.Request
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "uri", "url":
			r.URL, err = rd.text("a URL")
		case "method":
			r.Method, err = rd.text("a method")
		case "headers":
			err = rd.fields(&r.Header)
		case "body":
			rd.request, err = rd.body(rd.request[:0], &rd.e.RequestBody)
		case "body_format":
			rd.e.RequestBody.Format, err = rd.text("a format")
		case "post_fields":
			rd.e.HasForm = rd.Kind() == '{'
		}
		return err
	})
}

func (rd *reader) readResponse() error {
	r := &rd.e.X.Response
	return rd.Object("a response", func(name []byte) (err error) {
		switch string(name) {
		case "status":
			err = rd.status()
		case "status_code": // as older versions of vcrpy wrote for httpx
			if r.Status == 0 {
				r.Status, err = rd.Status()
			}
		case "headers":
			err = rd.fields(&r.Header)
		case "body":
			rd.response, err = rd.body(rd.response[:0], &rd.e.ResponseBody)
		case "body_format":
			rd.e.ResponseBody.Format, err = rd.text("a format")
		case "content": // as above
			if !rd.e.ResponseBody.Present {
				rd.response, err = rd.body(rd.response[:0], &rd.e.ResponseBody)
			}
		case "url":
			rd.e.ResponseURL = rd.Kind() == '"'
		case "curl_info":
			err = rd.curlInfo()
		}
		return err
	})
}

// fields reads header fields. An empty list is PHP's empty object.
func (rd *reader) fields(h *traffic.Header) error {
	_, err := rd.Fields(rd.b, h, &rd.scratch, "header fields")
	return err
}

// status reads {"code": 200}, {"status_code": "200"} as R's vcr writes it, 200
// or "200".
func (rd *reader) status() (err error) {
	r := &rd.e.X.Response
	if rd.Kind() != '{' {
		r.Status, err = rd.Status()
		return err
	}
	return rd.Object("a status", func(name []byte) (err error) {
		switch string(name) {
		case "code", "status_code":
			r.Status, err = rd.Status()
		}
		return err
	})
}

// body appends a body in any of its forms: a string, {"string": ...}, or
// {"base64_string": ...}, in which case the base64 counts. Anything else is
// left out, and marked as present only; so is {"string": ..., "file": true},
// whose string is a file's name.
func (rd *reader) body(dst []byte, b *Body) ([]byte, error) {
	*b = Body{Present: rd.Kind() != 'n', Format: b.Format}
	var err error
	switch kind := rd.Kind(); {
	case rd.cassette.JSONBodies && (kind == '{' || kind == '['):
		b.Text, b.JSON = true, true
		return rd.Raw(dst)
	case kind == '"':
		dst, b.Text, err = rd.Text(dst, "a body")
	case kind == '{':
		inFile := false
		err = rd.Object("a body", func(name []byte) (err error) {
			switch string(name) {
			case "string":
				if !b.Coded && rd.Kind() == '"' {
					dst, b.Text, err = rd.Text(dst[:0], "a body")
				}
			case "base64_string":
				if rd.Kind() == '"' {
					dst, err = rd.coded(dst[:0], b)
				}
			case "file":
				inFile = rd.Kind() == 't'
			}
			return err
		})
		b.Text = b.Text && !inFile
	}
	return dst, err
}

func (rd *reader) coded(dst []byte, b *Body) ([]byte, error) {
	line := rd.Line()
	dst, _, err := rd.Text(dst, "a body")
	if err != nil {
		return dst, err
	}
	b.Text, b.Coded = true, true
	return rd.Base64(dst, line, "a body")
}

// curlInfo reads the times that cURL took, all counted from the beginning.
func (rd *reader) curlInfo() error {
	if rd.Kind() != '{' {
		return nil
	}
	return rd.Object("cURL's information", func(name []byte) (err error) {
		switch string(name) {
		case "total_time":
			rd.e.Total, _, err = rd.Number("seconds")
		case "pretransfer_time":
			rd.e.PreTransfer, _, err = rd.Number("seconds")
		}
		return err
	})
}

// FirstOfRequest returns the first member of the first entry's request in the
// beginning of a JSON text whose root's member list holds the entries, "" for
// none.
func FirstOfRequest(head []byte, list string) string {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return ""
	}
	prefix := "." + list + "[].request."
	for _, k := range keys {
		if rest, ok := strings.CutPrefix(k.Path, prefix); ok {
			return rest
		}
	}
	return ""
}
