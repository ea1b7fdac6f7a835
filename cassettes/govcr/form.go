package govcr

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// formBody gives the request the body that was dropped, out of the parsed form
// that stands beside it, where the form leaves no doubt of it.
//
// Up to v4.0.2 go-vcr writes net/http's PostForm there, which is the body's.
// v4.0.3 to v4.0.8 write Form: the body's fields and, behind them, those of the
// query, whatever the method. Both call their cassettes version 2.
func formBody(x *traffic.Exchange, v yamlitems.Value, length yamlitems.Value) {
	r := &x.Request
	if r.Method != "POST" && r.Method != "PUT" && r.Method != "PATCH" {
		return // net/http parses the bodies of these alone
	}
	form := parsedForm(v)
	if len(form) == 0 {
		return
	}
	query := queryOf(r.URL)
	shared := common(form, query)
	left, all := without(form, query)
	n, counted := length.Int() // v1 and v2 did not write it
	switch {
	case !counted, shared == 0:
		r.Body = []byte(form.Encode()) // it is PostForm
	case n == 0:
		if shared < len(form) { // a body of unknown length, which Go calls 0, too
			x.Gaps |= traffic.GapRequestBody
		}
	case all && len(left.Encode()) == n:
		r.Body = []byte(left.Encode())
	case len(form.Encode()) == n:
		r.Body = []byte(form.Encode())
	default:
		x.Gaps |= traffic.GapRequestBody
	}
}

func parsedForm(v yamlitems.Value) url.Values {
	if !v.IsMap() {
		return nil
	}
	var fields traffic.Header
	if v.Fields(&fields, "the form") != nil {
		return nil
	}
	form := make(url.Values, len(fields))
	for _, f := range fields {
		form.Add(f.Name, f.Value)
	}
	return form
}

// queryOf reads a query as net/http does, which goes on behind what is malformed.
func queryOf(u string) url.Values {
	u, _, _ = strings.Cut(u, "#")
	_, raw, _ := strings.Cut(u, "?")
	query, _ := url.ParseQuery(raw)
	return query
}

// without takes the query's values from the end of the form's, and reports
// whether all of them stood there.
func without(form, query url.Values) (left url.Values, all bool) {
	left = make(url.Values, len(form))
	for name, values := range form {
		of := query[name]
		at := len(values) - len(of)
		if at < 0 || !slices.Equal(values[at:], of) {
			return nil, false
		}
		if at > 0 {
			left[name] = values[:at]
		}
	}
	for name := range query {
		if !form.Has(name) {
			return nil, false
		}
	}
	return left, true
}

// common counts the names that form and query share. Values are not compared:
// hooks mask them in one of the two places.
func common(form, query url.Values) int {
	n := 0
	for name := range form {
		if query.Has(name) {
			n++
		}
	}
	return n
}
