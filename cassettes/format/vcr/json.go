package vcr

import (
	"iter"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// ReadJSON yields the exchanges of a cassette in JSON, as format.Format's Read does.
func (c Cassette) ReadJSON(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: jsonitems.New(in), cassette: c, yield: yield}
		rd.Whole(yield, rd.all)
	}
}

type reader struct {
	*jsonitems.Reader
	cassette Cassette
	yield    func(*traffic.Exchange, error) bool

	e                       Entry
	hasRequest, hasResponse bool
	request, response       []byte // memory used again
}

func (rd *reader) all() error {
	if rd.cassette.List == "" {
		return rd.Array("a JSON array of entries", rd.one)
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
	if err == nil && !found {
		return rd.Missing(line, `"`+rd.cassette.List+`"`)
	}
	return err
}

// one reads one entry and yields its exchange. A broken entry is passed by.
func (rd *reader) one() error {
	return rd.Exchange(rd.yield, rd.entry)
}

func (rd *reader) entry() error {
	line := rd.Line()
	rd.hasRequest, rd.hasResponse = false, false
	rd.request, rd.response = rd.request[:0], rd.response[:0]
	rd.e = Entry{X: &rd.B.X, rd: rd, line: line}
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
				rd.e.RecordedAt, err = rd.String("an instant")
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
		return rd.Missing(line, "a request")
	case x.Request.URL == "":
		return rd.Missing(line, "a URL in the request")
	case x.Request.Method == "":
		return rd.Missing(line, "a method in the request")
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

func (rd *reader) readRequest() error {
	r := &rd.e.X.Request
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "uri", "url":
			r.URL, err = rd.String("a URL")
		case "method":
			r.Method, err = rd.String("a method")
		case "headers": // an empty list is PHP's empty object
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			rd.request, err = rd.body(rd.request[:0], &rd.e.RequestBody)
		case "body_format":
			rd.e.RequestBody.Format, err = rd.String("a format")
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
		case "headers": // an empty list is PHP's empty object
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			rd.response, err = rd.body(rd.response[:0], &rd.e.ResponseBody)
		case "body_format":
			rd.e.ResponseBody.Format, err = rd.String("a format")
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
