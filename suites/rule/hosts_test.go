package rule

import (
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/edition"
	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

func factsOf(url string) *traffic.Facts {
	var f traffic.Facts
	f.ScanRequest(edition.Default().Dialect, &traffic.Exchange{Request: traffic.Request{Method: "GET", URL: url}})
	return &f
}

func TestHosts(t *testing.T) {
	for _, tc := range []struct {
		pattern, url string
		want         bool
	}{
		{"*", "http://anything:1/", true},
		{"api.binance.com", "https://API.binance.com/api/v1/ping", true},
		{"api.binance.com", "https://api.binance.us/api/v1/ping", false},
		{"*.binance.us", "https://api.binance.us/api/v1/ping", true},
		{"*.binance.us", "https://binance.us/api/v1/ping", false},
		{"127.0.0.1:8080", "http://127.0.0.1:8080/api/v1/ping", true},
		{"127.0.0.1:8080", "http://127.0.0.1:8081/api/v1/ping", false},
		{"127.0.0.1", "http://127.0.0.1:8081/api/v1/ping", true},
		{"api*.binance.*", "https://api3.binance.com/", true},
		{"api.binance.com", "/api/v1/ping", true},
		{"api.binance.com", "/index.html", false},
		{"*", "/index.html", true},
		{"[::1]", "http://[::1]:5/", true},
		{"[::1]", "http://[::2]:5/", false},
		{"[::1]:5", "http://[::1]:5/", true},
		{"[::*]", "http://[::2]:5/", true},
		{"[::1]*", "http://[::1]:5/", true},
		{"*::1]", "http://[::1]:5/", true},
		{"*::1]", "http://[::2]:5/", false},
		{"*[::*:5", "http://[::1]:5/", true},
		{"[*", "http://[::1]:5/", true},
		{"[*", "http://127.0.0.1:5/", false},
		{"*]:5", "http://[::1]:5/", true},
		{"*:80*", "http://a_b-c.example:8080/", true},
	} {
		h, err := NewHosts([]string{tc.pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Match(factsOf(tc.url)); got != tc.want {
			t.Errorf("%s on %s: expected %v, found %v", tc.pattern, tc.url, tc.want, got)
		}
	}
	for _, bad := range []string{"", "https://api.binance.com", "api.binance.com/api", "a b", "[", "[::1", "]", "[]", "[]*", "*[]", "a*]", "[::1]a", "*::1", "[::*", "api[0-9].binance.com", "api?.binance.com", "{api,data}.binance.com", "::1", "a:", ":80", "a:80a", "a\x00"} {
		if _, err := NewHosts([]string{bad}); err == nil {
			t.Errorf("pattern %q: expected an error, found none", bad)
		}
	}
}

// Without patterns every host is judged; by default the document's, whose name a
// recorder may have taken out.
func TestHostsThatNobodyNames(t *testing.T) {
	for url, want := range map[string]bool{
		"https://api.binance.com/": true, "https://api1.binance.com/": true, "https://api9.binance.com/": true, "https://api10.binance.com/": false,
		"https://www.binance.com/": false, "https://<host>/api/v1/ping": false,
	} {
		if got := HostsOf(edition.Default()).Match(factsOf(url)); got != want {
			t.Errorf("%s: expected to be judged: %t, found %t", url, want, got)
		}
		if !(Hosts{}).Match(factsOf(url)) {
			t.Errorf("%s: expected to be judged where nobody names hosts", url)
		}
	}
	for url, want := range map[string]bool{"https://<host>/api/v1/ping": true, "https://<host>/index.html": false} {
		f := factsOf(url)
		f.Exchange.Gaps = traffic.GapHost
		if got := HostsOf(edition.Default()).Match(f); got != want {
			t.Errorf("%s: expected the path to decide: %t, found %t", url, want, got)
		}
	}
}
