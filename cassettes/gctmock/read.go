// Package gctmock reads the mock files of gocryptotrader: requests by path and
// method, each beside the JSON that answered it.
//
// The recorder keeps neither host, status nor the response's header fields. It
// sorts the parameters of a query, writes what answered anew as indented JSON
// with its members sorted, cuts a list at the top after five rows, and turns
// objects and lists without members into null. Entries stand in the order of
// their paths, not of time.
package gctmock

import (
	"iter"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is gocryptotrader's mock file.
var Format = format.Format{
	Name:    "gocryptotrader mock",
	Sniff:   sniff,
	Wants:   `a JSON object {"routes":{"/path":{"GET":[...]}}}`,
	Records: format.RecordsRequestHeader | format.RecordsRequestBody | format.RecordsSigning | format.RecordsResponseBody,
	Read:    read,
}

// sniff looks for a list below a path and a method in capitals: "routes" by
// itself is everybody's.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	routes := false
	for _, k := range keys {
		rest, below := strings.CutPrefix(k.Path, ".routes")
		if below && rest == "" {
			routes = k.Kind == '{'
		}
		if !below || !strings.HasPrefix(rest, "./") || k.Kind != '[' {
			continue
		}
		method := rest[strings.LastIndexByte(rest, '.')+1:]
		if method != "" && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return true, ""
		}
	}
	if routes {
		return false, `a path with a list of a method's answers in "routes"`
	}
	return false, ""
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: jsonitems.New(in), yield: yield}
		rd.Whole(yield, rd.all)
	}
}

type reader struct {
	*jsonitems.Reader
	yield func(*traffic.Exchange, error) bool

	path, method  string
	query         []byte
	request, data []byte // memory used again
	scratch       []byte
}

func (rd *reader) all() error {
	found := false
	line := rd.Line()
	err := rd.Object("a JSON object", func(name []byte) error {
		rd.Renew()
		if string(name) != "routes" {
			return nil
		}
		found = true
		return rd.Passing(rd.yield, func() error { return rd.Object("routes by path", rd.route) })
	})
	if err == nil && !found {
		return rd.Missing(line, `"routes"`)
	}
	return err
}

func (rd *reader) route(name []byte) error {
	rd.path = string(name)
	return rd.Passing(rd.yield, func() error { return rd.Object("answers by method", rd.answers) })
}

func (rd *reader) answers(name []byte) error {
	rd.method = string(name)
	return rd.Passing(rd.yield, func() error { return rd.Array("a list of answers", rd.one) })
}

// one reads one entry and yields its exchange.
func (rd *reader) one() error { return rd.Exchange(rd.yield, rd.entry) }

func (rd *reader) entry() error {
	x := &rd.B.X
	rd.query, rd.request, rd.data = rd.query[:0], rd.request[:0], rd.data[:0]
	line := rd.Line()
	err := rd.Object("an object with data and a query", func(name []byte) (err error) {
		switch string(name) {
		case "data":
			if rd.Kind() != 'n' {
				rd.data, err = rd.Raw(rd.data[:0])
			}
		case "queryString":
			rd.query, _, err = rd.Text(rd.query[:0], "a query")
		case "bodyParams":
			rd.request, _, err = rd.Text(rd.request[:0], "the request's body")
			if string(rd.request) == "<nil>" {
				rd.request = rd.request[:0] // as the recorder printed no body in 2019
			}
		case "headers":
			_, err = rd.Fields(&x.Request.Header, "header fields")
		}
		return err
	})
	if err != nil {
		return err
	}
	if rd.path == "" || rd.method == "" {
		return rd.Missing(line, "a path and a method above the entry")
	}
	rd.scratch = append(rd.scratch[:0], rd.path...)
	if len(rd.query) > 0 {
		rd.scratch = append(append(rd.scratch, '?'), rd.query...)
	}
	x.Request.Method, x.Request.URL = rd.method, rd.B.String(rd.scratch)
	x.Request.Body = rd.request
	// The recorder reads the request that the application made, before the
	// library adds its own fields, and sorts what it keeps by path.
	x.Gaps |= traffic.GapLibraryFields | traffic.GapOrder
	if len(rd.data) == 0 {
		x.Gaps |= traffic.GapResponseBody // null stands for {}, for [] and for nothing
		return nil
	}
	x.Response.Body = rd.data
	return nil
}
