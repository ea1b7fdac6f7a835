package wire

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/mbxcheck/mbxcheck/suites/traffic"
)

// BenchmarkTap is a request and its answer over loopback, with a tap between and
// without.
func BenchmarkTap(b *testing.B) {
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json;charset=UTF-8"}
		w.Header()["Content-Length"] = []string{"2"}
		io.WriteString(w, "{}")
	})
	for _, name := range []string{"without", "with"} {
		b.Run(name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := &http.Server{Handler: plain}
			if name == "with" {
				t := &Tap{Handler: plain, Clock: traffic.SteadyClock(), Ended: func(s *Seen) { s.Exchange() }}
				l, server = t.Listener(l, nil), &http.Server{Handler: t, ConnContext: t.ConnContext, ConnState: t.ConnState}
			}
			go server.Serve(l)
			defer server.Close()
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			b.ReportAllocs()
			for b.Loop() {
				io.WriteString(conn, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nX-MBX-APIKEY: none\r\nUser-Agent: b\r\nAccept: */*\r\n\r\n")
				r, err := http.ReadResponse(answers, nil)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		})
	}
}
