package har

import (
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
	torn  bool // there may be a part of an entry in place of the end
	entry written
}

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
	return &writer{to: to, at: int64(len(head))}, nil
}

// Add implements format.Writer.
func (out *writer) Add(x mask.Storable) error {
	if err := out.Close(); err != nil {
		return err
	}
	behind := ""
	if out.n > 0 {
		behind = ",\n"
	}
	out.entry.Begin(behind)
	out.entry.exchange(x.Exchange())
	if out.entry.Err != nil {
		return out.entry.Err
	}
	b := &out.entry.Text
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

// written is an entry as it is written.
type written struct{ format.Tokens }

func (e *written) number(name string, n int) { e.Put(jsontext.String(name), jsontext.Int(int64(n))) }

// instant writes a time that is known.
func (e *written) instant(name string, at time.Time) {
	if !at.IsZero() {
		e.Member(name, at.UTC().Format(time.RFC3339Nano))
	}
}

// exchange writes the members that HAR 1.2 asks for, _clientIPAddress, which proxies
// add, and _arrival, which is our own. Cookies are among the fields.
func (e *written) exchange(x *traffic.Exchange) {
	sent, took := began(x)
	millis := jsontext.Float(float64(took) / float64(time.Millisecond))
	e.Put(jsontext.BeginObject)
	if sent.Exact() {
		e.instant("startedDateTime", sent.Earliest)
	} else {
		e.Member("startedDateTime", "")
	}
	e.Put(jsontext.String("time"), millis)
	if x.Client != "" {
		e.Member("_clientIPAddress", x.Client)
	}
	e.arrival(&x.Arrival)
	e.request(&x.Request)
	e.response(x)
	e.Put(jsontext.String("cache"), jsontext.BeginObject, jsontext.EndObject)
	e.Put(jsontext.String("timings"), jsontext.BeginObject, jsontext.String("send"), jsontext.Int(0),
		jsontext.String("wait"), millis, jsontext.String("receive"), jsontext.Int(0), jsontext.EndObject)
	e.Put(jsontext.EndObject)
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
	e.Put(jsontext.String("_arrival"), jsontext.BeginObject)
	e.instant("opened", a.OpenedAt)
	e.instant("free", a.FreeAt)
	e.Put(jsontext.EndObject)
}

func (e *written) request(r *traffic.Request) {
	e.Put(jsontext.String("request"), jsontext.BeginObject)
	e.Member("method", r.Method)
	e.Member("url", r.URL)
	e.header(r.Header, len(r.Body))
	e.query(r.URL)
	if len(r.Body) > 0 {
		e.content("postData", r.Body, r.Header)
	}
	e.Put(jsontext.EndObject)
}

// response writes status 0 for an answer that there was none of.
func (e *written) response(x *traffic.Exchange) {
	var r traffic.Response
	if !x.Gaps.Has(traffic.GapResponse) {
		r = x.Response
	}
	e.Put(jsontext.String("response"), jsontext.BeginObject)
	e.number("status", r.Status)
	e.Member("statusText", http.StatusText(r.Status))
	e.header(x.Response.Header, len(r.Body))
	e.content("content", r.Body, r.Header)
	e.Member("redirectURL", "")
	e.Put(jsontext.EndObject)
}

// header writes what requests and responses share.
func (e *written) header(h traffic.Header, bodySize int) {
	e.Member("httpVersion", "HTTP/1.1")
	e.Put(jsontext.String("cookies"), jsontext.BeginArray, jsontext.EndArray)
	e.Put(jsontext.String("headers"), jsontext.BeginArray)
	for _, f := range h {
		e.pair(f.Name, f.Value)
	}
	e.Put(jsontext.EndArray)
	e.number("headersSize", -1) // not known
	e.number("bodySize", bodySize)
}

func (e *written) pair(name, value string) {
	e.Put(jsontext.BeginObject)
	e.Member("name", name)
	e.Member("value", value)
	e.Put(jsontext.EndObject)
}

// query lists the parameters of a URL, which is where they are read from, as they
// stand there.
func (e *written) query(address string) {
	address, _, _ = strings.Cut(address, "#")
	_, query, _ := strings.Cut(address, "?")
	e.Put(jsontext.String("queryString"), jsontext.BeginArray)
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter != "" {
			name, value, _ := strings.Cut(parameter, "=")
			e.pair(plain(name), plain(value))
		}
	}
	e.Put(jsontext.EndArray)
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
	e.Put(jsontext.String(name), jsontext.BeginObject)
	e.number("size", len(body))
	e.Member("mimeType", mime)
	if utf8.Valid(body) {
		e.Member("text", string(body))
	} else {
		e.Member("text", base64.StdEncoding.EncodeToString(body))
		e.Member("encoding", "base64")
	}
	e.Put(jsontext.EndObject)
}
