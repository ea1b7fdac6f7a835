//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// form is a form in which recordings are written, each as its own recorder
// writes it.
type form struct {
	name             string
	head, apart, end string
	entry            func(*bufio.Writer, *exchange)
}

var forms = []form{
	{"har", "{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\n      \"name\": \"WebInspector\",\n      \"version\": \"537.36\"\n    },\n    \"pages\": [],\n    \"entries\": [\n", ",\n", "\n    ]\n  }\n}\n", harEntry},
	{"ndjson", "", "", "", ndjsonLine},
	{"go-vcr", "---\nversion: 2\ninteractions:\n", "", "", goVCRItem},
	{"ruby-vcr", "---\nhttp_interactions:\n", "", "recorded_with: VCR 5.0.0\n", rubyVCRItem},
	{"vcrpy", "interactions:\n", "", "version: 1\n", vcrpyItem},
	{"mitmproxy", "", "", "", flow},
}

// write writes a recording of at least size bytes and returns how many
// exchanges it has.
func (f form) write(w io.Writer, size int64) (int, error) {
	counted := &counter{w: w}
	out := bufio.NewWriterSize(counted, 1<<20)
	out.WriteString(f.head)
	c := newClient()
	for n := 0; ; n++ {
		if counted.n+int64(out.Buffered()) >= size {
			out.WriteString(f.end)
			return n, out.Flush()
		}
		if n > 0 {
			out.WriteString(f.apart)
		}
		f.entry(out, c.next())
	}
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

type field struct{ name, value string }

func (x *exchange) requestFields() []field {
	fs := []field{
		{"Accept", "application/json"}, {"Accept-Encoding", "gzip, deflate, br"}, {"Host", "api.binance.com"},
		{"User-Agent", "client/1.0 (trading)"}, {"X-Mbx-Apikey", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"},
	}
	if x.form != "" {
		fs = append(fs, field{"Content-Type", "application/x-www-form-urlencoded"})
	}
	return fs
}

func (x *exchange) responseFields() []field {
	return []field{
		{"Cache-Control", "no-cache, no-store, must-revalidate"}, {"Content-Type", "application/json;charset=UTF-8"},
		{"Date", x.at.Add(x.took).Format(http.TimeFormat)}, {"Server", "nginx"}, {"Strict-Transport-Security", "max-age=31536000; includeSubdomains"},
		{"Vary", "Accept-Encoding"}, {"Via", "1.1 1ab.cloudfront.net (CloudFront)"}, {"X-Cache", "Miss from cloudfront"},
		{"X-Mbx-Used-Weight", strconv.Itoa(x.used)}, {"X-Mbx-Uuid", "d8b9187d-7df8-4546-ad04-ad01742d8447"},
	}
}

// quoted writes a JSON string of bytes without control characters.
func quoted(w *bufio.Writer, text []byte) {
	w.WriteByte('"')
	for {
		i := bytes.IndexAny(text, `"\`)
		if i < 0 {
			break
		}
		w.Write(text[:i])
		w.WriteByte('\\')
		w.WriteByte(text[i])
		text = text[i+1:]
	}
	w.Write(text)
	w.WriteByte('"')
}

// harEntry writes what a browser exports: indented by two, with all that HAR
// 1.2 asks for and nobody reads.
func harEntry(w *bufio.Writer, x *exchange) {
	const in = "\n          "
	fmt.Fprintf(w, "      {\n        \"_connectionId\": \"%d\",\n        \"_initiator\": {\n          \"type\": \"script\"\n        },\n        \"cache\": {},\n        \"connection\": \"443\",\n        \"pageref\": \"page_1\",\n        \"request\": {", x.number)
	fmt.Fprintf(w, in+`"method": "%s",`+in+`"url": "%s",`+in+`"httpVersion": "http/2.0",`+in+`"headers": `, x.method, x.url)
	harFields(w, x.requestFields())
	w.WriteString("," + in + `"queryString": `)
	_, query, _ := strings.Cut(x.url, "?")
	harFields(w, pairs(query))
	fmt.Fprintf(w, ","+in+`"cookies": [],`+in+`"headersSize": -1,`+in+`"bodySize": %d`, len(x.form))
	if x.form != "" {
		fmt.Fprintf(w, ","+in+"\"postData\": {\n            \"mimeType\": \"application/x-www-form-urlencoded\",\n            \"text\": \"%s\"\n          }", x.form)
	}
	fmt.Fprintf(w, "\n        },\n        \"response\": {"+in+`"status": %d,`+in+`"statusText": "",`+in+`"httpVersion": "http/2.0",`+in+`"headers": `, x.status)
	harFields(w, x.responseFields())
	fmt.Fprintf(w, ","+in+`"cookies": [],`+in+"\"content\": {\n            \"size\": %d,\n            \"mimeType\": \"application/json\",\n            \"text\": ", len(x.body))
	quoted(w, x.body)
	fmt.Fprintf(w, in+"},"+in+`"redirectURL": "",`+in+`"headersSize": -1,`+in+`"bodySize": -1,`+in+`"_transferSize": %d,`+in+`"_error": null`, len(x.body)/4)
	fmt.Fprintf(w, "\n        },\n        \"serverIPAddress\": \"52.84.150.39\",\n        \"startedDateTime\": \"%s\",\n        \"time\": %d.5,\n", x.at.Format("2006-01-02T15:04:05.000Z"), x.took.Milliseconds())
	w.WriteString("        \"timings\": {\n          \"blocked\": 0.9,\n          \"dns\": -1,\n          \"ssl\": -1,\n          \"connect\": -1,\n          \"send\": 0.119,\n          \"wait\": 19.5,\n          \"receive\": 0.4,\n          \"_blocked_queueing\": 0.6\n        }\n      }")
}

func harFields(w *bufio.Writer, fs []field) {
	if len(fs) == 0 {
		w.WriteString("[]")
		return
	}
	for i, f := range fs {
		open := ",\n            {"
		if i == 0 {
			open = "[\n            {"
		}
		w.WriteString(open + "\n              \"name\": \"" + f.name + "\",\n              \"value\": \"" + f.value + "\"\n            }")
	}
	w.WriteString("\n          ]")
}

func pairs(query string) (fs []field) {
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			fs = append(fs, field{name, value})
		}
	}
	return fs
}

func ndjsonLine(w *bufio.Writer, x *exchange) {
	fmt.Fprintf(w, `{"sent":"%s","duration_ms":%d,"request":{"method":"%s","url":"%s","headers":`, x.at.Format(time.RFC3339Nano), x.took.Milliseconds(), x.method, x.url)
	ndjsonFields(w, x.requestFields())
	if x.form != "" {
		fmt.Fprintf(w, `,"body":"%s"`, x.form)
	}
	fmt.Fprintf(w, `},"response":{"status":%d,"headers":`, x.status)
	ndjsonFields(w, x.responseFields())
	w.WriteString(`,"body":`)
	quoted(w, x.body)
	w.WriteString("}}\n")
}

func ndjsonFields(w *bufio.Writer, fs []field) {
	for i, f := range fs {
		w.WriteString([]string{`{"`, `,"`}[min(i, 1)] + f.name + `":"` + f.value + `"`)
	}
	w.WriteString("}")
}

// goVCRItem writes what go-vcr v3 does through yaml.v3.
func goVCRItem(w *bufio.Writer, x *exchange) {
	fmt.Fprintf(w, "    - id: %d\n      request:\n        proto: HTTP/1.1\n        proto_major: 1\n        proto_minor: 1\n        content_length: %d\n        transfer_encoding: []\n        trailer: {}\n        host: api.binance.com\n        remote_addr: \"\"\n        request_uri: \"\"\n        body: %s\n        form: ", x.number, len(x.form), orEmpty(x.form, `""`))
	if x.form == "" {
		w.WriteString("{}\n        headers:\n")
	} else {
		w.WriteString("\n")
		for _, f := range pairs(x.form) {
			fmt.Fprintf(w, "            %s:\n                - \"%s\"\n", f.name, f.value)
		}
		w.WriteString("        headers:\n")
	}
	yamlFields(w, x.requestFields(), "            ", "                - ", `"`)
	fmt.Fprintf(w, "        url: %s\n        method: %s\n      response:\n        proto: HTTP/2.0\n        proto_major: 2\n        proto_minor: 0\n        transfer_encoding: []\n        trailer: {}\n        content_length: -1\n        uncompressed: true\n        body: '%s'\n        headers:\n", x.url, x.method, x.body)
	yamlFields(w, x.responseFields(), "            ", "                - ", `"`)
	fmt.Fprintf(w, "        status: %d %s\n        code: %d\n        duration: %v\n", x.status, http.StatusText(x.status), x.status, x.took+123456)
}

// rubyVCRItem writes what Ruby's VCR does through Psych.
func rubyVCRItem(w *bufio.Writer, x *exchange) {
	fmt.Fprintf(w, "- request:\n    method: %s\n    uri: %s\n    body:\n      encoding: UTF-8\n      string: %s\n    headers:\n", strings.ToLower(x.method), x.url, orEmpty(x.form, "''"))
	yamlFields(w, x.requestFields(), "      ", "      - ", "'")
	fmt.Fprintf(w, "  response:\n    status:\n      code: %d\n      message: %s\n    headers:\n", x.status, http.StatusText(x.status))
	yamlFields(w, x.responseFields(), "      ", "      - ", "'")
	fmt.Fprintf(w, "    body:\n      encoding: UTF-8\n      string: '%s'\n    http_version: \n  recorded_at: %s\n", x.body, x.at.Add(x.took).Format(http.TimeFormat))
}

// vcrpyItem writes what vcrpy does through PyYAML: keys in alphabetical order.
func vcrpyItem(w *bufio.Writer, x *exchange) {
	fmt.Fprintf(w, "- request:\n    body: %s\n    headers:\n", orEmpty(x.form, "null"))
	yamlFields(w, x.requestFields(), "      ", "      - ", "'")
	fmt.Fprintf(w, "    method: %s\n    uri: %s\n  response:\n    body:\n      string: '%s'\n    headers:\n", x.method, x.url, x.body)
	yamlFields(w, x.responseFields(), "      ", "      - ", "'")
	fmt.Fprintf(w, "    status:\n      code: %d\n      message: %s\n", x.status, http.StatusText(x.status))
}

func orEmpty(text, empty string) string {
	if text == "" {
		return empty
	}
	return text
}

// yamlFields writes a mapping of names to lists of one value. The YAML
// libraries quote what would otherwise be a number.
func yamlFields(w *bufio.Writer, fs []field, name, item, quote string) {
	for _, f := range fs {
		value := f.value
		if _, err := strconv.Atoi(value); err == nil {
			value = quote + value + quote
		}
		w.WriteString(name + f.name + ":\n" + item + value + "\n")
	}
}
