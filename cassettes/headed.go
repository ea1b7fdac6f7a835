package cassettes

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// headed reports a response with its header, as curl -i prints it.
var headed = matches(`^HTTP/[0-9.]+ [0-9]{3}\b`)

// headedFormat is the format of whole responses to the target: a recording of
// one exchange, of which the instants were not recorded, nor any of the request
// but its target.
func (t Target) headedFormat() format.Format {
	return format.Format{
		Name:    "response with its header",
		Records: format.RecordsStatus | format.RecordsResponseHeader | format.RecordsResponseBody,
		Read: func(in format.Input) iter.Seq2[*traffic.Exchange, error] {
			return func(yield func(*traffic.Exchange, error) bool) { yield(t.headedExchange(in)) }
		},
	}
}

func (t Target) headedExchange(in format.Input) (*traffic.Exchange, error) {
	text, err := whole(in)
	if err != nil {
		return nil, err
	}
	b := format.NewBuilder(in)
	t.begin(b)
	h := head{file: in.Name, line: 1, rest: text}
	for more := true; more; {
		if b.X.Response, err = h.next(); err != nil {
			return nil, err
		}
		// curl prints the headers of interim responses, of a proxy's answer to
		// CONNECT and of a refused try before that of the response itself.
		interim := b.X.Response.Status/100 == 1
		if more = interim || headed(h.rest); more && b.X.Response.Status/100 == 3 {
			return nil, &format.Error{File: in.Name, Line: h.line, Expected: "the response to one request", Found: "another behind a redirect; ask for it without following"}
		}
	}
	b.X.Response.Body = h.rest
	return b.Finish(), nil
}

// head reads headers one behind the other.
type head struct {
	file string
	line int // of what is next
	rest []byte
}

// next reads a status line, and header fields up to the empty line.
func (h *head) next() (traffic.Response, error) {
	var r traffic.Response
	line, ended := h.cut()
	if !ended || !headed(line) {
		return r, h.broken("a status line such as HTTP/1.1 200 OK", line)
	}
	_, status, _ := strings.Cut(string(line), " ")
	r.Status, _ = strconv.Atoi(status[:3]) // digits, by the pattern
	for {
		line, ended = h.cut()
		switch {
		case ended && len(line) == 0:
			return r, nil
		case !ended:
			return r, h.broken("an empty line behind the header fields", line)
		case len(r.Header) > 0 && (line[0] == ' ' || line[0] == '\t'): // RFC 9112 section 5.2
			last := &r.Header[len(r.Header)-1]
			last.Value += " " + string(bytes.Trim(line, " \t"))
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 {
			return r, h.broken("a header field such as Date: VALUE", line)
		}
		r.Header = append(r.Header, traffic.Field{Name: string(name), Value: string(bytes.Trim(value, " \t"))})
	}
}

// cut takes the next line off, without what ends it, and reports whether
// anything did.
func (h *head) cut() (line []byte, ended bool) {
	line, h.rest, ended = bytes.Cut(h.rest, []byte("\n"))
	h.line++
	return bytes.TrimSuffix(line, []byte("\r")), ended
}

// broken is an error about the line that was just read. It shows no more of it
// than its beginning, as others about files that are no recordings.
func (h *head) broken(expected string, line []byte) error {
	return &format.Error{File: h.file, Line: h.line - 1, Expected: expected, Found: fmt.Sprintf("a line that begins with %s", beginning(line))}
}
