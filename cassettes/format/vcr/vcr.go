// Package vcr reads what VCR for Ruby and its descendants in other languages write, in
// JSON and in YAML: a list of entries, each with a request and a response whose
// members all of them name nearly alike.
//
// It knows what they share. What only one of them does is its own folder's.
package vcr

import (
	"bytes"
	"encoding/base64"
	"iter"
	"strings"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Cassette is how one recorder's cassettes differ from another's.
type Cassette struct {
	// List is the member of the root that holds the entries; "" says that the
	// root is the list.
	List string

	// URL is the member of a request in YAML that holds its URL: uri or url.
	URL string

	// JSONBodies says that an object or an array in the place of a body is the
	// body itself.
	JSONBodies bool

	// Cut says of an entry in YAML, of which nothing in the syntax tells that the file
	// was cut short, that its response is not whole. It may be nil.
	Cut func(item yamlitems.Value) bool

	// Finish adds what is the recorder's own to an entry that has been read.
	Finish func(*Entry) error
}

// Entry is one entry as it stands. It is valid during Finish.
type Entry struct {
	X *traffic.Exchange

	RequestBody, ResponseBody Body

	RecordedAt  string  // "" for none
	RecordedSec float64 // since 1970, where it is a number; 0 for none
	ResponseURL bool    // the response names the URL it came from
	HasForm     bool    // the request has post_fields with something in them
	Total       float64 // seconds, from curl_info; 0 for none
	PreTransfer float64 // seconds of Total before the request was sent

	// Request is the request as it stands in YAML; nothing is there in JSON.
	Request yamlitems.Value

	rd     *reader // of JSON
	line   int
	answer yamlitems.Value // the response's body in YAML
}

// Base64 undoes RFC 4648 base64 of the response's body.
func (e *Entry) Base64(text []byte, what string) ([]byte, error) {
	if e.rd != nil {
		return e.rd.Base64(text, e.line, what)
	}
	// An alias may make another entry share the text.
	plain, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return nil, e.answer.Wrong(what + " in base64")
	}
	return plain, nil
}

// Body says in what form a body stands. X holds its bytes.
type Body struct {
	Present bool   // it is there, and not null
	Text    bool   // X holds it: it was a string, or base64, or JSON
	Coded   bool   // it was base64, undone
	JSON    bool   // it was JSON, as it stands in the recording
	Format  string // that the recording names beside it; "" for none
}

// Read yields the exchanges of a cassette in JSON or YAML, as format.Format's Read does.
func (c Cassette) Read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	isJSON, in := begins(in)
	if isJSON {
		return c.ReadJSON(in)
	}
	return c.ReadYAML(in)
}

// begins reports whether a recording is JSON whose root is what the cassette's is,
// and returns it as it was before. YAML in flow style that quotes none
// of its keys is no JSON.
func begins(in format.Input) (bool, format.Input) {
	const enough = 512              // white space before it
	head, in, _ := in.Ahead(enough) // a fault comes again
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false, in
	}
	head = bytes.TrimLeft(head[1:], " \t\r\n[{")
	return len(head) == 0 || head[0] == '"' || head[0] == '}' || head[0] == ']', in
}

// FirstOfRequest returns the first member of the first entry's request in the
// beginning of a JSON text whose root's member list holds the entries, "" for
// none.
func FirstOfRequest(head []byte, list string) string {
	keys, root := jsonitems.Keys(head)
	if root != '{' {
		return ""
	}
	prefix := "." + list + "[].request."
	for _, k := range keys {
		if rest, ok := strings.CutPrefix(k.Path, prefix); ok {
			return rest
		}
	}
	return ""
}
