// Package phpvcr reads the cassettes of PHP-VCR, in YAML or in the JSON that its
// other storage writes.
//
// PHP-VCR leaves out what is empty: a body that isn't there may be one that has
// no bytes.
package phpvcr

import (
	"bytes"
	"encoding/base64"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/jsonitems"
	"github.com/mbxcheck/mbxcheck/cassettes/format/vcrjson"
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
	Read:    read,
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
		if first == "" {
			first = k.Name
		}
		if first != "request" {
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

func read(in format.Input) iter.Seq2[*traffic.Exchange, error] {
	isJSON, in := vcrjson.Begins(in)
	if isJSON {
		return vcrjson.Cassette{Finish: finish}.Read(in)
	}
	return yamlitems.Exchanges(in, yamlitems.Read(in, ""), fill)
}

// finish adds what only PHP-VCR does to an entry in JSON.
func finish(e *vcrjson.Entry) error {
	x := e.X
	complete(x, e.HasForm && !e.RequestBody.Text, e.Total, e.PreTransfer)
	if e.ResponseBody.Text && isCoded(x.Response.Header) {
		var err error
		x.Response.Body, err = e.Base64(x.Response.Body, "the response's body")
		return err
	}
	return nil
}

// complete adds what is so in either storage: without is whether the request's
// body is left out, the times are those of vcrjson.Entry.
func complete(x *traffic.Exchange, without bool, total, preTransfer float64) {
	x.Gaps |= traffic.GapLibraryFields // cURL adds its own below the hook
	if without {
		x.Gaps |= traffic.GapRequestBody // fields, which cURL makes a body of
	}
	if preTransfer > 0 && total > preTransfer && total < maxSeconds {
		x.Duration = time.Duration((total - preTransfer) * float64(time.Second))
	}
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

func fill(b *format.Builder, item yamlitems.Value) error {
	x := &b.X
	request := item.Get("request")
	if !request.IsMap() {
		return item.Missing("a request")
	}
	var ok bool
	if x.Request.URL, ok = request.Get("url").Text(); !ok || x.Request.URL == "" {
		return request.Missing("a URL in the request")
	}
	if x.Request.Method, ok = request.Get("method").Text(); !ok || x.Request.Method == "" {
		return request.Missing("a method in the request")
	}
	if err := request.Get("headers").Fields(&x.Request.Header, "the request's header fields"); err != nil {
		return err
	}
	if x.Request.Body, ok = request.Get("body").Bytes(); !ok {
		x.Request.Body = nil
	}
	response := item.Get("response")
	info := response.Get("curl_info")
	complete(x, !ok && request.Get("post_fields").IsMap(), seconds(info.Get("total_time")), seconds(info.Get("pretransfer_time")))
	if !response.Present() || item.EndsInLine() && !response.Get("body").Present() {
		x.Gaps |= traffic.GapResponse // or it is cut, before its body
		return nil
	}
	return fillResponse(x, response)
}

func fillResponse(x *traffic.Exchange, v yamlitems.Value) error {
	if !v.IsMap() {
		return v.Wrong("a response")
	}
	status := v.Get("status")
	if status.IsMap() {
		status = status.Get("code")
	}
	var ok bool
	if status.Present() {
		if x.Response.Status, ok = status.Int(); !ok {
			return status.Wrong("a status code")
		}
	}
	if err := v.Get("headers").Fields(&x.Response.Header, "the response's header fields"); err != nil {
		return err
	}
	body := v.Get("body")
	if x.Response.Body, ok = body.Bytes(); !ok {
		x.Gaps |= traffic.GapResponseBody
		return nil
	}
	if isCoded(x.Response.Header) {
		plain, err := base64.StdEncoding.AppendDecode(nil, x.Response.Body)
		if err != nil {
			return body.Wrong("the response's body in base64")
		}
		x.Response.Body = plain
	}
	return nil
}

func seconds(v yamlitems.Value) float64 {
	s, _ := v.Text()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return n
}
