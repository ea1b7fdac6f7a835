// Package postman reads the saved responses ("examples") of a Postman
// collection, format 2.0 or 2.1, as Postman exports it or its API returns it.
//
// The request beside a response is the one of the request builder, before
// variables were filled in and scripts ran: what stands in double braces,
// and which parameters and fields were added, is not known. Items without a
// saved response are templates and no exchanges.
package postman

import (
	"fmt"
	"iter"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is Postman's collection.
var Format = format.Format{
	Name:    "Postman",
	Sniff:   sniff,
	Wants:   `a JSON object with "schema" in "info", and "item"`,
	Records: format.RecordsMessages&^(format.RecordsLibraryFields|format.RecordsSigning|format.RecordsOrder) | format.RecordsDuration,
	Read:    read,
}

// sniff looks for one of the two names that Postman gives a collection, which
// it writes first, or for an item's members: Postman's SDK writes the names last.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return false, ""
	}
	var info, item, folder, wrapped, request, response bool
	for _, k := range keys {
		switch k.Path {
		case ".info._postman_id", ".info.schema", ".collection.info._postman_id", ".collection.info.schema":
			return true, ""
		case ".info":
			info = k.Kind == '{'
		case ".item":
			item = k.Kind == '['
		case ".item[].item":
			folder = k.Kind == '['
		case ".item[].request":
			request = true
		case ".item[].response":
			response = k.Kind == '['
		case ".collection.item":
			wrapped = k.Kind == '['
		}
	}
	switch {
	case wrapped || folder || request && response:
		return true, ""
	case info && item:
		return false, `"schema" in its "info"`
	}
	return false, ""
}

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	return func(yield func(*traffic.Exchange, error) bool) {
		rd := reader{Reader: jsonitems.New(in), yield: yield}
		rd.Whole(yield, func() error {
			err := rd.collection("a JSON object")
			switch {
			case err != nil:
				return err
			case !rd.found:
				return rd.Missing(rd.Line(), `"item"`)
			case rd.run > 0:
				// What was saved in the collection was read; who gives a report of a
				// run means the run.
				return &format.Error{File: in.Name, Line: rd.run, Expected: "a collection", Found: "newman's report of a run, whose exchanges are not read"}
			}
			return nil
		})
	}
}

// maxFolders bounds how deep folders stand in folders; people stop before ten.
const maxFolders = 100

type reader struct {
	*jsonitems.Reader
	yield func(*traffic.Exchange, error) bool
	found bool
	run   int // the line where newman, which runs collections, tells of the run; 0 without

	keepsBody    bool    // the item at hand sends a GET's body
	original     request // of the response at hand
	hasOriginal  bool
	hasBody      bool
	body         []byte // memory used again
	milliseconds float64
}

// collection reads the whole document, or the member that Postman's API wraps
// it in.
func (rd *reader) collection(what string) error {
	return rd.Object(what, func(name []byte) error {
		rd.Renew()
		switch {
		case string(name) == "item":
			rd.found = true
			return rd.items(0)
		case string(name) == "collection" && rd.Depth() == 1 && rd.Kind() == '{':
			return rd.collection("a collection")
		case string(name) == "run" && rd.Depth() == 1 && rd.Kind() == '{':
			rd.run = rd.Line()
		}
		return nil
	})
}

func (rd *reader) items(folders int) error {
	if folders > maxFolders {
		return &format.Error{File: rd.File(), Line: rd.Line(), Expected: fmt.Sprintf("at most %d folders in one another", maxFolders), Found: "more"}
	}
	return rd.Array("a list of items", func() error {
		rd.Renew()
		return rd.Passing(rd.yield, func() error { return rd.item(folders) })
	})
}

// item reads a folder, or a request with its saved responses. Postman writes
// the request first; it stands in for a response that has none of its own.
func (rd *reader) item(folders int) error {
	var own request
	hasOwn := false
	rd.keepsBody = false
	return rd.Object("an item", func(name []byte) error {
		rd.Renew()
		switch string(name) {
		case "protocolProfileBehavior": // which Postman writes first
			return rd.behavior()
		case "item":
			return rd.items(folders + 1)
		case "request":
			hasOwn = true
			return rd.Passing(rd.yield, func() error { return rd.readRequest(&own) })
		case "response":
			if rd.Kind() == 'n' {
				return nil
			}
			return rd.Array("a list of responses", func() error {
				rd.Renew()
				return rd.one(own, hasOwn)
			})
		}
		return nil
	})
}

// behavior reads what the user switched for an item.
func (rd *reader) behavior() error {
	if rd.Kind() != '{' {
		return nil
	}
	return rd.Object("switches", func(name []byte) (err error) {
		if string(name) == "disableBodyPruning" {
			rd.keepsBody, err = rd.Bool("true or false")
		}
		return err
	})
}

// one reads one saved response and yields its exchange.
func (rd *reader) one(own request, hasOwn bool) error {
	rd.original, rd.hasOriginal = own, hasOwn
	rd.hasBody, rd.milliseconds = false, 0
	line := rd.Line()
	rd.B.Begin(line)
	return rd.Passing(rd.yield, func() error {
		if err := rd.readResponse(); err != nil {
			return err
		}
		switch {
		case !rd.hasOriginal:
			return rd.Missing(line, `"originalRequest" in the response`)
		case rd.original.URL == "":
			return rd.Missing(line, `"url" in the request`)
		}
		if !rd.yield(rd.exchange(), nil) {
			return jsonitems.ErrStopped
		}
		return nil
	})
}

func (rd *reader) readResponse() error {
	r := &rd.B.X.Response
	return rd.Object("a saved response", func(name []byte) (err error) {
		switch string(name) {
		case "originalRequest":
			if rd.Kind() == 'n' {
				return nil
			}
			rd.original, rd.hasOriginal = request{}, true
			err = rd.readRequest(&rd.original)
		case "code":
			r.Status, err = rd.Status()
		case "header":
			err = rd.fields(&r.Header)
		case "body":
			rd.body, rd.hasBody, err = rd.Text(rd.body[:0], "a body")
		case "responseTime":
			rd.milliseconds, _, err = rd.Number("a number of milliseconds")
		}
		return err
	})
}

// maxMillis bounds the time of an exchange to a day: what claims more measured
// something else.
const maxMillis = 24 * 60 * 60 * 1000

// exchange completes the exchange. What the builder's request lacks may have
// been sent all the same: fields by Postman itself or its "auth", parameters by
// a script. Saved responses are examples, which people put in any order: an
// error may stand before the success that came first.
func (rd *reader) exchange() *traffic.Exchange {
	x := &rd.B.X
	x.Request = rd.original.Request
	x.Gaps |= rd.original.gaps | traffic.GapLibraryFields | traffic.GapFiltered | traffic.GapOrder
	if len(x.Request.Body) > 0 && !rd.keepsBody && prunes(x.Request.Method) {
		// It stands in the builder. Whether it was sent, a folder may say, too.
		x.Request.Body = nil
		x.Gaps |= traffic.GapRequestBody
	}
	if rd.milliseconds > 0 && rd.milliseconds < maxMillis {
		x.Duration = time.Duration(rd.milliseconds * float64(time.Millisecond))
	}
	if rd.hasBody {
		x.Response.Body = rd.body
	} else {
		x.Gaps |= traffic.GapResponseBody // of one without text Postman saves null
	}
	return rd.B.Finish()
}

// prunes reports a method of which Postman leaves the body out unless
// disableBodyPruning is set (schema 2.1, "protocol-profile-behavior").
func prunes(method string) bool {
	switch method {
	case "GET", "HEAD", "COPY", "PURGE", "UNLOCK":
		return true
	}
	return false
}
