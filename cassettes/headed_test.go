package cassettes

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// readAs reads a file as the response to a request.
func readAs(t *testing.T, text string) (x *traffic.Exchange, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Options{As: &Target{"GET", "/api/v1/time"}}
	for f := range o.Files([]string{path}) {
		for rec, err := range f.Recordings(o) {
			if err != nil {
				return nil, err
			}
			for x, err := range rec.Exchanges() {
				if err != nil {
					return nil, err
				}
				return x.Clone(), nil
			}
		}
	}
	return nil, errors.New("no exchange")
}

// What curl -i saved is read with its status and its fields.
func TestHeadedResponses(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-MBX-USED-WEIGHT:7 \r\n\r\n{\"serverTime\":1}"
	for name, c := range map[string]struct {
		text, field, value, body string
		status                   int
	}{
		"HTTP/1.1":              {answer, "X-MBX-USED-WEIGHT", "7", `{"serverTime":1}`, 200},
		"HTTP/2, lines of Unix": {"HTTP/2 429 \nretry-after: 3\n\n{\"code\":-1003,\n\n\"msg\":\"\"}", "retry-after", "3", "{\"code\":-1003,\n\n\"msg\":\"\"}", 429},
		"continued":             {"HTTP/1.1 100 Continue\r\n\r\n" + answer, "Content-Type", "application/json", `{"serverTime":1}`, 200},
		"by a proxy":            {"HTTP/1.1 200 Connection established\r\nProxy-Agent: x\r\n\r\n" + answer, "Content-Type", "application/json", `{"serverTime":1}`, 200},
		"without a body":        {"HTTP/1.1 418 \r\nRetry-After: 9\r\n\r\n", "Retry-After", "9", "", 418},
		"a folded field":        {"HTTP/1.1 200 OK\r\nVia: a,\r\n\tb\r\n\r\n{}", "Via", "a, b", "{}", 200},
		"a body that is a page": {"HTTP/1.1 502 Bad Gateway\r\nServer: x\r\n\r\n<html>HTTP/1.1 200</html>", "Server", "x", "<html>HTTP/1.1 200</html>", 502},
	} {
		x, err := readAs(t, c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if v, _ := x.Response.Header.Get(c.field); x.Response.Status != c.status || v != c.value || string(x.Response.Body) != c.body || x.BareBody || x.Request.URL != "/api/v1/time" {
			t.Errorf("%s: %+v", name, x)
		}
		if x.Gaps.Has(traffic.GapStatus) || x.Gaps.Has(traffic.GapResponseHeader) || !x.Gaps.Has(traffic.GapRequestHeader) || !x.Gaps.Has(traffic.GapFiltered) {
			t.Errorf("%s: expected the request's gaps and not the response's, found %v", name, x.Gaps)
		}
	}
}

// What breaks off, or answers another request, is an error that says where.
func TestHeadedResponsesBroken(t *testing.T) {
	for text, want := range map[string]string{
		"HTTP/1.1 200 OK":                                                   "saved:1: expected a status line such as HTTP/1.1 200 OK",
		"HTTP/1.1 200 OK\r\nDate: x":                                        "saved:2: expected an empty line behind the header fields",
		"HTTP/1.1 200 OK\r\nDate: x\r\n{}\r\n\r\n":                          `saved:3: expected a header field such as Date: VALUE, found a line that begins with "{}"`,
		"HTTP/1.1 100 Continue\r\n\r\n{}":                                   "saved:3: expected a status line",
		"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n": "saved:4: expected the response to one request, found another behind a redirect",
	} {
		if _, err := readAs(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: expected %q, found %v", text, want, err)
		}
	}
}
