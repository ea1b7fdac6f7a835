package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// Connections that are open learn of a scenario with their next request.
func TestScenariosReachOpenConnections(t *testing.T) {
	s := start(t, Options{})
	conn := dial(t, s)
	in := bufio.NewReader(conn)
	get := func() (int, error) {
		io.WriteString(conn, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return 0, err
		}
		io.Copy(io.Discard, r.Body)
		return r.StatusCode, r.Body.Close()
	}
	if status, err := get(); status != 200 {
		t.Fatalf("expected 200, found %d %v", status, err)
	}
	for _, do := range []string{"status, status: 503", "reset"} {
		r := httptest.NewRequest("PUT", s.Greeting.Admin+"/scenario", strings.NewReader("name: x\nfaults: [{route: '* *', do: "+do+"}]"))
		w := httptest.NewRecorder()
		s.admin.Handler.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("expected the scenario set, found %s", w.Body)
		}
		status, err := get()
		if do == "reset" && err == nil || do != "reset" && status != 503 {
			t.Errorf("%s: found %d %v", do, status, err)
		}
	}
	for s.observer.total() < 3 {
		runtime.Gosched() // the client may see the reset before it is counted
	}
}

// A server ends at once when its connections only wait for requests.
func TestIdleConnectionsDontKeepTheServer(t *testing.T) {
	s := start(t, Options{})
	silent, spoken := dial(t, s), dial(t, s)
	io.WriteString(spoken, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, err := spoken.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, conn := range []net.Conn{silent, spoken} {
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("expected the connection closed, found %v", err)
		}
	}
}
