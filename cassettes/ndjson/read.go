package ndjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/lines"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is mbxcheck's NDJSON.
var Format = format.Format{
	Name:    "NDJSON",
	Sniff:   sniff,
	Wants:   `a JSON object with "request" on each line`,
	Records: format.RecordsMessages | format.RecordsSent | format.RecordsReceived | format.RecordsDuration | format.RecordsClient,
	Read:    read,
	Lines:   true,

	Write:   write,
	Endings: []string{".ndjson", ".jsonl"},
}

// sniff demands that the first line holds our names only, and a message.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	message, foreign := false, ""
	for _, k := range keys {
		path := k.Path[1:]
		switch {
		case path == "request" || path == "response" || path == "told":
			message = message || k.Kind == '{'
		case strings.ContainsAny(path, ".[") || path == "" || path[0] == '_':
		case !isOwn(path):
			foreign = path
		}
	}
	switch {
	case !message:
		return false, `"request"`
	case foreign != "":
		return false, fmt.Sprintf("names that are all its own (%q is none of them)", foreign)
	case !jsonitems.OneLine(head) && !brokenAtOnce(head):
		return false, "each object on one line"
	}
	return true, ""
}

// brokenAtOnce reports a first line that is no JSON, neither as a whole nor as
// the beginning of an object over several lines: the line is broken, and what
// is wrong with it is for the reader to say.
func brokenAtOnce(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	end := bytes.IndexByte(head, '\n')
	if end < 0 {
		end = len(head)
	}
	d := jsontext.NewDecoder(bytes.NewReader(head), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		_, err := d.ReadToken()
		syntax := (*jsontext.SyntacticError)(nil)
		switch {
		case errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF):
			// A second object in the midst of the first is at fault in the
			// next line, where it begins.
			return syntax.ByteOffset <= int64(end)+1
		case err != nil || d.InputOffset() > int64(end)+1:
			return false
		}
	}
}

func isOwn(name string) bool {
	switch name {
	case "sent", "received", "arrival", "duration_ms", "client", "complete_history", "request", "response", "gaps", "command", "told", "experiment", "lost", "hop":
		return true
	}
	return false
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return readBy(jsonitems.NewLines(in), in)
}

func readBy(items *jsonitems.Reader, in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: items}
		if in.Memory != nil {
			rd.response = *in.Memory
			defer func() { *in.Memory = rd.response }()
		}
		lines.Each(in, rd.B, rd.one)(yield)
	}
}

type reader struct {
	*jsonitems.Reader

	request, response []byte // memory used again
}

// one reads one line.
func (rd *reader) one(text []byte, number int) (*traffic.Exchange, error) {
	rd.ResetLine(text, number)
	if err := rd.Entry(rd.line); err != nil {
		return nil, err
	}
	return rd.B.Finish(), nil
}

func (rd *reader) line() error {
	rd.B.Restart()
	x := &rd.B.X
	hasResponse := false
	err := rd.Object("an object", func(name []byte) (err error) {
		switch string(name) {
		case "sent":
			x.Sent, err = rd.span()
		case "received":
			x.Received, err = rd.span()
		case "arrival":
			err = rd.arrival()
		case "duration_ms":
			err = rd.duration()
		case "client":
			x.Client, err = rd.String("a string in client")
		case "complete_history":
			x.CompleteHistory, err = rd.Bool("true or false in complete_history")
		case "request":
			err = rd.readRequest()
		case "response":
			if rd.Kind() == 'n' {
				return nil
			}
			hasResponse = true
			err = rd.readResponse()
		case "command":
			err = rd.command()
		case "told":
			err = rd.told()
		case "experiment":
			err = rd.experiment()
		case "lost":
			err = rd.lost()
		case "hop":
			err = rd.hop()
		case "gaps":
			err = rd.Array("a list of gaps", rd.gap)
		default:
			err = rd.unknown(name)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := rd.End(); err != nil {
		return err
	}
	if !hasResponse {
		x.Gaps |= traffic.GapResponse
	}
	if x.Arrival.Seen() && !x.Sent.Known() {
		x.Sent = x.Arrival.Sent()
	}
	switch {
	case x.Statement() && (x.Request.URL != "" || hasResponse):
		return rd.errorf(`no messages beside "told"`, "some")
	case x.Statement() && x.Annotation.Hop != (traffic.Hop{}):
		return rd.errorf(`no "hop" beside "told"`, "one")
	case x.Statement() && !(x.Sent.Known() && x.Received.Known()):
		return rd.errorf(`"sent" and "received" beside "told"`, "not both")
	case x.Statement() && x.Received.Latest.Before(x.Sent.Earliest):
		return rd.errorf(`"received" no earlier than "sent"`, "it earlier")
	case x.Statement():
		return nil
	case x.Request.URL == "":
		return rd.errorf(`"url" in "request"`, "none")
	case x.Request.Method == "":
		return rd.errorf(`"method" in "request"`, "none")
	case x.Sent.Known() && x.Received.Known() && x.Received.Latest.Before(x.Sent.Earliest):
		return rd.errorf(`"received" no earlier than "sent"`, "it earlier")
	}
	return nil
}

func (rd *reader) errorf(expected, found string) error {
	return &format.Error{File: rd.File(), Line: rd.Line(), Expected: expected, Found: found}
}

// unknown refuses a name that is neither ours nor the writer's own.
func (rd *reader) unknown(name []byte) error {
	if len(name) > 0 && name[0] == '_' {
		return nil
	}
	return rd.errorf("a known name, or one that begins with _", mask.Quoted(string(name)))
}

// duration reads milliseconds; a day is beyond any exchange.
func (rd *reader) duration() error {
	const day = 24 * 60 * 60 * 1000
	n, _, err := rd.Number("a number in duration_ms")
	if err == nil && !(n >= 0 && n <= day) {
		return rd.errorf("duration_ms from 0 to a day", fmt.Sprint(n))
	}
	rd.B.X.Duration = time.Duration(math.Round(n * float64(time.Millisecond)))
	return err
}

// arrival reads what somebody between client and venue saw; null is nothing.
func (rd *reader) arrival() error {
	if rd.Kind() == 'n' {
		return nil
	}
	a := &rd.B.X.Arrival
	err := rd.Object("an object in arrival", func(name []byte) (err error) {
		switch string(name) {
		case "opened":
			a.OpenedAt, err = rd.instantOrNull()
		case "free":
			a.FreeAt, err = rd.instantOrNull()
		case "first_byte":
			a.FirstByteAt, err = rd.instantOrNull()
		default:
			err = rd.unknown(name)
		}
		return err
	})
	if err == nil && !a.Seen() {
		return rd.errorf(`"first_byte" in "arrival"`, "none")
	}
	return err
}

func (rd *reader) instantOrNull() (time.Time, error) {
	if rd.Kind() == 'n' {
		return time.Time{}, nil
	}
	return rd.instant()
}

// span reads an instant or a list of two that bound it; null is unknown.
func (rd *reader) span() (traffic.Span, error) {
	switch rd.Kind() {
	case 'n':
		return traffic.Span{}, nil
	case '[':
	default:
		at, err := rd.instant()
		return traffic.Exactly(at), err
	}
	var ends []time.Time
	err := rd.Array("two instants", func() error {
		at, err := rd.instant()
		ends = append(ends, at)
		if len(ends) > 2 {
			return rd.errorf("two instants", "more")
		}
		return err
	})
	switch {
	case err != nil:
		return traffic.Span{}, err
	case len(ends) != 2 || ends[1].Before(ends[0]):
		return traffic.Span{}, rd.errorf("two instants, the earlier first", "something else")
	}
	return traffic.Span{Earliest: ends[0], Latest: ends[1]}, nil
}

const instantWanted = "an instant: RFC 3339, or milliseconds since 1970"

// instant reads one instant. Before 2000 or after 2100 it is in another unit:
// a file of seconds or microseconds shall not be judged in silence.
func (rd *reader) instant() (time.Time, error) {
	var at time.Time
	switch rd.Kind() {
	case '0':
		n, _, err := rd.Number(instantWanted)
		if err != nil {
			return at, err
		}
		if n != math.Trunc(n) || math.Abs(n) > 1<<53 {
			return at, rd.errorf(instantWanted, fmt.Sprint(n))
		}
		at = time.UnixMilli(int64(n)).UTC()
	case '"':
		s, err := rd.String(instantWanted)
		if err != nil {
			return at, err
		}
		if at, err = time.Parse(time.RFC3339Nano, s); err != nil {
			return at, rd.errorf(instantWanted, mask.Quoted(s))
		}
	default:
		return at, rd.Wrong(instantWanted)
	}
	if at.Year() < 2000 || at.Year() > 2100 {
		return at, rd.errorf(instantWanted+", between 2000 and 2100", at.Format(time.RFC3339))
	}
	return at, nil
}

func (rd *reader) gap() error {
	line := rd.Line()
	word, err := rd.String("a word in gaps")
	if err != nil {
		return err
	}
	for _, g := range gapNames {
		if g.name == word {
			rd.B.X.Gaps |= g.gap
			return nil
		}
	}
	return &format.Error{File: rd.File(), Line: line, Expected: "a gap: one of " + strings.Join(Gaps(), ", "), Found: mask.Quoted(word)}
}

func (rd *reader) readRequest() error {
	r := &rd.B.X.Request
	return rd.Object("an object in request", func(name []byte) (err error) {
		switch string(name) {
		case "method":
			r.Method, err = rd.String("a string in method")
		case "url":
			r.URL, err = rd.String("a string in url")
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			r.Body, err = rd.body(r.Body, &rd.request, false)
		case "body_base64":
			r.Body, err = rd.body(r.Body, &rd.request, true)
		default:
			err = rd.unknown(name)
		}
		return err
	})
}

func (rd *reader) readResponse() error {
	r := &rd.B.X.Response
	err := rd.Object("an object in response", func(name []byte) (err error) {
		switch string(name) {
		case "status":
			r.Status, err = rd.Status()
		case "headers":
			_, err = rd.Fields(&r.Header, "header fields")
		case "body":
			r.Body, err = rd.body(r.Body, &rd.response, false)
		case "body_base64":
			r.Body, err = rd.body(r.Body, &rd.response, true)
		default:
			err = rd.unknown(name)
		}
		return err
	})
	if r.Body == nil {
		rd.B.X.Gaps |= traffic.GapResponseBody
	}
	return err
}

// body reads a body into the memory kept for it; null is none. had is the body
// read before, of which there may not be two.
func (rd *reader) body(had []byte, to *[]byte, base64 bool) ([]byte, error) {
	if had != nil {
		return nil, rd.errorf("body or body_base64", "both")
	}
	if *to == nil {
		*to = make([]byte, 0, 512) // so that an empty body isn't nil
	}
	text, ok, err := rd.Text((*to)[:0], "a string in body")
	*to = text
	if err != nil || !ok {
		return nil, err
	}
	if base64 {
		return rd.Base64(text, rd.Line(), "body_base64")
	}
	return text, nil
}
