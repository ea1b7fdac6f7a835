package har

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// writer writes a HAR entry by entry. The file is a whole HAR after each, for
// its end is written anew behind every entry, so that it is readable however
// the process ends. When the disk is full, what was written of an entry is taken
// back and the end written again; the next entry is tried anew.
//
// Bodies are written decoded. Of a request that somebody between client and venue saw come,
// startedDateTime is when it came, and _arrival says what else bounds its sending.
type writer struct {
	to    format.Storage
	at    int64 // where the next entry goes
	n     int
	torn  bool         // there may be a part of an entry in place of the end
	text  bytes.Buffer // of the entry that is written
	entry written
}

// maxKept is the room, in bytes, that is kept for the entries to come. Nearly all
// are smaller; a large one gives its room back.
const maxKept = 1 << 20

const (
	creatorName = "mbxcheck"

	head = `{"log":{"version":"1.2","creator":{"name":"` + creatorName + `","version":"1"},"entries":[` + "\n"
	tail = "\n]}}\n"
)

// write begins a HAR. A file that could not be begun is left empty.
func write(to format.Storage) (format.Writer, error) {
	if _, err := to.WriteAt([]byte(head+tail), 0); err != nil {
		return nil, errors.Join(err, to.Truncate(0))
	}
	out := &writer{to: to, at: int64(len(head))}
	out.entry.enc = jsontext.NewEncoder(&out.text)
	return out, nil
}

// Add implements format.Writer.
func (out *writer) Add(x mask.Storable) error {
	if err := out.Close(); err != nil {
		return err
	}
	b := &out.text
	if b.Reset(); b.Cap() > maxKept {
		*b = bytes.Buffer{}
	}
	if out.n > 0 {
		b.WriteString(",\n")
	}
	out.entry.begin(b)
	out.entry.exchange(x.Exchange())
	if out.entry.err != nil {
		return out.entry.err
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
	size := int64(b.Len())
	b.WriteString(tail)
	if _, err := out.to.WriteAt(b.Bytes(), out.at); err != nil {
		out.torn = true
		if left := out.Close(); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return err
	}
	out.n++
	out.at += size
	return nil
}

// Close puts the end behind the last whole entry, if one could not be written. It
// stood there before, so that it needs no room. An error says that the file is no
// HAR yet.
func (out *writer) Close() error {
	if !out.torn {
		return nil
	}
	_, err := out.to.WriteAt([]byte(tail), out.at)
	if err == nil {
		err = out.to.Truncate(out.at + int64(len(tail)))
	}
	if err != nil {
		return fmt.Errorf("the end of the HAR could not be written again: %w", err)
	}
	out.torn = false
	return nil
}

// written writes the tokens of an entry until the first error.
type written struct {
	enc *jsontext.Encoder
	err error
}

func (e *written) begin(text *bytes.Buffer) {
	e.enc.Reset(text, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	e.err = nil
}

func (e *written) put(tokens ...jsontext.Token) {
	for _, t := range tokens {
		if e.err == nil {
			e.err = e.enc.WriteToken(t)
		}
	}
}

func (e *written) text(name, value string) { e.put(jsontext.String(name), jsontext.String(value)) }

func (e *written) number(name string, n int) { e.put(jsontext.String(name), jsontext.Int(int64(n))) }

// instant writes a time that is known.
func (e *written) instant(name string, at time.Time) {
	if !at.IsZero() {
		e.text(name, at.UTC().Format(time.RFC3339Nano))
	}
}

// exchange writes the members that HAR 1.2 asks for, _clientIPAddress, which proxies
// add, and _arrival, which is our own. Cookies are among the fields.
func (e *written) exchange(x *traffic.Exchange) {
	sent, took := began(x)
	millis := jsontext.Float(float64(took) / float64(time.Millisecond))
	e.put(jsontext.BeginObject)
	if sent.Exact() {
		e.instant("startedDateTime", sent.Earliest)
	} else {
		e.text("startedDateTime", "")
	}
	e.put(jsontext.String("time"), millis)
	if x.Client != "" {
		e.text("_clientIPAddress", x.Client)
	}
	e.arrival(&x.Arrival)
	e.request(&x.Request)
	e.response(x)
	e.put(jsontext.String("cache"), jsontext.BeginObject, jsontext.EndObject)
	e.put(jsontext.String("timings"), jsontext.BeginObject, jsontext.String("send"), jsontext.Int(0),
		jsontext.String("wait"), millis, jsontext.String("receive"), jsontext.Int(0), jsontext.EndObject)
	e.put(jsontext.EndObject)
}

// began is when the exchange began, as far as HAR can say it, and how long it took.
func began(x *traffic.Exchange) (traffic.Span, time.Duration) {
	sent, took := x.Sent, x.Duration
	if x.Arrival.Seen() {
		sent = traffic.Exactly(x.Arrival.FirstByteAt)
	}
	if sent.Exact() && x.Received.Exact() {
		took = x.Received.Earliest.Sub(sent.Earliest)
	}
	return sent, took
}

// arrival writes what traffic.Arrival holds beside the instant at which the entry
// began.
func (e *written) arrival(a *traffic.Arrival) {
	if !a.Seen() {
		return
	}
	e.put(jsontext.String("_arrival"), jsontext.BeginObject)
	e.instant("opened", a.OpenedAt)
	e.instant("free", a.FreeAt)
	e.put(jsontext.EndObject)
}

func (e *written) request(r *traffic.Request) {
	e.put(jsontext.String("request"), jsontext.BeginObject)
	e.text("method", r.Method)
	e.text("url", r.URL)
	e.header(r.Header, len(r.Body))
	e.query(r.URL)
	if len(r.Body) > 0 {
		e.content("postData", r.Body, r.Header)
	}
	e.put(jsontext.EndObject)
}

// response writes status 0 for an answer that there was none of.
func (e *written) response(x *traffic.Exchange) {
	var r traffic.Response
	if !x.Gaps.Has(traffic.GapResponse) {
		r = x.Response
	}
	e.put(jsontext.String("response"), jsontext.BeginObject)
	e.number("status", r.Status)
	e.text("statusText", http.StatusText(r.Status))
	e.header(x.Response.Header, len(r.Body))
	e.content("content", r.Body, r.Header)
	e.text("redirectURL", "")
	e.put(jsontext.EndObject)
}

// header writes what requests and responses share.
func (e *written) header(h traffic.Header, bodySize int) {
	e.text("httpVersion", "HTTP/1.1")
	e.put(jsontext.String("cookies"), jsontext.BeginArray, jsontext.EndArray)
	e.put(jsontext.String("headers"), jsontext.BeginArray)
	for _, f := range h {
		e.pair(f.Name, f.Value)
	}
	e.put(jsontext.EndArray)
	e.number("headersSize", -1) // not known
	e.number("bodySize", bodySize)
}

func (e *written) pair(name, value string) {
	e.put(jsontext.BeginObject)
	e.text("name", name)
	e.text("value", value)
	e.put(jsontext.EndObject)
}

// query lists the parameters of a URL, which is where they are read from, as they
// stand there.
func (e *written) query(address string) {
	address, _, _ = strings.Cut(address, "#")
	_, query, _ := strings.Cut(address, "?")
	e.put(jsontext.String("queryString"), jsontext.BeginArray)
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter != "" {
			name, value, _ := strings.Cut(parameter, "=")
			e.pair(plain(name), plain(value))
		}
	}
	e.put(jsontext.EndArray)
}

// plain undoes the escapes of a parameter, if all of them are some.
func plain(s string) string {
	if v, err := url.QueryUnescape(s); err == nil {
		return v
	}
	return s
}

// content writes postData or content. What is no text is written as Base64.
func (e *written) content(name string, body []byte, h traffic.Header) {
	mime, _ := h.Get("Content-Type")
	e.put(jsontext.String(name), jsontext.BeginObject)
	e.number("size", len(body))
	e.text("mimeType", mime)
	if utf8.Valid(body) {
		e.text("text", string(body))
	} else {
		e.text("text", base64.StdEncoding.EncodeToString(body))
		e.text("encoding", "base64")
	}
	e.put(jsontext.EndObject)
}
