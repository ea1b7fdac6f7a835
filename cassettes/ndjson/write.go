package ndjson

import (
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
	line line
}

func write(to format.Storage) (format.Writer, error) {
	return &writer{to: format.NewEntries(to)}, nil
}

// Add implements format.Writer.
func (out *writer) Add(x mask.Storable) error {
	out.line.Begin("")
	out.line.exchange(x.Exchange())
	if out.line.Err != nil {
		return out.line.Err
	}
	_, err := out.to.Write(out.line.Text.Bytes())
	return err
}

// Close implements format.Writer.
func (out *writer) Close() error { return out.to.Mend() }

// line is an exchange as it is written.
type line struct{ format.Tokens }

func (l *line) exchange(x *traffic.Exchange) {
	l.Put(jsontext.BeginObject)
	l.span("sent", x.Sent)
	l.span("received", x.Received)
	l.arrival(&x.Arrival)
	if x.Duration > 0 {
		l.Put(jsontext.String("duration_ms"), jsontext.Float(float64(x.Duration)/float64(time.Millisecond)))
	}
	if x.Client != "" {
		l.Member("client", x.Client)
	}
	if x.CompleteHistory {
		l.Put(jsontext.String("complete_history"), jsontext.True)
	}
	if l.annotation(x.Annotation); x.Statement() {
		l.Put(jsontext.EndObject)
		return
	}
	l.Put(jsontext.String("request"), jsontext.BeginObject)
	l.Member("method", x.Request.Method)
	l.Member("url", x.Request.URL)
	l.header(x.Request.Header)
	if len(x.Request.Body) > 0 {
		l.body(x.Request.Body)
	}
	l.Put(jsontext.EndObject)
	if !x.Gaps.Has(traffic.GapResponse) {
		l.response(x)
	}
	l.gaps(x.Gaps)
	l.Put(jsontext.EndObject)
}

func (l *line) response(x *traffic.Exchange) {
	l.Put(jsontext.String("response"), jsontext.BeginObject)
	if x.Response.Status != 0 {
		l.Put(jsontext.String("status"), jsontext.Int(int64(x.Response.Status)))
	}
	l.header(x.Response.Header)
	if len(x.Response.Body) > 0 || !x.Gaps.Has(traffic.GapResponseBody) {
		l.body(x.Response.Body)
	}
	l.Put(jsontext.EndObject)
}

func (l *line) span(name string, s traffic.Span) {
	switch {
	case !s.Known():
	case s.Exact():
		l.Member(name, s.Earliest.UTC().Format(time.RFC3339Nano))
	default:
		l.Put(jsontext.String(name), jsontext.BeginArray,
			jsontext.String(s.Earliest.UTC().Format(time.RFC3339Nano)),
			jsontext.String(s.Latest.UTC().Format(time.RFC3339Nano)), jsontext.EndArray)
	}
}

func (l *line) arrival(a *traffic.Arrival) {
	if !a.Seen() {
		return
	}
	l.Put(jsontext.String("arrival"), jsontext.BeginObject)
	for _, at := range [...]struct {
		name string
		at   time.Time
	}{{"opened", a.OpenedAt}, {"free", a.FreeAt}, {"first_byte", a.FirstByteAt}} {
		if !at.at.IsZero() {
			l.Member(at.name, at.at.UTC().Format(time.RFC3339Nano))
		}
	}
	l.Put(jsontext.EndObject)
}

// header writes pairs: they keep order and repeated names.
func (l *line) header(h traffic.Header) {
	if len(h) == 0 {
		return
	}
	l.Put(jsontext.String("headers"), jsontext.BeginArray)
	for _, f := range h {
		l.Put(jsontext.BeginArray, jsontext.String(f.Name), jsontext.String(f.Value), jsontext.EndArray)
	}
	l.Put(jsontext.EndArray)
}

func (l *line) body(b []byte) {
	if utf8.Valid(b) {
		l.Member("body", string(b))
		return
	}
	l.Member("body_base64", base64.StdEncoding.EncodeToString(b))
}

func (l *line) gaps(g traffic.Gap) {
	g &^= traffic.GapResponse // shown by the absent response
	if g == 0 {
		return
	}
	l.Put(jsontext.String("gaps"), jsontext.BeginArray)
	for _, name := range gapNames {
		if g.Has(name.gap) {
			l.Put(jsontext.String(name.name))
		}
	}
	l.Put(jsontext.EndArray)
}
