package suites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/mask"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// exchangesOf takes exchanges out of what a test hands over.
func exchangesOf(actual any) ([]*traffic.Exchange, error) {
	var exchanges []*traffic.Exchange
	switch actual := actual.(type) {
	case []*traffic.Exchange:
		exchanges = slices.Clone(actual)
	case []traffic.Exchange:
		for i := range actual {
			exchanges = append(exchanges, &actual[i])
		}
	case *traffic.Exchange:
		exchanges = []*traffic.Exchange{actual}
	case *http.Response:
		x, err := responseExchange(actual)
		if err != nil {
			return nil, err
		}
		exchanges = []*traffic.Exchange{x}
	default:
		return nil, fmt.Errorf("expected the path of a recording, exchanges ([]*traffic.Exchange, []traffic.Exchange, *traffic.Exchange) or a *http.Response, found %T", actual)
	}
	if slices.Contains(exchanges, nil) {
		return nil, fmt.Errorf("expected exchanges, found a nil one")
	}
	return numbered(exchanges), nil
}

// numbered gives exchanges without a position one, in copies, for a finding has
// to say which it means and the test's own must stay as they are.
func numbered(exchanges []*traffic.Exchange) []*traffic.Exchange {
	for i, x := range exchanges {
		if x.At.Number == 0 {
			c := *x
			c.At.Number = i + 1
			exchanges[i] = &c
		}
	}
	return exchanges
}

// bodyExchange makes an exchange out of a response or of a body alone, which
// then has the status.
func bodyExchange(actual any, held *edition.Edition, status int) (*traffic.Exchange, error) {
	var body []byte
	switch actual := actual.(type) {
	case *http.Response:
		x, err := responseExchange(actual)
		if err != nil {
			return nil, err
		}
		return dated(x, held), nil
	case []byte:
		body = actual
	case json.RawMessage:
		body = actual
	case string:
		body = []byte(actual)
	default:
		return nil, fmt.Errorf("expected a *http.Response, []byte, json.RawMessage or string, found %T", actual)
	}
	return standIn(held, status, nil, body), nil
}

// headerExchange makes an exchange out of a response or of header fields alone,
// which then have the status and belong to an empty object.
func headerExchange(actual any, held *edition.Edition, status int) (*traffic.Exchange, error) {
	switch actual := actual.(type) {
	case *http.Response:
		x, err := responseExchange(actual)
		if err != nil {
			return nil, err
		}
		x.Request = standIn(held, status, nil, nil).Request
		return dated(x, held), nil
	case http.Header:
		body := "{}"
		if status >= 400 {
			d := held.Dialect
			body = string(d.Refusal(d.Code(traffic.TooManyRequests), "Too many requests."))
		}
		return standIn(held, status, traffic.HeaderOf(actual), []byte(body)), nil
	}
	return nil, fmt.Errorf("expected a *http.Response or an http.Header, found %T", actual)
}

// jsonExchange makes an exchange with a JSON body, which it takes from a
// response, takes as text, or encodes.
func jsonExchange(actual any, held *edition.Edition) (*traffic.Exchange, error) {
	switch actual.(type) {
	case *http.Response, []byte, json.RawMessage, string:
		x, err := bodyExchange(actual, held, 200)
		if err != nil {
			return nil, err
		}
		if !json.Valid(x.Response.Body) {
			return nil, fmt.Errorf("expected a JSON body, found %s", excerpt(x.Response.Body))
		}
		return x, nil
	}
	switch reflect.ValueOf(actual).Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct, reflect.Pointer:
		body, err := json.Marshal(actual)
		if err != nil {
			return nil, fmt.Errorf("expected a value that encodes to JSON: %w", err)
		}
		return standIn(held, 200, nil, body), nil
	}
	return nil, fmt.Errorf("expected JSON ([]byte, json.RawMessage, string), a *http.Response, or rows as a Go value, found %T", actual)
}

// excerpt shows the beginning of a body, masked.
func excerpt(body []byte) string {
	const enough = 60
	if len(body) == 0 {
		return "an empty one"
	}
	var hide *mask.Masker // which knows no values
	text, more := hide.Excerpt(string(body), enough)
	if text = printable(text); more {
		text += "…"
	}
	return fmt.Sprintf("%q", text)
}

// responseExchange makes an exchange out of a response and its request. The
// response's body is read and put back.
func responseExchange(r *http.Response) (*traffic.Exchange, error) {
	if r == nil {
		return nil, fmt.Errorf("expected a response, found a nil *http.Response")
	}
	body, err := contentOf(r)
	if err != nil {
		return nil, err
	}
	x := &traffic.Exchange{
		At:       traffic.Position{Number: 1},
		Request:  traffic.Request{Method: "GET"},
		Response: traffic.Response{Status: r.StatusCode, Header: traffic.HeaderOf(r.Header), Body: body},
		// What the test's client sent is known as far as http.Request keeps
		// it: bodies are gone by now, and transports add fields.
		Gaps: traffic.GapRequestHeader | traffic.GapRequestBody,
	}
	if q := r.Request; q != nil {
		if q.Method != "" { // http.Request: "" means GET
			x.Request.Method = q.Method
		}
		x.Request.Header = traffic.HeaderOf(q.Header)
		if q.URL != nil {
			x.Request.URL = q.URL.String()
		}
	}
	return x, nil
}

// contentOf reads a response's body and puts it back.
func contentOf(r *http.Response) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, format.MaxBodyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("expected a response whose body can be read: %w", err)
	}
	if len(body) > format.MaxBodyBytes {
		return nil, fmt.Errorf("expected a response body of at most %d bytes, found more", format.MaxBodyBytes)
	}
	if err := r.Body.Close(); err != nil {
		return nil, fmt.Errorf("closing the response body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// standIn is an exchange that shows what a test hands over and, for the rest,
// what a sound venue sends.
func standIn(held *edition.Edition, status int, h traffic.Header, body []byte) *traffic.Exchange {
	x := &traffic.Exchange{
		At:       traffic.Position{Number: 1},
		Request:  traffic.Request{Method: "GET", URL: held.Bases[0] + "/api/v1/ping"},
		Response: traffic.Response{Status: status, Header: h, Body: body},
	}
	if _, ok := h.Get("Content-Type"); !ok {
		x.Response.Header = append(slices.Clone(h), traffic.Field{Name: "Content-Type", Value: "application/json;charset=UTF-8"})
	}
	return dated(x, held)
}

// dated gives an exchange whose response has no Date the edition's first noon,
// since rules ask for the date of what they judge.
func dated(x *traffic.Exchange, held *edition.Edition) *traffic.Exchange {
	if _, ok := x.Response.Header.Get("Date"); ok {
		return x
	}
	if held.From.IsZero() {
		return x // an edition without a date lends none
	}
	noon := held.From.Time().Add(12 * time.Hour)
	x.Sent, x.Received = traffic.Exactly(noon), traffic.Exactly(noon.Add(50*time.Millisecond))
	return x
}
