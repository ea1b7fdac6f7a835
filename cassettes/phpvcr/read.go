// Package phpvcr reads the cassettes of PHP-VCR, in YAML or in the JSON that its
// other storage writes.
//
// PHP-VCR leaves out what is empty: a body that isn't there may be one that has
// no bytes.
package phpvcr

import (
	"bytes"
	"cmp"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcr"
	"github.com/mbxcheck/mbxcheck/cassettes/format/yamlitems"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// Format is PHP-VCR's cassette.
var Format = format.Format{
	Name:    "PHP-VCR",
	Sniff:   sniff,
	Wants:   `a list, in YAML or JSON, whose entries have "request" with a "url" and "response" with a "status"`,
	Records: format.RecordsMessages&^format.RecordsLibraryFields | format.RecordsDuration,
	Note:    "the duration where cURL was hooked",
	Read:    cassette.Read,
}

// sniff wants an entry's request and the beginning of its response, or a
// request that goes on behind the head.
func sniff(head []byte) (bool, string) {
	keys, root := jsonitems.Keys(head)
	if root == '[' {
		return sniffJSON(keys, len(head) == format.SniffLen)
	}
	if root == '{' || !beginsList(head) {
		return false, ""
	}
	first, seen := "", map[string]bool{}
	for _, k := range yamlitems.Keys(head) {
		if first = cmp.Or(first, k.Name); first != "request" {
			return false, ""
		}
		if seen["response"] && k.Name == "status" {
			seen["its status"] = true
		}
		seen[k.Name] = true
	}
	switch {
	case first == "":
		return false, ""
	case !seen["url"] || !seen["method"]:
		return false, `"url" and "method" in a request`
	case !seen["its status"] && (seen["response"] || len(head) < format.SniffLen):
		return false, `"status" in a response`
	}
	return true, ""
}

func sniffJSON(keys []jsonitems.Key, goesOn bool) (bool, string) {
	seen := map[string]bool{}
	for _, k := range keys {
		seen[k.Path] = true
	}
	switch {
	case !seen["[].request"]:
		return false, ""
	case !seen["[].request.url"] || !seen["[].request.method"]:
		return false, `"url" and "method" in a request`
	case !seen["[].response.status"] && (seen["[].response"] || !goesOn):
		return false, `"status" in a response`
	}
	return true, ""
}

// beginsList reports whether a YAML text is a list in block style at its root.
func beginsList(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) == 0 || line[0] == '#' || line[0] == '%' || string(line) == "---" {
			continue
		}
		return line[0] == '-' && (len(line) == 1 || line[1] == ' ')
	}
	return false
}

var cassette = vcr.Cassette{URL: "url", Cut: isCut, Finish: finish}

// isCut reports a last entry that ends in a line, before the response's body.
func isCut(item yamlitems.Value) bool {
	response := item.Get("response")
	return item.EndsInLine() && response.Present() && !response.Get("body").Present()
}

// finish adds what only PHP-VCR does to an entry.
func finish(e *vcr.Entry) error {
	x := e.X
	x.Gaps |= traffic.GapLibraryFields // cURL adds its own below the hook
	if e.HasForm && !e.RequestBody.Text {
		x.Gaps |= traffic.GapRequestBody // fields, which cURL makes a body of
	}
	if e.PreTransfer > 0 && e.Total > e.PreTransfer && e.Total < maxSeconds {
		x.Duration = time.Duration((e.Total - e.PreTransfer) * float64(time.Second))
	}
	if e.ResponseBody.Text && isCoded(x.Response.Header) {
		var err error
		x.Response.Body, err = e.Base64(x.Response.Body, "the response's body")
		return err
	}
	return nil
}

// maxSeconds keeps durations far inside of 64 bits; cURL's default timeout is
// five minutes.
const maxSeconds = 1e6

// isCoded reports whether PHP-VCR has put the response's body in base64.
func isCoded(h traffic.Header) bool {
	kind, _ := h.Get("Content-Type")
	transfer, _ := h.Get("Content-Transfer-Encoding")
	return strings.Contains(kind, "application/x-gzip") || transfer == "binary"
}
