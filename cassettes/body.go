package cassettes

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Target is the request that a bare response body answers.
type Target struct {
	Method string
	URL    string // absolute, or from the path on: then the host is unknown
}

// ParseTarget reads a target such as "GET /api/v1/exchangeInfo".
func ParseTarget(s string) (Target, error) {
	if t, ok := parseTarget(s); ok {
		return t, nil
	}
	e := fmt.Errorf("%q: expected METHOD and a path or URL, such as 'GET /api/v1/exchangeInfo'", s)
	method, url, _ := strings.Cut(strings.Join(strings.Fields(s), " "), " ")
	for _, meant := range []string{strings.ToUpper(method) + " " + url, strings.ToUpper(method) + " /" + url, "GET " + method} {
		if t, ok := parseTarget(meant); ok && t.URL != "/" {
			return Target{}, fmt.Errorf("%w; did you mean '%s'?", e, meant)
		}
	}
	return Target{}, e
}

func parseTarget(s string) (Target, bool) {
	method, url, _ := strings.Cut(s, " ")
	absolute := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
	if method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" ||
		!absolute && !strings.HasPrefix(url, "/") || strings.ContainsAny(url, " \t\r\n") {
		return Target{}, false
	}
	return Target{method, url}, true
}

// format is the format of bare bodies of responses to the target, as curl saves
// them: a recording of one exchange, of which the status, the header fields and
// the instants were not recorded, and neither was any of the request but its
// target, where parameters may have been left out.
func (t Target) format() format.Format {
	return format.Format{
		Name:    "bare body",
		Records: format.RecordsResponseBody,
		Read: func(in format.Input) iter.Seq2[*traffic.Exchange, error] {
			return func(yield func(*traffic.Exchange, error) bool) { yield(t.exchange(in)) }
		},
	}
}

// whole reads all of it.
func whole(in format.Input) ([]byte, error) {
	limits := in.Limits
	body, err := io.ReadAll(io.LimitReader(in, limits.EntryBytes+1))
	switch {
	case err == nil && int64(len(body)) > limits.EntryBytes:
		err = fmt.Errorf("it exceeds %d bytes (limit entry-bytes)", limits.EntryBytes)
	case err == nil && len(body) == 0:
		err = errors.New("the file is empty") // rather a download that failed than a response
	}
	if err != nil {
		return nil, &format.Error{File: in.Name, Line: 1, Expected: "the body of a response", Err: err}
	}
	return body, nil
}

// begin begins an exchange of which the request is the target alone.
func (t Target) begin(b *format.Builder) {
	b.Begin(1)
	x := &b.X
	x.Request.Method, x.Request.URL = t.Method, t.URL
	x.Gaps |= traffic.GapFiltered
	if t.Method != "GET" && t.Method != "HEAD" {
		x.Gaps |= traffic.GapRequestBody
	}
}

func (t Target) exchange(in format.Input) (*traffic.Exchange, error) {
	body, err := whole(in)
	if err != nil {
		return nil, err
	}
	b := format.NewBuilder(in)
	t.begin(b)
	x := &b.X
	x.BareBody, x.Response.Body = true, body
	b.Finish()
	// Nothing tells how long the body was: JSON that breaks off was cut by
	// whoever saved it.
	b.Expect(math.MaxInt64)
	return x, nil
}
