package serve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pires/go-proxyproto"
)

// version2 makes a preamble of version 2.
func version2(command, family byte, body ...byte) string {
	b := append(bytes.Clone(proxyproto.SIGV2), command, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return string(append(b, body...))
}

var (
	tcp4Body = []byte{203, 0, 113, 7, 127, 0, 0, 1, 0x9c, 0x40, 0, 80}
	tcp6Body = append(append(append(bytes.Clone(documentation[:]), netip.IPv6Loopback().AsSlice()...), 0x9c, 0x40), 0, 80)
	mapped   = append(append(append(bytes.Clone(inIPv6[:]), netip.IPv6Loopback().AsSlice()...), 0x9c, 0x40), 0, 80)

	documentation = netip.MustParseAddr("2001:db8::7").As16()
	inIPv6        = netip.MustParseAddr("::ffff:203.0.113.7").As16()
)

// text is a connection on which somebody said all at once what is to be said.
type text struct {
	net.Conn
	io.Reader
}

var peer = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}

func (c *text) Read(p []byte) (int, error)      { return c.Reader.Read(p) }
func (c *text) Write([]byte) (int, error)       { return 0, io.ErrClosedPipe }
func (c *text) SetReadDeadline(time.Time) error { return nil }
func (c *text) RemoteAddr() net.Addr            { return peer }

func saying(what string) *proxiedConn {
	return newProxied(&text{Reader: strings.NewReader(what)}, slog.New(slog.DiscardHandler))
}

// broken reports whether nothing is to be read behind a preamble, nor to be
// written.
func broken(conn *proxiedConn) bool {
	read, err := conn.Read(make([]byte, 1))
	_, unwritten := conn.Write([]byte("HTTP/1.1 400 Bad Request"))
	return read == 0 && err == io.EOF && unwritten != io.ErrClosedPipe && unwritten != nil
}

func TestPreambles(t *testing.T) {
	longest := "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
	for _, c := range []struct{ in, want string }{
		{"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", "203.0.113.7:40000"},
		{"PROXY TCP6 2001:db8::7 ::1 40000 80\r\n", "[2001:db8::7]:40000"},
		{"PROXY TCP6 ::ffff:203.0.113.7 ::1 40000 80\r\n", "203.0.113.7:40000"},
		{"PROXY TCP4 203.0.113.7 127.0.0.1 0 65535\r\n", "203.0.113.7:0"},
		{"PROXY UNKNOWN\r\n", "none"},
		{longest, "none"},
		{version2(0x21, 0x11, tcp4Body...), "203.0.113.7:40000"},
		{version2(0x21, 0x21, tcp6Body...), "[2001:db8::7]:40000"},
		{version2(0x21, 0x21, mapped...), "203.0.113.7:40000"},
		{version2(0x21, 0x11, append(bytes.Clone(tcp4Body), 4, 0, 1, 0)...), "203.0.113.7:40000"}, // with something added
		{version2(0x20, 0x00), "none"},                                                            // a check of health
		{version2(0x20, 0x11, tcp4Body...), "none"},                                               // LOCAL: addresses don't count
		{version2(0x21, 0x31, make([]byte, 216)...), "none"},                                      // of a local socket
	} {
		const rest = "GET / HTTP/1.1\r\n"
		conn := saying(c.in + rest)
		got, left := conn.RemoteAddr().String(), ""
		if b, err := io.ReadAll(conn); err == nil {
			left = string(b)
		}
		if got == peer.String() {
			got = "none"
		}
		if got != c.want || left != rest {
			t.Errorf("%q: expected %s and %q left, found %s and %q", c.in, c.want, rest, got, left)
		}
	}
}

func TestBrokenPreambles(t *testing.T) {
	for _, in := range []string{
		"", "PROXY ", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "proxy TCP4 203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 1\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 1 2 3\r\n", "PROXY TCP4  203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 2001:db8::7 127.0.0.1 1 2\r\n", "PROXY TCP6 203.0.113.7 ::1 1 2\r\n", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
		"PROXY TCP4 203.0.113.07 127.0.0.1 1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 65536 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 01 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 -1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 +1 2\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1  2\r\n",
		"PROXY TCP4 203.0.113.7 name 1 2\r\n", "PROXY UDP4 203.0.113.7 127.0.0.1 1 2\r\n",
		"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\nGET / HTTP/1.1\n" + strings.Repeat("A: b\n", 40),
		"PROXY UNKNOWN " + strings.Repeat("x", 107) + "\r\n",
		version2(0x11, 0x11, tcp4Body...), version2(0x22, 0x11, tcp4Body...),
		version2(0x21, 0x11, tcp4Body[:11]...), version2(0x21, 0x21, tcp4Body...),
		version2(0x21, 0x00), version2(0x21, 0x33, tcp4Body...),
		version2(0x21, 0x11, tcp4Body...)[:20], version2(0x21, 0x11)[:15], version2(0x20, 0x00, make([]byte, 4097)...),
	} {
		conn := saying(in)
		if got, rest := broken(conn), conn.RemoteAddr(); !got || rest != peer {
			t.Errorf("%.60q: expected it to be broken and the peer's, found %t and %s", in, got, rest)
		}
	}
}

// However it is, a preamble is bounded, and one that names an address names it
// in version 1 as well.
func FuzzPreamble(f *testing.F) {
	for _, s := range []string{
		"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", "PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "PROXY UNKNOWN x\r\n",
		version2(0x21, 0x11, tcp4Body...), version2(0x21, 0x21, tcp6Body...), version2(0x20, 0),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, isIP := saying(string(in)).RemoteAddr().(*net.TCPAddr)
		if !isIP || got == peer {
			return
		}
		family, other := "TCP4", "127.0.0.1"
		if got.IP.To4() == nil {
			family, other = "TCP6", "::1"
		}
		line := fmt.Sprintf("PROXY %s %s %s %d 80\r\n", family, got.IP, other, got.Port)
		if again := saying(line).RemoteAddr(); again.String() != got.String() {
			t.Fatalf("%q: expected %s again, found %s", line, got, again)
		}
	})
}

// behind sends a preamble and a ping, and returns the status, 0 for none.
func behind(t *testing.T, s *Server, preamble string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.Greeting.Listening, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, preamble+"GET /api/v1/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
		return 0 // it may be closed already
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	r.Body.Close()
	return r.StatusCode
}

func TestProxyProtocolNamesTheClient(t *testing.T) {
	s := start(t, Options{ProxyProtocol: true, Limits: limits(t, "RAW_REQUESTS=2/1d")})
	for i, c := range []struct {
		preamble string
		want     int
	}{
		{"PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", 200},
		{version2(0x21, 0x11, tcp4Body...), 200}, // the same address, in the other version
		{version2(0x21, 0x21, mapped...), 429},   // and once more, as IPv6
		{"PROXY TCP4 203.0.113.8 127.0.0.1 40000 80\r\n", 200},
		{version2(0x20, 0), 200}, // the balancer itself
		{"", 0},
		{"PROXY TCP4 nobody 127.0.0.1 1 2\r\n", 0},
	} {
		if got := behind(t, s, c.preamble); got != c.want {
			t.Errorf("%d, %q: expected status %d, found %d", i, c.preamble, c.want, got)
		}
	}
}

// A balancer that says half a preamble, or none, is given as long as a header; a
// line, which balancers send at once, is not waited for at all.
func TestPreambleIsNotWaitedFor(t *testing.T) {
	for half, want := range map[string]time.Duration{
		"": headerTimeout, "PROX": headerTimeout, "PROXY TCP4 203.0.113.7": 0, version2(0x21, 0x11, tcp4Body...)[:20]: headerTimeout,
	} {
		synctest.Test(t, func(t *testing.T) {
			theirs, ours := net.Pipe()
			defer theirs.Close()
			go io.WriteString(theirs, half)
			c := newProxied(ours, slog.New(slog.DiscardHandler))
			began := time.Now()
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%q: expected its end, found %v", half, err)
			}
			if waited := time.Since(began); waited != want {
				t.Errorf("%q: expected to wait %s, found %s", half, want, waited)
			}
		})
	}
}

// Who does not ask for preambles does not believe them.
func TestPreamblesAreNotBelievedUnasked(t *testing.T) {
	if got := behind(t, start(t, Options{}), "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n"); got != 400 {
		t.Errorf("expected status 400, found %d", got)
	}
}
