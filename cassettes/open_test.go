package cassettes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/cassettes/format"
	"github.com/mbxcheck/mbxcheck/cassettes/format/formattest"
)

// TestSniffersExclude gives every sample to every sniffer: one says yes.
func TestSniffersExclude(t *testing.T) {
	folders := map[string]string{
		"go-vcr": "govcr", "HAR": "har", "NDJSON": "ndjson", "Ruby VCR": "rubyvcr", "vcrpy": "vcrpy", "ExVCR": "exvcr",
		"Crystal VCR": "crystalvcr", "PHP-VCR": "phpvcr", "Betamax": "betamax", "gocryptotrader mock": "gctmock",
		"Postman": "postman", "mitmproxy": "mitmproxy", "cryptofeed": "cryptofeed", "nginx access log": "nginxlog",
		"WireMock": "wiremock", "DVR": "dvr",
	}
	for _, of := range Formats() {
		samples, err := filepath.Glob(folders[of.Name] + "/testdata/*.*")
		if err != nil || len(samples) == 0 {
			t.Fatalf("%s has no samples: %v", of.Name, err)
		}
		for _, path := range samples {
			if filepath.Ext(path) == ".golden" || filepath.Base(path) == "fuzz" {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range Formats() {
				is, missing := f.Sniff(text[:min(len(text), format.SniffLen)])
				if is != (f.Name == of.Name) {
					t.Errorf("%s: %s says %v (missing %s)", path, f.Name, is, missing)
				}
			}
		}
	}
}

func TestRecognise(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"interactions:\n- request:\n    body: null\n    headers: {}\n    method: GET\n    uri: http://x/\n", "vcrpy"},
		{"version: 1\ninteractions:\n- request:\n    method: GET\n    uri: http://x/\n", "vcrpy"},
		{"interactions:\n- request:\n    method: GET\n    url: http://x/\nversion: 1\n", "go-vcr"},
		{"interactions:\n- request: {method: GET, url: 'http://x/'}\nversion: 2\n", "go-vcr"},
		{"# by hand\r\n---\r\n\"version\": 2\r\n\"interactions\":\r\n  - response:\r\n      code: 200\r\n", "go-vcr"},
		{"\ufeffinteractions: []\nversion: 1\n", "vcrpy"},
		{"version: 1\ninteractions: []\n", "go-vcr"},
		{"---\nrecorded_with: VCR 6\nhttp_interactions: []\n", "Ruby VCR"},
		{"%YAML 1.1\n--- # c\n'http_interactions':\n- request:\n", "Ruby VCR"},
		{`{"version": 1, "interactions": [{"request": {"uri": "http://x/"}}]}`, "vcrpy"},
		{`{"interactions":[{"request":{"url":"https://x/","method":"GET"},"recorded_at":1563616801.75,`, "DVR"},
		{`{"name":"n","interactions":[{"response":{"status":200,`, "DVR"},
		{`{"interactions":[{"response":{"status":"200 OK","code":200},"request":{"url":"http://x/","method":"GET"}}],"version":2}`, "go-vcr"},
		{`{"http_interactions": []}`, "Ruby VCR"},
		{`{"http_interactions": [{"request": {"uri": "http://x/", "body": ""}}]}`, "Ruby VCR"},
		{`{"http_interactions": [{"request": {"body": {"string"`, "Betamax"},
		{`{"log": {"entries": [`, "HAR"},
		{"\ufeff\r\n {\"comment\": \"x\", \"log\": {\"pages\": [{\"id\": {}}],", "HAR"},
		{"\n\n{\"_x\": 1, \"response\": {\"body\": \"{\\\"log\\\":{\\\"entries\\\":[]}}", "NDJSON"},
		{`[{"response": {"type": "ok"}, "request": {}}]`, "ExVCR"},
		{`[{"request":{"method":"GET","url":"http:\/\/x\/"},"response":{"status":200`, "PHP-VCR"},
		{"\n-\n    request:\n        method: GET\n        url: 'http://x/'\n    response:\n        status:\n            code: 200\n", "PHP-VCR"},
		{"- name: x\n  request:\n    url: http://x/\n    method: GET\n  response:\n    status: 200\n", ""},
		{"- request:\n    url: http://x/\n    method: GET\n", ""},
		{`{"info": {"name": "x", "schema": "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"}, "item": [`, "Postman"},
		{`{"collection": {"info": {"_postman_id": "x"`, "Postman"},
		{`{"item": [{"name": "folder", "item": [{"request": {}, "response": []}]}], "info": {"name": "x"}}`, "Postman"},
		{`{"item": [{"request": {}}]}`, ""},
		{`{"collection": {"item": [`, "Postman"},
		{"2048:4:type;4:http;7:version;", "mitmproxy"},
		{"900:7:version;2:21#4:type;", "mitmproxy"},
		{"20:4:name;4:what;}", ""},
		{"12:30:00 start", ""},
		{"https://api.binance.com/api/v3/depth?symbol=LTCBTC -> 1563616800.1: {\"bids\":[", "cryptofeed"},
		{"https://api.binance.com/api/v3/depth -> see there\n", ""},
		{`{"msec":"1563616800.123","status":"200","request_uri":"/api/v1/ping"}`, "nginx access log"},
		{"203.0.113.7 - - [20/Jul/2019:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n", "nginx access log"},
		{`{"openapi": "3.0.0", "info": {"title": "x"}, "paths": {}}`, ""},
		{"body: |\n  interactions:\n  - request:\n      url: x\n", ""},
		{"request:\n  method: GET\n  uri: x\nresponse:\n  status: 200\n", "Crystal VCR"},
		{"request:\n  method: GET\n  uri: x\nresponse:\n  status: 200\nname: x\n", ""},
		{"request:\n  method: GET\n  url: x\nresponse:\n  status: 200\n", ""},
		{"{\n \"request\": {\"method\": \"GET\", \"url\": \"/x\"},\n \"response\": {\"status\": 200}\n}", "WireMock"},
		{`{"id": "x", "request": {"method": "GET", "urlPath": "/x"}, "response": {}}`, "WireMock"},
		{`{"mappings": [], "meta": {"total": 0}}`, "WireMock"},
		{`{"mappings": {"properties": {}}}`, ""},
		{`{"request": {"method": "GET", "url": "/x"}, "response": {"status": 200}}`, "NDJSON"},
		{`{"log": "x", "entries": []}`, ""},
		{`{"log": {"level": "info"}}`, ""},
		{`[{"request": {"path": "/"}, "response": {"code": 1}}]`, ""},
		{`{"routes": {"/api/v1/ping": {"GET": [{"data": null}]}}}`, "gocryptotrader mock"},
		{`{"routes": {"/api/v1/ping.html": {"POST": [`, "gocryptotrader mock"},
		{`{"routes": {"/api/v1/ping": {"GET": {}}}}`, ""}, {`{"routes": {"/ping": ["GET"]}}`, ""},
		{`{"code":-1121,"msg":"Invalid symbol."}`, ""},
		{"[]", ""}, {"null", ""}, {"-", ""}, {"<html>", ""}, {"MIT License\n\nCopyright", ""},
		{"interactions", ""}, {"\x00\x01\x02", ""},
	} {
		rec, err := OpenInput(formattest.Input(c.text, "x"))
		got := ""
		if err == nil {
			got = rec.Format
		} else if !errors.Is(err, ErrUnrecognised) {
			t.Errorf("%q: %v", c.text, err)
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q (%v)", c.text, got, c.want, err)
		}
	}
}

// TestUnrecognisedSaysNearest looks at what a person is told.
func TestUnrecognisedSaysNearest(t *testing.T) {
	for text, parts := range map[string][]string{
		"":                                  {"x:1: ", "the file is empty"},
		"a: b\n":                            {"the nearest: go-vcr, which lacks \"interactions:\"; Ruby VCR, which lacks \"http_interactions:\""},
		"request:\n  uri: x\n":              {"the nearest: Crystal VCR, which lacks \"method:\""},
		`{"code":-1121}`:                    {`the nearest: HAR, which lacks "log"; NDJSON, which lacks "request"`},
		`{"routes":{}}`:                     {`the nearest: gocryptotrader mock, which lacks a path`},
		`{"log":{}}`:                        {`the nearest: HAR, which lacks "entries" in its "log"`},
		`{"request":{"url":"x"},"extra":1}`: {`NDJSON, which lacks names that are all its own ("extra" is none of them)`},
		" \n\t\n":                           {"x:1: no recording format: the file holds nothing but white space"},
		`[[1563616800000,"1"]]`:             {"; the bare body of a response is judged by lint --as"},
		`{"code":-1121,"msg":"Inv`:          {"; the bare body of a response is judged by lint --as"},
		"[2019-07-20T10:00:00.123Z] GET /x": {`it begins with "[2019-07-20T10:0"`},
		"<html><body>":                      {`it begins with "<html><body>"`, "expected one of go-vcr, HAR, NDJSON"},
	} {
		_, err := OpenInput(formattest.Input(text, "x"))
		for _, part := range parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v lacks %q", text, err, part)
			}
		}
		var e *format.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %T", text, err)
		}
	}
}

// TestForeignKinds begins files as other programs do: none may be said to be
// near a format that it only shares its syntax with.
func TestForeignKinds(t *testing.T) {
	for text, want := range map[string]string{
		"\xff\xfe{\x00\n\x00":                                               "text in UTF-16",
		"\xd4\xc3\xb2\xa1\x02\x00\x04\x00":                                  "a packet capture",
		"\x0a\x0d\x0d\x0a\x1c\x00":                                          "a packet capture",
		"\xac\xed\x00\x05sr\x00\x2ecom.xk72.charles":                        "as Charles saves sessions",
		"*   Trying 1.2.3.4:443...\n> GET /api/v1/ping HTTP/2\n> Host: x\n": "what curl -v printed; lint --as",
		"> GET /api/v1/ping HTTP/1.1\r\n":                                   "what curl -v printed",
		"HTTP/2 200 \r\ncontent-type: application/json\r\n\r\n{}":           "as curl -i prints it; lint --as",
		"GET /api/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n":                      "a request as it is sent",
		"openapi: 3.0.2\ninfo:\n  title: x\n":                               "an API's description",
		`{"swagger":"2.0","info":{}}`:                                       "an API's description",
		"type: collection.insomnia.rest/5.0\nname: x\n":                     "an export of Insomnia",
		`{"_type":"export","__export_format":4}`:                            "an export of Insomnia",
		`{"client":"Thunder Client","requests":[]}`:                         "a collection of Thunder Client",
		"<?xml version=\"1.0\"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n]>\n<items burpVersion=\"2023.1\">\n":                               "an export of Burp Suite in XML",
		`{"level":"info","ts":1563616800.3,"logger":"http.log.access","request":{"method":"GET","uri":"/"},"status":200,"resp_headers":{}}` + "\n": "an access log of Caddy",
		`[{"Duration":1,"RecordedAt":"2019-07-20T10:00:00Z","Request":{"Method":"GET","Uri":"https://x/","RequestHeaders":{}}}]`:                   "a cassette of EasyVCR",
		`[{"request":{"method":"GET","uri":"https://x/","requestHeaders":{}},"response":{"status":{"code":200}}}]`:                                 "a cassette of Scotch",
		`{"data":{"pairs":[{"request":{"path":[{"matcher":"exact","value":"/"}]},"response":{"status":200}}]}}`:                                    "a simulation of Hoverfly",
		`{"metric":"http_reqs","type":"Point","data":{"time":"2019-07-20T10:00:00Z","value":1,"tags":{"status":"200"}}}` + "\n":                    "output of k6",
		`[{"httpRequest":{"method":"GET","path":"/"},"httpResponse":{"statusCode":200}}]`:                                                          "of MockServer, which are not read; record HAR",
		"responses:\n- response:\n    body: '{}'\n    method: GET\n    status: 200\n    url: https://x/\n":                                         "record with vcrpy or Betamax",
		`[{"scope":"https://x:443","method":"GET","path":"/","body":"","status":200}]`:                                                             "fixtures of nock",
		`[{"status":"COMPLETE","protocolVersion":"HTTP/1.1","actualPort":443,"request":{}}]`:                                                       "a session of Charles; export it as HAR",
		`{"consumer":{},"provider":{},"interactions":[{"request":{"path":"/"},"response":{}}]}`:                                                    "a Pact contract",
		"{\n  \"interactions\": [{}], \"consumer\": {}, \"provider\": {}}":                                                                         "a Pact contract",
	} {
		_, err := OpenInput(formattest.Input(text, "x"))
		if !errors.Is(err, ErrUnrecognised) || !strings.Contains(err.Error(), "it is ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: expected %q, found %v", text, want, err)
		}
	}
	for _, text := range []string{"a: b\n> quoted\n", "HTTP/2 is new", `{"x":"> GET / HTTP/1.1"}`, `{"consumer":1}`} {
		if kind := foreignKind([]byte(text)); kind != "" {
			t.Errorf("%q: expected none, found %q", text, kind)
		}
	}
}

const (
	sample     = "ndjson/testdata/sample.ndjson"
	oneLine    = `{"request":{"method":"GET","url":"https://api.binance.com/api/v1/ping"}}` + "\n"
	noCassette = "MIT License\n"
)

func numbers(t *testing.T, rec *Recording) (n int) {
	t.Helper()
	for x := range rec.Exchanges() {
		if x != nil {
			n++
			if x.At.File != rec.File {
				t.Errorf("file %q, want %q", x.At.File, rec.File)
			}
		}
	}
	return n
}

func TestOpen(t *testing.T) {
	rec, err := Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	if n := numbers(t, rec); n != 7 || rec.Format != "NDJSON" {
		t.Errorf("%d exchanges of %s", n, rec.Format)
	}
	if err := rec.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open("testdata/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that isn't there: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("opened a directory")
	}
	if _, err := OpenInput(format.FromStream(failing{}, "x", format.DefaultLimits())); err == nil || errors.Is(err, ErrUnrecognised) {
		t.Errorf("a stream that fails: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

// TestOpenStdin reads "-".
func TestOpenStdin(t *testing.T) {
	f, err := os.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stdin := os.Stdin
	os.Stdin = f
	defer func() { os.Stdin = stdin }()
	rec, err := Open("-")
	if err != nil {
		t.Fatal(err)
	}
	if n := numbers(t, rec); n != 7 || rec.File != "-" {
		t.Errorf("%d exchanges of %q", n, rec.File)
	}
}

// tree makes files, and links for texts that begin with "->".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(to, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFiles(t *testing.T) {
	root := tree(t, map[string]string{
		"b/2.json": oneLine, "b/10.json": oneLine, "a.txt": noCassette, "c": oneLine,
		".git/x": oneLine, "b/.hidden/x": oneLine, "b/.file": noCassette,
		"b/loop": "->..", "b/self": "->self", "d/link": "->../c", "b/dangling": "->nowhere", "empty": "",
	})
	var got []string
	for f, err := range Files([]string{root, filepath.Join(root, "c"), "-", filepath.Join(root, "nowhere"), filepath.Join(root, "b", "loop")}) {
		name := f.Path
		if rel, e := filepath.Rel(root, f.Path); e == nil {
			name = rel
		}
		switch {
		case err != nil:
			name += " fails"
		case f.Named:
			name += " named"
		}
		got = append(got, name)
		if len(got) > 100 {
			t.Fatal("the walk goes in a circle")
		}
	}
	below := func(prefix string) []string {
		var list []string
		for _, name := range []string{"a.txt", "b/.file", "b/10.json", "b/2.json", "b/dangling fails", "b/self fails", "c", "d/link", "empty"} {
			list = append(list, prefix+name)
		}
		return list
	}
	want := append(below(""), "c named", "- named", "nowhere named fails")
	want[len(want)-1] = "nowhere fails"
	want = append(want, below("b/loop/")...)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFilesStops(t *testing.T) {
	root := tree(t, map[string]string{"a": "", "b/c": "", "d": ""})
	for stop := 1; stop <= 4; stop++ {
		n := 0
		for range Files([]string{root, root}) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d files, want %d", n, stop)
		}
	}
}

// TestDirectory reads a directory as callers do.
func TestDirectory(t *testing.T) {
	root := tree(t, map[string]string{"a/LICENSE": noCassette, "a/one": oneLine, "b.yml": "http_interactions:\n- request: {\n", "empty": ""})
	var read, passed, broken int
	for f, err := range Files([]string{root}) {
		if err != nil {
			t.Fatal(err)
		}
		rec, err := Open(f.Path)
		if errors.Is(err, ErrUnrecognised) && !f.Named {
			passed++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range rec.Exchanges() {
			if err != nil {
				broken++
			} else {
				read++
			}
		}
		rec.Close()
	}
	if read != 1 || passed != 2 || broken != 1 {
		t.Errorf("read %d, passed by %d, broken %d", read, passed, broken)
	}
}

// TestExchangesStop holds that readers yield nothing after they were told to
// stop, at every exchange.
func TestExchangesStop(t *testing.T) {
	for _, path := range []string{
		"govcr/testdata/v3.yaml", "govcr/testdata/broken.yaml", "govcr/testdata/anchors.yaml", "har/testdata/browser.har",
		"rubyvcr/testdata/cassette.yml", "vcrpy/testdata/cassette.yaml", "exvcr/testdata/cassette.json", sample,
		"betamax/testdata/edges.json", "crystalvcr/testdata/documents.yml", "gctmock/testdata/broken.json",
		"phpvcr/testdata/edges.yml", "phpvcr/testdata/dumped.json", "vcrpy/testdata/recorded.json",
	} {
		for stop := 1; ; stop++ {
			rec, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for range rec.Exchanges() {
				if n++; n == stop {
					break
				}
			}
			rec.Close()
			if n < stop {
				break
			}
		}
	}
}

// entries writes a recording of n exchanges in a format.
func entries(w io.Writer, name string, n int) {
	body := strings.Repeat(`[1563616800000,\"0.03\",\"1.0\"],`, 60)
	at := time.Date(2019, 7, 20, 10, 0, 0, 0, time.UTC)
	switch name {
	case "HAR":
		io.WriteString(w, `{"log":{"version":"1.2","entries":[`)
		for i := range n {
			if i > 0 {
				io.WriteString(w, ",\n")
			}
			fmt.Fprintf(w, `{"startedDateTime":%q,"time":12.5,"request":{"method":"GET","url":"https://api.binance.com/api/v1/klines?symbol=LTCBTC&n=%d","headers":[{"name":"Accept","value":"*/*"}],"queryString":[]},"response":{"status":200,"headers":[{"name":"Date","value":"Sat, 20 Jul 2019 10:00:00 GMT"},{"name":"X-MBX-USED-WEIGHT","value":"%d"}],"content":{"size":1,"mimeType":"application/json","text":"[%s[]]"}}}`,
				at.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), i, i, body)
		}
		io.WriteString(w, "]}}")
	case "NDJSON":
		for i := range n {
			fmt.Fprintf(w, `{"sent":%q,"request":{"method":"GET","url":"https://api.binance.com/api/v1/klines?symbol=LTCBTC&n=%d","headers":{"Accept":"*/*"}},"response":{"status":200,"headers":{"Date":"Sat, 20 Jul 2019 10:00:00 GMT","X-MBX-USED-WEIGHT":"%d"},"body":"[%s[]]"}}`+"\n",
				at.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), i, i, body)
		}
	case "go-vcr":
		io.WriteString(w, "version: 2\ninteractions:\n")
		for i := range n {
			fmt.Fprintf(w, "- id: %d\n  request:\n    proto: HTTP/1.1\n    host: api.binance.com\n    body: \"\"\n    form: {}\n    headers:\n      Accept:\n      - '*/*'\n    url: https://api.binance.com/api/v1/klines?symbol=LTCBTC&n=%d\n    method: GET\n  response:\n    proto: HTTP/2.0\n    body: '[%s[]]'\n    headers:\n      Date:\n      - Sat, 20 Jul 2019 10:00:00 GMT\n      X-Mbx-Used-Weight:\n      - \"%d\"\n    status: 200 OK\n    code: 200\n    duration: 12.5ms\n",
				i, i, strings.ReplaceAll(body, `\"`, `"`), i)
		}
	}
}

// BenchmarkRead prints MB/s and allocations for a thousand exchanges of some
// 2 kB each.
func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"HAR", "NDJSON", "go-vcr"} {
		b.Run(name, func(b *testing.B) {
			const n = 1000
			var text bytes.Buffer
			entries(&text, name, n)
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				rec, err := OpenInput(formattest.Input(text.Bytes(), name))
				if err != nil {
					b.Fatal(err)
				}
				got := 0
				for _, err := range rec.Exchanges() {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
				if got != n {
					b.Fatalf("%d exchanges", got)
				}
			}
		})
	}
}
