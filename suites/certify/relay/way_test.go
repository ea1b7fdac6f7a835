package relay

import (
	"bufio"
	"net"
	"net/http"
	"testing"
	"time"
)

// A proxy may close a connection after any answer without saying so: what comes next
// goes over another, and is not lost on the old one.
func TestConnectionsClosedInSilenceAreNotUsedAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closed := make(chan struct{})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
			}
			conn.Close()
			closed <- struct{}{}
		}
	}()
	c := &client{way: way{proxy: l.Addr().String()}, clock: time.Now, waits: time.Minute}
	defer c.close()
	for range 3 {
		x, err := c.send(&message{method: http.MethodGet, target: "/"})
		if err != nil || x.Response.Status != http.StatusOK {
			t.Fatalf("expected an answer, found %+v, %v", x, err)
		}
		<-closed
	}
}
