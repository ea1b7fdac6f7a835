package fault_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/venue/fault"
)

// Requests as a page of another site can send them are refused, whatever their
// method, and change nothing.
func TestLocalOnly(t *testing.T) {
	hosts := map[string]bool{
		"localhost": true, "localhost:8080": true, "LocalHost:8080": true, "localhost.:8080": true,
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.9.8.7:1": true, "[::1]": true, "[::1]:8080": true,
		"[0:0:0:0:0:0:0:1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"Venue.Test": true, "venue.test:8080": true, // named

		"": false, ":8080": false, "evil.example": false, "evil.example:8080": false, "EVIL.example.": false,
		"localhost.evil.example": false, "localhost..": false, "evil.localhost:8080": false, "127.0.0.1.evil.example": false,
		"127.0.0.1.": false, "127.1:8080": false, "0x7f.0.0.1": false, "2130706433": false, "0.0.0.0:8080": false,
		"::1": false, "[::1": false, "::1]:80": false, "[::1]x:80": false, "[localhost]:80": false, "[127.0.0.1]:80": false,
		"[::1%25lo]:80": false, "[::]:80": false, "[2001:db8::1]:80": false, "192.0.2.1:80": false,
		"localhost:80:80": false, "localhost:http": false, "localhost:99999": false, "localhost@evil.example": false,
		"localho\u017ft:80": false, "venue.test.evil.example": false, "a.venue.test": false,
	}
	origins := map[string]bool{
		"": true, "http://localhost": true, "http://LOCALHOST:3000": true, "https://127.0.0.1:8443": true, "http://[::1]:3000": true,
		"http://venue.test": true,

		"null": false, "http://evil.example": false, "https://evil.example:8080": false, "http://localhost.evil.example": false,
		"http://evil.localhost": false, "http://0.0.0.0:8080": false, "file://": false, "file://localhost": false,
		"chrome-extension://abcdef": false, "localhost": false, "http://": false, "http://localhost@evil.example": false,
		"http://evil.example@localhost": false, "http://localhost http://evil.example": false, "http://%zz": false,
	}
	reached := 0
	next := fault.LocalOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }), "venue.TEST")
	for host, hostOK := range hosts {
		for origin, originOK := range origins {
			for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"} {
				w := localAnswer(next, method, host, origin)
				if ok := hostOK && originOK; ok != (w.Code == 200) || ok != (reached == 1) || !ok && w.Code != 403 {
					t.Errorf("%s, Host %q, Origin %q: expected it let in: %t, found %d, handler called %d times", method, host, origin, ok, w.Code, reached)
				}
				reached = 0
			}
		}
	}
}

func localAnswer(h http.Handler, method, host, origin string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/scenario", strings.NewReader("name: x\n"))
	if r.Host = host; origin != "" {
		r.Header.Set("Origin", origin)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// One Origin that is ours does not vouch for another, and a refusal says what to
// do, in a bounded number of bytes.
func TestRefusalTellsWhatToDo(t *testing.T) {
	in := fault.NewInjector()
	h := in.Handler(nil)
	r := httptest.NewRequest("PUT", "http://localhost/scenario", strings.NewReader("name: x\n"))
	r.Header["Origin"] = []string{"http://localhost", "http://evil.example"}
	two := httptest.NewRecorder()
	h.ServeHTTP(two, r)
	for text, w := range map[string]*httptest.ResponseRecorder{
		`Origin \"http://evil.example\" is refused, for only pages of this machine`: two,
		`Host \"evil.example\" is refused`:                                          localAnswer(h, "PUT", "evil.example", ""),
		"ask for localhost or 127.0.0.1, with the port":                             localAnswer(h, "DELETE", strings.Repeat("a", 1<<12), ""),
		`Host \"\" is refused`:                                                      localAnswer(h, "GET", "", ""),
	} {
		if body := w.Body.String(); w.Code != 403 || !strings.Contains(body, text) || len(body) > 400 {
			t.Errorf("expected 403 with %q, found %d with %s", text, w.Code, body)
		}
	}
	if got := localAnswer(h, "GET", "localhost", ""); !strings.Contains(got.Body.String(), `"scenario":null`) {
		t.Errorf("expected no scenario set, found %s", got.Body)
	}
}
