package judge

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/rule"
)

// manyHosts are recordings of each text format in which exchange n is of a host in turn,
// by what begins the recording and by an exchange with a URL and a key.
var manyHosts = map[string]struct{ head, exchange, tail string }{
	"go-vcr.yaml":     {"version: 2\ninteractions:\n", "- request:\n    url: %s\n    method: GET\n    headers:\n      X-Mbx-Apikey:\n      - %s\n  response:\n    body: '{}'\n    headers: {}\n    code: 200\n", ""},
	"vcrpy.yaml":      {"interactions:\n", "- request:\n    body: null\n    uri: %s\n    method: GET\n    headers:\n      X-MBX-APIKEY:\n      - %s\n  response:\n    body:\n      string: '{}'\n    headers: {}\n    status:\n      code: 200\n      message: OK\n", "version: 1\n"},
	"ruby.yml":        {"---\nhttp_interactions:\n", "- request:\n    method: get\n    uri: %s\n    body:\n      encoding: UTF-8\n      string: ''\n    headers:\n      X-Mbx-Apikey:\n      - %s\n  response:\n    status:\n      code: 200\n      message: OK\n    headers: {}\n    body:\n      encoding: UTF-8\n      string: '{}'\n  recorded_at: Wed, 24 Apr 2019 07:38:01 GMT\n", "recorded_with: VCR 5.0.0\n"},
	"crystal.yml":     {"", "---\nrequest:\n  method: GET\n  uri: %s\n  body: \"\"\n  headers:\n    X-MBX-APIKEY: %s\n  timestamp: 1563616800123\nresponse:\n  status: 200\n  body: '{}'\n", ""},
	"php.yml":         {"", "-\n    request:\n        method: GET\n        url: '%s'\n        headers:\n            X-MBX-APIKEY: %s\n    response:\n        status:\n            code: '200'\n        headers:\n            Date: 'Sat, 20 Jul 2019 10:00:00 GMT'\n        body: '{}'\n    index: 0\n", ""},
	"recorded.ndjson": {"", `{"request":{"method":"GET","url":"%s","headers":{"X-MBX-APIKEY":"%s"}},"response":{"status":200,"headers":{},"body":"{}"}}` + "\n", ""},
	"browser.har":     {`{"log":{"version":"1.2","entries":[`, `{"startedDateTime":"2019-07-20T10:00:00Z","time":1,"request":{"method":"GET","url":"%s","headers":[{"name":"X-MBX-APIKEY","value":"%s"}]},"response":{"status":200,"headers":[],"content":{"size":2,"text":"{}"}}},` + "\n", `{"startedDateTime":"2019-07-20T10:00:00Z","time":1,"request":{"method":"GET","url":"https://a.example/","headers":[]},"response":{"status":200,"headers":[],"content":{"size":2,"text":"{}"}}}]}}`},
}

// TestHostsLeftOut: readers read each exchange into the memory of the one before, in which
// the next one has its URL or its key where this one had its host. Each host is counted by
// its own name however often it comes.
func TestHostsLeftOut(t *testing.T) {
	t.Parallel()
	const times = 40
	hosts := []string{"a.example", "api.binance.us", "x.y", "a-name-that-is-longer-than-the-others.example"}
	for name, form := range manyHosts {
		var text strings.Builder
		text.WriteString(form.head)
		for n := range times * len(hosts) {
			path := strings.Repeat("/api/v1/ping", n%3)
			fmt.Fprintf(&text, form.exchange, "https://"+hosts[n%len(hosts)]+path+"/", strings.Repeat("K3y", 20)+fmt.Sprint(1000+n))
		}
		text.WriteString(form.tail)
		file := filepath.Join(t.TempDir(), name)
		write(t, file, text.String())
		want := rule.Counts[rule.HostCount]{}
		for h := range hosts {
			want[hosts[h]] = &rule.HostCount{Exchanges: times}
			for n := h; n < times*len(hosts); n += len(hosts) {
				if n%3 > 0 {
					want[hosts[h]].API++
				}
			}
		}
		if name == "browser.har" {
			want["a.example"].Exchanges++
		}
		for _, workers := range []int{1, 4} {
			found, err := Paths(context.Background(), []string{file}, options(workers, 100))
			if err != nil || len(found.Tally.Errors) > 0 {
				t.Fatalf("%s: expected it read, found %v %v", name, err, found.Tally.Errors)
			}
			if !reflect.DeepEqual(found.Tally.LeftOut, want) {
				t.Errorf("%s, %d workers: expected %v, found %v", name, workers, want, found.Tally.LeftOut)
			}
		}
	}
}
