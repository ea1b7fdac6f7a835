// Package har reads HAR 1.2 (HTTP Archive) as browsers and proxies export it,
// and writes it.
//
// An entry served out of the browser's cache went over no wire and is no
// exchange: Read leaves it out.
package har

import (
	"iter"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is HAR.
var Format = format.Format{
	Name:    "HAR",
	Sniff:   sniff,
	Wants:   `a JSON object "log" with "entries"`,
	Records: format.RecordsMessages | format.RecordsSent | format.RecordsDuration,
	Note:    "some proxies add the client",
	Read:    read,

	Write:    write,
	Endings:  []string{".har"},
	Rewrites: true,
	Loses:    format.LosesGaps | format.LosesNoStatus | format.LosesHistory | format.LosesAnnotation | format.LosesBounds,
}

// sniff looks for the log and for one of the names that HAR 1.2 puts there.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	inLog := false
	for _, k := range keys {
		if k.Path == ".log" && k.Kind == '{' {
			inLog = true
		}
		switch k.Path {
		case ".log.entries", ".log.version", ".log.creator", ".log.browser", ".log.pages", ".log.comment":
			return true, ""
		}
	}
	if inLog {
		return false, `"entries" in its "log"`
	}
	return false, `"log"`
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return readBy(jsonitems.New(in), in)
}

func readBy(items *jsonitems.Reader, in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: items, yield: yield, beside: in.Beside}
		rd.Whole(yield, rd.document)
	}
}

type reader struct {
	*jsonitems.Reader
	yield func(*traffic.Exchange, error) bool
	found bool
	proxy bool // the file is one of a box between client and venue
	own   bool // it is one of our writer, whose bodies stand decoded
	entry entry

	beside format.Beside // nil where nothing is

	request, response []byte // memory used again
}

// entry is what an entry says beside the exchange itself.
type entry struct {
	started     time.Time
	arrived     bool // it began when the request came to somebody in between, of whom _arrival tells
	millis      float64
	hasResponse bool
	cached      bool

	requestSize   float64
	requestText   bool
	requestBase64 bool
	requestFile   string
	requestType   bool // postData names a media type
	params        url.Values

	size, bodySize float64 // -1 says that it is not known, as HAR has it
	text, base64   bool
	binary         bool   // Polly.JS up to v5: in hex
	file           string // Playwright: where the content lies
}

func (rd *reader) document() error {
	line := rd.Line()
	err := rd.Object("a JSON object", func(name []byte) error {
		rd.Renew()
		if string(name) != "log" {
			return nil
		}
		return rd.Object("an object in log", func(name []byte) error {
			rd.Renew()
			switch string(name) {
			case "creator":
				return rd.creator()
			case "entries":
			default:
				return nil
			}
			rd.found = true
			return rd.Entries("an array in entries", rd.one)
		})
	})
	if err == nil && !rd.found {
		return rd.Missing(line, `"entries" in "log"`)
	}
	return err
}

// proxies are the creators of HARs whose instants are those of a box between
// client and venue, by the first word of their names, or all of it.
var proxies = map[string]bool{"mitmproxy": true, "Charles": true, "Fiddler": true, "Proxyman": true, "Burp": true, "BrowserMob": true, "HTTP Toolkit": true}

// creator reads who made the file: a browser knows when it sent a request, a
// proxy when it came.
func (rd *reader) creator() error {
	if rd.Kind() != '{' {
		return nil
	}
	return rd.Object("a creator", func(name []byte) error {
		if string(name) != "name" || rd.Kind() != '"' {
			return nil
		}
		s, err := rd.String("a name")
		first, _, _ := strings.Cut(s, " ")
		rd.proxy, rd.own = proxies[first] || proxies[s], s == creatorName
		return err
	})
}

// one reads one entry and yields its exchange. A broken entry is passed by.
func (rd *reader) one() error {
	rd.Renew()
	rd.B.Begin(rd.Line())
	return rd.Passing(rd.yield, func() error {
		if err := rd.Entry(rd.readEntry); err != nil || rd.entry.cached {
			return err
		}
		rd.times()
		x := rd.B.Finish()
		if rd.entry.text && !rd.entry.base64 && !rd.entry.binary {
			// size is the length of the decoded content (HAR 1.2, "content").
			rd.B.Expect(int64(rd.entry.size))
		}
		if !rd.yield(x, nil) {
			return jsonitems.ErrStopped
		}
		return nil
	})
}

func (rd *reader) readEntry() error {
	rd.B.Restart()
	rd.entry = entry{params: rd.entry.params, requestSize: -1, size: -1}
	clear(rd.entry.params)
	x := &rd.B.X
	at, hasRequest := x.At.Line, false
	err := rd.Object("an entry", func(name []byte) (err error) {
		switch string(name) {
		case "startedDateTime":
			var s string
			s, err = rd.String("an instant in ISO 8601")
			rd.entry.started = instant(s)
		case "time":
			rd.entry.millis, _, err = rd.Number("a number of milliseconds")
		case "request":
			hasRequest = true
			return rd.readRequest()
		case "response":
			if rd.Kind() == 'n' {
				return nil
			}
			return rd.readResponse()
		case "_arrival":
			if rd.Kind() == '{' {
				err = rd.arrival()
			}
		case "_clientIPAddress", "_clientIp":
			if rd.Kind() == '"' {
				x.Client, err = rd.String("an address")
			}
		case "_fromCache":
			rd.entry.cached = rd.Kind() == '"' || rd.Kind() == 't'
		}
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case !hasRequest:
		return rd.Missing(at, `"request" in the entry`)
	case x.Request.URL == "":
		return rd.Missing(at, `"url" in the request`)
	case x.Request.Method == "":
		return rd.Missing(at, `"method" in the request`)
	}
	return rd.bodies()
}

// arrival reads what our own writer says of a request that it saw come.
func (rd *reader) arrival() error {
	rd.entry.arrived = true
	a := &rd.B.X.Arrival
	return rd.Object("an object in _arrival", func(name []byte) error {
		at := &a.OpenedAt
		switch string(name) {
		case "opened":
		case "free":
			at = &a.FreeAt
		default:
			return nil
		}
		s, err := rd.String("an instant in ISO 8601")
		*at = instant(s)
		return err
	})
}

func (rd *reader) readRequest() error {
	r := &rd.B.X.Request
	return rd.Object("a request", func(name []byte) (err error) {
		switch string(name) {
		case "method":
			r.Method, err = rd.String("a method")
		case "url":
			r.URL, err = rd.String("a URL")
		case "headers":
			_, err = rd.Fields(&r.Header, "a list of header fields")
			dropPseudo(&r.Header)
		case "bodySize":
			rd.entry.requestSize, _, err = rd.Number("a size")
		case "postData":
			if rd.Kind() == '{' {
				err = rd.readPostData()
			}
		}
		return err
	})
}

func (rd *reader) readPostData() error {
	return rd.Object("postData", func(name []byte) (err error) {
		switch string(name) {
		case "text":
			rd.request, rd.entry.requestText, err = rd.Text(rd.request[:0], "the request's text")
		case "encoding":
			var s string
			s, err = rd.String("an encoding")
			rd.entry.requestBase64 = s == "base64"
		case "mimeType":
			var s string
			s, err = rd.String("a media type")
			rd.entry.requestType = s != ""
		case "_file":
			rd.entry.requestFile, err = rd.String("a file's name")
		case "params":
			if rd.Kind() == '[' {
				err = rd.Array("a list of parameters", rd.param)
			}
		}
		return err
	})
}

func (rd *reader) param() error {
	var name, value string
	err := rd.Object("a parameter", func(key []byte) (err error) {
		switch string(key) {
		case "name":
			name, err = rd.String("a name")
		case "value":
			value, err = rd.String("a value")
		}
		return err
	})
	if rd.entry.params == nil {
		rd.entry.params = url.Values{}
	}
	rd.entry.params.Add(name, value)
	return err
}

func (rd *reader) readResponse() error {
	r := &rd.B.X.Response
	rd.entry.hasResponse = true
	return rd.Object("a response", func(name []byte) (err error) {
		switch string(name) {
		case "status":
			r.Status, err = rd.Status()
		case "headers":
			_, err = rd.Fields(&r.Header, "a list of header fields")
			dropPseudo(&r.Header)
		case "bodySize":
			rd.entry.bodySize, _, err = rd.Number("a size")
		case "content":
			if rd.Kind() == '{' {
				err = rd.readContent()
			}
		}
		return err
	})
}

func (rd *reader) readContent() error {
	return rd.Object("content", func(name []byte) (err error) {
		switch string(name) {
		case "size":
			rd.entry.size, _, err = rd.Number("a size")
		case "text":
			rd.response, rd.entry.text, err = rd.Text(rd.response[:0], "the content's text")
		case "encoding":
			var s string
			s, err = rd.String("an encoding")
			rd.entry.base64 = s == "base64"
		case "_isBinary":
			rd.entry.binary = rd.Kind() == 't'
		case "_file":
			rd.entry.file, err = rd.String("a file's name")
		}
		return err
	})
}

// dropPseudo removes HTTP/2's pseudo-header fields (RFC 9113 section 8.3),
// which are no fields.
func dropPseudo(h *traffic.Header) {
	kept := (*h)[:0]
	for _, f := range *h {
		if f.Name == "" || f.Name[0] != ':' {
			kept = append(kept, f)
		}
	}
	*h = kept
}

// bodies puts the bodies into the exchange, or says that they weren't kept.
func (rd *reader) bodies() (err error) {
	x, e := &rd.B.X, &rd.entry
	switch {
	case e.requestText && e.requestBase64:
		x.Request.Body, err = rd.Base64(rd.request, x.At.Line, "the request's text")
	case e.requestText && len(rd.request) > 0:
		x.Request.Body = rd.request
	case e.requestFile != "":
		x.Request.Body = rd.attached(e.requestFile, traffic.GapRequestBody)
	case len(e.params) > 0 && !rd.fromQuery():
		x.Request.Body = []byte(e.params.Encode())
	case e.requestSize > 0, e.requestType && e.requestSize < 0 && len(e.params) == 0:
		x.Gaps |= traffic.GapRequestBody
	}
	if err != nil {
		return err
	}
	switch {
	case !e.hasResponse || x.Response.Status == 0:
		x.Gaps |= traffic.GapResponse
	case e.text && (len(rd.response) > 0 || e.file == ""):
		x.Response.Body, err = rd.content()
	case e.file != "":
		x.Response.Body = rd.attached(e.file, traffic.GapResponseBody)
	case e.size != 0 || e.bodySize > 0:
		x.Gaps |= traffic.GapResponseBody
	}
	return err
}

// fromQuery reports params that some recorders fill from the query: nothing was
// posted, and the URL holds them all.
func (rd *reader) fromQuery() bool {
	if rd.entry.requestSize > 0 {
		return false
	}
	u, _, _ := strings.Cut(rd.B.X.Request.URL, "#")
	_, raw, _ := strings.Cut(u, "?")
	query, _ := url.ParseQuery(raw)
	for name, values := range rd.entry.params {
		if !slices.Equal(values, query[name]) {
			return false
		}
	}
	return true
}

// maxMillis bounds the time of an entry to a day: what claims more measured
// something else, such as a clock that was set.
const maxMillis = 24 * 60 * 60 * 1000

// times turns startedDateTime and time into instants.
func (rd *reader) times() {
	x, e := &rd.B.X, &rd.entry
	if e.millis > 0 && e.millis < maxMillis {
		x.Duration = time.Duration(math.Round(e.millis * float64(time.Millisecond)))
	}
	if e.started.IsZero() {
		return
	}
	ended := time.Time{}
	if x.Duration > 0 {
		ended = e.started.Add(x.Duration)
	}
	switch {
	case rd.proxy:
		rd.B.SeenByProxy(e.started, ended, time.Millisecond)
		return
	case e.arrived:
		x.Arrival.FirstByteAt = e.started
		x.Sent = x.Arrival.Sent()
	default:
		x.Sent = traffic.Exactly(e.started)
	}
	if !ended.IsZero() {
		x.Received = traffic.Exactly(ended)
	}
}

// instant reads ISO 8601 with a zone; the zero time is one that can't be read,
// which leaves the time unknown.
func instant(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
