// Package cryptofeed reads the HTTP part of the raw data that the cryptofeed
// library collects, for playing it back in tests:
//
//	https://api.binance.com/api/v3/depth?symbol=LTCBTC -> 1563616800.123: {"lastUpdateId":...
//
// The instant is the client's, at the end of the response. Statuses and header
// fields are not kept, and neither are the bodies of POST requests, whose lines
// have "<-" for an arrow. What went over a WebSocket is no exchange.
package cryptofeed

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/lines"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

const wants = "lines of URL -> SECONDS: BODY"

// Format is cryptofeed's raw data.
var Format = format.Format{
	Name:    "cryptofeed",
	Sniff:   sniff,
	Wants:   wants,
	Records: format.RecordsOrder | format.RecordsHost | format.RecordsReceived | format.RecordsSigning | format.RecordsResponseBody,
	Read:    read,
}

// sniff looks for a line of an exchange, behind lines of other kinds.
func sniff(head []byte) (bool, string) {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	other := false
	for text := range bytes.Lines(head) {
		text = bytes.TrimRight(text, "\r\n")
		switch e := parse(text); {
		case e.kind == exchange:
			return true, ""
		case e.kind == none && len(text) > 0:
			return false, ""
		case e.kind == configuration:
			other = true
		}
	}
	if other {
		return false, "a line of URL -> SECONDS: BODY"
	}
	return false, ""
}

// kind is what a line begins.
type kind int

const (
	none          kind = iota // nothing: a body of several lines goes on
	exchange                  // an HTTP exchange
	configuration             // what the collector was set to
	socket                    // something of a WebSocket
)

type entry struct {
	kind        kind
	method, url []byte
	at          time.Time
	body        []byte
}

var (
	answered = []byte(" -> ")
	posted   = []byte(" <- ")
	get      = []byte("GET")
	post     = []byte("POST")
)

// maxURL bounds where the arrow is looked for: no server takes longer URLs.
const maxURL = 64 << 10

// parse tells what a line begins.
func parse(line []byte) entry {
	switch {
	case bytes.HasPrefix(line, []byte("configuration: ")):
		return entry{kind: configuration}
	case bytes.HasPrefix(line, []byte("ws://")) || bytes.HasPrefix(line, []byte("wss://")):
		return entry{kind: socket}
	case !bytes.HasPrefix(line, []byte("http://")) && !bytes.HasPrefix(line, []byte("https://")):
		if _, _, ok := seconds(line); ok {
			return entry{kind: socket}
		}
		return entry{}
	}
	head := line[:min(len(line), maxURL)]
	space := bytes.IndexByte(head, ' ')
	if space < 0 {
		return entry{}
	}
	e := entry{kind: exchange, url: line[:space], method: get}
	rest := line[space:]
	switch {
	case bytes.HasPrefix(rest, answered):
	case bytes.HasPrefix(rest, posted):
		e.method = post
	default:
		return entry{}
	}
	var ok bool
	if e.at, e.body, ok = seconds(rest[len(answered):]); !ok {
		return entry{}
	}
	return e
}

// seconds reads "1563616800.123: " and returns what follows.
func seconds(text []byte) (time.Time, []byte, bool) {
	const longest = 30 // ten digits, a point and what Python's repr has behind it
	i := bytes.IndexByte(text[:min(len(text), longest)], ':')
	if i < 0 || text[0] < '0' || text[0] > '9' {
		return time.Time{}, nil, false
	}
	at, ok := format.Epoch(string(text[:i]))
	return at, bytes.TrimPrefix(text[i+1:], []byte{' '}), ok
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{b: format.NewBuilder(in), limit: in.Limits.EntryBytes, file: in.Name, yield: yield}
		l := lines.New(in)
		for {
			text, err := l.Next()
			switch {
			case err == io.EOF:
				rd.finish()
				return
			case err != nil:
				if !rd.finish() || !yield(nil, err) || l.Failed() {
					return
				}
			default:
				if !rd.line(text, l.Number()) {
					return
				}
			}
		}
	}
}

type reader struct {
	b     *format.Builder
	limit int64
	file  string
	yield func(*traffic.Exchange, error) bool

	open    bool   // an exchange was begun
	body    []byte // of it; memory used again
	tooLong bool
}

// line takes one line in, and reports whether the consumer wants more.
func (rd *reader) line(text []byte, number int) bool {
	e := parse(text)
	switch e.kind {
	case exchange:
		if !rd.finish() {
			return false
		}
		rd.begin(e, number)
	case none:
		return rd.goOn(text, number)
	default:
		return rd.finish()
	}
	return true
}

func (rd *reader) begin(e entry, number int) {
	rd.b.Begin(number)
	x := &rd.b.X
	x.Request.Method, x.Request.URL = rd.b.String(e.method), rd.b.String(e.url)
	x.Received = traffic.Exactly(e.at)
	if len(e.method) == len(post) {
		x.Gaps |= traffic.GapRequestBody
	}
	rd.open, rd.tooLong = true, false
	rd.body = append(rd.body[:0], e.body...)
}

// goOn takes in a further line of a body.
func (rd *reader) goOn(text []byte, number int) bool {
	switch {
	case rd.open && int64(len(rd.body)+len(text)) <= rd.limit:
		rd.body = append(append(rd.body, '\n'), text...)
	case rd.open:
		rd.tooLong = true
	case len(bytes.TrimSpace(text)) > 0:
		return rd.yield(nil, &format.Error{File: rd.file, Line: number, Expected: wants, Found: beginning(text)})
	}
	return true
}

// beginning shows no more than a scheme: what stands in a file of another kind
// may be secret.
func beginning(text []byte) string {
	const maxShown = 8 << 10 // bytes, of which the first are shown
	const enough = 8
	shown, _ := (*mask.Masker)(nil).Excerpt(string(text[:min(len(text), maxShown)]), enough)
	return "a line that begins with " + strings.ToValidUTF8(shown, "?")
}

// finish yields the exchange that was begun, if there is one.
func (rd *reader) finish() bool {
	if !rd.open {
		return true
	}
	rd.open = false
	x := &rd.b.X
	if rd.tooLong {
		return rd.yield(nil, &format.Error{File: rd.file, Line: x.At.Line, Expected: fmt.Sprintf("a body of at most %d bytes (limit entry-bytes)", rd.limit), Found: "a longer one"})
	}
	x.Response.Body = bytes.TrimRight(rd.body, "\n")
	rd.b.Finish()
	// Nothing tells how long the body was: JSON that breaks off was cut by
	// whoever kept it.
	rd.b.Expect(math.MaxInt64)
	return rd.yield(x, nil)
}
