package ndjson

import (
	"bytes"
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// writer writes exchanges one a line, each with one Write, so that whoever takes
// whole writes has whole lines.
type writer struct {
	to   *format.Entries
	text bytes.Buffer
	line line
}

func write(to format.Storage) (format.Writer, error) {
	out := &writer{to: format.NewEntries(to)}
	out.line.enc = jsontext.NewEncoder(&out.text)
	return out, nil
}

// Add implements format.Writer.
func (out *writer) Add(x mask.Storable) error {
	out.text.Reset()
	out.line.begin(&out.text)
	out.line.exchange(x.Exchange())
	if out.line.err != nil {
		return out.line.err
	}
	_, err := out.to.Write(out.text.Bytes())
	return err
}

// Close implements format.Writer.
func (out *writer) Close() error { return out.to.Mend() }

// line writes tokens until the first error.
type line struct {
	enc *jsontext.Encoder
	err error
}

func (l *line) begin(text *bytes.Buffer) {
	l.enc.Reset(text, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	l.err = nil
}

func (l *line) put(tokens ...jsontext.Token) {
	for _, t := range tokens {
		if l.err == nil {
			l.err = l.enc.WriteToken(t)
		}
	}
}

func (l *line) text(name, value string) { l.put(jsontext.String(name), jsontext.String(value)) }

func (l *line) exchange(x *traffic.Exchange) {
	l.put(jsontext.BeginObject)
	l.span("sent", x.Sent)
	l.span("received", x.Received)
	l.arrival(&x.Arrival)
	if x.Duration > 0 {
		l.put(jsontext.String("duration_ms"), jsontext.Float(float64(x.Duration)/float64(time.Millisecond)))
	}
	if x.Client != "" {
		l.text("client", x.Client)
	}
	if x.CompleteHistory {
		l.put(jsontext.String("complete_history"), jsontext.True)
	}
	if l.annotation(x.Annotation); x.Statement() {
		l.put(jsontext.EndObject)
		return
	}
	l.put(jsontext.String("request"), jsontext.BeginObject)
	l.text("method", x.Request.Method)
	l.text("url", x.Request.URL)
	l.header(x.Request.Header)
	if len(x.Request.Body) > 0 {
		l.body(x.Request.Body)
	}
	l.put(jsontext.EndObject)
	if !x.Gaps.Has(traffic.GapResponse) {
		l.response(x)
	}
	l.gaps(x.Gaps)
	l.put(jsontext.EndObject)
}

func (l *line) response(x *traffic.Exchange) {
	l.put(jsontext.String("response"), jsontext.BeginObject)
	if x.Response.Status != 0 {
		l.put(jsontext.String("status"), jsontext.Int(int64(x.Response.Status)))
	}
	l.header(x.Response.Header)
	if len(x.Response.Body) > 0 || !x.Gaps.Has(traffic.GapResponseBody) {
		l.body(x.Response.Body)
	}
	l.put(jsontext.EndObject)
}

func (l *line) span(name string, s traffic.Span) {
	switch {
	case !s.Known():
	case s.Exact():
		l.text(name, s.Earliest.UTC().Format(time.RFC3339Nano))
	default:
		l.put(jsontext.String(name), jsontext.BeginArray,
			jsontext.String(s.Earliest.UTC().Format(time.RFC3339Nano)),
			jsontext.String(s.Latest.UTC().Format(time.RFC3339Nano)), jsontext.EndArray)
	}
}

func (l *line) arrival(a *traffic.Arrival) {
	if !a.Seen() {
		return
	}
	l.put(jsontext.String("arrival"), jsontext.BeginObject)
	for _, at := range [...]struct {
		name string
		at   time.Time
	}{{"opened", a.OpenedAt}, {"free", a.FreeAt}, {"first_byte", a.FirstByteAt}} {
		if !at.at.IsZero() {
			l.text(at.name, at.at.UTC().Format(time.RFC3339Nano))
		}
	}
	l.put(jsontext.EndObject)
}

// header writes pairs: they keep order and repeated names.
func (l *line) header(h traffic.Header) {
	if len(h) == 0 {
		return
	}
	l.put(jsontext.String("headers"), jsontext.BeginArray)
	for _, f := range h {
		l.put(jsontext.BeginArray, jsontext.String(f.Name), jsontext.String(f.Value), jsontext.EndArray)
	}
	l.put(jsontext.EndArray)
}

func (l *line) body(b []byte) {
	if utf8.Valid(b) {
		l.text("body", string(b))
		return
	}
	l.text("body_base64", base64.StdEncoding.EncodeToString(b))
}

func (l *line) gaps(g traffic.Gap) {
	g &^= traffic.GapResponse // shown by the absent response
	if g == 0 {
		return
	}
	l.put(jsontext.String("gaps"), jsontext.BeginArray)
	for _, name := range gapNames {
		if g.Has(name.gap) {
			l.put(jsontext.String(name.name))
		}
	}
	l.put(jsontext.EndArray)
}
