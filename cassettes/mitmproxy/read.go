// Package mitmproxy reads flow files as mitmproxy 8 and newer write them:
// typed netstrings, one dictionary a flow.
//
// The instants are the proxy's own, and bounds of the client's: what came to the
// proxy had been sent before, on a connection that had been opened for it.
//
// Flows other than HTTP, and the CONNECT requests that open tunnels, are no
// exchanges of the API: Read leaves them out. Lines mean nothing in these files:
// positions have numbers only, and errors have offsets.
package mitmproxy

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is mitmproxy's flow file.
var Format = format.Format{
	Name:    "mitmproxy",
	Sniff:   sniff,
	Wants:   "a flow: the size of a netstring, a colon and a dictionary",
	Records: format.RecordsMessages | format.RecordsSent | format.RecordsReceived | format.RecordsClient,
	Read:    read,
}

// oldestVersion is the flow format of mitmproxy 8.0.
const oldestVersion = 15

// flowNames are the members of a flow. Whichever comes first depends on the
// version.
var flowNames = map[string]bool{
	"type": true, "version": true, "websocket": true, "response": true, "request": true,
	"timestamp_created": true, "comment": true, "metadata": true, "marked": true, "is_replay": true,
	"intercepted": true, "server_conn": true, "client_conn": true, "error": true, "id": true,
	"backup": true, "mode": true, "messages": true,
}

// sniff looks for a size and, inside, the size and name of a flow's member.
func sniff(head []byte) (bool, string) {
	inside, ok := afterSize(head)
	if !ok {
		return false, ""
	}
	name, _, err := pop(inside, 0)
	if err == nil && (name.kind == kindText || name.kind == kindBytes) && flowNames[string(name.payload)] {
		return true, ""
	}
	if err == nil {
		return false, `"type" in the first netstring`
	}
	return false, ""
}

// afterSize returns what follows a size and a colon.
func afterSize(text []byte) ([]byte, bool) {
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	if digits == 0 || digits > maxSizeDigits || digits == len(text) || text[digits] != ':' {
		return nil, false
	}
	return text[digits+1:], true
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{r: bufio.NewReaderSize(in, 64<<10), file: in.Name, limits: in.Limits, b: format.NewBuilder(in)}
		for {
			begins := rd.at
			flow, err := rd.next()
			if err == io.EOF {
				return
			}
			rd.b.Begin(0)
			if err == nil {
				err = rd.flow(flow, begins)
			}
			switch {
			case err != nil:
				if !yield(nil, rd.located(err, begins)) || rd.ended {
					return
				}
			case rd.skip:
			default:
				if !yield(rd.b.Finish(), nil) {
					return
				}
			}
		}
	}
}

type reader struct {
	r      *bufio.Reader
	file   string
	limits format.Limits
	b      *format.Builder
	at     int64 // bytes read
	ended  bool  // nothing can be read behind an error
	buffer bytes.Buffer

	answered map[string]time.Time // when the last answer on a connection had gone, by its id

	// of the flow at hand
	skip                        bool
	scheme, host, path          string
	authority, connection       string
	port                        int
	began, finished             time.Time
	isHTTP, hasResponse, failed bool
	shared                      bool // the connection, by requests that do not wait for each other: not HTTP/1
	version                     int
}

// next reads one flow whole.
func (rd *reader) next() (value, error) {
	size, err := rd.size()
	if err != nil {
		rd.ended = true
		return value{}, err
	}
	begins := rd.at
	if size > rd.limits.EntryBytes {
		n, err := io.CopyN(io.Discard, rd.r, size+1)
		rd.at += n
		rd.ended = err != nil
		return value{}, &fault{begins, fmt.Sprintf("a flow of at most %d bytes (limit entry-bytes)", rd.limits.EntryBytes), fmt.Sprintf("%d", size)}
	}
	rd.buffer.Reset()
	// CopyN takes memory for what comes, not for what was announced.
	n, err := io.CopyN(&rd.buffer, rd.r, size+1)
	rd.at += n
	switch {
	case err == io.EOF:
		rd.ended = true
		return value{}, fmt.Errorf("a flow of %d bytes ends after %d: %w", size, n, io.ErrUnexpectedEOF)
	case err != nil:
		rd.ended = true
		return value{}, err
	}
	flow := rd.buffer.Bytes()
	return value{flow[size], flow[:size], begins}, nil
}

// size reads the size of a flow and the colon behind it.
func (rd *reader) size() (int64, error) {
	var size int64
	for digits := 0; ; digits++ {
		c, err := rd.r.ReadByte()
		switch {
		case err == io.EOF && digits > 0:
			return 0, fmt.Errorf("it ends in the size of a flow: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return 0, err
		}
		rd.at++
		switch {
		case c == ':' && digits > 0:
			return size, nil
		case c < '0' || c > '9' || digits == maxSizeDigits:
			return 0, &fault{rd.at - 1, "the size of a flow", strconv.QuoteRune(rune(c))}
		}
		size = size*10 + int64(c-'0')
	}
}

func (rd *reader) located(err error, begins int64) error {
	if f, ok := errors.AsType[*fault](err); ok {
		return &format.Error{File: rd.file, Offset: f.at, Expected: f.expected, Found: f.found}
	}
	return &format.Error{File: rd.file, Offset: begins, Expected: "a flow", Err: err}
}

// flow fills the exchange in.
func (rd *reader) flow(flow value, begins int64) error {
	*rd = reader{r: rd.r, file: rd.file, limits: rd.limits, b: rd.b, at: rd.at, buffer: rd.buffer, answered: rd.answered}
	hasRequest := false
	err := flow.dict("a flow", func(name []byte, v value) (err error) {
		switch string(name) {
		case "type":
			var kind []byte
			kind, err = v.text("a type")
			rd.isHTTP = string(kind) == "http"
		case "version":
			rd.version, err = v.int("a version of the flow format")
			if err == nil && rd.version < oldestVersion {
				err = &fault{v.at, fmt.Sprintf("version %d of the flow format or newer (mitmproxy 8)", oldestVersion), strconv.Itoa(rd.version)}
			}
		case "request":
			if v.kind == kindDict {
				hasRequest, err = true, rd.request(v)
			}
		case "response":
			if v.kind == kindDict {
				rd.hasResponse, err = true, rd.response(v)
			}
		case "error":
			rd.failed = v.kind == kindDict
		case "client_conn":
			err = rd.client(v)
		}
		return err
	})
	x := &rd.b.X
	rd.skip = err == nil && (!rd.isHTTP || x.Request.Method == "CONNECT")
	switch {
	case err != nil || rd.skip:
		return err
	case rd.version == 0:
		return &fault{begins, `"version" in the flow`, "none"}
	case !hasRequest || x.Request.Method == "" || rd.path == "":
		return &fault{begins, `"request" with "method" and "path" in the flow`, "none"}
	}
	x.Request.URL = rd.url()
	rd.connected()
	rd.b.SeenByProxy(rd.began, rd.finished, 0)
	switch {
	case !rd.hasResponse:
		x.Gaps |= traffic.GapResponse
	case rd.failed:
		x.Gaps |= traffic.GapTruncated // the connection broke inside the response
	}
	return nil
}

func (rd *reader) request(v value) error {
	r := &rd.b.X.Request
	return v.dict("a request", func(name []byte, v value) (err error) {
		switch string(name) {
		case "method":
			r.Method, err = rd.text(v, "a method")
		case "scheme":
			rd.scheme, err = rd.text(v, "a scheme")
		case "authority":
			rd.authority, err = rd.text(v, "an authority")
		case "host":
			rd.host, err = rd.text(v, "a host")
		case "port":
			rd.port, err = v.int("a port")
		case "path":
			rd.path, err = rd.text(v, "a path")
		case "headers":
			err = rd.fields(v, &r.Header)
		case "content":
			r.Body, err = v.text("a body")
			if v.kind == kindNull {
				rd.b.X.Gaps |= traffic.GapRequestBody // it was streamed past
			}
		case "http_version":
			var version []byte
			version, err = v.text("a version")
			rd.shared = len(version) > 0 && !bytes.HasPrefix(version, []byte("HTTP/1"))
		case "timestamp_start":
			rd.began, err = instant(v)
		}
		return err
	})
}

func (rd *reader) response(v value) error {
	r := &rd.b.X.Response
	return v.dict("a response", func(name []byte, v value) (err error) {
		switch string(name) {
		case "status_code":
			r.Status, err = v.int("a status code")
			if err == nil && (r.Status < 0 || r.Status > 999) {
				err = &fault{v.at, "a status code", strconv.Itoa(r.Status)}
			}
		case "headers":
			err = rd.fields(v, &r.Header)
		case "content":
			r.Body, err = v.text("a body")
			if v.kind == kindNull {
				rd.b.X.Gaps |= traffic.GapResponseBody
			}
		case "timestamp_end":
			rd.finished, err = instant(v)
		}
		return err
	})
}

func (rd *reader) text(v value, what string) (string, error) {
	p, err := v.text(what)
	return rd.b.String(p), err
}

// instant reads the seconds of Python's time.time; null is unknown.
func instant(v value) (time.Time, error) {
	switch v.kind {
	case kindNull:
		return time.Time{}, nil
	case kindFloat, kindInt:
		if at, ok := format.Epoch(string(v.payload)); ok {
			return at, nil
		}
	}
	return time.Time{}, v.wrong("an instant: seconds since 1970")
}

// fields reads a list of pairs of name and value.
func (rd *reader) fields(v value, h *traffic.Header) error {
	return v.list("a list of header fields", func(pair value) error {
		if int64(len(*h)) >= rd.limits.HeaderFields {
			return &fault{pair.at, fmt.Sprintf("at most %d header fields", rd.limits.HeaderFields), "more"}
		}
		var f traffic.Field
		n := 0
		err := pair.list("a pair of a name and a value", func(v value) (err error) {
			switch n++; n {
			case 1:
				f.Name, err = rd.text(v, "the name of a header field")
			case 2:
				f.Value, err = rd.text(v, "the value of a header field")
			}
			return err
		})
		if err == nil && (n != 2 || f.Name == "") {
			err = &fault{pair.at, "a pair of a name and a value", "something else"}
		}
		if err == nil && f.Name[0] != ':' { // HTTP/2's pseudo-header fields are none
			*h = append(*h, f)
		}
		return err
	})
}

// maxConnections bounds the connections remembered for their last answers; those
// of one client are a few dozen at a time.
const maxConnections = 1024

// connected says of the flow's connection when it was free, and remembers its
// answer for the flow after it.
func (rd *reader) connected() {
	a := &rd.b.X.Arrival
	if rd.connection == "" || a.OpenedAt.IsZero() || rd.began.IsZero() {
		a.OpenedAt = time.Time{}
		return
	}
	if last, kept := rd.answered[rd.connection]; kept {
		if a.FreeAt = last; rd.shared || last.After(rd.began) { // many share it
			a.FreeAt = a.OpenedAt
		}
	}
	if rd.answered == nil || len(rd.answered) >= maxConnections {
		rd.answered = map[string]time.Time{}
	}
	rd.answered[rd.connection] = rd.finished
}

// client reads the address of the client, whose port changes from connection to
// connection, and what tells of the connection.
func (rd *reader) client(v value) error {
	return v.dict("a connection", func(name []byte, v value) (err error) {
		switch string(name) {
		case "id":
			if v.kind == kindText || v.kind == kindBytes {
				rd.connection, err = rd.text(v, "an id")
			}
			return err
		case "timestamp_start":
			rd.b.X.Arrival.OpenedAt, err = instant(v)
			return err
		}
		if n := string(name); n != "peername" && n != "address" || v.kind != kindList {
			return nil
		}
		n := 0
		return v.list("an address", func(v value) (err error) {
			if n++; n == 1 {
				rd.b.X.Client, err = rd.text(v, "an address")
			}
			return err
		})
	})
}

// url puts together what the client asked for: the authority that it named,
// not the one that the proxy turned to.
func (rd *reader) url() string {
	x := &rd.b.X
	authority := rd.authority
	if authority == "" {
		authority, _ = x.Request.Header.Get("Host")
	}
	if authority == "" && rd.host != "" {
		authority = rd.host
		if strings.Contains(authority, ":") {
			authority = "[" + authority + "]" // IPv6, RFC 3986 section 3.2.2
		}
		if rd.port != 0 && rd.port != map[string]int{"http": 80, "https": 443}[rd.scheme] {
			authority += ":" + strconv.Itoa(rd.port)
		}
	}
	if authority == "" {
		return rd.path
	}
	return rd.scheme + "://" + authority + rd.path
}
