package govcr

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// interaction and its parts have the names and the order of go-vcr v3.
type interaction struct {
	ID       int      `yaml:"id"`
	Request  request  `yaml:"request"`
	Response response `yaml:"response"`
}

type request struct {
	Proto            string     `yaml:"proto"`
	ProtoMajor       int        `yaml:"proto_major"`
	ProtoMinor       int        `yaml:"proto_minor"`
	ContentLength    int64      `yaml:"content_length"`
	TransferEncoding []string   `yaml:"transfer_encoding"`
	Trailer          fields     `yaml:"trailer"`
	Host             string     `yaml:"host"`
	RemoteAddr       string     `yaml:"remote_addr"`
	RequestURI       string     `yaml:"request_uri"`
	Body             text       `yaml:"body"`
	Form             url.Values `yaml:"form"`
	Headers          fields     `yaml:"headers"`
	URL              string     `yaml:"url"`
	Method           string     `yaml:"method"`
}

type response struct {
	Proto            string        `yaml:"proto"`
	ProtoMajor       int           `yaml:"proto_major"`
	ProtoMinor       int           `yaml:"proto_minor"`
	TransferEncoding []string      `yaml:"transfer_encoding"`
	Trailer          fields        `yaml:"trailer"`
	ContentLength    int64         `yaml:"content_length"`
	Uncompressed     bool          `yaml:"uncompressed"`
	Body             text          `yaml:"body"`
	Headers          fields        `yaml:"headers"`
	Status           string        `yaml:"status"`
	Code             int           `yaml:"code"`
	Duration         time.Duration `yaml:"duration"`
}

// writer writes a cassette of go-vcr v3 (version: 2), which go-vcr v3 and v4
// replay. Field names are put into Go's canonical form and sorted, as go-vcr keeps
// them in a map; bodies are written decoded.
type writer struct {
	to *format.Entries
	n  int
}

func write(to format.Storage) (format.Writer, error) {
	return &writer{to: format.NewEntries(to)}, nil
}

const head = "---\nversion: 2\n"

// Add implements format.Writer.
func (c *writer) Add(x mask.Storable) error {
	entry, err := yaml.Marshal([]interaction{interactionOf(c.n, x.Exchange())})
	if err != nil {
		return fmt.Errorf("exchange %d: %w", c.n+1, err)
	}
	if c.n == 0 {
		entry = append([]byte(head+"interactions:\n"), entry...)
	}
	if _, err = c.to.Write(entry); err != nil {
		return err
	}
	c.n++
	return nil
}

// Close implements format.Writer: a cassette without exchanges says so.
func (c *writer) Close() error {
	if err := c.to.Mend(); err != nil || c.n > 0 {
		return err
	}
	_, err := io.WriteString(c.to, head+"interactions: []\n")
	return err
}

func interactionOf(id int, x *traffic.Exchange) interaction {
	return interaction{ID: id, Request: requestOf(x), Response: responseOf(x)}
}

func requestOf(x *traffic.Exchange) request {
	body := x.Request.Body
	r := request{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)),
		Body:          text(body),
		Form:          formOf(x, body),
		Headers:       fieldsOf(x.Request.Header),
		URL:           x.Request.URL,
		Method:        x.Request.Method,
	}
	r.Host, _ = x.Request.Header.Get("Host")
	if host, ok := format.Authority(x.Request.URL); ok {
		r.Host = host
	}
	switch a := &x.Arrival; {
	case a.Seen():
		r.Headers[SentAtHeader] = []string{a.FirstByteAt.UTC().Format(time.RFC3339Nano)}
		r.Headers[ArrivalHeader] = []string{arrivalText(a)}
	case x.Sent.Exact():
		r.Headers[SentAtHeader] = []string{x.Sent.Earliest.UTC().Format(time.RFC3339Nano)}
	}
	if x.Client != "" {
		r.Headers[ClientHeader] = []string{x.Client}
	}
	return r
}

// arrivalText is the value of ArrivalHeader.
func arrivalText(a *traffic.Arrival) string {
	text := "seen"
	if !a.OpenedAt.IsZero() {
		text += "; opened=" + a.OpenedAt.UTC().Format(time.RFC3339Nano)
	}
	if !a.FreeAt.IsZero() {
		text += "; free=" + a.FreeAt.UTC().Format(time.RFC3339Nano)
	}
	return text
}

// formOf parses a form body, as go-vcr does.
func formOf(x *traffic.Exchange, body []byte) url.Values {
	kind, _ := x.Request.Header.Get("Content-Type")
	if !strings.HasPrefix(strings.ToLower(kind), "application/x-www-form-urlencoded") {
		return url.Values{}
	}
	values, _ := url.ParseQuery(string(body))
	return values
}

func responseOf(x *traffic.Exchange) response {
	body := x.Response.Body
	r := response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)),
		Body:          text(body),
		Headers:       fieldsOf(x.Response.Header),
		Code:          x.Response.Status,
		Duration:      durationOf(x),
	}
	if r.Code != 0 {
		r.Status = strings.TrimSpace(strconv.Itoa(r.Code) + " " + http.StatusText(r.Code))
	}
	if _, coded := r.Headers["Content-Encoding"]; coded && !x.Gaps.Has(traffic.GapUndecoded) {
		// The body stands here decoded: say so as net/http's transport does.
		delete(r.Headers, "Content-Encoding")
		delete(r.Headers, "Content-Length")
		r.Uncompressed, r.ContentLength = true, -1
	}
	return r
}

// durationOf is the time between the two instants, which are kept exactly, or
// what was recorded as such.
func durationOf(x *traffic.Exchange) time.Duration {
	switch a := &x.Arrival; {
	case a.Seen() && x.Received.Exact():
		return x.Received.Earliest.Sub(a.FirstByteAt)
	case x.Sent.Exact() && x.Received.Exact():
		return x.Received.Earliest.Sub(x.Sent.Earliest)
	}
	return x.Duration
}

// fields is an http.Header that a writer need not clone.
type fields map[string][]string

func fieldsOf(h traffic.Header) fields {
	f := fields{}
	for _, line := range h {
		name := http.CanonicalHeaderKey(line.Name)
		f[name] = append(f[name], line.Value)
	}
	return f
}

// MarshalYAML writes every value by the rule for text.
func (f fields) MarshalYAML() (any, error) {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, value := range f[name] {
			list.Content = append(list.Content, scalar(value))
		}
		key := scalar(name)
		key.Style = 0 // names look better plain, and are quoted where they must
		m.Content = append(m.Content, key, list)
	}
	return m, nil
}

// text is a body.
type text string

// MarshalYAML writes text quoted in one of the two styles that keep every
// character: block scalars don't keep some that begin with blanks.
func (t text) MarshalYAML() (any, error) { return scalar(string(t)), nil }

func scalar(s string) *yaml.Node {
	n := new(yaml.Node)
	if !utf8.ValidString(s) {
		n.SetString(s) // as !!binary
		return n
	}
	n.Kind, n.Tag, n.Value, n.Style = yaml.ScalarNode, "!!str", s, yaml.SingleQuotedStyle
	for _, c := range s {
		if c < ' ' || c > '~' {
			n.Style = yaml.DoubleQuotedStyle
			break
		}
	}
	return n
}
