package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestResolve asks as a client does that knows no hosts file.
func TestResolve(t *testing.T) {
	ca, err := NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f := NewFront(Config{Handler: http.NotFoundHandler(), Authority: ca})
	defer f.Close()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.Resolve(socket)
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, name := range []string{"api.binance.com.", "API4.binance.com."} {
		if got, err := r.LookupHost(ctx, name); err != nil || len(got) != 1 || got[0] != "127.0.0.1" {
			t.Errorf("%s: expected 127.0.0.1 alone, found %v %v", name, got, err)
		}
	}
	_, err = r.LookupHost(ctx, "telemetry.example.")
	var missing *net.DNSError
	if !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("expected no such host, found %v", err)
	}
	if list := f.Foreign(); len(list) != 1 || list[0].Host != "telemetry.example" {
		t.Errorf("expected the name to count as foreign, found %v", list)
	}
}

// FuzzAnswer: whatever comes over the socket, the answer is a response to it or
// there is none.
func FuzzAnswer(f *testing.F) {
	query := "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + "\x03api\x07binance\x03com\x00" + "\x00\x01\x00\x01"
	f.Add([]byte(query))
	f.Add([]byte(query[:20]))
	f.Add([]byte(strings.Replace(query, "\x03com", "\xc0\x0c", 1)))
	h := newHosts(nil)
	f.Fuzz(func(t *testing.T, q []byte) {
		a := h.answer(q)
		if a == nil {
			return
		}
		if len(a) > len(q)+16 || string(a[:2]) != string(q[:2]) || a[2]&0x80 == 0 || len(h.list()) > maxForeign+1 {
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
