package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Writer writes a HAR entry by entry. The file is a whole HAR after each, for
// its end is written anew behind every entry, so that it is readable however
// the process ends. When the disk is full, what was written of an entry is taken
// back and the end written again; the next entry is tried anew. It is not safe for
// concurrent use.
//
// Bodies are written decoded. Of a request that somebody between client and venue saw come,
// startedDateTime is when it came, and _arrival says what else bounds its sending.
// What HAR has no place for is lost: gaps but that of the response,
// CompleteHistory, and other instants that are only bounded.
type Writer struct {
	f    File
	hide *mask.Masker
	at   int64 // where the next entry goes
	n    int
	torn bool // there may be a part of an entry in place of the end
}

// File is what a HAR is written to, such as an *os.File.
type File interface {
	io.WriterAt
	Truncate(size int64) error
}

const (
	head = `{"log":{"version":"1.2","creator":{"name":"mbxcheck","version":"1"},"entries":[` + "\n"
	tail = "\n]}}\n"
)

// NewWriter begins a HAR in an empty file. Secrets are hidden by the masker; nil
// knows no values. A file that could not be begun is left empty.
func NewWriter(f File, hide *mask.Masker) (*Writer, error) {
	if _, err := f.WriteAt([]byte(head+tail), 0); err != nil {
		return nil, errors.Join(err, f.Truncate(0))
	}
	return &Writer{f: f, hide: mask.Or(hide), at: int64(len(head))}, nil
}

// Add writes an exchange, which it does not keep, or leaves it out.
func (out *Writer) Add(x *traffic.Exchange) error {
	if err := out.Mend(); err != nil {
		return err
	}
	var b bytes.Buffer
	if out.n > 0 {
		b.WriteString(",\n")
	}
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(entryOf(out.hide.Exchange(x))); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
	size := int64(b.Len())
	b.WriteString(tail)
	if _, err := out.f.WriteAt(b.Bytes(), out.at); err != nil {
		out.torn = true
		if left := out.Mend(); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return err
	}
	out.n++
	out.at += size
	return nil
}

// Mend puts the end behind the last whole entry, if one could not be written. It
// stood there before, so that it needs no room. An error says that the file is no
// HAR yet.
func (out *Writer) Mend() error {
	if !out.torn {
		return nil
	}
	_, err := out.f.WriteAt([]byte(tail), out.at)
	if err == nil {
		err = out.f.Truncate(out.at + int64(len(tail)))
	}
	if err != nil {
		return fmt.Errorf("the end of the HAR could not be written again: %w", err)
	}
	out.torn = false
	return nil
}

// The members are those that HAR 1.2 asks for, _clientIPAddress, which proxies
// add, and _arrival, which is our own.
type entryJSON struct {
	Started  string       `json:"startedDateTime"`
	Time     float64      `json:"time"` // milliseconds
	Client   string       `json:"_clientIPAddress,omitempty"`
	Arrival  *arrivalJSON `json:"_arrival,omitempty"`
	Request  requestJSON  `json:"request"`
	Response responseJSON `json:"response"`
	Cache    struct{}     `json:"cache"`
	Timings  timingsJSON  `json:"timings"`
}

// arrivalJSON is what traffic.Arrival holds beside the instant at which the entry
// began.
type arrivalJSON struct {
	Opened time.Time `json:"opened,omitzero"`
	Free   time.Time `json:"free,omitzero"`
}

type timingsJSON struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// message is what requests and responses share. Cookies are among the fields.
type message struct {
	Version     string `json:"httpVersion"`
	Cookies     []pair `json:"cookies"`
	Headers     []pair `json:"headers"`
	HeadersSize int    `json:"headersSize"` // -1: not known
	BodySize    int    `json:"bodySize"`
}

type requestJSON struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	message
	Query []pair    `json:"queryString"`
	Post  *textJSON `json:"postData,omitempty"`
}

type responseJSON struct {
	Status     int    `json:"status"` // 0: there was no answer
	StatusText string `json:"statusText"`
	message
	Content  textJSON `json:"content"`
	Redirect string   `json:"redirectURL"`
}

// textJSON is postData or content.
type textJSON struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"`
}

func entryOf(x *traffic.Exchange) entryJSON {
	sent, took := x.Sent, x.Duration
	if x.Arrival.Seen() {
		sent = traffic.Exactly(x.Arrival.FirstByteAt)
	}
	if sent.Exact() && x.Received.Exact() {
		took = x.Received.Earliest.Sub(sent.Earliest)
	}
	millis := float64(took) / float64(time.Millisecond)
	e := entryJSON{
		Time: millis, Client: x.Client, Timings: timingsJSON{Wait: millis},
		Request:  requestJSON{Method: x.Request.Method, URL: x.Request.URL, message: messageOf(x.Request.Header)},
		Response: responseJSON{message: messageOf(x.Response.Header)},
	}
	if sent.Exact() {
		e.Started = sent.Earliest.UTC().Format(time.RFC3339Nano)
	}
	if x.Arrival.Seen() {
		e.Arrival = &arrivalJSON{x.Arrival.OpenedAt.UTC(), x.Arrival.FreeAt.UTC()}
	}
	e.Request.Query = queryOf(e.Request.URL)
	if len(x.Request.Body) > 0 {
		post := textOf(x.Request.Body, x.Request.Header)
		e.Request.Post, e.Request.BodySize = &post, post.Size
	}
	if !x.Gaps.Has(traffic.GapResponse) {
		e.Response.Status, e.Response.StatusText = x.Response.Status, http.StatusText(x.Response.Status)
		e.Response.Content = textOf(x.Response.Body, x.Response.Header)
		e.Response.BodySize = e.Response.Content.Size
	}
	return e
}

func messageOf(h traffic.Header) message {
	m := message{Version: "HTTP/1.1", Cookies: []pair{}, Headers: []pair{}, HeadersSize: -1}
	for _, f := range h {
		m.Headers = append(m.Headers, pair{f.Name, f.Value})
	}
	return m
}

// queryOf lists the parameters of a URL, which is where they are read from.
func queryOf(address string) []pair {
	list := []pair{}
	u, err := url.Parse(address)
	if err != nil {
		return list
	}
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[name] {
			list = append(list, pair{name, v})
		}
	}
	return list
}

func textOf(body []byte, h traffic.Header) textJSON {
	t := textJSON{Size: len(body), Text: string(body)}
	t.MimeType, _ = h.Get("Content-Type")
	if !utf8.Valid(body) {
		t.Text, t.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return t
}
