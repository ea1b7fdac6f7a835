package serve

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// The admin port answers requests that name this machine, and refuses others on
// every path; the venue's port answers both.
func TestAdminRefusesForeignPages(t *testing.T) {
	s := start(t, Options{})
	for _, c := range []struct {
		request string
		ok      bool
	}{
		{"GET %s HTTP/1.1\r\nHost: LOCALHOST:1\r\n\r\n", true},
		{"GET %s HTTP/1.1\r\nHost: [::1]:1\r\nOrigin: http://127.0.0.1:3000\r\n\r\n", true},
		{"GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", true},
		{"GET %s HTTP/1.0\r\n\r\n", false}, // names nobody
		{"GET %s HTTP/1.1\r\nHost: evil.example\r\n\r\n", false},
		{"GET %s HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", false},
		{"GET http://evil.example%s HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
	} {
		for _, path := range []string{"/", "/scenario", "/scenarios", "/metrics"} {
			if status, body := said(t, s.Greeting.Admin, fmt.Sprintf(c.request, path)); (status == 200) != c.ok || !c.ok && (status != 403 || !strings.Contains(body, "is refused")) {
				t.Errorf(c.request+": expected it answered: %t, found %d with %s", path, c.ok, status, body)
			}
		}
		if status, body := said(t, s.Greeting.Listening, fmt.Sprintf(c.request, "/api/v1/ping")); status != 200 {
			t.Errorf(c.request+": expected the venue to answer all, found %d with %s", "/api/v1/ping", status, body)
		}
	}
}

// The host that the port was bound to is one of those that it answers to.
func TestAdminAnswersToItsOwnName(t *testing.T) {
	s, err := Start(Options{Listen: "127.0.0.1:0", Admin: "localhost:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if status, body := said(t, s.Greeting.Admin, "PUT /scenario HTTP/1.0\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nname: x"); status != 200 {
		t.Errorf("expected 200, found %d with %s", status, body)
	}
}

// said sends a request as it is written, and returns what comes back.
func said(t *testing.T, base, request string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, request)
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}
