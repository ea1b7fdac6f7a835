package wire_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/wire"
)

// What answers HEAD may write a body, of which net/http sends nothing (RFC 9110
// section 9.3.2).
func TestHeadHasNoBody(t *testing.T) {
	for method, want := range map[string]string{http.MethodGet: "{}", http.MethodHead: ""} {
		var got string
		tap := &wire.Tap{Clock: time.Now, Ended: func(s *wire.Seen) { got = string(s.Exchange().Response.Body) },
			Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })}
		tap.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/api/v1/ping", nil))
		if got != want {
			t.Errorf("%s: expected the body %q, found %q", method, want, got)
		}
	}
}
