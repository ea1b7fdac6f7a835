// Package nginxlog reads access logs of nginx: of a server that stands in for
// the API, or of a proxy before it.
//
// It reads JSON lines whose members are named like nginx's variables. This
// log_format holds all that a log can show, and belongs into nginx.conf:
//
//	log_format mbxcheck escape=json '{"msec":"$msec","request_time":"$request_time",'
//	    '"remote_addr":"$remote_addr","request_method":"$request_method","scheme":"$scheme",'
//	    '"http_host":"$http_host","request_uri":"$request_uri","status":"$status",'
//	    '"http_x_mbx_apikey":"$http_x_mbx_apikey","content_type":"$content_type",'
//	    '"content_length":"$content_length","sent_http_content_type":"$sent_http_content_type",'
//	    '"sent_http_x_mbx_used_weight":"$sent_http_x_mbx_used_weight",'
//	    '"sent_http_x_mbx_used_weight_1m":"$sent_http_x_mbx_used_weight_1m",'
//	    '"sent_http_retry_after":"$sent_http_retry_after"}';
//	access_log /var/log/nginx/mbxcheck.log mbxcheck;
//
// Members may be left out and others added: any http_NAME is a field of the
// request, any sent_http_NAME one of the response, request_body a body (where
// nginx read it, as it does before proxy_pass), and $request, $time_iso8601 and
// $time_local do for $request_method and $request_uri, and for $msec. Required
// are an instant, a status and what was asked for.
//
// It reads the stock formats common and combined as well, which hold the request
// line, the status and the second of the response.
//
// No access log holds response bodies, and of header fields only those named: the
// absence of another one says nothing. A line whose request nginx itself could
// not read, such as a TLS handshake on a plain port, is no exchange.
package nginxlog

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/lines"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is nginx's access log.
var Format = format.Format{
	Name:  "nginx access log",
	Sniff: sniff,
	Wants: `JSON lines with "msec", "status" and "request_uri", or ADDRESS - USER [TIME] "REQUEST" STATUS`,
	Records: format.RecordsOrder | format.RecordsSent | format.RecordsReceived | format.RecordsHost | format.RecordsSigning |
		format.RecordsStatus | format.RecordsResponseHeader | format.RecordsClient,
	Note: "with the log_format mbxcheck, which holds the header fields it names; the combined format holds no host, no header fields and no send time",
	Read: read,
}

// sniff demands an instant, a status and what was asked for of the first line.
func sniff(head []byte) (bool, string) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) > 0 && head[0] != '{' {
		first, _, _ := bytes.Cut(head, []byte{'\n'})
		_, ok := parseCombined(first, len(first) == len(head))
		return ok, ""
	}
	keys, root := jsonitems.Keys(head)
	if root != '{' || !jsonitems.OneLine(head) {
		return false, ""
	}
	var instant, status, target bool
	for _, k := range keys {
		scalar := k.Kind == '"' || k.Kind == '0'
		switch k.Path {
		case ".msec", ".time_iso8601", ".time_local":
			instant = instant || scalar
		case ".status":
			status = scalar
		case ".request_uri", ".request":
			target = target || k.Kind == '"'
		}
	}
	switch {
	case instant && status && target:
		return true, ""
	case status && target:
		return false, `"msec"`
	case instant && target:
		return false, `"status"`
	}
	return false, ""
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	rd := reader{Reader: jsonitems.NewLines(in), variables: map[string]variable{}}
	return lines.Each(in, rd.B, rd.line)
}

type reader struct {
	*jsonitems.Reader
	variables map[string]variable // by name

	scratch, body []byte // memory used again
	entry         entry
}

// entry is one line.
type entry struct {
	at               time.Time     // when it was written, at the end of the response
	resolution       time.Duration // of at
	took             string        // $request_time
	method, target   string
	scheme, host     string
	status           int
	weight, retryFor bool // header fields that the log holds
	noRequestBody    bool
}

// line reads one line, JSON or combined.
func (rd *reader) line(text []byte, number int) (*traffic.Exchange, error) {
	rd.entry = entry{}
	if text[0] == '{' {
		rd.ResetLine(text, number)
		if err := rd.Entry(rd.readJSON); err != nil {
			return nil, err
		}
	} else if err := rd.readCombined(text, number); err != nil {
		return nil, err
	}
	e := &rd.entry
	switch {
	case e.method == "" || e.target == "":
		return nil, nil
	case e.at.IsZero():
		return nil, rd.Missing(number, `an instant: "msec", "time_iso8601" or "time_local"`)
	}
	rd.complete()
	return rd.B.Finish(), nil
}

// readJSON reads a line whose members are named like variables.
func (rd *reader) readJSON() error {
	rd.entry = entry{}
	rd.B.Restart()
	target, status := false, false
	err := rd.Object("an object", func(name []byte) (err error) {
		if k := rd.Kind(); k == '{' || k == '[' || k == 'n' {
			return nil // no variable
		}
		e := &rd.entry
		switch string(name) {
		case "msec", "time_iso8601", "time_local":
			err = rd.instant(string(name))
		case "request_time":
			e.took, err = rd.text()
		case "remote_addr":
			rd.B.X.Client, err = rd.text()
		case "request_method":
			e.method, err = rd.text()
		case "request_uri":
			target = true
			e.target, err = rd.text()
		case "request":
			var line string
			if line, err = rd.text(); !target {
				target = true
				e.method, e.target = requestLine(line)
			}
		case "scheme":
			e.scheme, err = rd.text()
		case "http_host":
			e.host, err = rd.text()
		case "host", "server_name":
			var host string
			if host, err = rd.text(); e.host == "" {
				e.host = host
			}
		case "status":
			status = true
			e.status, err = rd.Status()
		case "request_body":
			rd.body, err = rd.Scalar(rd.body[:0], "a body")
			if len(rd.body) > 0 && string(rd.body) != "-" {
				rd.B.X.Request.Body = rd.body
			}
		default:
			err = rd.field(name)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case !target:
		return rd.Missing(rd.Line(), `"request_uri" or "request"`)
	case !status:
		return rd.Missing(rd.Line(), `"status"`)
	}
	return rd.End()
}

// text reads the value of a variable; nginx writes - for none, and with
// escape=json nothing.
func (rd *reader) text() (string, error) {
	var err error
	rd.scratch, err = rd.Scalar(rd.scratch[:0], "the value of a variable")
	if string(rd.scratch) == "-" {
		return "", err
	}
	return rd.B.String(rd.scratch), err
}

// instant reads the time at which the line was written. $msec is the best.
func (rd *reader) instant(name string) error {
	e := &rd.entry
	s, err := rd.text()
	if err != nil {
		return err
	}
	var at time.Time
	ok, resolution := true, time.Second
	switch name {
	case "msec":
		at, ok = format.Epoch(s)
		resolution = time.Millisecond
	case "time_iso8601":
		at, err = time.Parse(time.RFC3339, s)
	default:
		at, err = time.Parse(localTime, s)
	}
	if err != nil || !ok {
		return &format.Error{File: rd.File(), Line: rd.Line(), Expected: "the value of $" + name, Found: mask.Quoted(s)}
	}
	if e.at.IsZero() || resolution < e.resolution {
		e.at, e.resolution = at.UTC(), resolution
	}
	return nil
}

// localTime is how nginx writes $time_local.
const localTime = "02/Jan/2006:15:04:05 -0700"

// requestLine takes a request line apart. Nothing but a method is upper case
// letters and a space.
func requestLine(line string) (method, target string) {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", ""
	}
	target, _, _ = strings.Cut(rest, " ")
	return method, target
}

// field reads a variable that holds a header field, and passes by any other.
func (rd *reader) field(variable []byte) error {
	v, known := rd.variables[string(variable)]
	if !known {
		v = variableOf(string(variable))
		if len(rd.variables) < maxVariables {
			rd.variables[string(variable)] = v
		}
	}
	if v.field == "" {
		return nil
	}
	value, err := rd.text()
	e, of := &rd.entry, &rd.B.X.Request.Header
	switch {
	case v.response:
		of = &rd.B.X.Response.Header
		e.weight = e.weight || v.field == "x-mbx-used-weight"
		e.retryFor = e.retryFor || v.field == "retry-after"
	case v.field == "content-length":
		e.noRequestBody = value == "" || value == "0"
	}
	if err != nil || value == "" {
		return err
	}
	if int64(len(*of)) >= rd.Limits().HeaderFields {
		return &format.Error{File: rd.File(), Line: rd.Line(), Expected: fmt.Sprintf("at most %d header fields", rd.Limits().HeaderFields), Found: "more"}
	}
	*of = append(*of, traffic.Field{Name: v.field, Value: value})
	return nil
}

// variable is what one of nginx's variables holds: a header field, or "" for
// anything else.
type variable struct {
	field    string
	response bool
}

// maxVariables bounds the variables remembered; a log_format has a few dozen.
const maxVariables = 1000

// variableOf tells which header field a variable holds: nginx writes the names
// in lower case with underscores.
func variableOf(name string) variable {
	var v variable
	switch {
	case name == "content_type" || name == "content_length":
		v.field = name
	case strings.HasPrefix(name, "http_"):
		v.field = name[len("http_"):]
	case strings.HasPrefix(name, "sent_http_"):
		v.field, v.response = name[len("sent_http_"):], true
	}
	v.field = strings.ReplaceAll(v.field, "_", "-")
	return v
}

// readCombined reads a line of the stock formats.
func (rd *reader) readCombined(text []byte, number int) error {
	c, ok := parseCombined(text, false)
	if !ok {
		return &format.Error{File: rd.File(), Line: number, Expected: `ADDRESS - USER [TIME] "REQUEST" STATUS, or a JSON object`, Found: "something else"}
	}
	e := &rd.entry
	rd.B.X.Client = rd.B.String(c.client)
	e.at, e.resolution = c.at, time.Second
	e.method, e.target = requestLine(rd.B.String(c.request))
	e.status = c.status
	return nil
}

type combined struct {
	client, request []byte
	at              time.Time
	status          int
}

// parseCombined reads ADDRESS - USER [TIME] "REQUEST" STATUS and leaves what
// follows. A line that is cut may end inside the request.
func parseCombined(line []byte, cut bool) (c combined, ok bool) {
	const maxHead = 1024 // users' names are the only part of any length
	head := line[:min(len(line), maxHead)]
	open := bytes.IndexByte(head, '[')
	if open < 0 {
		return c, false
	}
	who := bytes.Fields(head[:open])
	if len(who) < 3 || len(line) < open+len(localTime)+len(`[] "`) {
		return c, false
	}
	c.client = who[0]
	rest := line[open+1:]
	var err error
	if c.at, err = time.Parse(localTime, string(rest[:len(localTime)])); err != nil {
		return c, false
	}
	c.at = c.at.UTC()
	if rest, ok = bytes.CutPrefix(rest[len(localTime):], []byte(`] "`)); !ok {
		return c, false
	}
	end := bytes.IndexByte(rest, '"') // a quote in the request is written \x22
	if end < 0 {
		return c, cut
	}
	c.request = rest[:end]
	fields := bytes.Fields(rest[end+1 : min(len(rest), end+10)])
	if len(fields) == 0 {
		return c, cut
	}
	c.status, err = strconv.Atoi(string(fields[0]))
	return c, cut || err == nil && len(fields[0]) == 3
}

// nginx's own statuses: it closed the connection without a response, and the
// client closed it first.
const (
	statusNoResponse   = 444
	statusClientClosed = 499
)

// complete puts together what a line says.
func (rd *reader) complete() {
	e, x := &rd.entry, &rd.B.X
	x.Request.Method, x.Request.URL = e.method, e.target
	if e.host != "" && strings.HasPrefix(e.target, "/") {
		scheme := e.scheme
		if scheme == "" {
			scheme = "http"
		}
		x.Request.URL = scheme + "://" + e.host + e.target
	}
	x.Gaps |= traffic.GapRequestHeader | traffic.GapResponseBody
	if !strings.Contains(e.target, "?") {
		x.Gaps |= traffic.GapFiltered // logs are often kept free of queries, by $uri in the place of $request_uri
	}
	if x.Request.Body == nil && !e.noRequestBody {
		x.Gaps |= traffic.GapRequestBody
	}
	if !e.weight || !e.retryFor {
		x.Gaps |= traffic.GapResponseHeader
	}
	x.Response.Status = e.status
	if e.status == 0 || e.status == statusNoResponse || e.status == statusClientClosed {
		x.Gaps |= traffic.GapResponse
	}
	rd.times()
}

// maxSeconds bounds the time of an exchange to a day.
const maxSeconds = 24 * 60 * 60

func (rd *reader) times() {
	e, x := &rd.entry, &rd.B.X
	began := time.Time{}
	// $request_time counts milliseconds from the first byte of the request.
	if s, err := strconv.ParseFloat(e.took, 64); err == nil && s >= 0 && s < maxSeconds {
		took := time.Duration(s*1000+0.5) * time.Millisecond
		began = e.at.Add(-took)
	}
	finished := e.at
	if x.Gaps.Has(traffic.GapResponse) {
		finished = time.Time{}
	}
	rd.B.SeenByProxy(began, finished, e.resolution)
}
