package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// reading is what the oracle takes from an exchange. It reads with the standard
// library alone and shares no code with what it is compared with.
type reading struct {
	*traffic.Exchange
	number         int // 1-based, in the recording
	sent, received time.Time
	path, family   string
	route          *edition.Endpoint // nil: the catalogue has none
	params         map[string]string
	key            string // the account's

	value any // the response's JSON
	json  bool
}

func read(x *traffic.Exchange, number int) *reading {
	r := &reading{Exchange: x, number: number, sent: x.Sent.Earliest, received: x.Received.Earliest, params: map[string]string{}}
	u, err := url.Parse(x.Request.URL)
	if err != nil {
		return r
	}
	r.path = u.Path
	r.family, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	r.route = edition.Default().Catalogue.Lookup(x.Request.Method, u.Path)
	for _, text := range []string{u.RawQuery, string(x.Request.Body)} {
		values, _ := url.ParseQuery(text)
		for name, v := range values {
			if _, there := r.params[name]; !there { // the query string's is used (G19)
				r.params[name] = v[0]
			}
		}
	}
	r.key = fieldOf(x.Request.Header, "X-MBX-APIKEY")
	r.value, err = parseJSON(x.Response.Body)
	r.json = err == nil
	return r
}

// parseJSON reads exactly one value, its numbers as they are written.
func parseJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more behind the value")
	}
	return v, nil
}

// fieldOf is the value of a header field, all of its lines joined that differ, ""
// for none.
func fieldOf(h traffic.Header, name string) string {
	return strings.Join(slices.Compact(linesOf(h, name)), ", ")
}

func linesOf(h traffic.Header, name string) (lines []string) {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			lines = append(lines, strings.Trim(f.Value, " \t"))
		}
	}
	return lines
}

func (r *reading) answered() bool { return r.Response.Status != 0 }

func (r *reading) success() bool { return r.Response.Status/100 == 2 }

// object is the response's JSON object, nil for anything else.
func (r *reading) object() map[string]any {
	o, _ := r.value.(map[string]any)
	return o
}

// code is the integer that stands in the response for an error's code.
func (r *reading) code() (int64, bool) {
	n, _ := integerOf(r.object()["code"])
	if n == nil || !n.IsInt64() {
		return 0, false
	}
	return n.Int64(), true
}

// venueField reports whether a response field is one of the venue's own.
func (r *reading) venueField() bool {
	return slices.ContainsFunc(r.Response.Header, func(f traffic.Field) bool { return strings.HasPrefix(strings.ToLower(f.Name), "x-mbx-") })
}

// maker is who made a response.
type maker uint8

const (
	somebody maker = iota // the venue or a gateway: nobody can say
	venue                 // it bears a code or a field of the venue's
	gateway               // a page, which the venue does not send
)

func (r *reading) maker() maker {
	_, coded := r.code()
	_, list := r.value.([]any)
	switch {
	case coded || r.venueField():
		return venue
	case !r.Gaps.Has(traffic.GapResponseBody) && !list && r.object() == nil && strings.Contains(strings.ToLower(fieldOf(r.Response.Header, "Content-Type")), "html"):
		return gateway
	}
	return somebody
}

// date is the response's Date.
func (r *reading) date() (time.Time, bool) {
	t, err := http.ParseTime(fieldOf(r.Response.Header, "Date"))
	return t, err == nil
}

const (
	// hugeExponent bounds what is worked out: nobody writes a greater one.
	hugeExponent = 1000

	// hugeBits is what a number has that no float64 holds.
	hugeBits = 1024
)

// integerOf is the integer that a value of JSON is, nil if it is none. huge says
// that it is beyond float64.
func integerOf(v any) (n *big.Int, huge bool) {
	text, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	_, exponent, _ := strings.Cut(strings.ToLower(string(text)), "e")
	if e, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10); ok && e.CmpAbs(big.NewInt(hugeExponent)) > 0 {
		return nil, false
	}
	q, ok := new(big.Rat).SetString(string(text))
	if !ok || !q.IsInt() {
		return nil, false
	}
	return q.Num(), q.Num().BitLen() > hugeBits
}
