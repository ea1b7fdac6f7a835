package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/edition"
)

// TestResolve asks as a client does that knows no hosts file: addresses of IPv6
// are given where somebody listens there.
func TestResolve(t *testing.T) {
	ca, err := NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ listen, want string }{
		{"127.0.0.1:0", "127.0.0.1"},
		{"[::1]:0", "127.0.0.1 ::1"},
	} {
		t.Run(c.listen, func(t *testing.T) {
			l, err := net.Listen("tcp", c.listen)
			if err != nil {
				t.Skip(err)
			}
			f := NewFront(Config{Handler: http.NotFoundHandler(), Authority: ca, Names: edition.Default().Names()})
			defer f.Close()
			f.Serve(l)
			socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			f.Resolve(socket)
			resolves(t, f, socket, c.want)
		})
	}
}

// resolves holds that the venue's names lead where they should, that others lead
// nowhere, and that all are remembered.
func resolves(t *testing.T, f *Front, socket net.PacketConn, want string) {
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, name := range []string{"api.binance.com.", "API4.binance.com."} {
		got, err := r.LookupHost(ctx, name)
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: expected %s alone, found %v %v", name, want, got, err)
		}
	}
	_, err := r.LookupHost(ctx, "telemetry.example.")
	var missing *net.DNSError
	if !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("expected no such host, found %v", err)
	}
	if list := f.Foreign(); len(list) != 1 || list[0].Host != "telemetry.example" {
		t.Errorf("expected the name to count as foreign, found %v", list)
	}
	var names []string
	for _, a := range f.Asked() {
		names = append(names, a.Host)
	}
	if got := strings.Join(names, " "); got != "api.binance.com api4.binance.com telemetry.example" {
		t.Errorf("expected all names to be remembered, found %s", got)
	}
}

// FuzzAnswer: whatever comes over the socket, the answer is a response to it or
// there is none.
func FuzzAnswer(f *testing.F) {
	query := "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + "\x03api\x07binance\x03com\x00" + "\x00\x01\x00\x01"
	f.Add([]byte(query))
	f.Add([]byte(query[:20]))
	f.Add([]byte(strings.Replace(query, "\x03com", "\xc0\x0c", 1)))
	h := newHosts(edition.Default().Names())
	f.Fuzz(func(t *testing.T, q []byte) {
		a := h.answer(q, true)
		if a == nil {
			return
		}
		if len(a) > len(q)+28 || string(a[:2]) != string(q[:2]) || a[2]&0x80 == 0 || len(h.list()) > maxForeign+1 {
			t.Errorf("%x: found the answer %x", q, a)
		}
	})
}

// FuzzFields: a header as it came never makes more of it than is there.
func FuzzFields(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\nX-A:\r\n\r\nbody"))
	f.Add([]byte("HTTP/1.1 200\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		size := 0
		_, list, _ := fields(text)
		for _, l := range list {
			size += len(l.Name) + len(l.Value)
		}
		if size > len(text) {
			t.Errorf("%q: found %d bytes of fields", text, size)
		}
		_, _, _ = responseHead(text)
	})
}
